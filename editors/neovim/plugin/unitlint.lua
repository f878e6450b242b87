local function command(name, method, options)
  vim.api.nvim_create_user_command(name, function(given)
    require('unitlint')[method](given.args ~= '' and given.args or nil)
  end, options)
end

command('UnitlintExplain', 'explain', {
  nargs = '?',
  desc = 'Why a rule exists or what a directive does; of the fault or directive under the cursor unless named',
  complete = function(begun)
    return require('unitlint').codes(begun)
  end,
})
command('UnitlintScore', 'score', { desc = 'How exposed the unit is, check by check' })
command('UnitlintFixAll', 'fix_all', { desc = 'Correct all that can be corrected without changing what the unit does' })
