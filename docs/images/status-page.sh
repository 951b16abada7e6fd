#!/bin/sh
# Makes status-page.png anew: a page with names that nobody has, in headless Chromium (Debian's package chromium).
set -eu
cd "$(dirname "$0")/../.."
page=$(mktemp --suffix .html)
trap 'rm -f "$page"' EXIT
cargo run --quiet --package lambdactl-page --example sample > "$page"
python3 tests/python/browser.py picture "$page" docs/images/status-page.png --width 1000 --height 1130 \
  --now 2026-11-27T09:30:26Z
size=$(wc -c < docs/images/status-page.png)
echo "docs/images/status-page.png: $size bytes"
[ "$size" -lt 200000 ]
