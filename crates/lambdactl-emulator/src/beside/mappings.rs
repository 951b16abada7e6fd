//! Event source mappings. Nothing is read from a source, and no source is looked for. Texts, shapes and states are recorded
//! answers, unless a comment says otherwise.

mod checks;
mod filters;
mod limits;
mod members;
mod sources;
pub(crate) mod transitions;

use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::beside::mappings::sources::Source;
use crate::functions::checks::{Request, check_tags};
use crate::functions::dates::epoch;
use crate::http::asked::Asked;
use crate::http::faults::Stage;
use crate::http::members::parse;
use crate::http::pages::page_of;
use crate::names::{FunctionReference, validation_errors};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::mapping::{Mapping, MappingChange};

/// What `MaxItems` may be (the service's model).
const MOST_ROWS: usize = 10_000;
/// Rows of a page, whatever `MaxItems` says (AWS documentation).
const PAGE_ROWS: usize = 100;
/// Characters of a UUID (the service's model).
const UUID_LENGTH: usize = 36;

/// CreateEventSourceMapping.
pub(crate) fn create(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    limits::check_model(&sent, true)?;
    let reference = reference(&sent, &asked.scope)?.expect("the model requires a name");
    let source = Source::of(&sent)?;
    let uuid = Uuid::new_v4().to_string();
    let mut members = members::created(source, &sent, &uuid);
    checks::check_creation(source, &sent)?;
    checks::check(source, &sent, &members)?;
    check_tags(&Request { members: &sent })?;
    check_function(shared, &asked.scope, &reference)?;

    members.insert("UUID".to_owned(), uuid.clone().into());
    members.insert("EventSourceMappingArn".to_owned(), asked.scope.mapping_arn(&uuid).into());
    members.insert("FunctionArn".to_owned(), reference.arn(&asked.scope).into());
    members.insert("LastModified".to_owned(), json!(epoch()));
    let is_enabled = sent.get("Enabled") != Some(&Value::Bool(false));
    let tags = sent.get("Tags").and_then(Value::as_object).cloned().unwrap_or_default();
    change(shared, &asked.scope, |mappings| {
        checks::check_unique(mappings.iter(), &members, &reference, &asked.scope)?;
        let order = mappings.iter().map(|mapping| mapping.order + 1).max().unwrap_or_default();
        let function = reference.name.clone();
        let mapping = Mapping { uuid, order, function, is_enabled, is_deleted: false, members, tags };
        // One that is not to run is so at once.
        let state = if is_enabled { "Creating" } else { "Disabled" };
        let time = if is_enabled { shared.pending.setup().plain } else { Duration::ZERO };
        shared.mappings.begin(&asked.scope.region, &mapping.uuid, time, state);
        let answer = in_state(&mapping, state);
        Ok((Some(MappingChange::Put(Box::new(mapping))), answer))
    })
}

/// GetEventSourceMapping.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let mapping = find(shared, &asked.scope, uuid(asked)?)?.ok_or_else(missing)?;
    Ok(view(shared, &asked.scope, &mapping))
}

/// UpdateEventSourceMapping: what is left out stays, and what is a part of the creation alone is no member of the request.
pub(crate) fn update(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let uuid = uuid(asked)?;
    let sent = parse(&asked.body)?;
    limits::check_model(&sent, false)?;
    let reference = reference(&sent, &asked.scope)?;
    // Another function is looked for before the mappings are locked; that this one is missing is said first.
    let function_found = reference.iter().try_for_each(|reference| check_function(shared, &asked.scope, reference));
    change(shared, &asked.scope, |mappings| {
        let mapping = mappings.iter().find(|mapping| mapping.uuid == uuid).ok_or_else(missing)?;
        let mut mapping = mapping.clone();
        refuse_in_transition(shared, &asked.scope, &mapping, "update")?;
        let source = Source::of(&mapping.members)?;
        let settings = settings(&sent);
        members::set(source, &mut mapping.members, &settings, uuid);
        checks::check_update(&settings)?;
        checks::check(source, &settings, &mapping.members)?;
        function_found?;
        if let Some(reference) = &reference {
            let others = mappings.iter().filter(|other| other.uuid != uuid);
            checks::check_unique(others, &mapping.members, reference, &asked.scope)?;
            mapping.function.clone_from(&reference.name);
            mapping.members.insert("FunctionArn".to_owned(), reference.arn(&asked.scope).into());
        }
        let was_running = settled(shared, &mapping) == "Enabled";
        let state = match sent.get("Enabled").and_then(Value::as_bool) {
            Some(true) if !was_running => "Enabling",
            Some(false) if was_running => "Disabling",
            _ => "Updating",
        };
        mapping.is_enabled = sent.get("Enabled").and_then(Value::as_bool).unwrap_or(mapping.is_enabled);
        mapping.members.insert("LastModified".to_owned(), json!(epoch()));
        shared.mappings.begin(&asked.scope.region, uuid, shared.pending.setup().update, state);
        let answer = in_state(&mapping, state);
        Ok((Some(MappingChange::Put(Box::new(mapping))), answer))
    })
}

/// DeleteEventSourceMapping.
pub(crate) fn delete(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let uuid = uuid(asked)?;
    change(shared, &asked.scope, |mappings| {
        let mapping = mappings.iter().find(|mapping| mapping.uuid == uuid).ok_or_else(missing)?;
        refuse_in_transition(shared, &asked.scope, mapping, "delete")?;
        let time = shared.pending.setup().update;
        shared.mappings.begin(&asked.scope.region, uuid, time, "Deleting");
        let mapping = Mapping { is_deleted: true, ..mapping.clone() };
        let answer = in_state(&mapping, "Deleting");
        let change = match time.is_zero() {
            true => MappingChange::Remove(mapping.uuid),
            false => MappingChange::Put(Box::new(mapping)),
        };
        Ok((Some(change), answer))
    })
}

/// ListEventSourceMappings: in the order of their creation, as other emulators have it (this could not be verified). Filters
/// by what is not there find nothing.
pub(crate) fn list(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let wanted = asked.member("FunctionName").map(|name| FunctionReference::from_path(name, None, &asked.scope));
    let wanted = wanted.transpose()?;
    // Whether a bare name finds the mappings of its aliases, too, is not known: here it does.
    let is_of_function = |mapping: &Mapping| match &wanted {
        None => true,
        Some(FunctionReference { name, qualifier: None }) => mapping.function == *name,
        Some(reference) => mapping.text("FunctionArn") == Some(&reference.arn(&asked.scope)),
    };
    let source = asked.member("EventSourceArn");
    let mut mappings = living(shared, &asked.scope.region)?;
    mappings.retain(|mapping| {
        is_of_function(mapping) && source.is_none_or(|source| mapping.text("EventSourceArn") == Some(source))
    });
    mappings.sort_by_key(|mapping| mapping.order);
    let row = |mapping: &Mapping| {
        let mut row = view(shared, &asked.scope, mapping);
        // Filters under a key of the caller's are not listed (AWS documentation).
        if let Some(row) = row.as_object_mut().filter(|row| row.contains_key("KMSKeyArn")) {
            row.shift_remove("FilterCriteria");
        }
        row
    };
    page_of(asked, mappings.iter().map(row).collect(), MOST_ROWS, PAGE_ROWS)
}

/// A region's mappings: those that are still there.
pub(crate) fn living(shared: &Shared, region: &str) -> Result<Vec<Mapping>, ServiceError> {
    let mut mappings = shared.store.mappings(region)?;
    mappings.retain(|mapping| !shared.mappings.is_gone(region, mapping));
    Ok(mappings)
}

/// A mapping, where it is still there.
fn find(shared: &Shared, scope: &Scope, uuid: &str) -> Result<Option<Mapping>, ServiceError> {
    let found = shared.store.mapping(&scope.region, uuid)?;
    Ok(found.filter(|mapping| !shared.mappings.is_gone(&scope.region, mapping)))
}

/// Returns the tags of a mapping.
pub(crate) fn tags(shared: &Shared, scope: &Scope, uuid: &str) -> Result<Map<String, Value>, ServiceError> {
    find(shared, scope, uuid)?.map(|mapping| mapping.tags).ok_or_else(|| no_tags(scope, uuid))
}

/// Changes the tags of a mapping.
pub(crate) fn change_tags(
    shared: &Shared,
    scope: &Scope,
    uuid: &str,
    work: impl FnOnce(&mut Map<String, Value>) -> Result<(), ServiceError>,
) -> Result<(), ServiceError> {
    change(shared, scope, |mappings| {
        let found = mappings.iter().find(|mapping| mapping.uuid == uuid);
        let mut mapping = found.cloned().ok_or_else(|| no_tags(scope, uuid))?;
        work(&mut mapping.tags)?;
        Ok((Some(MappingChange::Put(Box::new(mapping))), ()))
    })
}

fn change<T>(
    shared: &Shared,
    scope: &Scope,
    decide: impl FnOnce(&[Mapping]) -> Result<(Option<MappingChange>, T), ServiceError>,
) -> Result<T, ServiceError> {
    shared.store.change_mappings(&scope.region, |mappings| {
        let is_gone = |mapping: &Mapping| shared.mappings.is_gone(&scope.region, mapping);
        let (gone, living): (Vec<Mapping>, Vec<Mapping>) = mappings.into_iter().partition(is_gone);
        let (change, answer) = decide(&living)?;
        let removed = gone.into_iter().map(|mapping| MappingChange::Remove(mapping.uuid));
        Ok((removed.chain(change).collect(), answer))
    })
}

/// The function that a request names.
fn reference(sent: &Map<String, Value>, scope: &Scope) -> Result<Option<FunctionReference>, ServiceError> {
    let name = sent.get("FunctionName").and_then(Value::as_str);
    name.map(|name| FunctionReference::from_path(name, None, scope)).transpose()
}

/// Refuses a function that is not there, and a version or an alias of one.
fn check_function(shared: &Shared, scope: &Scope, reference: &FunctionReference) -> Result<(), ServiceError> {
    let function = shared.store.function(&scope.region, &reference.name)?;
    let is_there = function.is_some_and(|function| function.snapshot(reference.qualifier.as_deref()).is_some());
    is_there.then_some(()).ok_or_else(|| ServiceError::invalid_parameter("Function does not exist"))
}

/// The members of an update: those of the creation alone are ignored, like any member that the model does not have.
fn settings(sent: &Map<String, Value>) -> Map<String, Value> {
    limits::settings().filter_map(|member| Some((member.to_owned(), sent.get(member)?.clone()))).collect()
}

fn refuse_in_transition(shared: &Shared, scope: &Scope, mapping: &Mapping, verb: &str) -> Result<(), ServiceError> {
    match shared.mappings.shown(&scope.region, &mapping.uuid) {
        Some(_) => Err(ServiceError::in_use(&format!("Cannot {verb} the event source mapping because it is in use."))),
        None => Ok(()),
    }
}

fn uuid(asked: &Asked) -> Result<&str, ServiceError> {
    let uuid = asked.id();
    let bound = match uuid.chars().count() {
        UUID_LENGTH => return Ok(uuid),
        length if length < UUID_LENGTH => "greater",
        _ => "less",
    };
    Err(validation_errors(&[format!(
        "Value '{uuid}' at 'uuid' failed to satisfy constraint: Member must have length {bound} than or equal to {UUID_LENGTH}"
    )]))
}

fn missing() -> ServiceError {
    ServiceError::not_found("The resource you requested does not exist.")
}

fn no_tags(scope: &Scope, uuid: &str) -> ServiceError {
    ServiceError::not_found(&format!("Event source mapping not found: {}", scope.mapping_arn(uuid)))
}

/// The state of a mapping that nothing is done to.
fn settled(shared: &Shared, mapping: &Mapping) -> &'static str {
    let has_failed = shared.mishaps.failing(Stage::Mapping, &mapping.function).is_some();
    if mapping.is_enabled && !has_failed { "Enabled" } else { "Disabled" }
}

/// What is there, in the state that it is in.
fn view(shared: &Shared, scope: &Scope, mapping: &Mapping) -> Value {
    if let Some(state) = shared.mappings.shown(&scope.region, &mapping.uuid) {
        return in_state(mapping, state);
    }
    let mut view = in_state(mapping, settled(shared, mapping));
    let failure = shared.mishaps.failing(Stage::Mapping, &mapping.function);
    if let Some(failure) = failure.filter(|_| mapping.is_enabled) {
        // The service says so where it disables a mapping itself (AWS documentation).
        let problem = format!("PROBLEM: {}", failure.reason());
        if mapping.members.contains_key("LastProcessingResult") {
            view["LastProcessingResult"] = problem.as_str().into();
        }
        view["StateTransitionReason"] = problem.into();
    }
    view
}

fn in_state(mapping: &Mapping, state: &str) -> Value {
    let mut members = mapping.members.clone();
    members.insert("State".to_owned(), state.into());
    Value::Object(members)
}
