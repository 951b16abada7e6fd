#!/usr/bin/env bash
# Marks what is wrong with the manifests in the pull request, and fails when there is an error.
set -euo pipefail
# shellcheck source=action/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# `validate` takes the flags of plan and apply and ignores those that are not its own.
{ lambdactl validate --format github ${arguments[@]+"${arguments[@]}"} 2>&1 >&3 | quoted everything >&2; } 3>&1 |
  quoted all-but-annotations
