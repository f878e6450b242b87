;;; emacs.el --- What Emacs makes of the language server  -*- lexical-binding: t; -*-

;; Acts as the plan of editors.py says, and writes down what it saw, a line of JSON a step.

(require 'cl-lib)
(require 'json)
(require 'eglot)
(require 'unitlint)

(setq coding-system-for-write 'utf-8-unix
      create-lockfiles nil
      make-backup-files nil
      eglot-sync-connect 30
      eglot-send-changes-idle-time 0)

(defvar plan (let ((json-object-type 'alist) (json-array-type 'list) (coding-system-for-read 'utf-8))
               (json-read-file (getenv "EDITORS_PLAN"))))
(defvar report-to (alist-get 'report plan))
(defvar published (make-hash-table :test #'equal))
(defun patience () (/ (alist-get 'patience plan) 1000.0))

(defun report (step what)
  (let ((message-log-max nil) (inhibit-message t))
    (write-region (concat (json-encode (cons (cons 'step step) what)) "\n") nil report-to t)))

(defmacro attempt (step &rest body)
  (declare (indent 1))
  `(report ,step (condition-case wrong (progn ,@body)
                   ((error quit) (list (cons 'failed (format "%S" wrong)))))))

(defun wait-for (truth)
  (let ((end (+ (float-time) (patience))) found)
    (while (and (not (setq found (funcall truth))) (< (float-time) end))
      (accept-process-output nil 0.02))
    found))

(advice-add 'eglot-handle-notification :before
            (lambda (_server method &rest params)
              (when (eq method 'textDocument/publishDiagnostics)
                (puthash (url-unhex-string (string-remove-prefix "file://" (plist-get params :uri)))
                         (or (plist-get params :version) -1) published))))

(defun settled ()
  "What was published is about the buffer as it is."
  (eglot--signal-textDocument/didChange)
  (let ((name (encode-coding-string buffer-file-name 'utf-8)))
    (prog1 (wait-for (lambda () (>= (gethash name published -2) eglot--versioned-identifier)))
      (accept-process-output nil 0.1)
      (flymake-start)
      (accept-process-output nil 0.05))))

(defun whole () (buffer-substring-no-properties (point-min) (point-max)))

(defun diagnostics (&rest more)
  (let ((answered (if (settled) t :json-false)))
    (append
     `((path . ,buffer-file-name) (text . ,(whole)) (answered . ,answered)
       (items . ,(cl-loop
                  for d in (flymake-diagnostics)
                  for spec = (cdr (assq 'eglot-lsp-diag (flymake-diagnostic-data d)))
                  vconcat `(((rule . ,(plist-get spec :code))
                             (line . ,(line-number-at-pos (flymake-diagnostic-beg d)))
                             (about . ,(buffer-substring-no-properties (flymake-diagnostic-beg d) (flymake-diagnostic-end d)))
                             (severity . ,(plist-get spec :severity)))))))
     more)))

(defun open (path)
  (switch-to-buffer (find-file-noselect path))
  (unless (eglot-current-server)
    (eglot-ensure)
    (run-hooks 'post-command-hook))
  (unless (wait-for #'eglot-managed-p)
    (error "Eglot does not manage %s in %s" path major-mode))
  (flymake-mode 1))

(defun find (pattern)
  (goto-char (point-min))
  (let ((case-fold-search nil))
    (re-search-forward pattern)
    (goto-char (match-beginning 0))))

(defun pick (place pattern)
  "Do what a person does who picks the action whose title fits PATTERN at PLACE."
  (find place)
  (settled)
  (let* ((number (line-number-at-pos)) titles (last-nonmenu-event 'key)
         (completing-read-function
          (lambda (_prompt items &rest _)
            (setq titles (mapcar #'car items))
            (or (cl-find-if (lambda (title) (let ((case-fold-search t)) (string-match-p pattern title))) titles)
                (error "No action fits %s: %S" pattern titles)))))
    (eglot-code-actions (point) (point) nil t)
    (diagnostics `(titles . ,(vconcat titles))
                 `(at . ,(save-excursion
                           (goto-char (point-min))
                           (forward-line (1- number))
                           (vconcat (split-string (buffer-substring-no-properties (point) (line-end-position 2)) "\n")))))))

(defun complete (after line wanted)
  "What is offered behind LINE, and what comes of WANTED."
  (find after)
  (end-of-line)
  (insert "\n" line)
  (let* ((found (run-hook-with-args-until-success 'completion-at-point-functions))
         (table (nth 2 found))
         (labels (all-completions (buffer-substring-no-properties (nth 0 found) (nth 1 found)) table
                                  (plist-get (nthcdr 3 found) :predicate)))
         (item (cl-find wanted labels :test #'string=)))
    (when item
      (delete-region (nth 0 found) (nth 1 found))
      (insert item)
      (funcall (plist-get (nthcdr 3 found) :exit-function) item 'finished))
    (prog1 `((labels . ,(vconcat (mapcar #'substring-no-properties labels)))
             (becomes . ,(if item (buffer-substring-no-properties (line-beginning-position) (line-end-position)) "")))
      (delete-region (line-beginning-position) (min (point-max) (line-beginning-position 2))))))

(defun shown ()
  `((shown . ,(with-current-buffer "*unitlint*" (whole)))))

(attempt "open"
  (let ((initial (alist-get 'settings plan)))
    (setq unitlint-settings (cl-loop for (k . v) in initial nconc (list (intern (format ":%s" k)) v))))
  (open (alist-get 'unit plan))
  (diagnostics `(filetype . ,(symbol-name major-mode))))
(attempt "status"
  `((shown . ,(unitlint-status)) (encoding . "utf-16")))
(attempt "fix" (pick "^ProtectSytem=" "ProtectSystem"))
(attempt "suppress" (pick "^PrivateTmp=maybe" "^Silence"))
(attempt "complete value" (complete "^ExecStart=" "PrivateTmp=" "yes"))
(attempt "complete word" (complete "^ExecStart=" "CapabilityBoundingSet=CAP_NET_" "CAP_NET_ADMIN"))
(attempt "complete key" (complete "^ExecStart=" "ProtectHos" "ProtectHostname"))
(attempt "complete section" (complete "^Nice" "[" "[Install]"))
(attempt "hover"
  (find "^PrivateTmp")
  (settled) ; eglot waits with it until changes are told, which it does when Emacs is idle
  (let (said)
    (eglot-hover-eldoc-function (lambda (info &rest _) (setq said info)))
    (wait-for (lambda () said))
    `((shown . ,(substring-no-properties (or said ""))))))
(attempt "explain"
  (find "^PrivateTmp")
  (unitlint-explain (unitlint--at-point))
  (shown))
(attempt "score"
  (unitlint-score)
  (shown))
(attempt "disorder"
  (dolist (edit (alist-get 'typing plan))
    (goto-char (point-min))
    (forward-line (alist-get 'from edit))
    (let ((from (point)))
      (forward-line (alist-get 'remove edit))
      (delete-region from (point)))
    (dolist (line (alist-get 'insert edit))
      (insert line "\n"))
    ;; eglot 1.9 never ends when diagnostics of an older text point into the middle of a character of four bytes
    (settled))
  (diagnostics))
(attempt "type"
  (erase-buffer)
  (dolist (line (alist-get 'whole plan))
    (insert line "\n"))
  (settled)
  (undo-boundary)
  (find "AF_INTE6")
  (insert "𝄞ü ")
  (forward-char 7)
  (delete-char 1)
  (insert "5")
  (diagnostics))
(attempt "undo"
  (undo-boundary)
  (setq last-command 'other)
  (undo-only)
  (diagnostics))
(attempt "rename"
  (find "other\\.service")
  (eglot-rename "another.service")
  (diagnostics '(rename . t)))
(attempt "format"
  (eglot-format-buffer)
  (diagnostics))
(attempt "fix all"
  (let ((told []))
    (condition-case wrong (unitlint-fix-all)
      (error (setq told (vector (error-message-string wrong)))))
    (diagnostics `(told . ,told))))
(cl-loop for path in (alist-get 'others plan) for number from 1 do
         (attempt (format "other %d" number)
           (open path)
           (diagnostics `(filetype . ,(symbol-name major-mode)))))
(attempt "end"
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer (set-buffer-modified-p nil)))
  (eglot-shutdown-all)
  '((running . :json-false) (told . [])))
(kill-emacs 0)
