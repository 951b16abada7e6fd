#!/usr/bin/env bash
# Marks what is wrong with the manifests in the pull request, and fails when there is an error.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

files=()
while IFS= read -r word; do files+=("$word"); done < <(manifests)
lambdactl validate --format github ${files[@]+"${files[@]}"}
