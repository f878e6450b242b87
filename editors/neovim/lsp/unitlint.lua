-- For Neovim 0.11 and newer: vim.lsp.enable('unitlint')
return require('unitlint').config()
