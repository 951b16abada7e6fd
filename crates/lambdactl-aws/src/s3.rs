//! Archives in Amazon S3: each under its digest, so that what is there already is the same.

use std::borrow::Cow;

use aws_sigv4::http_request::{PayloadChecksumKind, PercentEncodingMode, SigningSettings, UriPathNormalizationMode};
use bytes::Bytes;
use lambdactl_schema::Operation;
use lambdactl_schema::operations::Service;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::address::{is_region, shown};
use crate::call::{SEGMENT, time_limit};
use crate::client::Client;
use crate::error::{CallError, failed};
use crate::exchange::{LARGEST_ANSWER, Received};
use crate::refusal::{Raw, text};
use crate::retry::Retries;
use crate::xml::element;

/// Bytes of an archive above which it is sent in parts, and of each part.
const PART: usize = 16 << 20;

/// What the path of an object keeps as it is.
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// A place for an archive.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key, which says what is in it.
    pub key: &'a str,
    /// The KMS key that encrypts it.
    pub kms_key: Option<&'a str>,
    /// The account that the bucket must belong to: a bucket that was deleted may be anyone's by now.
    pub owner: Option<&'a str>,
}

/// One request.
pub(crate) struct Request<'a> {
    pub(crate) operation: Operation,
    pub(crate) object: Object<'a>,
    /// With its question mark, percent-encoded.
    pub(crate) query: String,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: Cow<'a, [u8]>,
}

impl Client {
    /// Puts an archive where it belongs, unless it is there already. Returns whether it was sent. `sent` hears of the
    /// bytes that have arrived.
    pub async fn put_archive(
        &self,
        object: Object<'_>,
        bytes: &[u8],
        sent: &(dyn Fn(u64) + Sync),
    ) -> Result<bool, CallError> {
        let head = Request {
            operation: Operation::HeadObject,
            object,
            query: String::new(),
            headers: Vec::new(),
            body: Cow::Borrowed(&[]),
        };
        match self.s3(&head).await {
            Ok(_) => return Ok(false),
            // Without the permission to list, what is not there is forbidden.
            Err(CallError::Service(error)) if matches!(error.status, 403 | 404) => {}
            Err(error) => return Err(error),
        }
        if bytes.len() > PART {
            self.put_in_parts(object, bytes, sent).await?;
            return Ok(true);
        }
        let mut headers = encryption(object);
        headers.push(("if-none-match", "*"));
        headers.push(("content-type", "application/zip"));
        let put = Request { operation: Operation::PutObject, headers, body: bytes.into(), ..head };
        match self.s3(&put).await {
            Ok(_) => {}
            // Someone else has just put the same archive there, or an answer was lost.
            Err(CallError::Service(error)) if error.status == 412 => {}
            Err(error) => return Err(error),
        }
        sent(bytes.len() as u64);
        Ok(true)
    }

    async fn put_in_parts(
        &self,
        object: Object<'_>,
        bytes: &[u8],
        sent: &(dyn Fn(u64) + Sync),
    ) -> Result<(), CallError> {
        let request = |operation, query, body| Request { operation, object, query, headers: Vec::new(), body };
        let mut create = request(Operation::CreateMultipartUpload, "?uploads=".to_owned(), Cow::Borrowed(&[][..]));
        create.headers = encryption(object);
        create.headers.push(("content-type", "application/zip"));
        let created = self.s3(&create).await?;
        let id = element(&created.body, "UploadId")
            .ok_or_else(|| unexpected(Operation::CreateMultipartUpload, &self.connection().s3))?;
        let id = utf8_percent_encode(&id, SEGMENT).to_string();
        let work = async {
            let mut parts = String::new();
            let mut arrived = 0;
            for (index, part) in bytes.chunks(PART).enumerate() {
                let query = format!("?partNumber={}&uploadId={id}", index + 1);
                let answer = self.s3(&request(Operation::UploadPart, query, part.into())).await?;
                let tag = text(&answer.headers, "etag")
                    .ok_or_else(|| unexpected(Operation::UploadPart, &self.connection().s3))?;
                parts += &format!("<Part><PartNumber>{}</PartNumber><ETag>{tag}</ETag></Part>", index + 1);
                arrived += part.len() as u64;
                sent(arrived);
            }
            let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>").into_bytes();
            let query = format!("?uploadId={id}");
            let answer = self.s3(&request(Operation::CompleteMultipartUpload, query, body.into())).await?;
            // This call may fail after its status has been sent (AWS documentation).
            match element(&answer.body, "Code") {
                Some(code) => Err(self.refused(Operation::CompleteMultipartUpload, &answer, &code)),
                None => Ok(()),
            }
        };
        let result = work.await;
        if result.is_err() {
            // Parts that stay behind cost money.
            let query = format!("?uploadId={id}");
            let abort = request(Operation::AbortMultipartUpload, query, Cow::Borrowed(&[][..]));
            if let Err(error) = self.s3(&abort).await {
                warn!("parts of {} stay in {}: {error}", object.key, object.bucket);
            }
        }
        result
    }

    /// Sends a request to S3, again where that is worth while: every one of them does the same when it is done twice.
    pub(crate) async fn s3(&self, request: &Request<'_>) -> Result<Received, CallError> {
        let mut retries = Retries::within(self.patience);
        loop {
            let error = match self.s3_once(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some((class, delay)) = retries.next(&error, request.operation) else { return Err(error) };
            self.tell(class, request.operation, &error, delay, retries.is_long(delay));
            sleep(delay).await;
        }
    }

    async fn s3_once(&self, request: &Request<'_>) -> Result<Received, CallError> {
        let Request { operation, object, query, headers, body } = request;
        let base = self.connection().address(Service::S3);
        let address = format!("{}{query}", address(base, self.connection().s3_path_style, object));
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let mut headers = headers.clone();
        headers.extend(object.owner.map(|owner| ("x-amz-expected-bucket-owner", owner)));
        let signed = self
            .sign(Service::S3, settings, operation.row().method, &address, &headers, Bytes::copy_from_slice(body))
            .await?;
        let answer = self.exchange(signed, LARGEST_ANSWER, time_limit(*operation, body.len())).await;
        let answer = answer.map_err(|broken| failed(*operation, base, broken))?;
        let status = answer.status;
        debug!(%operation, bucket = object.bucket, key = object.key, status, "called");
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        // The answer to HEAD has no body.
        let code = element(&answer.body, "Code").unwrap_or_else(|| match status {
            403 => "AccessDenied".to_owned(),
            404 => "NotFound".to_owned(),
            412 => "PreconditionFailed".to_owned(),
            status => format!("Status{status}"),
        });
        Err(self.refused(*operation, &answer, &code))
    }

    fn refused(&self, operation: Operation, answer: &Received, code: &str) -> CallError {
        let moved =
            text(&answer.headers, "x-amz-bucket-region").filter(|region| answer.status == 301 && is_region(region));
        let message = match moved {
            Some(region) => Some(format!("the bucket is in {region}, and must be in the functions' region")),
            None => element(&answer.body, "Message"),
        };
        let raw = Raw {
            operation,
            status: answer.status,
            code: code.to_owned(),
            message,
            request_id: text(&answer.headers, "x-amz-request-id"),
            retry_after: None,
        };
        CallError::Service(raw.clean(&mut self.redaction()))
    }
}

fn encryption(object: Object<'_>) -> Vec<(&str, &str)> {
    match object.kms_key {
        Some(key) => {
            vec![("x-amz-server-side-encryption", "aws:kms"), ("x-amz-server-side-encryption-aws-kms-key-id", key)]
        }
        None => Vec::new(),
    }
}

/// Returns where an object is: a bucket is part of the host, unless the endpoint is the user's own or a dot in its name
/// would break the certificate.
fn address(base: &str, path_style: bool, object: &Object<'_>) -> String {
    let key = utf8_percent_encode(object.key, PATH);
    match base.split_once("://") {
        Some((scheme, host)) if !path_style && !object.bucket.contains('.') => {
            format!("{scheme}://{}.{host}/{key}", object.bucket)
        }
        _ => format!("{base}/{}/{key}", object.bucket),
    }
}

fn unexpected(operation: Operation, endpoint: &str) -> CallError {
    CallError::NotJson { operation, endpoint: shown(endpoint), what: "an answer that S3 does not give", status: 200 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_is_part_of_the_host_where_it_can_be() {
        let object = |bucket| Object { bucket, key: "lambda/a b.zip", kms_key: None, owner: None };
        let aws = "https://s3.us-east-1.amazonaws.com";
        assert_eq!(address(aws, false, &object("mine")), "https://mine.s3.us-east-1.amazonaws.com/lambda/a%20b.zip");
        assert_eq!(address(aws, false, &object("my.own")), format!("{aws}/my.own/lambda/a%20b.zip"));
        let own = "http://127.0.0.1:4566";
        assert_eq!(address(own, true, &object("mine")), format!("{own}/mine/lambda/a%20b.zip"));
    }
}
