//! As much of Amazon S3 as an upload of archives needs. Functions that name an object which was put here get its bytes;
//! other objects are taken as existing, see [`crate::functions::defaults::code_members`].

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_schema::Operation;
use uuid::Uuid;

use crate::error::EmulatorError;
use crate::http::asked::Asked;
use crate::store::code::{Zip, sha256};
use crate::store::records::{Object, Store};

const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");

/// Uploads in parts that are under way. A restart gives them up.
#[derive(Default)]
pub(crate) struct Uploads {
    parts: Mutex<HashMap<String, BTreeMap<u32, Vec<u8>>>>,
}

/// What is answered to a request for S3 that is none of these.
pub(crate) fn not_implemented() -> Response {
    refusal(StatusCode::NOT_IMPLEMENTED, "NotImplemented")
}

/// The operations on objects.
pub(crate) fn answer(store: &Store, uploads: &Uploads, asked: &Asked) -> Result<Response, EmulatorError> {
    let Some((bucket, key)) = asked.path.trim_start_matches('/').split_once('/') else { return Ok(not_implemented()) };
    let member = |name: &str| asked.member(name).unwrap_or_default();
    let id = member("uploadId");
    Ok(match asked.operation {
        Operation::HeadObject => match store.object(bucket, key)? {
            Some(object) => described(&object, &asked.headers).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Operation::GetObject => {
            let object = store.object(bucket, key)?;
            let bytes = object.as_ref().map(|object| store.zip(&object.digest)).transpose()?.flatten();
            match object.zip(bytes) {
                Some((object, bytes)) => (described(&object, &asked.headers), bytes).into_response(),
                None => refusal(StatusCode::NOT_FOUND, "NoSuchKey"),
            }
        }
        Operation::PutObject => put(store, asked, (bucket, key))?,
        Operation::DeleteObject => {
            store.put_object(bucket, key, None)?;
            StatusCode::NO_CONTENT.into_response()
        }
        Operation::CreateMultipartUpload => {
            let id = Uuid::new_v4().simple().to_string();
            locked(&uploads.parts).insert(id.clone(), BTreeMap::new());
            xml(format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"))
        }
        Operation::UploadPart => match locked(&uploads.parts).get_mut(id) {
            Some(parts) => {
                let number = member("partNumber");
                let tag = format!("\"{number}\"");
                parts.insert(number.parse().unwrap_or_default(), asked.body.to_vec());
                (StatusCode::OK, [(header::ETAG, tag)]).into_response()
            }
            None => refusal(StatusCode::NOT_FOUND, "NoSuchUpload"),
        },
        Operation::CompleteMultipartUpload => {
            let parts = locked(&uploads.parts).remove(id);
            match parts {
                Some(parts) => {
                    // The checksum of such an object would be one of its parts' checksums.
                    keep(store, (bucket, key), parts.into_values().flatten().collect(), None)?;
                    xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>".to_owned())
                }
                None => refusal(StatusCode::NOT_FOUND, "NoSuchUpload"),
            }
        }
        Operation::AbortMultipartUpload => {
            locked(&uploads.parts).remove(id);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => not_implemented(),
    })
}

fn put(store: &Store, asked: &Asked, (bucket, key): (&str, &str)) -> Result<Response, EmulatorError> {
    let header = |name: HeaderName| asked.headers.get(name).and_then(|value| value.to_str().ok());
    if header(header::IF_NONE_MATCH) == Some("*") && store.object(bucket, key)?.is_some() {
        return Ok(refusal(StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
    }
    let checksum = header(CHECKSUM).map(str::to_owned);
    if checksum.as_ref().is_some_and(|checksum| *checksum != STANDARD.encode(sha256(&asked.body))) {
        return Ok(refusal(StatusCode::BAD_REQUEST, "BadDigest"));
    }
    let object = keep(store, (bucket, key), asked.body.to_vec(), checksum)?;
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
