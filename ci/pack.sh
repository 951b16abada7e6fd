#!/usr/bin/env bash
# Packs a built program with its manual, completions and licences: pack.sh VERSION TARGET FOLDER-OF-THE-PROGRAM.
set -euo pipefail

version=$1 target=$2 built=$3
program=$built/lambdactl
if [ -e "$program.exe" ]; then program=$program.exe; fi
folder=$(mktemp -d)
cp "$program" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$folder"
mkdir -p "$folder/completions" dist
"$program" man --dir "$folder/man"
for shell in bash zsh fish elvish powershell; do "$program" completions "$shell" > "$folder/completions/lambdactl.$shell"; done
tar -czf "dist/lambdactl-$version-$target.tar.gz" -C "$folder" .
rm -r "$folder"
echo "dist/lambdactl-$version-$target.tar.gz"
