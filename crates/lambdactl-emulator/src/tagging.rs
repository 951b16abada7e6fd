//! The one call of the Resource Groups Tagging API that is answered: GetResources.

use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::store::Store;

/// Resources of a page: the default and the most (AWS documentation).
const DEFAULT_ROWS: u64 = 50;
const MOST_ROWS: u64 = 100;
/// ARNs that may be asked for at a time (AWS documentation).
const MOST_ARNS: usize = 100;

/// Answers a request of the tagging API. `target` is the header that names the operation.
///
/// Functions that have tags are answered; the service also answers those that once had some, which nothing here can
/// take away again yet.
pub(crate) fn answer(store: &Store, scope: &Scope, target: &str, body: &[u8]) -> Result<Value, ServiceError> {
    if target.rsplit('.').next() != Some("GetResources") {
        return Err(ServiceError::json_protocol("UnknownOperationException", "the emulator answers GetResources only"));
    }
    let request: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|_| ServiceError::json_protocol("SerializationException", "the body is not a JSON object"))?;
    let text_list = |name: &str| -> Vec<&str> {
        request.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let arns = text_list("ResourceARNList");
    let filtered = ["ResourceTypeFilters", "TagFilters", "ResourcesPerPage", "PaginationToken"];
    if arns.len() > MOST_ARNS || (!arns.is_empty() && filtered.iter().any(|name| request.contains_key(*name))) {
        return Err(invalid("ResourceARNList has up to 100 ARNs, and goes with no filter and no page"));
    }
    let rows = request.get("ResourcesPerPage").map_or(Some(DEFAULT_ROWS), Value::as_u64);
    let rows =
        rows.filter(|rows| (1..=MOST_ROWS).contains(rows)).ok_or_else(|| invalid("ResourcesPerPage is 1 to 100"))?;
    let token = request.get("PaginationToken").and_then(Value::as_str).unwrap_or_default();
    let from = read_token(token).ok_or_else(|| invalid("PaginationToken is of no earlier answer"))?;
    let types = text_list("ResourceTypeFilters");
    let filters: Vec<Filter> =
        request.get("TagFilters").and_then(Value::as_array).into_iter().flatten().map(Filter::from_json).collect();

    let mut found = Vec::new();
    let mut next = None;
    if types.is_empty() || types.iter().any(|name| matches!(*name, "lambda" | "lambda:function")) {
        store.visit(&scope.region, &from, |function| {
            let arn = scope.function_arn(&function.name);
            let wanted = arns.is_empty() || arns.contains(&arn.as_str());
            if function.name == from || function.tags.is_empty() || !wanted {
                return ControlFlow::Continue(());
            }
            if !filters.iter().all(|filter| filter.takes(&function.tags)) {
                return ControlFlow::Continue(());
            }
            if found.len() as u64 == rows && arns.is_empty() {
                return ControlFlow::Break(());
            }
            let tags: Vec<Value> =
                function.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            found.push(json!({"ResourceARN": arn, "Tags": tags}));
            next = Some(function.name);
            ControlFlow::Continue(())
        })?;
    }
    // A full page may be the last one: then the next one is empty, as with the service.
    let more = found.len() as u64 == rows && arns.is_empty();
    let token = next.filter(|_| more).map(|name| URL_SAFE_NO_PAD.encode(name)).unwrap_or_default();
    Ok(json!({"ResourceTagMappingList": found, "PaginationToken": token}))
}

/// A filter takes a resource that has the key, with one of the values if there are any.
struct Filter {
    key: String,
    values: Vec<String>,
}

impl Filter {
    fn from_json(filter: &Value) -> Self {
        let values = filter["Values"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Self { key: filter["Key"].as_str().unwrap_or_default().to_owned(), values: values.map(str::to_owned).collect() }
    }

    fn takes(&self, tags: &Map<String, Value>) -> bool {
        tags.get(&self.key)
            .and_then(Value::as_str)
            .is_some_and(|value| self.values.is_empty() || self.values.iter().any(|wanted| wanted == value))
    }
}

/// The name of the function that the last page ended with; empty for the first page.
fn read_token(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::json_protocol("InvalidParameterException", message)
}
