//! As much of Amazon S3 as an upload of archives needs: an object's digest and size are kept until the server ends, and
//! functions that name the object get them. Other objects are taken as existing, see [`crate::defaults::code_members`].

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use crate::code::sha256;

/// What is known of an object.
#[derive(Clone)]
pub(crate) struct Object {
    /// `base64(sha256)`, as CodeSha256 has it.
    pub(crate) digest: String,
    pub(crate) size: u64,
}

/// The objects that were put here, by bucket and key.
#[derive(Default)]
pub(crate) struct Objects {
    objects: Mutex<HashMap<(String, String), Object>>,
    uploads: Mutex<HashMap<String, BTreeMap<u32, Vec<u8>>>>,
}

/// Whether a request was signed for S3: its paths say nothing about that.
pub(crate) fn is_for_s3(headers: &HeaderMap) -> bool {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization.is_some_and(|text| text.split([',', ' ']).any(|part| part.contains("/s3/aws4_request")))
}

impl Objects {
    pub(crate) fn find(&self, bucket: &str, key: &str) -> Option<Object> {
        locked(&self.objects).get(&(bucket.to_owned(), key.to_owned())).cloned()
    }

    /// HeadObject, PutObject, and the calls of an upload in parts. The path is `/BUCKET/KEY`.
    pub(crate) fn answer(&self, method: &Method, path: &str, query: &str, body: Vec<u8>) -> Response {
        let Some((bucket, key)) = path.trim_start_matches('/').split_once('/') else {
            return refusal(StatusCode::NOT_IMPLEMENTED, "NotImplemented");
        };
        let asked: HashMap<&str, &str> =
            query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        match (method.as_str(), asked.get("uploadId"), asked.get("partNumber")) {
            ("HEAD", None, None) => match self.find(bucket, key) {
                Some(_) => StatusCode::OK.into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            },
            ("PUT", None, None) => {
                self.put(bucket, key, &body);
                StatusCode::OK.into_response()
            }
            ("POST", None, None) if asked.contains_key("uploads") => {
                let id = Uuid::new_v4().simple().to_string();
                locked(&self.uploads).insert(id.clone(), BTreeMap::new());
                xml(format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"))
            }
            ("PUT", Some(id), Some(number)) => match locked(&self.uploads).get_mut(*id) {
                Some(parts) => {
                    let tag = format!("\"{number}\"");
                    parts.insert(number.parse().unwrap_or_default(), body);
                    (StatusCode::OK, [(header::ETAG, tag)]).into_response()
                }
                None => refusal(StatusCode::NOT_FOUND, "NoSuchUpload"),
            },
            ("POST", Some(id), None) => match locked(&self.uploads).remove(*id) {
                Some(parts) => {
                    self.put(bucket, key, &parts.into_values().flatten().collect::<Vec<u8>>());
                    xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>".to_owned())
                }
                None => refusal(StatusCode::NOT_FOUND, "NoSuchUpload"),
            },
            ("DELETE", Some(id), None) => {
                locked(&self.uploads).remove(*id);
                StatusCode::NO_CONTENT.into_response()
            }
            _ => refusal(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        }
    }

    fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let object = Object { digest: STANDARD.encode(sha256(bytes)), size: bytes.len() as u64 };
        locked(&self.objects).insert((bucket.to_owned(), key.to_owned()), object);
    }
}

fn xml(body: String) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

fn refusal(status: StatusCode, code: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Message>the emulator keeps archives only</Message></Error>");
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
