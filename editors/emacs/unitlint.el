;;; unitlint.el --- Check systemd units with unitlint  -*- lexical-binding: t; -*-

;; Author: The unitlint authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1") (eglot "1.9"))
;; Keywords: languages, tools
;; URL: https://github.com/unitlint/unitlint
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; A major mode for systemd units, their drop-ins and what `systemctl edit'
;; opens, with unitlint's language server by eglot:
;;
;;   (require 'unitlint)
;;   (add-hook 'unitlint-mode-hook #'eglot-ensure)
;;
;; The mode line shows how exposed the unit is.  `unitlint-explain' tells why a
;; rule exists, `unitlint-score' what the exposure is made of, and
;; `unitlint-fix-all' corrects what can be corrected without changing what the
;; unit does.

;;; Code:

(require 'conf-mode)
(require 'eglot)
(require 'flymake)
(require 'project)

(defgroup unitlint nil
  "Checks of systemd units."
  :group 'tools)

(defcustom unitlint-command '("unitlint" "lsp")
  "How the language server is started."
  :type '(repeat string))

(defcustom unitlint-settings nil
  "Settings of the server, a property list such as (:systemd \"debian13\").
Changes count when the server is started again."
  :type 'plist)

;;;###autoload
(define-derived-mode unitlint-mode conf-unix-mode "Unit"
  "Major mode for systemd units."
  ;; ; begins a comment, too, but # is what everybody writes.
  (conf-mode-initialize "#")
  ;; Behind version control, which says where a source tree begins.
  (add-hook 'project-find-functions #'unitlint--project 90 t)
  (setq-local mode-line-process '(:eval (unitlint-status))))

(defun unitlint--project (directory)
  "The project of DIRECTORY: where a unitlint.toml is, or units with drop-ins.
Without it each directory of drop-ins would have a server of its own."
  (let ((root (or (locate-dominating-file directory "unitlint.toml")
                  (and (string-match-p "\\.d/?\\'" directory)
                       (file-name-directory (directory-file-name directory))))))
    (and root (cons 'transient (expand-file-name root)))))

;;;###autoload
(define-derived-mode unitlint-toml-mode conf-toml-mode "unitlint.toml"
  "Major mode for the configuration of unitlint."
  (add-hook 'project-find-functions #'unitlint--project 90 t))

;;;###autoload
(let ((type (concat "\\(?:service\\|socket\\|target\\|device\\|mount\\|automount"
                    "\\|swap\\|timer\\|path\\|slice\\|scope\\)"))
      ;; `systemctl edit' opens .#NAME and 16 digits.
      (digits "[[:xdigit:]]\\{16\\}"))
  (dolist (name (list (concat "\\." type "\\'")
                      (concat "/\\.#[^/]+\\." type digits "\\'")
                      (concat "[/.]" type "\\.d/[^/]+\\.conf\\'")
                      (concat "[/.]" type "\\.d/\\.#[^/]+\\.conf" digits "\\'")
                      "/portable/profile/[^/]+/[a-z]+\\.conf\\'"))
    (add-to-list 'auto-mode-alist (cons name 'unitlint-mode)))
  (add-to-list 'auto-mode-alist '("/unitlint\\.toml\\'" . unitlint-toml-mode)))

(defclass unitlint-server (eglot-lsp-server) ()
  :documentation "unitlint's language server.")

(add-to-list 'eglot-server-programs
             (cons '(unitlint-mode unitlint-toml-mode)
                   (lambda (&rest _) (cons 'unitlint-server unitlint-command))))

(cl-defmethod eglot-initialization-options ((_server unitlint-server))
  "The settings, and that we show what the server has to say."
  (append unitlint-settings '(:status t :explains t)))

(defvar-local unitlint--told nil
  "What the server said last of the unit of this buffer.")

(cl-defmethod eglot-handle-notification
  ((_server unitlint-server) (_method (eql unitlint/status)) &rest told)
  "Keep what the server TOLD for the mode line."
  (let* ((uri (plist-get told :uri))
         (buffer (find-buffer-visiting
                  (url-unhex-string (string-remove-prefix "file://" uri)))))
    (when buffer
      (with-current-buffer buffer
        (setq unitlint--told told)
        (force-mode-line-update)))))

(defun unitlint-status ()
  "How exposed the unit of this buffer is, for the mode line; empty if unknown."
  (let ((exposure (plist-get unitlint--told :exposure))
        (resources (plist-get unitlint--told :resources)))
    (concat
     (when (numberp exposure)
       (format " %.1f %s" exposure (plist-get unitlint--told :level)))
     (when (numberp resources)
       (format " resources %.1f" resources)))))

(defun unitlint--show (told)
  "Show what a command of the server TOLD."
  (let ((buffer (get-buffer-create "*unitlint*")))
    (with-current-buffer buffer
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert (plist-get told :markdown))
        (goto-char (point-min)))
      (if (fboundp 'gfm-view-mode) (gfm-view-mode) (special-mode)))
    (display-buffer buffer)))

(defun unitlint--run (server command &rest arguments)
  "Have SERVER run COMMAND with ARGUMENTS, and show what comes of it."
  (unitlint--show (jsonrpc-request server :workspace/executeCommand
                                   (list :command command :arguments (vconcat arguments)))))

(defun unitlint--server ()
  "The server of this buffer."
  (let ((server (eglot-current-server)))
    (unless (object-of-class-p server 'unitlint-server)
      (user-error "Its server does not run for this buffer: M-x eglot starts it"))
    server))

(defun unitlint--shows-p (command)
  "Whether COMMAND has something to show."
  (member command '("unitlint.explain" "unitlint.score")))

;; Code actions that are commands: eglot has two ways to run them, and neither looks at the answer.
(with-suppressed-warnings ((obsolete eglot-execute-command))
  (cl-defmethod eglot-execute-command ((server unitlint-server) command arguments)
    "Have SERVER run COMMAND with ARGUMENTS."
    (if (unitlint--shows-p (format "%s" command))
        (apply #'unitlint--run server (format "%s" command) (append arguments nil))
      (cl-call-next-method))))

(cl-defmethod eglot-execute ((server unitlint-server) action)
  "Have SERVER do ACTION."
  (let ((command (plist-get action :command)))
    (if (and (stringp command) (unitlint--shows-p command))
        (apply #'unitlint--run server command (append (plist-get action :arguments) nil))
      (cl-call-next-method))))

(defun unitlint--at-point ()
  "The rule that speaks at point, else the directive of this line, else the word."
  (let ((found (or (flymake-diagnostics (point))
                   (flymake-diagnostics (line-beginning-position) (line-end-position)))))
    (or (cl-loop for diagnostic in found
                 for said = (cdr (assq 'eglot-lsp-diag (flymake-diagnostic-data diagnostic)))
                 when (equal (plist-get said :source) "unitlint")
                 return (plist-get said :code))
        (save-excursion
          (beginning-of-line)
          (and (looking-at "[ \t]*\\([[:alnum:]-]+\\)[ \t]*=") (match-string-no-properties 1)))
        (thing-at-point 'symbol t)
        "")))

;;;###autoload
(defun unitlint-explain (what)
  "Show why the rule WHAT exists, or what the directive WHAT does."
  (interactive (let ((here (unitlint--at-point)))
                 (list (read-string (format "Explain (default %s): " here) nil nil here))))
  (unitlint--run (unitlint--server) "unitlint.explain" what))

;;;###autoload
(defun unitlint-score ()
  "Show how exposed the unit of this buffer is, check by check."
  (interactive)
  (unitlint--run (unitlint--server) "unitlint.score"
                 (plist-get (eglot--TextDocumentIdentifier) :uri)))

;;;###autoload
(defun unitlint-fix-all ()
  "Correct all that can be corrected without changing what the unit does."
  (interactive)
  (unitlint--server)
  (eglot-code-actions (point-min) (point-max) "source.fixAll.unitlint" t))

(provide 'unitlint)
;;; unitlint.el ends here
