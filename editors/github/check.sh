#!/usr/bin/env bash
# Step 3 of the action: annotations into the log, SARIF and a comment into files, the report into the summary of the job.
# Whatever is found, it goes on: the last step fails by the status.
#   UNITLINT  the program                     SYSTEMD   the systemd to judge for
#   PATHS     divided by blanks or lines      CONFIG    a unitlint.toml
#   ARGS      more words for `check`          FAIL_ON   what makes the status 1
#   SINCE     what to compare with; nothing: all findings are told
set -euo pipefail
work=$RUNNER_TEMP/unitlint
mkdir -p "$work"
rm -f "$work/unitlint.json" "$work/unitlint.sarif" "$work/comment.md"
read -r -d '' -a paths <<< "${PATHS:-.}" || true
read -r -d '' -a args <<< "${ARGS:-}" || true
judge=()
[ -z "${SYSTEMD:-}" ] || judge+=(--systemd "$SYSTEMD")
[ -z "${CONFIG:-}" ] || judge+=(--config "$CONFIG")
fail=()
[ -z "${FAIL_ON:-}" ] || fail+=(--fail-on "$FAIL_ON")
since=()
[ -z "${SINCE:-}" ] || since+=(--since "$SINCE")

status=0
"$UNITLINT" check "${judge[@]}" "${since[@]}" "${fail[@]}" "${args[@]}" --format github --write "json=$work/unitlint.json" -- "${paths[@]}" || status=$?

# code scanning compares by itself: what it is not told, it takes for mended
sarif=
if "$UNITLINT" check "${judge[@]}" "${args[@]}" --exit-zero --format sarif -- "${paths[@]}" > "$work/unitlint.sarif" 2>/dev/null; then
    sarif=$work/unitlint.sarif
fi

comment=
if [ -n "${SINCE:-}" ] && "$UNITLINT" diff "${judge[@]}" "${since[@]}" --format markdown -- "${paths[@]}" > "$work/comment.md"; then
    comment=$work/comment.md
    printf '\n<sub>%s, compared with %.7s</sub>\n' "$("$UNITLINT" --version)" "$SINCE" >> "$comment"
    cat "$comment" >> "$GITHUB_STEP_SUMMARY"
else
    "$UNITLINT" check "${judge[@]}" "${args[@]}" --exit-zero --format markdown -- "${paths[@]}" >> "$GITHUB_STEP_SUMMARY" 2>/dev/null || true
fi

read -r errors warnings notes < <(python3 - "$work/unitlint.json" <<'PYTHON'
import json, sys
try:
    summary = json.load(open(sys.argv[1], encoding="utf-8"))["summary"]
except (OSError, ValueError, KeyError):
    summary = {}
print(*(int(summary.get(level, 0)) for level in ("errors", "warnings", "notes")))
PYTHON
)
{
    echo "status=$status"
    echo "errors=$errors"
    echo "warnings=$warnings"
    echo "notes=$notes"
    echo "sarif=$sarif"
    echo "comment=$comment"
} >> "$GITHUB_OUTPUT"
