//! Code is never returned by the service: it is compared by what the service says about it.

use lambdactl_schema::FunctionSpec;
use serde_json::{Map, Value, json};

use crate::action::{Change, DIGEST};
use crate::changes::change;
use crate::current::CurrentFunction;
use crate::objects::{self, Verdict};
use crate::stored::Objects;

/// Returns what a plan shows of a function's code: never the archive itself.
pub(crate) fn shown(spec: &FunctionSpec) -> Value {
    let mut members: Map<String, Value> = match serde_json::to_value(&spec.request.code) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.shift_remove("ZipFile");
    if let Some(sha256) = &spec.code_sha256 {
        members.insert("CodeSha256".into(), json!(sha256));
    }
    Value::Object(members)
}

/// Compares a function's code; what cannot be compared becomes a note.
pub(crate) fn compare(
    spec: &FunctionSpec,
    current: &CurrentFunction,
    objects: &Objects,
    notes: &mut Vec<String>,
) -> Vec<Change> {
    let code = &spec.request.code;
    let mut found = Vec::new();
    let member = |name: &str| current.code.as_ref().and_then(|code| code.get(name));
    let text = |name: &str| member(name).and_then(Value::as_str).unwrap_or_default();
    let current_sha256 = current.text("CodeSha256").unwrap_or_default();

    if let Some(sha256) = &spec.code_sha256 {
        if sha256 != current_sha256 {
            found.push(change(DIGEST.into(), Some(json!(current_sha256)), Some(json!(sha256))));
        }
    } else if let Some(uri) = &code.image_uri {
        let current_uri = text("ImageUri");
        // A digest is compared as such, whatever tag the function was created with.
        let same_digest = uri.split_once("@sha256:").is_some_and(|(_, digest)| {
            digest == current_sha256 || text("ResolvedImageUri").ends_with(&format!("@sha256:{digest}"))
        });
        // Applied by digest, and now the tag cannot be resolved: which of the two is meant nobody can say.
        let incomparable = !uri.contains('@')
            && current_uri.split_once('@').is_some_and(|(address, _)| {
                uri.split_once(':').map_or(uri.as_str(), |(address, _)| address) == address
            });
        if uri != current_uri && !same_digest && !incomparable {
            let before =
                if current_uri.is_empty() { format!("sha256:{current_sha256}") } else { current_uri.to_owned() };
            found.push(change("/Code/ImageUri".into(), Some(json!(before)), Some(json!(uri))));
        }
    } else if let Some(Value::Object(object)) = member("ResolvedS3Object") {
        // A function that refers to its object (S3ObjectStorageMode: REFERENCE) says which one it is.
        let current_of = |member: &str| object.get(member).and_then(Value::as_str);
        for (member, wanted) in [
            ("S3Bucket", &code.s3_bucket),
            ("S3Key", &code.s3_key),
            // Without a version in the manifest, whichever the service resolved is the right one.
            ("S3ObjectVersion", &code.s3_object_version),
        ] {
            if let Some(wanted) = wanted.as_deref().filter(|wanted| current_of(member) != Some(*wanted)) {
                let before = current_of(member).map(|text| json!(text));
                found.push(change(format!("/Code/{member}"), before, Some(json!(wanted))));
            }
        }
    } else if code.s3_key.is_some() {
        match objects::compare(spec, current, objects) {
            Verdict::Same => {}
            Verdict::Other(change) => found.push(change),
            Verdict::Open(reason) => notes.push(format!("the code is in S3 and was not compared: {reason}")),
        }
    }

    let wanted_key = code.source_kms_key_arn.as_deref().unwrap_or_default();
    let current_key = text("SourceKMSKeyArn");
    // A list of functions does not say which key it is.
    if wanted_key != current_key && current.code.is_some() {
        let some = |text: &str| (!text.is_empty()).then(|| json!(text));
        found.push(change("/Code/SourceKMSKeyArn".into(), some(current_key), some(wanted_key)));
    }
    found
}
