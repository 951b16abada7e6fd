//! Looks at the objects in S3 that functions are made of.

use std::borrow::Cow;
use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt};
use lambdactl_diff::{ObjectName, Objects, Seen, StoredObject, layer_object, object};
use lambdactl_schema::{Desired, Operation};
use percent_encoding::utf8_percent_encode;

use crate::call::SEGMENT;
use crate::client::Client;
use crate::error::CallError;
use crate::exchange::Received;

use crate::refusal::text;
use crate::s3::{Object, Request};

/// Looks at every object that a function or a layer of the manifest is made of, each once, `parallelism` at a time. One that cannot be
/// seen is no error: a plan says so.
pub(crate) async fn read_objects(client: &Client, desired: &Desired, parallelism: usize) -> Objects {
    let of_functions = desired.functions.iter().filter_map(object);
    let names: BTreeSet<ObjectName> = of_functions.chain(desired.layers.iter().filter_map(layer_object)).collect();
    let seen = stream::iter(names)
        .map(async |name| {
            let seen = client.head_object(&name).await;
            (name, seen)
        })
        .buffer_unordered(parallelism.max(1))
        .collect::<Vec<_>>()
        .await;
    Objects(seen.into_iter().collect())
}

impl Client {
    /// Asks what S3 says of an object (HeadObject).
    async fn head_object(&self, name: &ObjectName) -> Seen {
        let version = name.version.as_ref();
        let request = Request {
            operation: Operation::HeadObject,
            object: Object { bucket: &name.bucket, key: &name.key, kms_key: None, owner: None },
            query: version.map(|id| format!("?versionId={}", utf8_percent_encode(id, SEGMENT))).unwrap_or_default(),
            headers: vec![("x-amz-checksum-mode", "ENABLED")],
            body: Cow::Borrowed(&[]),
        };
        match self.s3(&request).await {
            Ok(answer) => stored(&answer)
                .map_or_else(|| Seen::No("the answer of S3 has no entity tag or no length".to_owned()), Seen::Yes),
            Err(CallError::Service(error)) if error.status == 404 => Seen::No(Seen::MISSING.to_owned()),
            Err(error) => Seen::No(error.code().to_owned()),
        }
    }
}

/// Returns what an answer to HeadObject says. A checksum decides only where it is one of the whole object: an object that was
/// uploaded in parts may have one of its parts' checksums instead (AWS documentation, "Checking object integrity").
fn stored(answer: &Received) -> Option<StoredObject> {
    let header = |name: &str| text(&answer.headers, name);
    let is_whole = header("x-amz-checksum-type").is_none_or(|kind| kind == "FULL_OBJECT");
    // 32 bytes as base64; that of parts ends in `-` and their number.
    let is_digest = |text: &String| text.len() == 44 && text.ends_with('=') && !text.contains('-');
    Some(StoredObject {
        etag: header("etag")?.trim_matches('"').to_owned(),
        size: header("content-length")?.parse().ok()?,
        sha256: header("x-amz-checksum-sha256").filter(|sha256| is_whole && is_digest(sha256)),
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn of(headers: &[(&'static str, &str)]) -> Option<StoredObject> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
        }
        stored(&Received { status: 200, headers: map, body: Vec::new() })
    }

    #[test]
    fn only_a_checksum_of_the_whole_object_counts() {
        let sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let sure = [("etag", "\"abc\""), ("content-length", "111")];
        let with = |headers: &[(&'static str, &str)]| of(&[&sure, headers].concat()).expect("an object").sha256;
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("x-amz-checksum-sha256", sha256)]).as_deref(), Some(sha256));
        let whole = [("x-amz-checksum-sha256", sha256), ("x-amz-checksum-type", "FULL_OBJECT")];
        assert_eq!(with(&whole).as_deref(), Some(sha256));
        assert_eq!(with(&[("x-amz-checksum-sha256", sha256), ("x-amz-checksum-type", "COMPOSITE")]), None);
        assert_eq!(with(&[("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-3")]), None);
        let stored = of(&sure).expect("an object");
        assert_eq!((stored.etag.as_str(), stored.size), ("abc", 111));
        assert_eq!(of(&[("etag", "x")]), None);
    }
}
