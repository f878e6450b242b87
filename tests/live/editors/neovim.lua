-- What Neovim makes of the language server: acts as the plan of editors.py says, and writes down what it saw, a line of JSON a step.
local plan = vim.fn.json_decode(vim.fn.readfile(vim.env.EDITORS_PLAN))
local said, published, told = io.open(plan.report, 'w'), {}, {}
local uses_methods = vim.fn.has('nvim-0.11') == 1

local function report(step, what)
  what.step = step
  said:write(vim.fn.json_encode(what), '\n')
  said:flush()
end

local function attempt(step, act)
  local ok, what = xpcall(act, debug.traceback)
  report(step, ok and (what or vim.empty_dict()) or { failed = what })
end

vim.notify = function(message)
  table.insert(told, message)
end

local publish = vim.lsp.handlers['textDocument/publishDiagnostics']
vim.lsp.handlers['textDocument/publishDiagnostics'] = function(err, result, ...)
  published[vim.uri_to_bufnr(result.uri)] = result.version or -1
  return publish(err, result, ...)
end

-- What was published is about the buffer as it is.
local function settled(buf)
  local changed = vim.lsp.util.buf_versions and function()
    return vim.lsp.util.buf_versions[buf]
  end or function()
    return vim.api.nvim_buf_get_changedtick(buf)
  end
  local done = vim.wait(plan.patience, function()
    return published[buf] and changed() and published[buf] >= changed()
  end, 20)
  vim.wait(100) -- the state comes after the diagnostics
  return done
end

local function text(buf)
  return table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n') .. '\n'
end

local function diagnostics(more)
  local buf = vim.api.nvim_get_current_buf()
  local answered, items = settled(buf), {}
  for _, d in ipairs(vim.diagnostic.get(buf)) do
    local about = vim.api.nvim_buf_get_text(buf, d.lnum, d.col, d.end_lnum, d.end_col, {})
    table.insert(items, { rule = d.code, line = d.lnum + 1, about = table.concat(about, '\n'), severity = d.severity })
  end
  return vim.tbl_extend('error', { path = vim.api.nvim_buf_get_name(buf), text = text(buf), answered = answered, items = items }, more or {})
end

local function open(path)
  vim.cmd('edit! ' .. vim.fn.fnameescape(path))
end

local function find(pattern)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(pattern)
    if column then
      vim.api.nvim_win_set_cursor(0, { number, column - 1 })
      return number, line
    end
  end
  error('no line has ' .. pattern)
end

local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, plan.patience)
  local _, answer = next(answers or {})
  if not answer or answer.err or answer.error then
    error(method .. ': ' .. vim.inspect(answer))
  end
  return answer.result
end

local function client()
  return vim.lsp.get_clients and vim.lsp.get_clients({ name = 'unitlint' })[1] or vim.tbl_values(vim.lsp.buf_get_clients(0))[1]
end

local function position()
  return vim.lsp.util.make_position_params(0, client().offset_encoding)
end

-- The window of text that floats above the others.
local function floating()
  local shown
  vim.wait(plan.patience, function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        shown = text(vim.api.nvim_win_get_buf(window))
        vim.api.nvim_win_close(window, true)
        return true
      end
    end
  end, 20)
  return { shown = shown or '' }
end

-- Does what a person does who picks an action by its title.
local function pick(place, pattern)
  local number = find(place)
  local titles, before = {}, text(0)
  vim.ui.select = function(items, options, choose)
    local chosen
    for _, item in ipairs(items) do
      local title = options.format_item(item)
      table.insert(titles, title)
      chosen = chosen or (vim.regex(pattern):match_str(title) and item)
    end
    choose(chosen)
  end
  vim.lsp.buf.code_action()
  vim.wait(plan.patience, function()
    return text(0) ~= before
  end, 20)
  return diagnostics({ titles = titles, at = vim.api.nvim_buf_get_lines(0, number - 1, number + 1, false) })
end

-- What is offered behind a new line, and what comes of the first that fits.
local function complete(after, line, wanted)
  local number = find(after)
  vim.api.nvim_buf_set_lines(0, number, number, false, { line })
  vim.api.nvim_win_set_cursor(0, { number + 1, math.max(#line - 1, 0) })
  vim.wait(50)
  local params = position()
  params.position.character = #line -- the lines have ASCII only
  local result, labels, becomes = ask('textDocument/completion', params), {}, nil
  for _, item in ipairs(result.items or result) do
    table.insert(labels, item.label)
    if item.label == wanted then
      local edit = item.textEdit or { newText = item.insertText or item.label, range = { start = params.position, ['end'] = params.position } }
      vim.lsp.util.apply_text_edits({ { range = edit.range or edit.replace, newText = edit.newText } }, vim.api.nvim_get_current_buf(), client().offset_encoding)
      becomes = vim.api.nvim_buf_get_lines(0, number, number + 1, false)[1]
    end
  end
  vim.api.nvim_buf_set_lines(0, number, number + 1, false, {})
  return { labels = labels, becomes = becomes or '' }
end

vim.cmd('filetype plugin on')
attempt('start', function()
  if vim.lsp.enable then
    vim.lsp.config('unitlint', { init_options = plan.settings })
    vim.lsp.enable('unitlint')
  else
    require('unitlint').setup({ settings = plan.settings })
  end
end)

attempt('open', function()
  open(plan.unit)
  return diagnostics({ filetype = vim.bo.filetype })
end)
attempt('status', function()
  return { shown = require('unitlint').status(), encoding = client().offset_encoding }
end)
attempt('fix', function()
  return pick('^ProtectSytem=', 'ProtectSystem')
end)
attempt('suppress', function()
  return pick('^PrivateTmp=maybe', '^Silence')
end)
attempt('complete value', function()
  return complete('^ExecStart=', 'PrivateTmp=', 'yes')
end)
attempt('complete word', function()
  return complete('^ExecStart=', 'CapabilityBoundingSet=CAP_NET_', 'CAP_NET_ADMIN')
end)
attempt('complete key', function()
  return complete('^ExecStart=', 'ProtectHos', 'ProtectHostname')
end)
attempt('complete section', function()
  return complete('^Nice', '[', '[Install]')
end)
attempt('hover', function()
  find('^PrivateTmp')
  vim.lsp.buf.hover()
  return floating()
end)
attempt('explain', function()
  find('^PrivateTmp')
  vim.cmd('UnitlintExplain')
  return floating()
end)
attempt('score', function()
  vim.cmd('UnitlintScore')
  return floating()
end)
attempt('disorder', function()
  local buf = vim.api.nvim_get_current_buf()
  for _, edit in ipairs(plan.typing) do
    local count = vim.api.nvim_buf_line_count(buf)
    local from = math.min(edit.from, count)
    vim.api.nvim_buf_set_lines(buf, from, math.min(from + edit.remove, count), false, edit.insert)
    vim.wait(5)
  end
  return diagnostics()
end)
attempt('type', function()
  local buf = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, plan.whole)
  vim.cmd('let &undolevels = &undolevels') -- what follows is undone by itself
  -- within a line: a character in front of the fault, and one of it away
  local number, line = find('^RestrictAddressFamilies=')
  local column = #'RestrictAddressFamilies=AF_UNIX '
  vim.api.nvim_buf_set_text(buf, number - 1, column, number - 1, column, { '𝄞ü ' })
  vim.api.nvim_buf_set_text(buf, number - 1, #line + #'𝄞ü ' - 1, number - 1, #line + #'𝄞ü ', { '5' })
  return diagnostics()
end)
attempt('undo', function()
  vim.cmd('silent undo')
  return diagnostics()
end)
attempt('rename', function()
  find('other%.service')
  vim.lsp.buf.rename('another.service')
  vim.wait(plan.patience / 4, function()
    return text(0):find('another.service', 1, true) ~= nil
  end, 20)
  return diagnostics({ rename = true })
end)
attempt('format', function()
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = plan.patience })
  else
    vim.lsp.buf.formatting_sync({}, plan.patience)
  end
  return diagnostics()
end)
attempt('fix all', function()
  local before = text(0)
  vim.cmd('UnitlintFixAll')
  vim.wait(plan.patience / 4, function()
    return text(0) ~= before or #told > 0
  end, 20)
  return diagnostics({ told = told })
end)
attempt('ask', function()
  local document = { textDocument = { uri = vim.uri_from_bufnr(0) } }
  local whole = { start = { line = 0, character = 0 }, ['end'] = { line = vim.api.nvim_buf_line_count(0), character = 0 } }
  local counts = {}
  find('^ExecStart=')
  for method, params in pairs({
    documentSymbol = document,
    documentLink = document,
    foldingRange = document,
    codeLens = document,
    ['semanticTokens/full'] = document,
    inlayHint = vim.tbl_extend('error', { range = whole }, document),
    selectionRange = vim.tbl_extend('error', { positions = { position().position } }, document),
    definition = position(),
    references = vim.tbl_extend('error', { context = { includeDeclaration = true } }, position()),
  }) do
    local result = ask('textDocument/' .. method, params)
    counts[method] = type(result) == 'table' and #(result.data or result) or 0
  end
  return { counts = counts }
end)
attempt('apply', function()
  local before
  for _, lens in ipairs(ask('textDocument/codeLens', { textDocument = { uri = vim.uri_from_bufnr(0) } })) do
    if lens.command.command == 'unitlint.apply' then
      before = text(0)
      vim.lsp.buf_request(0, 'workspace/executeCommand', { command = lens.command.command, arguments = lens.command.arguments }, function() end)
      vim.wait(plan.patience, function()
        return text(0) ~= before
      end, 20)
      return diagnostics({ applied = lens.command.arguments[2] })
    end
  end
  error('no lens applies anything')
end)
for number, path in ipairs(plan.others) do
  attempt('other ' .. number, function()
    open(path)
    return diagnostics({ filetype = vim.bo.filetype })
  end)
end
report('end', { told = told, running = client() ~= nil })
said:close()
vim.cmd('qa!')
