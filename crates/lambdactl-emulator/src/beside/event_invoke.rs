//! How asynchronous calls are retried, and where their records go. Texts and shapes are recorded answers, unless a comment says
//! otherwise.

use serde_json::{Map, Value, json};

use crate::functions::dates::epoch;
use crate::functions::patterns::{DESTINATION, is_destination};
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
    let mut configs: Vec<(String, Config)> = function.attached.event_invoke.into_iter().collect();
    // Names of aliases begin with no `$`; numbers go by their size.
    configs.sort_by_key(|(qualifier, _)| match (qualifier.as_str(), qualifier.parse::<u64>()) {
        (LATEST, _) => (0, 0, String::new()),
        (_, Ok(number)) => (1, number, String::new()),
        _ => (2, 0, qualifier.clone()),
    });
    page(asked, configs.into_iter().map(|(_, config)| Value::Object(config)).collect(), MOST_ROWS)
}

fn set(shared: &Shared, asked: &Asked, merges: bool) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    check(&sent)?;
    let reference = reference(asked)?;
    let destinations =
        ["OnSuccess", "OnFailure"].map(|on| sent.get("DestinationConfig").map(|config| config[on].clone()));
    // Another function is looked for before this one is locked; that this one is missing is said first.
    let destinations_found =
        ["OnSuccess", "OnFailure"].into_iter().try_for_each(|on| check_destination(shared, asked, &sent, on));
    shared.store.change(&asked.scope.region, &reference.name, |existing| {
        let mut function: Function = existing.ok_or_else(no_function)?;
        if function.snapshot(reference.qualifier.as_deref()).is_none() {
            return Err(no_function());
        }
        destinations_found?;
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
        config.insert("LastModified".to_owned(), json!(epoch()));
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
        let Some(value) = sent.get(member) else { continue };
        let value = value.as_i64().ok_or_else(|| ServiceError::serialization("not an Integer"))?;
        let bound = match value {
            low if low < least => format!("greater than or equal to {least}"),
            high if high > most => format!("less than or equal to {most}"),
            _ => continue,
        };
        failures
            .push(format!("Value '{value}' at '{at}' failed to satisfy constraint: Member must have value {bound}"));
    }
    failures.extend(["OnSuccess", "OnFailure"].into_iter().filter_map(|on| destination_failure(sent, on)));
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

/// Checks where records go: to another function that is there, a standard queue or topic, an event bus, or, of failures
/// only, a bucket (AWS documentation). Whether the role may send there is not looked at.
fn check_destination(shared: &Shared, asked: &Asked, sent: &Config, on: &str) -> Result<(), ServiceError> {
    let destination = destination(sent, on).unwrap_or_default();
    let invalid = || {
        let side = |member: &str, on: &str| match self::destination(sent, on) {
            Some(destination) => format!("{member}={on}(destination={destination})"),
            None => format!("{member}=null"),
        };
        let text = format!(
            "The provided destination config DestinationConfig({}, {}) is invalid.",
            side("onSuccess", "OnSuccess"),
            side("onFailure", "OnFailure")
        );
        Err(ServiceError::invalid_parameter(&text))
    };
    let parts: Vec<&str> = destination.split(':').collect();
    match parts.as_slice() {
        [""] => Ok(()),
        ["arn", _, "lambda", region, account, "function", name, ..] => {
            let is_here = *region == asked.scope.region && *account == asked.scope.account;
            if is_here && *name == asked.function()?.name {
                let message = "You can't specify the function as a destination for itself.";
                return Err(ServiceError::invalid_parameter(message));
            }
            if is_here && shared.store.function(region, name)?.is_some() {
                return Ok(());
            }
            Err(ServiceError::invalid_parameter(&format!("The destination ARN {destination} is invalid.")))
        }
        // What is said of the first two could not be verified.
        ["arn", _, "sqs" | "sns", .., name] if name.ends_with(".fifo") => invalid(),
        ["arn", _, "s3", ..] if on == "OnSuccess" => invalid(),
        ["arn", _, "sqs" | "sns" | "events" | "s3", ..] => Ok(()),
        _ => invalid(),
    }
}

fn destination<'a>(sent: &'a Config, on: &str) -> Option<&'a str> {
    sent.get("DestinationConfig")?.get(on)?.get("Destination")?.as_str()
}

/// The pattern of a destination (the service's model).
fn destination_failure(sent: &Config, on: &str) -> Option<String> {
    let destination = destination(sent, on)?;
    let at = if on == "OnSuccess" { "onSuccess" } else { "onFailure" };
    (!is_destination(destination)).then(|| {
        format!(
            "Value '{destination}' at 'destinationConfig.{at}.destination' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: {DESTINATION}"
        )
    })
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
