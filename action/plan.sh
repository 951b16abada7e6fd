#!/usr/bin/env bash
# Plans, and keeps the plan three times: as JSON, as a comment, and saved for `lambdactl apply PLAN`.
set -euo pipefail
# shellcheck source=action/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/lambdactl.XXXXXX")
json=$folder/plan.json comment=$folder/comment.md plan=$folder/saved.plan
code=0
lambdactl plan --detailed-exitcode --format json --markdown "$comment" --out "$plan" \
  ${arguments[@]+"${arguments[@]}"} > "$json" 2> "$folder/errors" || code=$?
quoted everything < "$folder/errors" >&2
if [ ! -s "$comment" ]; then
  # Without a plan the comment says why: an old plan must not stand there as if it were this one.
  { printf '<!-- lambdactl-plan -->\n### lambdactl plan failed\n\n'; fenced "$folder/errors"; } > "$comment"
elif [ "$code" != 0 ] && [ "$code" != 2 ]; then
  { printf '\n### lambdactl plan failed\n\nWhat stands above is not the whole plan.\n\n'; fenced "$folder/errors"; } >> "$comment"
fi
output comment "$comment"
output json "$json"
output summary "$(summary "$json")"
if [ -s "$plan" ]; then output plan "$plan"; fi
if [ "$code" = 2 ]; then output has-changes true; else output has-changes false; fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$comment" >> "$GITHUB_STEP_SUMMARY"; fi
# A plan that is not empty is no failure.
if [ "$code" = 2 ]; then code=0; fi
exit "$code"
