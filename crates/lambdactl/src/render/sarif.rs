//! SARIF 2.1.0, which code scanning services read.

use std::collections::{BTreeMap, HashMap};
use std::path::{MAIN_SEPARATOR_STR, Path};

use lambdactl_manifest::{Diagnostic, Reading};
use lambdactl_schema::rules::{self, Rule, Severity};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::parts::{functions, message_and_help, range};
use crate::text::Text;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path in a URI cannot hold as it is; a colon in the first segment of a relative one would end a scheme.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Renders what `validate` found.
pub(crate) fn validation(reading: &Reading) -> Text {
    let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
    for Diagnostic { rule, severity, .. } in &reading.diagnostics {
        worst.entry(rule.code).and_modify(|worst| *worst = (*worst).min(*severity)).or_insert(*severity);
    }
    let broken: Vec<(&Rule, Severity)> =
        rules::ALL.iter().filter_map(|rule| Some((*rule, *worst.get(rule.code)?))).collect();
    let index: HashMap<&str, usize> = broken.iter().enumerate().map(|(index, (rule, _))| (rule.code, index)).collect();
    let mut fingerprints = Fingerprints::default();
    let results: Vec<Value> = reading
        .diagnostics
        .iter()
        .map(|diagnostic| {
            json!({
                "ruleId": diagnostic.rule.code,
                "ruleIndex": index[diagnostic.rule.code],
                "level": diagnostic.severity.as_str(),
                "message": message(&message_and_help(diagnostic)),
                "locations": [location(diagnostic, reading)],
                "partialFingerprints": { "lambdactl/v1": fingerprints.of(diagnostic) },
            })
        })
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "lambdactl",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": broken.iter().map(|(rule, level)| descriptor(rule, *level)).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": true }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    Text::json(&log)
}

fn descriptor(rule: &Rule, level: Severity) -> Value {
    let mut descriptor = json!({
        "id": rule.code,
        "shortDescription": message(rule.title),
        "defaultConfiguration": { "level": level.as_str() },
    });
    if let Some(help) = rule.help {
        descriptor["help"] = message(help);
    }
    descriptor
}

/// Braces stand for arguments in a SARIF message; doubled, they stand for themselves.
fn message(text: &str) -> Value {
    json!({ "text": text.replace('{', "{{").replace('}', "}}") })
}

fn location(diagnostic: &Diagnostic, reading: &Reading) -> Value {
    let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(&diagnostic.file) } } });
    if let Some((start, end)) = range(diagnostic, reading) {
        location["physicalLocation"]["region"] = json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        });
    }
    let functions = functions(diagnostic);
    if !functions.is_empty() {
        let logical = |name| json!({ "name": name, "fullyQualifiedName": diagnostic.path });
        location["logicalLocations"] = functions.into_iter().map(logical).collect();
    }
    location
}

fn uri(file: &str) -> String {
    let path = file.replace(MAIN_SEPARATOR_STR, "/");
    let escaped = utf8_percent_encode(&path, ESCAPED);
    if !Path::new(file).is_absolute() {
        return escaped.to_string();
    }
    // A drive's letter needs a slash before it.
    let root = if path.starts_with('/') { "" } else { "/" };
    format!("file://{root}{escaped}")
}

/// Recognises a result in another run, when lines have moved and functions have changed places.
#[derive(Default)]
struct Fingerprints {
    /// How often each has been given out: one value can be wrong in two ways.
    given: HashMap<String, usize>,
}

impl Fingerprints {
    fn of(&mut self, diagnostic: &Diagnostic) -> String {
        let path = diagnostic.path.as_str();
        let (function, path) = match (&diagnostic.function, path.strip_prefix("/functions/")) {
            // The function is known by its name, and not by its number in the list.
            (Some(function), Some(inner)) => (function.as_str(), inner.find('/').map_or("", |at| &inner[at..])),
            (Some(function), None) if !path.starts_with("/defaults/") => (function.as_str(), path),
            // Which function is the first that a default breaks depends on their order.
            _ => ("", path),
        };
        let parts = [diagnostic.rule.code, &uri(&diagnostic.file), function, path];
        let digest = Sha256::digest(parts.join("\0"));
        let hash: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let number = self.given.entry(hash.clone()).or_default();
        *number += 1;
        format!("{hash}:{number}")
    }
}

#[cfg(test)]
mod tests {
    use lambdactl_manifest::{Input, ReadOptions, read};

    use super::*;

    fn results(manifest: &str) -> Vec<Value> {
        let inputs = vec![Input::Standard(manifest.as_bytes().to_vec())];
        let log = validation(&read(&ReadOptions { inputs, ..ReadOptions::default() }));
        let log: Value = serde_json::from_str(log.as_str()).unwrap();
        log["runs"][0]["results"].as_array().unwrap().clone()
    }

    fn fingerprints(manifest: &str) -> Vec<Value> {
        results(manifest).iter().map(|result| result["partialFingerprints"]["lambdactl/v1"].clone()).collect()
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a/b.yaml"), "a/b.yaml");
        assert_eq!(uri("größe, 100%: a.yaml"), "gr%C3%B6%C3%9Fe%2C%20100%25%3A%20a.yaml");
        #[cfg(unix)]
        assert_eq!(uri("/srv/a b.yaml"), "file:///srv/a%20b.yaml");
        #[cfg(windows)]
        assert_eq!(uri(r"C:\a b.yaml"), "file:///C%3A/a%20b.yaml");
    }

    #[test]
    fn fingerprint_outlives_a_move_and_a_release() {
        let function = "{FunctionName: a, Timout: 5, Runtime: python3.13, Handler: x, \
                        Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: abc, S3Key: k}}";
        let alone = fingerprints(&format!("functions:\n- {function}\n"));
        assert_eq!(alone, ["2f2fc0cc8173ee8fdee1702a4447c3bd:1"]);
        let moved = format!("functions:\n- {}\n\n- {function}\n", function.replace("Name: a", "Name: b"));
        assert_eq!(fingerprints(&moved)[1..], alone);
        let defaults =
            |names: &str| fingerprints(&format!("defaults: {{Timeout: 0}}\nfunctions: {{{names}}}\n"))[0].clone();
        assert_eq!(defaults("a: , b: "), defaults("b: , a: "));
    }

    #[test]
    fn two_problems_of_one_value_have_two_fingerprints() {
        let found = fingerprints("name: a\nname: b\nname: c\n");
        assert!(found.iter().all(|one| found.iter().filter(|other| one == *other).count() == 1), "{found:?}");
    }

    #[test]
    fn file_that_cannot_be_read_has_no_region() {
        let inputs = vec![Input::Path("nowhere.yaml".into())];
        let log = validation(&read(&ReadOptions { inputs, ..ReadOptions::default() }));
        let log: Value = serde_json::from_str(log.as_str()).unwrap();
        let location = json!({ "physicalLocation": { "artifactLocation": { "uri": "nowhere.yaml" } } });
        assert_eq!(log["runs"][0]["results"][0]["locations"], json!([location]));
    }
}
