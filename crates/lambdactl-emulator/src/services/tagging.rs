//! The one call of the Resource Groups Tagging API that is answered: GetResources.
//!
//! Bounds are from the service's model and its documentation; texts could not be verified. The service lags behind a
//! change of tags, and forgets its tokens after 15 minutes; here neither happens. There are no tag policies, so
//! compliance is not looked at.

use std::collections::BTreeSet;
use std::ops::{ControlFlow, RangeInclusive};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::beside::mappings::living;
use crate::names::{Tagged, tagged, validation_message};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;

/// Resources of a page when the request does not say (unverified: the model has the bounds only).
const DEFAULT_ROWS: usize = 50;

type Tags = Map<String, Value>;

/// Unknown members are ignored, as the service does; those of compliance are among them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    resource_type_filters: Option<Vec<String>>,
    tag_filters: Option<Vec<Filter>>,
    resources_per_page: Option<i64>,
    tags_per_page: Option<i64>,
    pagination_token: Option<String>,
    #[serde(rename = "ResourceARNList")]
    arns: Option<Vec<String>>,
}

/// Takes a resource that has the key, with one of the values if there are any.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    #[serde(default)]
    key: String,
    values: Option<Vec<String>>,
}

/// GetResources.
///
/// Functions and event source mappings that have tags are answered; the service also answers those that once had some, which nothing here can
/// take away again yet.
pub(crate) fn get_resources(shared: &Shared, scope: &Scope, body: &[u8]) -> Result<Value, ServiceError> {
    // The parser's own text may quote the body, so it stays out of the answer.
    let request: Request = serde_json::from_slice(body)
        .map_err(|_| ServiceError::json_protocol("SerializationException", "the body is no request of GetResources"))?;
    check_lengths(&request)?;
    let (rows, token) = match &request.arns {
        Some(arns) => (named(shared, scope, &request, arns)?, String::new()),
        None => page(shared, scope, &request)?,
    };
    Ok(json!({"ResourceTagMappingList": rows, "PaginationToken": token}))
}

/// What a list of ARNs names. One that does not exist is left out, without an error (AWS documentation).
fn named(shared: &Shared, scope: &Scope, request: &Request, arns: &[String]) -> Result<Vec<Value>, ServiceError> {
    let Request { resource_type_filters, tag_filters, resources_per_page, tags_per_page, pagination_token, arns: _ } =
        request;
    let filters = resource_type_filters.is_some() || tag_filters.is_some();
    if filters || resources_per_page.is_some() || tags_per_page.is_some() || pagination_token.is_some() {
        return Err(invalid("ResourceARNList goes with no filter and no page"));
    }
    let (mut functions, mut uuids) = (BTreeSet::new(), BTreeSet::new());
    for arn in arns {
        // Another partition is refused (AWS documentation); what has no partition is taken for one.
        if arn.split(':').nth(1) != Some(scope.partition()) {
            return Err(invalid("ResourceARNList has something that is no ARN of this partition"));
        }
        // What belongs to another region, account or service does not exist here.
        match tagged(arn, scope) {
            Ok(Tagged::Function(name)) => _ = functions.insert(name),
            Ok(Tagged::Mapping(uuid)) => _ = uuids.insert(uuid),
            Err(_) => {}
        }
    }
    let mut rows = Vec::new();
    for name in functions {
        let function = shared.store.function(&scope.region, &name)?;
        let tags = function.map(|function| function.tags).filter(|tags| !tags.is_empty());
        rows.extend(tags.map(|tags| row(&scope.function_arn(&name), &tags)));
    }
    if !uuids.is_empty() {
        let mut mappings = living(shared, &scope.region)?;
        mappings.retain(|mapping| uuids.contains(&mapping.uuid) && !mapping.tags.is_empty());
        rows.extend(mappings.iter().map(|mapping| row(&scope.mapping_arn(&mapping.uuid), &mapping.tags)));
    }
    Ok(rows)
}

/// A page of what the filters take, and the token of the next one: functions by name, then mappings by UUID (the order could
/// not be verified).
fn page(shared: &Shared, scope: &Scope, request: &Request) -> Result<(Vec<Value>, String), ServiceError> {
    let most_rows = within(request.resources_per_page, 1..=100, "ResourcesPerPage")?.unwrap_or(DEFAULT_ROWS);
    // Where both limits are given, the first that is reached ends the page (unverified).
    let most_tags = within(request.tags_per_page, 100..=500, "TagsPerPage")?.unwrap_or(usize::MAX);
    // What the service says to a token that it did not give could not be verified.
    let after = read_token(request.pagination_token.as_deref().unwrap_or_default())
        .ok_or_else(|| invalid("PaginationToken is of no earlier answer"))?;
    let types = request.resource_type_filters.as_deref().unwrap_or_default();
    let is_wanted = |kind: &str| types.is_empty() || types.iter().any(|name| name == "lambda" || name == kind);
    let mut page = Page {
        filters: request.tag_filters.as_deref().unwrap_or_default(),
        most_rows,
        most_tags,
        rows: Vec::new(),
        last: String::new(),
        tag_count: 0,
        is_full: false,
    };
    let uuid = after.strip_prefix(MAPPING);
    if uuid.is_none() && is_wanted("lambda:function") {
        shared.store.visit_tags(&scope.region, &after, |name, tags| {
            if name == after {
                return ControlFlow::Continue(());
            }
            page.add(name.to_owned(), &scope.function_arn(name), &tags)
        })?;
    }
    if !page.is_full && is_wanted("lambda:event-source-mapping") {
        let mappings = living(shared, &scope.region)?;
        let rest = mappings.iter().filter(|mapping| uuid.is_none_or(|uuid| mapping.uuid.as_str() > uuid));
        for mapping in rest {
            let place = format!("{MAPPING}{}", mapping.uuid);
            if page.add(place, &scope.mapping_arn(&mapping.uuid), &mapping.tags).is_break() {
                break;
            }
        }
    }
    let token = if page.is_full { URL_SAFE_NO_PAD.encode(page.last) } else { String::new() };
    Ok((page.rows, token))
}

/// What stands before a mapping's UUID in a token; no function has such a name.
const MAPPING: &str = "event-source-mapping:";

/// A page that is being filled.
struct Page<'a> {
    filters: &'a [Filter],
    most_rows: usize,
    most_tags: usize,
    rows: Vec<Value>,
    /// The place of the last row.
    last: String,
    tag_count: usize,
    is_full: bool,
}

impl Page<'_> {
    /// Adds a resource that the filters take, until the page is full.
    fn add(&mut self, place: String, arn: &str, tags: &Tags) -> ControlFlow<()> {
        if tags.is_empty() || !self.filters.iter().all(|filter| filter.takes(tags)) {
            return ControlFlow::Continue(());
        }
        self.tag_count += tags.len();
        self.is_full = self.tag_count > self.most_tags;
        if !self.is_full {
            self.rows.push(row(arn, tags));
            self.last = place;
            // A page that is full by its rows may be the last one: then the next one is empty. Clients must be ready
            // for that; whether the service does so in the same case could not be verified.
            self.is_full = self.rows.len() == self.most_rows;
        }
        if self.is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Filter {
    fn takes(&self, tags: &Tags) -> bool {
        let values = self.values.as_deref().unwrap_or_default();
        let value = tags.get(&self.key).and_then(Value::as_str);
        value.is_some_and(|value| values.is_empty() || values.iter().any(|wanted| wanted == value))
    }
}

fn row(arn: &str, tags: &Tags) -> Value {
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    json!({"ResourceARN": arn, "Tags": tags})
}

/// The place of the resource that the last page ended with; empty for the first page.
fn read_token(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

/// A number whose bounds are documented, but not part of the model.
fn within(number: Option<i64>, bounds: RangeInclusive<usize>, member: &str) -> Result<Option<usize>, ServiceError> {
    let Some(number) = number else {
        return Ok(None);
    };
    let number = usize::try_from(number).ok().filter(|number| bounds.contains(number));
    let refused = || invalid(&format!("{member} is {} to {}", bounds.start(), bounds.end()));
    number.map(Some).ok_or_else(refused)
}

/// The front end's check against the model. Of the real one a refused list of 21 values is known; the others are built
/// like it.
fn check_lengths(request: &Request) -> Result<(), ServiceError> {
    let mut failures = Vec::new();
    let mut check = |at: &str, length: usize, bounds: RangeInclusive<usize>| {
        let bound = match length {
            length if length < *bounds.start() => format!("greater than or equal to {}", bounds.start()),
            length if length > *bounds.end() => format!("less than or equal to {}", bounds.end()),
            _ => return,
        };
        failures.push(format!("Value at '{at}' failed to satisfy constraint: Member must have length {bound}"));
    };
    check("resourceARNList", request.arns.as_ref().map_or(1, Vec::len), 1..=100);
    check("paginationToken", request.pagination_token.as_ref().map_or(0, String::len), 0..=2048);
    let filters = request.tag_filters.as_deref().unwrap_or_default();
    check("tagFilters", filters.len(), 0..=50);
    for (number, Filter { key, values }) in (1..).zip(filters) {
        check(&format!("tagFilters.{number}.member.key"), key.chars().count(), 1..=128);
        check(&format!("tagFilters.{number}.member.values"), values.as_ref().map_or(0, Vec::len), 0..=20);
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(ServiceError::json_protocol("ValidationException", &validation_message(&failures)))
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::json_protocol("InvalidParameterException", message)
}
