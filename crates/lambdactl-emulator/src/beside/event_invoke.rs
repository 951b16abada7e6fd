//! How asynchronous calls are retried, and where their records go. Texts and shapes are recorded answers, unless a comment says
//! otherwise.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::http::pages::page;
use crate::names::{FunctionReference, LATEST, validation_errors};
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::function::Function;
use crate::store::records::Change;

/// What `MaxItems` may be (the service's model).
const MOST_ROWS: usize = 50;

type Config = Map<String, Value>;

/// PutFunctionEventInvokeConfig: what is left out goes.
pub(crate) fn put(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    set(shared, asked, false)
}

/// UpdateFunctionEventInvokeConfig: what is left out stays.
pub(crate) fn update(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    set(shared, asked, true)
}

/// GetFunctionEventInvokeConfig.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = reference(asked)?;
    let none = || none(asked, &reference);
    let function = shared.store.function(&asked.scope.region, &reference.name)?.ok_or_else(none)?;
    function.attached.event_invoke.get(&key(&reference)).cloned().map(Value::Object).ok_or_else(none)
}

/// DeleteFunctionEventInvokeConfig.
pub(crate) fn delete(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let reference = reference(asked)?;
    let none = || none(asked, &reference);
    shared.store.change(&asked.scope.region, &reference.name, |existing| {
        let mut function = existing.ok_or_else(none)?;
        function.attached.event_invoke.remove(&key(&reference)).ok_or_else(none)?;
        Ok((Change::Put(Box::new(function), None), ()))
    })
}

/// ListFunctionEventInvokeConfigs: `$LATEST`, versions, aliases.
pub(crate) fn list(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = asked.function()?;
    let function = shared.store.function(&asked.scope.region, &reference.name)?.ok_or_else(no_function)?;
    page(asked, function.attached.event_invoke.into_values().map(Value::Object).collect(), MOST_ROWS)
}

fn set(shared: &Shared, asked: &Asked, merges: bool) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    check(&sent)?;
    let reference = reference(asked)?;
    let destinations =
        ["OnSuccess", "OnFailure"].map(|on| sent.get("DestinationConfig").map(|config| config[on].clone()));
    for destination in destinations.iter().flatten().filter_map(|on| on["Destination"].as_str()) {
        check_destination(shared, &reference, &sent, destination)?;
    }
    shared.store.change(&asked.scope.region, &reference.name, |existing| {
        let mut function: Function = existing.ok_or_else(no_function)?;
        if function.snapshot(reference.qualifier.as_deref()).is_none() {
            return Err(no_function());
        }
        let own = function.attached.event_invoke.get(&key(&reference)).cloned();
        let mut config = match (merges, own) {
            (true, None) => return Err(none(asked, &reference)),
            (true, Some(own)) => own,
            (false, _) => Config::new(),
        };
        for member in ["MaximumRetryAttempts", "MaximumEventAgeInSeconds"] {
            config.extend(sent.get(member).map(|value| (member.to_owned(), value.clone())));
        }
        let mut kept = config.get("DestinationConfig").cloned().unwrap_or_else(|| json!({}));
        for (on, sent) in ["OnSuccess", "OnFailure"].into_iter().zip(&destinations) {
            if let Some(sent) = sent.as_ref().filter(|sent| !sent.is_null()) {
                kept[on] = sent.clone();
            }
            if kept[on].is_null() {
                kept[on] = json!({});
            }
        }
        config.insert("DestinationConfig".to_owned(), kept);
        config.insert("FunctionArn".to_owned(), json!(arn(asked, &reference)));
        let now = Timestamp::now();
        config.insert("LastModified".to_owned(), json!(now.as_millisecond() as f64 / 1000.0));
        function.attached.event_invoke.insert(key(&reference), config.clone());
        Ok((Change::Put(Box::new(function), None), Value::Object(config)))
    })
}

/// The limits of the service's model, and a configuration that says nothing.
fn check(sent: &Config) -> Result<(), ServiceError> {
    let mut failures = Vec::new();
    for (member, at, least, most) in [
        ("MaximumRetryAttempts", "maximumRetryAttempts", 0, 2),
        ("MaximumEventAgeInSeconds", "maximumEventAgeInSeconds", 60, 21_600),
    ] {
        let Some(value) = sent.get(member).and_then(Value::as_i64) else { continue };
        let bound = match value {
            low if low < least => format!("greater than or equal to {least}"),
            high if high > most => format!("less than or equal to {most}"),
            _ => continue,
        };
        failures
            .push(format!("Value '{value}' at '{at}' failed to satisfy constraint: Member must have value {bound}"));
    }
    if !failures.is_empty() {
        return Err(validation_errors(&failures));
    }
    if ["MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"]
        .iter()
        .all(|member| !sent.contains_key(*member))
    {
        let message = "You must specify at least one of error handling or destination setting.";
        return Err(ServiceError::invalid_parameter(message));
    }
    Ok(())
}

fn check_destination(
    shared: &Shared,
    reference: &FunctionReference,
    sent: &Config,
    destination: &str,
) -> Result<(), ServiceError> {
    let parts: Vec<&str> = destination.split(':').collect();
    match parts.as_slice() {
        [""] => Ok(()),
        ["arn", _, "lambda", region, _, "function", name, ..] => {
            if *name == reference.name {
                let message = "You can't specify the function as a destination for itself.";
                return Err(ServiceError::invalid_parameter(message));
            }
            match shared.store.function(region, name)? {
                Some(_) => Ok(()),
                None => {
                    let message = format!("The destination ARN {destination} is invalid.");
                    Err(ServiceError::invalid_parameter(&message))
                }
            }
        }
        ["arn", _, "sqs" | "sns" | "events" | "s3", ..] => Ok(()),
        ["arn", ..] => {
            let side =
                |on: &str| match sent.get("DestinationConfig").and_then(|config| config[on]["Destination"].as_str()) {
                    Some(destination) => format!("{on}(destination={destination})"),
                    None => "null".to_owned(),
                };
            Err(ServiceError::invalid_parameter(&format!(
                "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
                side("OnSuccess"),
                side("OnFailure")
            )))
        }
        _ => Err(validation_errors(&[format!(
            "Value '{destination}' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\\-_.]{{0,248}}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:.*"
        )])),
    }
}

fn no_function() -> ServiceError {
    ServiceError::not_found("The function doesn't exist.")
}

fn none(asked: &Asked, reference: &FunctionReference) -> ServiceError {
    ServiceError::not_found(&format!("The function {} doesn't have an EventInvokeConfig", arn(asked, reference)))
}

fn reference(asked: &Asked) -> Result<FunctionReference, ServiceError> {
    asked.qualified()
}

/// The ARN of the function itself has a qualifier in these answers.
fn arn(asked: &Asked, reference: &FunctionReference) -> String {
    let qualifier = reference.qualifier.clone().or_else(|| Some(LATEST.to_owned()));
    FunctionReference { name: reference.name.clone(), qualifier }.arn(&asked.scope)
}

fn key(reference: &FunctionReference) -> String {
    reference.qualifier.clone().unwrap_or_else(|| LATEST.to_owned())
}
