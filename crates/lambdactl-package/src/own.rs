//! What stands beside code and is no part of it: manifests, plans and settings, which may hold secrets, and what tools leave.

use lambdactl_schema::SAVED_PLAN_START;

/// Names, at any depth, that are left out unless a `!` line of a `.lambdaignore` takes them back. Patterns as in a .gitignore.
pub(crate) const LEFT_OUT: [&str; 12] = [
    // A repository's history, what `--local` keeps, and what other tools keep.
    ".git",
    ".lambdactl/",
    ".gitignore",
    ".lambdaignore",
    ".DS_Store",
    // Values of environments.
    ".env",
    ".env.*",
    // Manifests, which may have values in them, and their schema.
    "lambda.yaml",
    "lambda.yml",
    "lambda.toml",
    "lambda.json",
    "lambda.schema.json",
];

/// Bytes at the beginning of a file in which a line that names our schema is looked for.
const HEAD: usize = 512;
/// The schema's name, as manifests refer to it.
const SCHEMA: &str = "lambda.schema.json";

/// Whether a file's content says that it is a saved plan, or a manifest whatever its name: its first line with anything in
/// it names our schema, as editors want it.
pub(crate) fn is_ours(bytes: &[u8]) -> bool {
    if bytes.starts_with(SAVED_PLAN_START) {
        return true;
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    let mut lines = head.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.is_empty());
    let Some(first) = lines.next() else { return false };
    // JSON may have its brace on a line of its own.
    let line = if first == "{" { lines.next().unwrap_or_default() } else { first };
    let names_a_schema = line.starts_with("# yaml-language-server:")
        || line.starts_with("#:schema")
        || line.trim_start_matches(['{', ' ']).starts_with("\"$schema\"");
    names_a_schema && line.contains(SCHEMA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_and_plans_are_told_by_their_beginning() {
        for ours in [
            "# yaml-language-server: $schema=./schemas/lambda.schema.json\nfunctions: []\n",
            "\u{feff}\n#:schema ../schemas/lambda.schema.json\n",
            "{\n  \"$schema\": \"https://example.com/lambda.schema.json\",\n",
            "{\"$schema\":\"lambda.schema.json\",\"functions\":[]}",
            "{\"lambdactl_saved_plan\":3,",
        ] {
            assert!(is_ours(ours.as_bytes()), "{ours}");
        }
        for other in [
            "",
            "{",
            "def handler(event, context): pass\n# yaml-language-server: $schema=lambda.schema.json\n",
            "# yaml-language-server: $schema=other.json\n",
            "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"}",
            "\u{1}\u{2}",
        ] {
            assert!(!is_ours(other.as_bytes()), "{other}");
        }
    }
}
