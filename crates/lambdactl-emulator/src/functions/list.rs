//! Pages of ListFunctions: what a request asks for, and where the next page starts.

use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::names::validation_errors;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::store::records::Store;

/// Rows of a page, whatever `MaxItems` says (AWS documentation).
const PAGE_ROWS: usize = 50;

/// A ListFunctions request.
pub(crate) struct ListRequest {
    rows: usize,
    /// Function and row within the function that the last page ended with.
    after: Option<(String, usize)>,
    /// `FunctionVersion=ALL`: a row for each version, all with qualified ARNs.
    every_version: bool,
}

impl ListRequest {
    pub(crate) fn from_query(query: &[(String, String)]) -> Result<Self, ServiceError> {
        let parameter = |name: &str| {
            let found = query.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        let mut failures = Vec::new();
        let mut rows = PAGE_ROWS;
        if let Some(text) = parameter("MaxItems") {
            let at = format!("Value '{text}' at 'maxItems' failed to satisfy constraint: Member must");
            match text.parse::<i64>() {
                Err(_) => {
                    let message = "STRING_VALUE can not be converted to an Integer";
                    return Err(ServiceError::serialization(message));
                }
                Ok(number) if number < 1 => {
                    failures.push(format!("{at} have value greater than or equal to 1"));
                }
                Ok(number) if number > 10_000 => {
                    failures.push(format!("{at} have value less than or equal to 10000"));
                }
                Ok(number) => {
                    rows = usize::try_from(number).unwrap_or(PAGE_ROWS).min(PAGE_ROWS);
                }
            }
        }
        let version = parameter("FunctionVersion");
        if let Some(version) = version.filter(|version| *version != "ALL") {
            failures.push(format!(
                "Value '{version}' at 'functionVersion' failed to satisfy constraint: Member must \
                 satisfy enum value set: [ALL]"
            ));
        }
        if !failures.is_empty() {
            return Err(validation_errors(&failures));
        }
        let marker = parameter("Marker").filter(|marker| !marker.is_empty());
        let after = match marker {
            None => None,
            // Nobody could verify what the service says to a marker that it did not give.
            Some(marker) => Some(read_marker(marker).ok_or_else(|| {
                ServiceError::invalid_parameter("Invalid marker: take NextMarker from the last answer.")
            })?),
        };
        Ok(ListRequest { rows, after, every_version: version.is_some() })
    }
}

/// The answer of ListFunctions, by function name; `NextMarker` is absent on the last page.
pub(crate) fn list_functions(store: &Store, scope: &Scope, request: &ListRequest) -> Result<Value, ServiceError> {
    let from = request.after.as_ref().map_or("", |(name, _)| name);
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    let mut last = None;
    let mut more = false;
    store.visit(&scope.region, from, |function| {
        for (index, (qualifier, snapshot)) in function.snapshots().enumerate() {
            if index > 0 && !request.every_version {
                break;
            }
            let shown = |(name, row): &(String, usize)| *name == function.name && index <= *row;
            if request.after.as_ref().is_some_and(shown) {
                continue;
            }
            if rows.len() == request.rows {
                more = true;
                return ControlFlow::Break(());
            }
            rows.push(snapshot.list_view(request.every_version.then_some(qualifier.as_str())));
            last = Some((function.name.clone(), index));
        }
        ControlFlow::Continue(())
    })?;
    let mut answer = json!({"Functions": rows});
    if let Some((name, row)) = last.filter(|_| more) {
        answer["NextMarker"] = URL_SAFE_NO_PAD.encode(format!("{row}:{name}")).into();
    }
    Ok(answer)
}

fn read_marker(marker: &str) -> Option<(String, usize)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?;
    let (row, name) = text.split_once(':')?;
    Some((name.to_owned(), row.parse().ok()?))
}
