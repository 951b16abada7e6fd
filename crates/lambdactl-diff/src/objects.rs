//! Code in Amazon S3: the service copies an object and does not say which one. What S3 says of the object, and a tag that
//! says which object the function was made of, decide whether it is the same.

use lambdactl_schema::request::{FunctionCode, S3ObjectStorageMode};
use lambdactl_schema::{CODE_TAG, FunctionSpec};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::action::{Change, DIGEST, OBJECT};
use crate::changes::change;
use crate::current::{CurrentFunction, Tags};
use crate::stored::{ObjectName, Objects, Seen, StoredObject};

/// Whether a function's code is the object that the manifest names.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It is.
    Same,
    /// It is another.
    Other(Change),
    /// Nothing decides it, for this reason.
    Open(String),
}

impl Objects {
    /// Returns the tag that says which object a function is made of; nothing where its code is elsewhere, or the object
    /// could not be seen.
    pub(crate) fn tag(&self, spec: &FunctionSpec) -> Option<(String, String)> {
        let name = object(spec)?;
        match self.0.get(&name)? {
            Seen::Yes(stored) => Some((CODE_TAG.to_owned(), digest(&name, stored))),
            Seen::No(_) => None,
        }
    }
}

/// Returns the object that a function's code is copied from: not what apply puts there itself, whose digest is known, nor one
/// that the function refers to, which the service names.
pub fn object(spec: &FunctionSpec) -> Option<ObjectName> {
    let FunctionCode { s3_bucket, s3_key, s3_object_version, s3_object_storage_mode, .. } = &spec.request.code;
    let is_copied = spec.archive.is_none() && *s3_object_storage_mode != Some(S3ObjectStorageMode::Reference);
    let (bucket, key) = s3_bucket.as_ref().zip(s3_key.as_ref()).filter(|_| is_copied)?;
    Some(ObjectName { bucket: bucket.clone(), key: key.clone(), version: s3_object_version.clone() })
}

/// Compares a function's code with the object that the manifest names.
pub(crate) fn compare(spec: &FunctionSpec, current: &CurrentFunction, objects: &Objects) -> Verdict {
    const CANNOT: &str = "the service does not say which object it was";
    let Some(name) = object(spec) else { return Verdict::Open(CANNOT.to_owned()) };
    let stored = match objects.0.get(&name) {
        Some(Seen::Yes(stored)) => stored,
        Some(Seen::No(reason)) => return Verdict::Open(format!("the object could not be looked at: {reason}")),
        None => return Verdict::Open(CANNOT.to_owned()),
    };
    let current_sha256 = current.text("CodeSha256").unwrap_or_default();
    if let Some(sha256) = &stored.sha256 {
        if sha256 == current_sha256 {
            return Verdict::Same;
        }
        return Verdict::Other(change(DIGEST.to_owned(), Some(json!(current_sha256)), Some(json!(sha256))));
    }
    let size = current.configuration.get("CodeSize").and_then(serde_json::Value::as_u64);
    if let Some(size) = size.filter(|size| *size != stored.size) {
        return Verdict::Other(change("/Code/CodeSize".to_owned(), Some(json!(size)), Some(json!(stored.size))));
    }
    let tags = match &current.tags {
        Tags::Known(tags) => tags,
        Tags::Unknown(reason) => {
            return Verdict::Open(format!("the tag that says which object it was could not be read: {reason}"));
        }
    };
    match tags.get(CODE_TAG) {
        Some(tag) if *tag == digest(&name, stored) => Verdict::Same,
        Some(_) => {
            let shown = match &name.version {
                Some(version) => format!("{} (version {version})", name.key),
                None => name.key,
            };
            Verdict::Other(change(OBJECT.to_owned(), Some(json!("(another object)")), Some(json!(shown))))
        }
        None => Verdict::Open(format!(
            "S3 has no SHA-256 of the object, its size is the same, and the function has no tag `{CODE_TAG}`, which \
             apply writes whenever it sends code from S3"
        )),
    }
}

/// Which object it is, as a tag's value: nothing of a name that could be a secret, and short.
fn digest(name: &ObjectName, stored: &StoredObject) -> String {
    let ObjectName { bucket, key, version } = name;
    let digest = Sha256::digest(json!([bucket, key, version, stored.etag]).to_string());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use std::collections::BTreeMap;

    use super::*;

    fn spec(code: Value) -> FunctionSpec {
        let request = json!({ "FunctionName": "f", "Role": "r", "Code": code });
        FunctionSpec::of(serde_json::from_value(request).expect("a request"))
    }

    fn current(tags: &[(String, String)]) -> CurrentFunction {
        let configuration = json!({ "CodeSha256": "made of it", "CodeSize": 10 });
        CurrentFunction {
            configuration: configuration.as_object().cloned().expect("a map"),
            tags: Tags::Known(tags.iter().cloned().collect()),
            ..CurrentFunction::default()
        }
    }

    fn seen(spec: &FunctionSpec, size: u64, etag: &str, sha256: Option<&str>) -> Objects {
        let stored = StoredObject { etag: etag.into(), size, sha256: sha256.map(str::to_owned) };
        Objects(BTreeMap::from([(object(spec).expect("an object"), Seen::Yes(stored))]))
    }

    fn path(verdict: Verdict) -> String {
        match verdict {
            Verdict::Other(change) => change.path,
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn checksum_decides_before_everything_else() {
        let spec = spec(json!({ "S3Bucket": "b", "S3Key": "k.zip" }));
        let same = seen(&spec, 11, "e", Some("made of it"));
        assert_eq!(compare(&spec, &current(&[]), &same), Verdict::Same);
        let other = seen(&spec, 10, "e", Some("another"));
        let tag = other.tag(&spec).expect("a tag");
        assert_eq!(path(compare(&spec, &current(&[tag]), &other)), "/Code/CodeSha256");
    }

    #[test]
    fn another_size_is_another_object() {
        let spec = spec(json!({ "S3Bucket": "b", "S3Key": "k.zip" }));
        let objects = seen(&spec, 11, "e", None);
        let tag = objects.tag(&spec).expect("a tag");
        assert_eq!(path(compare(&spec, &current(&[tag]), &objects)), "/Code/CodeSize");
    }

    #[test]
    fn tag_sees_another_key_version_and_content() {
        let first = spec(json!({ "S3Bucket": "b", "S3Key": "1.zip" }));
        let objects = seen(&first, 10, "e", None);
        let tagged = current(&[objects.tag(&first).expect("a tag")]);
        assert_eq!(compare(&first, &tagged, &objects), Verdict::Same);
        assert_eq!(path(compare(&first, &tagged, &seen(&first, 10, "overwritten", None))), "/Code/S3Key");
        for code in [
            json!({ "S3Bucket": "b", "S3Key": "2.zip" }),
            json!({ "S3Bucket": "c", "S3Key": "1.zip" }),
            json!({ "S3Bucket": "b", "S3Key": "1.zip", "S3ObjectVersion": "v" }),
        ] {
            let other = spec(code);
            assert_eq!(path(compare(&other, &tagged, &seen(&other, 10, "e", None))), "/Code/S3Key");
        }
    }

    #[test]
    fn what_nothing_decides_is_said() {
        let spec = spec(json!({ "S3Bucket": "b", "S3Key": "k.zip" }));
        let objects = seen(&spec, 10, "e", None);
        assert!(matches!(compare(&spec, &current(&[]), &objects), Verdict::Open(_)));
        let untold = CurrentFunction { tags: Tags::Unknown("denied".into()), ..current(&[]) };
        assert!(matches!(compare(&spec, &untold, &objects), Verdict::Open(reason) if reason.contains("denied")));
        let hidden = Objects(BTreeMap::from([(object(&spec).expect("an object"), Seen::No("AccessDenied".into()))]));
        assert!(
            matches!(compare(&spec, &current(&[]), &hidden), Verdict::Open(reason) if reason.contains("AccessDenied"))
        );
        assert_eq!(hidden.tag(&spec), None);
        assert!(matches!(compare(&spec, &current(&[]), &Objects::default()), Verdict::Open(_)));
    }
}
