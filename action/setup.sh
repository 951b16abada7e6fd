#!/usr/bin/env bash
# Installs a release and puts it on the PATH, after comparing it with the release's checksums and, where the GitHub CLI is
# there, with the attestation that the release's workflow signed.
set -euo pipefail
# shellcheck source=action/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

fail() { echo "::error::lambdactl: $1"; exit 1; }

version=${LAMBDACTL_VERSION:-${ACTION_REF:-}}
if [[ -z ${LAMBDACTL_VERSION:-} && $version =~ ^[0-9a-f]{40}$ ]]; then
  # The action is used at a commit: its release is the one that the commit says.
  version=v$(sed -n 's/^version = "\(.*\)"$/\1/p' "$(dirname "${BASH_SOURCE[0]}")/../Cargo.toml" | head -n 1)
fi
# The version becomes part of an address and of file names.
if ! [[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?$ ]]; then
  fail "'${version//[^0-9A-Za-z.+_-]/?}' is no release; set the input \`version\`, such as v0.1.0"
fi
repository=${ACTION_REPOSITORY:-lambdactl/lambdactl}
if ! [[ $repository =~ ^[0-9A-Za-z_-][0-9A-Za-z_.-]*/[0-9A-Za-z_-][0-9A-Za-z_.-]*$ ]]; then
  fail "'${repository//[^0-9A-Za-z.\/_-]/?}' is no repository"
fi
case "${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}" in
  Linux-X64 | Linux-x86_64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64 | Linux-aarch64) target=aarch64-unknown-linux-musl ;;
  macOS-X64 | Darwin-x86_64) target=x86_64-apple-darwin ;;
  macOS-ARM64 | Darwin-arm64) target=aarch64-apple-darwin ;;
  Windows-*) target=x86_64-pc-windows-msvc ;;
  *) fail "there is no release for ${RUNNER_OS:-$(uname -s)} on ${RUNNER_ARCH:-$(uname -m)}" ;;
esac
program=lambdactl
if [ "$target" = x86_64-pc-windows-msvc ]; then program=lambdactl.exe; fi

server=${GITHUB_SERVER_URL:-https://github.com}
# Between this machine and itself there is nobody to read or to change what is sent.
protocol='=https'
if [[ $server =~ ^http://(127\.0\.0\.1|localhost)(:[0-9]+)?$ ]]; then protocol='=http'; fi
releases=$server/$repository/releases/download/$version
archive=lambdactl-$version-$target.tar.gz
# Nobody else can guess its name, or write into it.
folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/lambdactl.XXXXXX")
mkdir "$folder/bin"
cd "$folder"

# No file gets larger than 200 MB, whatever a server says of its length; a shell that cannot do this has curl's own limit.
ulimit -f 204800 2> /dev/null || true
download() {
  curl --fail --silent --show-error --location --proto "$protocol" --max-redirs 5 --connect-timeout 20 --max-time 300 \
    --max-filesize 200000000 --retry 3 --retry-max-time 300 --output "$1" "$releases/$1"
}
download "$archive"
download SHA256SUMS

if command -v sha256sum > /dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
is=$("${sum[@]}" "$archive" | cut -c 1-64)
should=$(awk -v file="$archive" '$2 == file || $2 == "*" file { print $1 }' SHA256SUMS)
if ! [[ $should =~ ^[0-9a-f]{64}$ && $is = "$should" ]]; then
  fail "$archive is not what SHA256SUMS says; nothing was installed"
fi

# The checksums come from where the archive comes from; who built it is said by the attestation.
if ! [[ $server = https://github.com || $protocol = '=http' ]]; then
  echo "::notice::lambdactl: the origin of $archive was not checked: $server has no attestations of its releases"
elif ! command -v gh > /dev/null || ! help=$(gh attestation verify --help 2> /dev/null); then
  echo "::notice::lambdactl: the origin of $archive was not checked: there is no GitHub CLI (gh) that verifies attestations"
else
  origin=(--repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml")
  # An older release is attested, too, and must not pass for this one. Old versions of gh cannot look at this.
  case "$help" in *--source-ref*) origin+=(--source-ref "refs/tags/$version") ;; esac
  if ! gh attestation verify "$archive" "${origin[@]}" > said 2>&1; then
    quoted everything < said
    fail "$archive has no attestation of $repository's release workflow that \`gh attestation verify\` accepts; nothing was installed"
  fi
fi

tar -xzf "$archive" -C bin "./$program"
if [ ! -f "bin/$program" ] || [ -L "bin/$program" ]; then fail "$archive has no program in it; nothing was installed"; fi
echo "$folder/bin" >> "$GITHUB_PATH"
