#!/usr/bin/env bash
# Step 2 of the action: finds the revision to compare with, and fetches what is missing of the history.
#   BASE   a revision; `none`: compare with nothing; nothing: of a pull request the commit where it left its base
set -euo pipefail

compare_with() {
    echo "since=$1" >> "$GITHUB_OUTPUT"
    if [ -n "$1" ]; then echo "compared with $1"; else echo "compared with nothing: all findings are told"; fi
    exit 0
}

case ${BASE:-} in
    '') ;;
    none) compare_with '' ;;
    *[[:space:]]*) echo "::error title=unitlint::base has to be one revision"; exit 2 ;;
    *) compare_with "$BASE" ;;
esac

base=$(python3 - "${GITHUB_EVENT_PATH:-/dev/null}" <<'PYTHON'
import json, re, sys
try:
    event = json.load(open(sys.argv[1], encoding="utf-8"))
except ValueError:
    event = {}
sha = (event.get("pull_request") or {}).get("base", {}).get("sha") or (event.get("merge_group") or {}).get("base_sha") or ""
print(sha if re.fullmatch("[0-9a-f]{40,64}", sha) else "")
PYTHON
)
[ -n "$base" ] || compare_with ''

fork() { git merge-base "$base" HEAD 2>/dev/null; }
fetch() { git fetch --quiet --no-tags --no-recurse-submodules "$@" origin "$base" "$(git rev-parse HEAD)"; }

if ! fork >/dev/null; then
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
        for deeper in --deepen=50 --deepen=500 --unshallow; do
            fetch "$deeper" || break
            ! fork >/dev/null || break
        done
    else
        fetch || true
    fi
fi
if found=$(fork); then
    compare_with "$found"
elif git cat-file -e "$base^{commit}" 2>/dev/null; then
    echo "::warning title=unitlint::where this branch left its base cannot be told, so it is compared with the base as it is now; set fetch-depth: 0 for actions/checkout"
    compare_with "$base"
fi
echo "::error title=unitlint::the base of this pull request cannot be fetched; set fetch-depth: 0 for actions/checkout"
exit 2
