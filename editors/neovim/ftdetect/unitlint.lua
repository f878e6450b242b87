-- Neovim knows units below a directory `systemd`. The rest: units of a source tree, drop-ins anywhere, what `systemctl edit` opens.
-- An extension such as .path or .target has other uses too: outside of such a directory the first line has to look like a unit.
local types = { 'service', 'socket', 'target', 'device', 'mount', 'automount', 'swap', 'timer', 'path', 'slice', 'scope' }

local function unit(_, buf)
  for _, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, 100, false)) do
    if not line:find('^%s*$') and not line:find('^%s*[#;]') then
      return line:find('^%[[%w-]+%]') and 'systemd' or nil
    end
  end
  return 'systemd'
end

local extension, pattern = {}, { ['.*/portable/profile/[^/]+/[a-z]+%.conf'] = 'systemd' }
for _, t in ipairs(types) do
  extension[t] = unit
  pattern['.*%.' .. t .. '%.d/[^/]+%.conf'] = 'systemd'
  pattern['.*/' .. t .. '%.d/[^/]+%.conf'] = 'systemd'
  pattern['.*/%.#[^/]+%.' .. t .. '%x+'] = 'systemd'
  pattern['.*%.' .. t .. '%.d/%.#[^/]+%.conf%x+'] = 'systemd'
  pattern['.*/' .. t .. '%.d/%.#[^/]+%.conf%x+'] = 'systemd'
end

if vim.fn.has('nvim-0.8') == 1 then
  vim.filetype.add({ extension = extension, pattern = pattern })
  return
end

vim.api.nvim_create_autocmd({ 'BufNewFile', 'BufRead' }, {
  group = 'filetypedetect',
  callback = function(event)
    local name = vim.fn.fnamemodify(event.match, ':p')
    local found = (extension[vim.fn.fnamemodify(name, ':e')] or function() end)(name, event.buf)
    for p, filetype in pairs(pattern) do
      found = found or (name:find('^' .. p .. '$') and filetype)
    end
    if found then
      vim.bo[event.buf].filetype = found
    end
  end,
})
