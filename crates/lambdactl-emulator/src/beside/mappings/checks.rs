//! The service's own checks of a mapping, behind those of the model. Texts are recorded, unless a comment says otherwise.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::beside::mappings::filters;
use crate::beside::mappings::members::{says_nothing, servers};
use crate::beside::mappings::sources::Source;
use crate::names::FunctionReference;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::store::mapping::Mapping;

/// Most records of a batch without a window, and of a first-in-first-out queue (AWS documentation).
const SMALL_BATCH: u64 = 10;

/// Checks what only a creation has.
pub(super) fn check_creation(source: Source, sent: &Map<String, Value>) -> Result<(), ServiceError> {
    for member in source.required() {
        if !sent.contains_key(*member) {
            let (first, rest) = member.split_at(1);
            let text = format!("Required '{}{rest}' parameter is missing.", first.to_ascii_lowercase());
            return Err(invalid(&text));
        }
    }
    check_position(source, sent)
}

fn check_position(source: Source, sent: &Map<String, Value>) -> Result<(), ServiceError> {
    let text = |member: &str| sent.get(member).and_then(Value::as_str);
    let position = text("StartingPosition");
    if position.is_some() && source.is_queue() {
        // As users of the service report it.
        return Err(invalid("StartingPosition is not valid for SQS event sources."));
    }
    if position.is_none() && source.needs_position() {
        // It looks like the front end's refusal, and is of the class of the service's own.
        return Err(invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be \
             null.",
        ));
    }
    if position != Some("AT_TIMESTAMP") {
        return Ok(());
    }
    if source == Source::DynamoDb {
        let arn = text("EventSourceArn").unwrap_or_default();
        return Err(invalid(&format!("Unsupported starting position for arn type: {arn}")));
    }
    match sent.get("StartingPositionTimestamp").and_then(Value::as_f64) {
        // As users of the service report it.
        None => Err(invalid("Need to specify a timestamp")),
        // AWS documentation; the words could not be verified.
        Some(time) if time > Timestamp::now().as_second() as f64 => {
            Err(invalid("StartingPositionTimestamp cannot be in the future."))
        }
        Some(_) => Ok(()),
    }
}

/// Checks what only an update has: the virtual host of a broker is no part of it (AWS documentation; the words could not be
/// verified).
pub(super) fn check_update(sent: &Map<String, Value>) -> Result<(), ServiceError> {
    let access = sent.get("SourceAccessConfigurations").and_then(Value::as_array);
    let has_host = access.into_iter().flatten().any(|access| access["Type"] == "VIRTUAL_HOST");
    if has_host { Err(invalid("VIRTUAL_HOST cannot be changed by an update.")) } else { Ok(()) }
}

/// Checks what a request says, and what the mapping becomes by it.
pub(super) fn check(
    source: Source,
    sent: &Map<String, Value>,
    members: &Map<String, Value>,
) -> Result<(), ServiceError> {
    let has_success = sent.get("DestinationConfig").is_some_and(|config| config.get("OnSuccess").is_some());
    for (member, value) in sent {
        // Recorded of destinations; that the others are refused in these words could not be verified.
        if (!source.takes(member) && !says_nothing(member, value)) || (member == "DestinationConfig" && has_success) {
            return Err(invalid(&format!("Unsupported {member} parameter for given event source mapping type.")));
        }
    }
    filters::check(sent)?;
    let number = |member: &str| members.get(member).and_then(Value::as_i64);
    // What follows is documented; the words of the first two could not be verified.
    if number("MaximumRecordAgeInSeconds").is_some_and(|age| (0..60).contains(&age)) {
        return Err(invalid("MaximumRecordAgeInSeconds must be -1 or at least 60."));
    }
    let batch = number("BatchSize").unwrap_or_default().unsigned_abs();
    let window = number("MaximumBatchingWindowInSeconds").unwrap_or_default();
    match source {
        Source::FifoQueue if batch > SMALL_BATCH => {
            Err(invalid("Maximum batch size must be less than or equal to 10 for FIFO queues"))
        }
        // As users of the service report it.
        Source::FifoQueue if window > 0 => Err(invalid("Batching window is not supported for FIFO queues")),
        Source::Queue if batch > SMALL_BATCH && window == 0 => Err(invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        )),
        _ => Ok(()),
    }
}

/// Refuses a second mapping of a source by a function.
///
/// Whether a function and its alias may both map one is not known. The stricter reading is taken: functions are compared
/// without their qualifiers, as the recorded texts name a function without one.
pub(super) fn check_unique<'a>(
    mut others: impl Iterator<Item = &'a Mapping>,
    members: &Map<String, Value>,
    reference: &FunctionReference,
    scope: &Scope,
) -> Result<(), ServiceError> {
    let same = |other: &&Mapping| other.function == reference.name && is_same_source(&other.members, members);
    let Some(other) = others.find(same) else { return Ok(()) };
    let arn = members.get("EventSourceArn").and_then(Value::as_str).unwrap_or_default();
    let (name, uuid) = (&reference.name, &other.uuid);
    let end = format!("already exists. Please update or delete the existing mapping with UUID {uuid}");
    let text = match Source::of(members)? {
        source if source.is_queue() => {
            format!("An event source mapping with SQS arn (\" {arn} \") and function (\" {name} \") {end}")
        }
        Source::SelfManagedKafka => format!(
            "An event source mapping with event source (\"{}\"), function (\"{}\"), topics (\"{}\") {end}",
            servers(members).join(","),
            reference.arn(scope),
            topic(members),
        ),
        // Recorded of streams; that of the other sources could not be verified.
        _ => format!("The event source arn (\" {arn} \") and function (\" {name} \") provided mapping {end}"),
    };
    Err(ServiceError::conflict(&text))
}

/// Of a Kafka that is self-managed one server in common is enough (recorded). A broker's queues, a cluster's topics and a
/// database's collections are sources of their own (this could not be verified).
fn is_same_source(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let parts = ["EventSourceArn", "Topics", "Queues"];
    let database = |members: &Map<String, Value>| {
        let config = members.get("DocumentDBEventSourceConfig").cloned().unwrap_or_default();
        (config["DatabaseName"].clone(), config["CollectionName"].clone())
    };
    let servers_of_other = servers(other);
    let is_one_kafka =
        one.contains_key("EventSourceArn") || servers(one).iter().any(|server| servers_of_other.contains(server));
    parts.iter().all(|part| one.get(*part) == other.get(*part)) && database(one) == database(other) && is_one_kafka
}

fn topic(members: &Map<String, Value>) -> &str {
    members.get("Topics").and_then(|topics| topics.get(0)).and_then(Value::as_str).unwrap_or_default()
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::invalid_parameter(message)
}
