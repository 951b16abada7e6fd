#!/usr/bin/env bash
# Checks workflows, action, scripts and Dockerfile, without a network once the programs for it are here: they come from
# ci/requirements.txt into a virtual environment under the target folder. Needs Python 3.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${CARGO_TARGET_DIR:-target}/lint
if ! cmp --silent ci/requirements.txt "$folder/installed.txt"; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --requirement ci/requirements.txt
  cp ci/requirements.txt "$folder/installed.txt"
fi

"$folder/bin/zizmor" --offline --no-progress --persona auditor .
find . \( -path ./target -o -path ./.git \) -prune -o -name '*.sh' -print0 |
  xargs -0 "$folder/bin/shellcheck" --external-sources .ci/run
"$folder/bin/hadolint" --failure-threshold style Dockerfile
