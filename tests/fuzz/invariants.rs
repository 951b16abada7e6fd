//! What holds for every manifest, whatever is in it: shared by the fuzz target and the regression test.

use std::collections::BTreeMap;

use lambdactl_manifest::{Input, ReadOptions, Reading, read};
use lambdactl_schema::Policy;

/// The value of an environment variable that no message may show.
const SECRET: &str = "hunter2-hunter2";

/// Reads a text as a manifest and panics when something does not hold.
pub(crate) fn check(text: &[u8]) {
    let strict = read_as(text, Policy::default());
    check_reading(&strict);
    let lax = read_as(text, Policy { allow_unknown: true, ..Policy::default() });
    check_reading(&lax);
    // What is taken strictly is taken laxly, and says the same.
    assert!(lax.is_valid() || !strict.is_valid());
    if strict.is_valid() {
        assert_eq!(strict.desired, lax.desired);
    }
}

fn read_as(text: &[u8], policy: Policy) -> Reading {
    read(&ReadOptions {
        inputs: vec![Input::Standard(text.to_vec())],
        environment: BTreeMap::from([("TOKEN".to_owned(), SECRET.to_owned())]),
        policy,
        ..ReadOptions::default()
    })
}

fn check_reading(reading: &Reading) {
    for diagnostic in &reading.diagnostics {
        assert!(!diagnostic.message.is_empty());
        if let Some(place) = diagnostic.place {
            let source = &reading.sources[place.source.0];
            assert!(place.span.start <= place.span.end && place.span.end as usize <= source.text.len());
            // An excerpt can be drawn.
            let position = source.position(place.span.start);
            assert!(position.line <= source.line_count());
            let (line, start) = source.line(position.line);
            assert!(place.span.start >= start && start as usize + line.len() <= source.text.len());
        }
    }
    if reading.is_valid() {
        // Every function has a call's body, and that body is a manifest again.
        for function in &reading.desired.functions {
            let body = serde_json::Value::Object(function.request.members());
            assert_eq!(body["FunctionName"], function.request.function_name.as_str());
            assert_eq!(serde_json::from_value(body).ok().as_ref(), Some(&function.request));
        }
    }
    // The secret may be in the function that asked for it, and nowhere else.
    assert!(!format!("{:?}", reading.diagnostics).contains(SECRET) || text_has_secret(reading));
    let environments = reading.desired.functions.iter().map(|function| &function.request.environment);
    assert!(!format!("{:?}", environments.collect::<Vec<_>>()).contains(SECRET));
}

/// Whether a reference to the secret stands where values are shown (only the environment's are secrets).
fn text_has_secret(reading: &Reading) -> bool {
    reading.sources.iter().any(|source| source.text.contains("${env:TOKEN"))
}
