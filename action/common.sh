#!/usr/bin/env bash
# What the action's steps share. Inputs come by the environment and are never part of a command's text.

# Prints an option for each manifest that is named, one word a line.
manifests() {
  while IFS= read -r file; do
    if [ -n "$file" ]; then printf '%s\n' -f "$file"; fi
  done <<< "${LAMBDACTL_FILES:-}"
}

# Collects the arguments of validate, plan and apply: the same for all, and each ignores or refuses what is not its own.
arguments=()
while IFS= read -r word; do
  if [ -n "$word" ]; then arguments+=("$word"); fi
done < <(manifests; tr -s '[:space:]' '\n' <<< "${LAMBDACTL_ARGS:-}")

# Sets an output of the step. A value that is not one line would set others.
output() {
  case "$2" in
    *$'\n'* | *$'\r'*) echo "::error::lambdactl: the output $1 is not one line"; exit 1 ;;
  esac
  printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"
}

# Takes the counts out of a plan or a report, which is one line of JSON.
summary() { sed -n 's/.*"summary":\({[a-z_:,"0-9]*}\).*/\1/p' "$1" | head -n 1; }

# Passes text of others on to the runner's log, which takes a line that begins with two colons, after blanks, and `##[`
# anywhere for a command. `quoted everything`, or `quoted all-but-annotations` where lambdactl's own marks go through.
quoted() {
  # Bytes: the text may be anything.
  local LC_ALL=C line own='$.' two='::' mark='##['
  if [ "$1" = all-but-annotations ]; then own='::(error|warning|notice) '; fi
  while IFS= read -r line || [ -n "$line" ]; do
    # The runner ends a line here, too.
    line=${line//$'\r'/ }
    if ! [[ $line =~ ^$own ]] && [[ $line =~ ^[^!-~]*:: ]]; then line=${line/"$two"/: :}; fi
    printf '%s\n' "${line//"$mark"/## [}"
  done
}

# Prints the end of a file behind a fence that nothing in it can end, without bytes that are no text.
fenced() {
  local text=$1.text
  # A character that the cut goes through is left out.
  tail -c 20000 "$1" | LC_ALL=C tr -d '\000-\010\013-\037\177' | LC_ALL=C sed $'1s/^[\200-\277]*//' > "$text"
  local fence
  fence=$(LC_ALL=C tr -c '~' '\n' < "$text" | awk -v fence='~~~' 'length >= length(fence) { fence = $0 "~" } END { print fence }')
  printf '%stext\n' "$fence"
  cat "$text"
  # Its last line may have no end.
  printf '\n%s\n' "$fence"
}
