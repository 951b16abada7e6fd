#!/usr/bin/env bash
# Installs a release and puts it on the PATH, after comparing it with the release's checksums.
set -euo pipefail

version=${LAMBDACTL_VERSION:-${ACTION_REF:-}}
case "$version" in
  v[0-9]*) ;;
  *) echo "::error::lambdactl: '$version' is no release; set the input \`version\`, such as v0.1.0"; exit 1 ;;
esac
case "${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}" in
  Linux-X64 | Linux-x86_64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64 | Linux-aarch64) target=aarch64-unknown-linux-musl ;;
  macOS-X64 | Darwin-x86_64) target=x86_64-apple-darwin ;;
  macOS-ARM64 | Darwin-arm64) target=aarch64-apple-darwin ;;
  Windows-*) target=x86_64-pc-windows-msvc ;;
  *) echo "::error::lambdactl: no release for ${RUNNER_OS:-$(uname -s)} on ${RUNNER_ARCH:-$(uname -m)}"; exit 1 ;;
esac

releases=${GITHUB_SERVER_URL:-https://github.com}/${ACTION_REPOSITORY:-lambdactl/lambdactl}/releases/download/$version
archive=lambdactl-$version-$target.tar.gz
folder=${RUNNER_TEMP:-/tmp}/lambdactl-$version
mkdir -p "$folder"
cd "$folder"
curl --fail --silent --show-error --location --retry 3 --remote-name "$releases/$archive" --remote-name "$releases/SHA256SUMS"
if command -v sha256sum > /dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
if ! grep " $archive\$" SHA256SUMS | "${sum[@]}" --check --status -; then
  echo "::error::lambdactl: $archive is not what SHA256SUMS says; nothing was installed"
  exit 1
fi
tar -xzf "$archive"
echo "$folder" >> "$GITHUB_PATH"
