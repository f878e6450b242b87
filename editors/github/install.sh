#!/usr/bin/env bash
# Step 1 of the action: puts unitlint into a directory of its own, from the wheel of the release.
#   VERSION   the number of a release; nothing: the one that this action is from
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv=$RUNNER_TEMP/unitlint/venv
case ${VERSION:-} in
    '') what=$here ;;
    *[!0-9.]*) echo "::error title=unitlint::version has to be the number of a release, such as 0.1.0"; exit 2 ;;
    *) what=unitlint==$VERSION ;;
esac
python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$what"
"$venv/bin/unitlint" --version
echo "program=$venv/bin/unitlint" >> "$GITHUB_OUTPUT"
