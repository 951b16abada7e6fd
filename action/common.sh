# What the action's steps share. Inputs come by the environment and are never part of a command's text.

# Prints an option for each manifest that is named, one word a line.
manifests() {
  while IFS= read -r file; do
    if [ -n "$file" ]; then printf '%s\n' -f "$file"; fi
  done <<< "${LAMBDACTL_FILES:-}"
}

# Collects the arguments of plan and apply.
arguments=()
while IFS= read -r word; do
  if [ -n "$word" ]; then arguments+=("$word"); fi
done < <(manifests; tr -s ' ' '\n' <<< "${LAMBDACTL_ARGS:-}")

# Sets an output of the step.
output() { printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"; }

# Takes the counts out of a plan or a report, which is one line of JSON.
summary() { sed -n 's/.*"summary":\({[^}]*}\).*/\1/p' "$1"; }
