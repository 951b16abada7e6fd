//! A request for an operation, taken apart.

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use lambdactl_schema::Operation;

use crate::http::s3;
use crate::names::FunctionReference;
use crate::scope::{Scope, signed_region, signed_service};
use crate::service_error::ServiceError;

/// The header that names the operation in JSON protocols.
pub(crate) const TARGET: &str = "x-amz-target";

/// What is asked for.
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    pub(crate) scope: Scope,
    /// The members of the path, decoded.
    labels: Vec<(&'static str, String)>,
    /// The members of the query, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// Path, query and headers as they came: for services whose members are there.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Returns the operation of a request; nothing for what is none.
pub(crate) fn operation_of(parts: &Parts) -> Option<Operation> {
    let target = parts.headers.get(TARGET).and_then(|value| value.to_str().ok());
    if s3::is_for_s3(&parts.headers) {
        return s3::operation(&parts.method, parts.uri.query().unwrap_or_default());
    }
    match (parts.method.as_str(), parts.uri.path(), target) {
        // Which operation a form asks for stands in its body; only this one is answered, and of one service.
        ("POST", "/", None) => form_service(&parts.headers).is_none().then_some(Operation::GetCallerIdentity),
        ("POST", "/", Some(target)) => Operation::targeted(target),
        (method, _, _) => Operation::at(method, path_and_query(parts)).map(|(operation, _)| operation),
    }
}

/// Returns the service that a form was signed for, where it is another one than STS.
pub(crate) fn form_service(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization
        .and_then(signed_service)
        .filter(|service| *service != Operation::GetCallerIdentity.row().service.name())
}

fn path_and_query(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", |target| target.as_str())
}

impl Asked {
    /// Takes a request for an operation apart.
    pub(crate) fn new(operation: Operation, parts: &Parts, body: Bytes, account: &str) -> Self {
        let path = percent_decoded(parts.uri.path());
        let at = Operation::at(parts.method.as_str(), path_and_query(parts));
        let labels = at.map(|(_, labels)| labels).unwrap_or_default();
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(query)| query);
        Self {
            operation,
            scope: scope(&parts.headers, account),
            labels: labels.into_iter().map(|(label, text)| (label, percent_decoded(text))).collect(),
            query: query.unwrap_or_default(),
            path,
            headers: parts.headers.clone(),
            body,
        }
    }

    /// Returns a member of the query.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns a header, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns what the path names besides a function: an ARN.
    pub(crate) fn id(&self) -> &str {
        self.labels.iter().find(|(label, _)| *label != "FunctionName").map_or("", |(_, text)| text)
    }

    /// Returns a member of the path by its name.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(label, _)| *label == name).map_or("", |(_, text)| text)
    }

    /// Returns the function that the path names.
    pub(crate) fn function(&self) -> Result<FunctionReference, ServiceError> {
        FunctionReference::from_path(self.name(), None, &self.scope)
    }

    /// Returns the function that the path names, for a call that takes no qualifier at all.
    pub(crate) fn unqualified(&self) -> Result<FunctionReference, ServiceError> {
        self.function()?.unqualified(self.name())
    }

    /// Returns the function that the path names, with the qualifier of the query.
    pub(crate) fn qualified(&self) -> Result<FunctionReference, ServiceError> {
        FunctionReference::from_path(self.name(), self.member("Qualifier"), &self.scope)
    }

    fn name(&self) -> &str {
        self.label("FunctionName")
    }
}

/// Where a request acts.
pub(crate) fn scope(headers: &HeaderMap, account: &str) -> Scope {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let region = authorization.and_then(signed_region).unwrap_or("us-east-1");
    Scope { region: region.to_owned(), account: account.to_owned() }
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
