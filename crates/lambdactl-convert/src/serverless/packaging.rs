//! What the framework packages: patterns of a service as lines of a `.lambdaignore`.

use serde_json::Value;

/// What the framework leaves out by itself, beside what lambdactl does (its `defaultExcludes`).
const BY_ITSELF: [&str; 3] = ["/.serverless/", "/.serverless_plugins/", "npm-debug.log"];

/// What a pattern that takes files in must not take back: secrets, and the manifest.
const NEVER: [&str; 6] = [".env", ".env.*", "/lambda.yaml", "/lambda.yml", "/lambda.toml", "/lambda.json"];

/// Plugins that make the code, and what they make it of.
const BUILDERS: [(&str, &str); 12] = [
    ("serverless-python-requirements", "installs requirements.txt"),
    ("serverless-esbuild", "bundles the code"),
    ("serverless-webpack", "bundles the code"),
    ("serverless-bundle", "bundles the code"),
    ("serverless-plugin-typescript", "compiles the code"),
    ("serverless-plugin-optimize", "bundles the code"),
    ("serverless-plugin-include-dependencies", "chooses what is packaged"),
    ("serverless-package-python-functions", "installs requirements"),
    ("serverless-ruby-layer", "installs gems"),
    ("serverless-rust", "compiles the code"),
    ("serverless-go-plugin", "compiles the code"),
    ("serverless-jetpack", "chooses what is packaged"),
];

/// What a plugin does to the code, if it does.
pub(super) fn builds(plugin: &str) -> Option<&'static str> {
    BUILDERS.iter().find(|(name, _)| *name == plugin).map(|(_, what)| *what)
}

/// The lines for a service's patterns. Both decide by the last one that fits; what is taken in again needs its folders, too.
pub(super) fn lines(package: &Value, file: &str) -> Vec<String> {
    let mut lines: Vec<String> = BY_ITSELF.iter().map(|line| (*line).to_owned()).collect();
    if !file.is_empty() {
        lines.push(format!("/{}", escaped(file)));
    }
    let texts = |key: &str| -> Vec<String> {
        package[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let excluded = texts("exclude").into_iter().map(|pattern| match pattern.strip_prefix('!') {
        Some(pattern) => pattern.to_owned(),
        None => format!("!{pattern}"),
    });
    for pattern in excluded.chain(texts("include")).chain(texts("patterns")) {
        match pattern.strip_prefix('!') {
            Some(out) => lines.push(anchored(out)),
            None => {
                let pattern = anchored(&pattern);
                let folders: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
                for count in 1..folders.len() {
                    // Behind a star the rest is taken in by the pattern itself.
                    if folders[..count].iter().any(|folder| folder.contains('*')) {
                        break;
                    }
                    push_new(&mut lines, format!("!/{}/", folders[..count].join("/")));
                }
                lines.push(format!("!{pattern}"));
            }
        }
    }
    if lines.iter().any(|line| line.starts_with('!')) {
        lines.extend(NEVER.map(str::to_owned));
    }
    lines
}

fn push_new(lines: &mut Vec<String>, line: String) {
    if lines.last() != Some(&line) {
        lines.push(line);
    }
}

/// The framework's patterns begin at the service's folder.
fn anchored(pattern: &str) -> String {
    let pattern = pattern.trim_start_matches("./");
    if pattern.starts_with('/') { pattern.to_owned() } else { format!("/{pattern}") }
}

fn escaped(name: &str) -> String {
    name.chars().flat_map(|letter| "*?[]!\\ #".contains(letter).then_some('\\').into_iter().chain([letter])).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_become_lines() {
        let package = json!({"patterns": ["!**", "src/**", "lib/a/b.js", "!src/**/*.test.js"]});
        let found = lines(&package, "serverless.yml");
        let wanted =
            ["/serverless.yml", "/**", "!/src/", "!/src/**", "!/lib/", "!/lib/a/", "!/lib/a/b.js", "/src/**/*.test.js"];
        assert_eq!(found[3..11], wanted);
        assert_eq!(found[11..], NEVER);
        let old = json!({"exclude": ["node_modules/**", "!node_modules/x/**"], "include": ["data/**"]});
        let wanted =
            ["/node_modules/**", "!/node_modules/", "!/node_modules/x/", "!/node_modules/x/**", "!/data/", "!/data/**"];
        assert_eq!(lines(&old, "")[3..9], wanted);
    }
}
