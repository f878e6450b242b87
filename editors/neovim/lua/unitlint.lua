-- unitlint's language server in Neovim 0.7 and newer.
--
--   require('unitlint').setup({ settings = { systemd = 'debian13' } })
--
-- or, from Neovim 0.11 on, vim.lsp.enable('unitlint'). In a statusline: %{v:lua.require'unitlint'.status()}
local M = {}

M.options = { cmd = { 'unitlint', 'lsp' }, settings = {} }

local function root_of(name)
  local from = vim.fn.fnamemodify(name, ':p:h') .. ';'
  for _, find in ipairs({ { vim.fn.findfile, 'unitlint.toml' }, { vim.fn.finddir, '.git' }, { vim.fn.findfile, '.git' } }) do
    local found = find[1](find[2], from)
    if found ~= '' then
      -- a directory is found with or without a slash at its end
      return vim.fn.fnamemodify((vim.fn.fnamemodify(found, ':p'):gsub('/$', '')), ':h')
    end
  end
end

-- Other files of these types are none of the server's business.
local function handles(buf)
  local name = vim.api.nvim_buf_get_name(buf)
  return name ~= '' and (vim.bo[buf].filetype == 'systemd' or vim.fn.fnamemodify(name, ':t') == 'unitlint.toml')
end

local function call(client, method, params, handler, buf)
  if vim.fn.has('nvim-0.11') == 1 then
    return client:request(method, params, handler, buf)
  end
  return client.request(method, params, handler, buf)
end

local function client_of(buf)
  local clients = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = buf }) or vim.tbl_values(vim.lsp.buf_get_clients(buf))
  for _, client in ipairs(clients) do
    if client.name == 'unitlint' then
      return client
    end
  end
  vim.notify('unitlint: its server does not run for this buffer', vim.log.levels.WARN)
end

local function show(err, result)
  if err then
    vim.notify('unitlint: ' .. err.message, vim.log.levels.ERROR)
  elseif type(result) == 'table' and result.markdown then
    local lines = vim.split(result.markdown, '\n', { plain = true, trimempty = true })
    vim.lsp.util.open_floating_preview(lines, 'markdown', { border = 'rounded', focus_id = 'unitlint', max_width = 100, wrap = true })
  end
end

local function run(command, arguments, client)
  client = client or client_of(0)
  if client then
    call(client, 'workspace/executeCommand', { command = command, arguments = arguments }, show, vim.api.nvim_get_current_buf())
  end
end

-- The server returns what these commands have to say; lenses and code actions call them, too.
for _, name in ipairs({ 'unitlint.explain', 'unitlint.score' }) do
  vim.lsp.commands[name] = function(command, context)
    run(name, command.arguments, vim.lsp.get_client_by_id(context.client_id))
  end
end

local function on_status(_, result)
  local buf = vim.uri_to_bufnr(result.uri)
  if vim.api.nvim_buf_is_loaded(buf) then
    vim.b[buf].unitlint_status = vim.tbl_map(function(value)
      return value ~= vim.NIL and value or nil
    end, result)
    vim.cmd('redrawstatus!')
  end
end

--- What was said last of a buffer's unit: "9.4 UNSAFE, resources 8.1", and how many errors and warnings; empty before that.
function M.status(buf)
  local told = vim.b[buf or 0].unitlint_status
  if not told then
    return ''
  end
  local parts = {}
  if told.exposure then
    table.insert(parts, ('%.1f %s'):format(told.exposure, told.level or ''))
  end
  if told.resources then
    table.insert(parts, ('resources %.1f'):format(told.resources))
  end
  for _, kind in ipairs({ 'error', 'warning' }) do
    local count = told[kind .. 's'] or 0
    if count > 0 then
      table.insert(parts, ('%d %s%s'):format(count, kind, count > 1 and 's' or ''))
    end
  end
  return table.concat(parts, ', ')
end

--- The rules that speak in a buffer, for completion.
function M.codes(begun)
  local codes = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
    if diagnostic.source == 'unitlint' and diagnostic.code and vim.startswith(diagnostic.code, begun) then
      codes[diagnostic.code] = true
    end
  end
  local sorted = vim.tbl_keys(codes)
  table.sort(sorted)
  return sorted
end

local function at_cursor()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local found
  for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = row - 1 })) do
    if diagnostic.source == 'unitlint' and (not found or (diagnostic.col <= column and column < diagnostic.end_col)) then
      found = diagnostic.code
    end
  end
  return found or vim.api.nvim_get_current_line():match('^%s*([%w-]+)%s*=') or vim.fn.expand('<cword>')
end

function M.explain(what)
  run('unitlint.explain', { what or at_cursor() })
end

function M.score()
  run('unitlint.score', { vim.uri_from_bufnr(0) })
end

function M.fix_all()
  local buf, client = vim.api.nvim_get_current_buf(), client_of(0)
  if not client then
    return
  end
  local range = { start = { line = 0, character = 0 }, ['end'] = { line = vim.api.nvim_buf_line_count(buf), character = 0 } }
  call(client, 'textDocument/codeAction', {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    range = range,
    context = { diagnostics = {}, only = { 'source.fixAll.unitlint' } },
  }, function(err, actions)
    local edit = actions and actions[1] and actions[1].edit
    if err or not edit then
      vim.notify(err and 'unitlint: ' .. err.message or 'unitlint: nothing to correct')
    else
      vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding)
    end
  end, buf)
end

--- The configuration of the client.
function M.config()
  -- Neovim does what such changes ask for, files that are made and renamed too, and does not say so.
  local capabilities = { workspace = { workspaceEdit = { documentChanges = true } } }
  if vim.fn.has('nvim-0.11') == 0 then
    capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), capabilities)
  end
  return {
    name = 'unitlint',
    cmd = M.options.cmd,
    capabilities = capabilities,
    filetypes = { 'systemd', 'toml' },
    root_dir = function(buf, on_dir)
      if handles(buf) then
        on_dir(root_of(vim.api.nvim_buf_get_name(buf)))
      end
    end,
    init_options = vim.tbl_extend('force', M.options.settings, { status = true, explains = true }),
    settings = next(M.options.settings) and { unitlint = M.options.settings } or nil,
    handlers = { ['unitlint/status'] = on_status },
  }
end

local started = {}

local function start(buf)
  local config = M.config()
  config.root_dir = root_of(vim.api.nvim_buf_get_name(buf))
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buf })
    return
  end
  local key = config.root_dir or ''
  if not started[key] or vim.lsp.client_is_stopped(started[key]) then
    started[key] = vim.lsp.start_client(config)
  end
  if started[key] and vim.lsp.buf_attach_client(buf, started[key]) then
    vim.bo[buf].omnifunc = 'v:lua.vim.lsp.omnifunc'
  end
end

--- Starts the server for units. `options`: cmd (how it is started) and settings (README.md of the editors has them).
function M.setup(options)
  M.options = vim.tbl_extend('force', M.options, options or {})
  if vim.lsp.enable then
    vim.lsp.config('unitlint', M.config())
    vim.lsp.enable('unitlint')
    return
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('unitlint', {}),
    pattern = { 'systemd', 'toml' },
    callback = function(event)
      if handles(event.buf) then
        start(event.buf)
      end
    end,
  })
end

return M
