#!/usr/bin/env bash
# Applies, and keeps the report.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/lambdactl.XXXXXX")
json=$folder/report.json
code=0
lambdactl apply --yes --format json ${arguments[@]+"${arguments[@]}"} > "$json" || code=$?
output json "$json"
output summary "$(summary "$json")"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  printf '### lambdactl apply\n\n```json\n%s\n```\n' "$(summary "$json")" >> "$GITHUB_STEP_SUMMARY"
fi
exit "$code"
