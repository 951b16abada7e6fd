//! Alarms of Amazon CloudWatch: kept, told of, and in the state that somebody sets.
//!
//! Members, bounds and classes are those of the service's model; the texts of refusals could not be verified. No metric is looked
//! at, so an alarm stays as it was set; composite alarms cannot be created here.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::functions::dates::epoch;
use crate::http::asked::Asked;
use crate::names::validation_message;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::records::ALARMS;

/// Alarms of a page: the most, and as many as there are when the request does not say (AWS documentation).
const MOST_ROWS: i64 = 100;
const DEFAULT_ROWS: i64 = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Describe {
    alarm_names: Option<Vec<String>>,
    alarm_name_prefix: Option<String>,
    alarm_types: Option<Vec<String>>,
    state_value: Option<String>,
    max_records: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetState {
    alarm_name: String,
    state_value: String,
    state_reason: String,
    state_reason_data: Option<String>,
}

/// DescribeAlarms. A name that no alarm has is left out, without an error.
pub(crate) fn describe(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let request: Describe = parsed(asked)?;
    let names = request.alarm_names.as_deref();
    if names.is_some_and(|names| names.len() > 100) {
        return Err(invalid(&length("alarmNames", 100)));
    }
    if names.is_some() && request.alarm_name_prefix.is_some() {
        return Err(ServiceError::json_protocol(
            "InvalidParameterCombination",
            "AlarmNames and AlarmNamePrefix cannot be used together",
        ));
    }
    let rows = request.max_records.unwrap_or(DEFAULT_ROWS);
    let rows = usize::try_from(rows).ok().filter(|_| (1..=MOST_ROWS).contains(&rows));
    let Some(rows) = rows else { return Err(invalid("MaxRecords must be 1 to 100")) };
    // Without types, metric alarms are meant.
    let is_for_metrics =
        request.alarm_types.as_deref().is_none_or(|types| types.iter().any(|kind| kind == "MetricAlarm"));
    let after = request.next_token.unwrap_or_default();
    let mut alarms = shared.store.things(ALARMS, &asked.scope.region)?;
    alarms.retain(|name, alarm| {
        is_for_metrics
            && *name > after
            && names.is_none_or(|names| names.contains(name))
            && request.alarm_name_prefix.as_deref().is_none_or(|prefix| name.starts_with(prefix))
            && request.state_value.as_deref().is_none_or(|state| alarm["StateValue"] == state)
    });
    // A page ends with the name that its token is.
    let token = (alarms.len() > rows).then(|| alarms.keys().nth(rows - 1).cloned());
    let page: Vec<Value> = alarms.into_values().take(rows).collect();
    let mut answer = json!({ "MetricAlarms": page, "CompositeAlarms": [] });
    if let Some(token) = token.flatten() {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}

/// PutMetricAlarm: a new alarm has not enough data; one that is there keeps its state (AWS documentation).
pub(crate) fn put(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let Value::Object(mut alarm) = parsed(asked)? else { return Err(not_understood()) };
    let name = alarm.get("AlarmName").and_then(Value::as_str).unwrap_or_default().to_owned();
    check_name(&name)?;
    alarm.remove("Tags");
    let (now, scope) = (epoch(), &asked.scope);
    let before = shared.store.things(ALARMS, &scope.region)?.remove(&name);
    let state = ["StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp"];
    for member in state {
        alarm.remove(member);
        if let Some(value) = before.as_ref().and_then(|before| before.get(member)) {
            alarm.insert(member.to_owned(), value.clone());
        }
    }
    if before.is_none() {
        alarm.insert("StateValue".to_owned(), json!("INSUFFICIENT_DATA"));
        alarm.insert("StateReason".to_owned(), json!("Unchecked: Initial alarm creation"));
        alarm.insert("StateUpdatedTimestamp".to_owned(), json!(now));
    }
    let arn = format!("arn:{}:cloudwatch:{}:{}:alarm:{name}", scope.partition(), scope.region, scope.account);
    alarm.insert("AlarmArn".to_owned(), json!(arn));
    alarm.insert("AlarmConfigurationUpdatedTimestamp".to_owned(), json!(now));
    alarm.entry("ActionsEnabled").or_insert(json!(true));
    Ok(shared.store.put_thing(ALARMS, &scope.region, &name, Some(&Value::Object(alarm)))?)
}

/// SetAlarmState. Here the state stays; at the service the next look at the metric may change it.
pub(crate) fn set_state(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let request: SetState = parsed(asked)?;
    check_name(&request.alarm_name)?;
    if !["OK", "ALARM", "INSUFFICIENT_DATA"].contains(&request.state_value.as_str()) {
        return Err(invalid(&validation_message(&[
            "Value at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: \
             [INSUFFICIENT_DATA, ALARM, OK]"
                .to_owned(),
        ])));
    }
    if request.state_reason.chars().count() > 1023 {
        return Err(invalid(&length("stateReason", 1023)));
    }
    let region = &asked.scope.region;
    let Some(mut alarm) = shared.store.things(ALARMS, region)?.remove(&request.alarm_name) else {
        return Err(ServiceError::no_alarm(&request.alarm_name));
    };
    alarm["StateValue"] = json!(request.state_value);
    alarm["StateReason"] = json!(request.state_reason);
    alarm["StateReasonData"] = json!(request.state_reason_data);
    alarm["StateUpdatedTimestamp"] = json!(epoch());
    Ok(shared.store.put_thing(ALARMS, region, &request.alarm_name, Some(&alarm))?)
}

/// The parser's own text may quote the body, so it stays out of the answer.
fn parsed<T: DeserializeOwned>(asked: &Asked) -> Result<T, ServiceError> {
    serde_json::from_slice(&asked.body).map_err(|_| not_understood())
}

fn not_understood() -> ServiceError {
    ServiceError::json_protocol("SerializationException", "the body is no request of this operation")
}

fn check_name(name: &str) -> Result<(), ServiceError> {
    match name.chars().count() {
        1..=255 => Ok(()),
        _ => Err(invalid(&length("alarmName", 255))),
    }
}

fn length(member: &str, most: usize) -> String {
    validation_message(&[format!(
        "Value at '{member}' failed to satisfy constraint: Member must have length less than or equal to {most}"
    )])
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::json_protocol("ValidationError", message)
}
