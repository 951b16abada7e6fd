use lambdactl_diff::{Objects, Seen, layer_object, object};
use lambdactl_schema::{Desired, preflight};

use super::found::{Finding, Owner, Verified, shown};

/// Looks through what S3 has said of the objects already: no call is made.
pub(super) fn check(desired: &Desired, objects: &Objects) -> Verified {
    let mut verified = Verified::default();
    let is_missing = |name| matches!(objects.0.get(&name), Some(Seen::No(reason)) if reason == Seen::MISSING);
    for spec in &desired.functions {
        let Some(name) = object(spec) else { continue };
        let (bucket, key) = (name.bucket.clone(), name.key.clone());
        if is_missing(name) {
            let (bucket, key) = (shown(spec, "/Code/S3Bucket", &bucket), shown(spec, "/Code/S3Key", &key));
            let message = format!("there is no object {key} in the bucket {bucket}, or not in this version");
            verified.find(&preflight::CODE_MISSING, spec, "/Code/S3Key", message);
        }
    }
    for layer in &desired.layers {
        let Some(name) = layer_object(layer) else { continue };
        if is_missing(name) {
            verified.findings.push(Finding {
                rule: &preflight::CODE_MISSING,
                owner: Owner::Layer(layer.name().to_owned()),
                pointer: "/Content/S3Key".to_owned(),
                message: "there is no such object, or not in this version".to_owned(),
            });
        }
    }
    verified
}
