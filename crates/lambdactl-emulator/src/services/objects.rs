//! As much of Amazon S3 as an upload of archives needs. Functions that name an object which was put here get its bytes;
//! other objects are taken as existing, see [`crate::defaults::code_members`].

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use crate::code::{Zip, sha256};
use crate::error::EmulatorError;
use crate::store::{Object, Store};

const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");

/// Uploads in parts that are under way. A restart gives them up.
#[derive(Default)]
pub(crate) struct Uploads {
    parts: Mutex<HashMap<String, BTreeMap<u32, Vec<u8>>>>,
}

/// A call.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    /// `/BUCKET/KEY`, decoded.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// Whether a request was signed for S3: its paths say nothing about that.
pub(crate) fn is_for_s3(headers: &HeaderMap) -> bool {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization.is_some_and(|text| text.split([',', ' ']).any(|part| part.contains("/s3/aws4_request")))
}

/// The bytes of the object that `S3Bucket` and `S3Key` name, if it was put here. Versions of objects are not kept, so a
/// version that is named is that one.
pub(crate) fn named(store: &Store, code: Option<&Value>) -> Result<Option<Zip>, EmulatorError> {
    let text = |member: &str| code.and_then(|code| code.get(member)).and_then(Value::as_str);
    let (Some(bucket), Some(key)) = (text("S3Bucket"), text("S3Key")) else { return Ok(None) };
    let Some(object) = store.object(bucket, key)? else { return Ok(None) };
    Ok(store.zip(&object.digest)?.map(|bytes| Zip { bytes, digest: object.digest }))
}

/// HeadObject, GetObject, PutObject, DeleteObject, and the calls of an upload in parts.
pub(crate) fn answer(
    store: &Store,
    uploads: &Uploads,
    call: &Call<'_>,
    body: Vec<u8>,
) -> Result<Response, EmulatorError> {
    let Some((bucket, key)) = call.path.trim_start_matches('/').split_once('/') else {
        return Ok(refusal(StatusCode::NOT_IMPLEMENTED, "NotImplemented"));
    };
    let asked: HashMap<&str, &str> =
        call.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    Ok(match (call.method.as_str(), asked.get("uploadId"), asked.get("partNumber")) {
        ("HEAD", None, None) => match store.object(bucket, key)? {
            Some(object) => described(&object, call.headers).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        ("GET", None, None) => {
            let object = store.object(bucket, key)?;
            let bytes = object.as_ref().map(|object| store.zip(&object.digest)).transpose()?.flatten();
            match object.zip(bytes) {
                Some((object, bytes)) => (described(&object, call.headers), bytes).into_response(),
                None => refusal(StatusCode::NOT_FOUND, "NoSuchKey"),
            }
        }
        ("PUT", None, None) => put(store, call, (bucket, key), body)?,
        ("DELETE", None, None) => {
            store.put_object(bucket, key, None)?;
            StatusCode::NO_CONTENT.into_response()
        }
        ("POST", None, None) if asked.contains_key("uploads") => {
            let id = Uuid::new_v4().simple().to_string();
            locked(&uploads.parts).insert(id.clone(), BTreeMap::new());
            xml(format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"))
        }
        ("PUT", Some(id), Some(number)) => match locked(&uploads.parts).get_mut(*id) {
            Some(parts) => {
                let tag = format!("\"{number}\"");
                parts.insert(number.parse().unwrap_or_default(), body);
                (StatusCode::OK, [(header::ETAG, tag)]).into_response()
            }
            None => refusal(StatusCode::NOT_FOUND, "NoSuchUpload"),
        },
        ("POST", Some(id), None) => {
            let parts = locked(&uploads.parts).remove(*id);
            match parts {
                Some(parts) => {
                    // The checksum of such an object would be one of its parts' checksums.
                    keep(store, (bucket, key), parts.into_values().flatten().collect(), None)?;
                    xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>".to_owned())
                }
                None => refusal(StatusCode::NOT_FOUND, "NoSuchUpload"),
            }
        }
        ("DELETE", Some(id), None) => {
            locked(&uploads.parts).remove(*id);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => refusal(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
    })
}

fn put(store: &Store, call: &Call<'_>, (bucket, key): (&str, &str), body: Vec<u8>) -> Result<Response, EmulatorError> {
    let header = |name: HeaderName| call.headers.get(name).and_then(|value| value.to_str().ok());
    if header(header::IF_NONE_MATCH) == Some("*") && store.object(bucket, key)?.is_some() {
        return Ok(refusal(StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
    }
    let checksum = header(CHECKSUM).map(str::to_owned);
    if checksum.as_ref().is_some_and(|checksum| *checksum != STANDARD.encode(sha256(&body))) {
        return Ok(refusal(StatusCode::BAD_REQUEST, "BadDigest"));
    }
    let object = keep(store, (bucket, key), body, checksum)?;
    Ok((StatusCode::OK, [(header::ETAG, tag(&object))]).into_response())
}

fn keep(
    store: &Store,
    (bucket, key): (&str, &str),
    bytes: Vec<u8>,
    checksum: Option<String>,
) -> Result<Object, EmulatorError> {
    let zip = Zip::new(bytes);
    let object = Object { digest: zip.digest.clone(), size: zip.bytes.len() as u64, checksum };
    store.put_object(bucket, key, Some((&object, &zip)))?;
    Ok(object)
}

/// The headers of an object. The checksum is told to who asks for it, and only where the object was put with it.
fn described(object: &Object, asked: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, value: &str| {
        headers.extend(value.parse().ok().map(|value| (name, value)));
    };
    put(header::CONTENT_LENGTH, &object.size.to_string());
    put(header::CONTENT_TYPE, "application/zip");
    put(header::ETAG, &tag(object));
    let mode = asked.get("x-amz-checksum-mode").and_then(|mode| mode.to_str().ok());
    if let Some(checksum) = object.checksum.as_ref().filter(|_| mode == Some("ENABLED")) {
        put(CHECKSUM, checksum);
        put(HeaderName::from_static("x-amz-checksum-type"), "FULL_OBJECT");
    }
    headers
}

/// S3 promises no more of it than that it is another one for other bytes.
fn tag(object: &Object) -> String {
    format!("\"{}\"", &object.digest[..32])
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
