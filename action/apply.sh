#!/usr/bin/env bash
# Applies, and keeps the report.
set -euo pipefail
# shellcheck source=action/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/lambdactl.XXXXXX")
json=$folder/report.json
code=0
# Standard error goes to the log as it comes, and standard output into the report.
{ lambdactl apply --yes --format json ${arguments[@]+"${arguments[@]}"} 2>&1 >&3 | quoted everything >&2; } 3> "$json" || code=$?
output json "$json"
output summary "$(summary "$json")"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  # shellcheck disable=SC2016 # These are backticks of Markdown.
  printf '### lambdactl apply\n\n```json\n%s\n```\n' "$(summary "$json")" >> "$GITHUB_STEP_SUMMARY"
fi
exit "$code"
