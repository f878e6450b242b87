#!/usr/bin/env bash
# Step 4 of the action: the comment on the pull request. One that an earlier run wrote for the same paths is renewed; where
# nothing changed none is begun.
#   COMMENT   the file with its text      PATHS      as in step 3: tells the comments of several runs apart
#   GH_TOKEN  may write to the pull request
set -euo pipefail
number=$(python3 - "$GITHUB_EVENT_PATH" <<'PYTHON'
import json, sys
print(int((json.load(open(sys.argv[1], encoding="utf-8")).get("pull_request") or {}).get("number") or 0))
PYTHON
)
if [ "$number" = 0 ] || [ ! -s "${COMMENT:-}" ]; then exit 0; fi
marker="<!-- unitlint $(printf %s "${PATHS:-.}" | sha256sum | cut -c1-12) -->"
body=$RUNNER_TEMP/unitlint/body.md
{ echo "$marker"; cat "$COMMENT"; } > "$body"
comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"

could_not() {
    echo "::notice title=unitlint::the comment could not be written; it needs pull-requests: write, which a pull request from a fork does not get. The summary of this job has its text"
    exit 0
}

mine=
lines=$(gh api --paginate "$comments?per_page=100" --jq '.[] | "\(.id) \(.user.type) \(.body | split("\n")[0])"') || could_not
while read -r id type first; do
    if [ "$type" = Bot ] && [ "${first%$'\r'}" = "$marker" ]; then mine=$id; fi
done <<< "$lines"

if [ -n "$mine" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$mine" --field body=@"$body" || could_not
    echo "comment $mine is renewed"
elif grep -q '^| --- ' "$COMMENT"; then
    gh api --silent --method POST "$comments" --field body=@"$body" || could_not
    echo "the comment is written"
else
    echo "nothing changed, and there is no comment to renew"
fi
