//! Function URLs: one for a function and one for each of its aliases. Texts and shapes are recorded answers, unless a comment
//! says otherwise.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

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

type Url = Map<String, Value>;

/// CreateFunctionUrlConfig. The answer has an `InvokeMode` only where one was sent, and no time of a change.
pub(crate) fn create(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let reference = reference(asked)?;
    check_members(&sent, true)?;
    change(shared, asked, &reference, |function| {
        let arn = reference.arn(&asked.scope);
        if function.attached.urls.contains_key(&key(&reference)) {
            return Err(ServiceError::conflict(&format!(
                "Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists for \
                 this Lambda function"
            )));
        }
        let id = Uuid::new_v4().simple().to_string();
        let mut url = Url::new();
        for (member, value) in [
            ("FunctionUrl", json!(format!("https://{id}.lambda-url.{}.on.aws/", asked.scope.region))),
            ("FunctionArn", json!(arn)),
            ("AuthType", sent.get("AuthType").cloned().unwrap_or_default()),
            ("CreationTime", now()),
            ("LastModifiedTime", now()),
            ("InvokeMode", sent.get("InvokeMode").cloned().unwrap_or_else(|| json!("BUFFERED"))),
        ] {
            url.insert(member.to_owned(), value);
        }
        set_cors(&mut url, &sent);
        function.attached.urls.insert(key(&reference), url.clone());
        url.shift_remove("LastModifiedTime");
        Ok(answer_to(&sent, url))
    })
}

/// UpdateFunctionUrlConfig: what is left out stays; `Cors` is replaced as a whole, and empty it goes.
pub(crate) fn update(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let reference = reference(asked)?;
    check_members(&sent, false)?;
    change(shared, asked, &reference, |function| {
        let url = function.attached.urls.get_mut(&key(&reference)).ok_or_else(none)?;
        for member in ["AuthType", "InvokeMode"] {
            if let Some(value) = sent.get(member) {
                url.insert(member.to_owned(), value.clone());
            }
        }
        set_cors(url, &sent);
        url.insert("LastModifiedTime".to_owned(), now());
        Ok(answer_to(&sent, url.clone()))
    })
}

/// GetFunctionUrlConfig.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = reference(asked)?;
    let function = shared.store.function(&asked.scope.region, &reference.name)?.ok_or_else(none)?;
    function.attached.urls.get(&key(&reference)).cloned().map(Value::Object).ok_or_else(none)
}

/// DeleteFunctionUrlConfig.
pub(crate) fn delete(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let reference = reference(asked)?;
    change(shared, asked, &reference, |function| {
        function.attached.urls.remove(&key(&reference)).map(drop).ok_or_else(none)
    })
}

/// ListFunctionUrlConfigs: that of the function first, then those of its aliases.
pub(crate) fn list(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = asked.function()?;
    let function = shared.store.function(&asked.scope.region, &reference.name)?.ok_or_else(no_function)?;
    page(asked, function.attached.urls.values().cloned().map(Value::Object).collect(), MOST_ROWS)
}

fn none() -> ServiceError {
    ServiceError::not_found("The resource you requested does not exist.")
}

fn no_function() -> ServiceError {
    ServiceError::not_found("Function does not exist")
}

/// The function that is asked about, or an alias of it: versions have no URL.
fn reference(asked: &Asked) -> Result<FunctionReference, ServiceError> {
    let reference = asked.qualified()?;
    match reference.qualifier.as_deref() {
        Some(qualifier) if qualifier == LATEST || qualifier.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(validation_errors(&[format!(
                "Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression \
                 pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"
            )]))
        }
        _ => Ok(reference),
    }
}

fn key(reference: &FunctionReference) -> String {
    reference.qualifier.clone().unwrap_or_default()
}

fn change<T>(
    shared: &Shared,
    asked: &Asked,
    reference: &FunctionReference,
    work: impl FnOnce(&mut Function) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    shared.store.change(&asked.scope.region, &reference.name, |existing| {
        let mut function = existing.ok_or_else(no_function)?;
        if function.snapshot(reference.qualifier.as_deref()).is_none() {
            return Err(no_function());
        }
        let answer = work(&mut function)?;
        Ok((Change::Put(Box::new(function), None), answer))
    })
}

/// Checks the values of the enumerations, in the words of the service's model.
fn check_members(sent: &Url, is_new: bool) -> Result<(), ServiceError> {
    let mut failures = Vec::new();
    for (member, at, values) in
        [("AuthType", "authType", ["NONE", "AWS_IAM"]), ("InvokeMode", "invokeMode", ["BUFFERED", "RESPONSE_STREAM"])]
    {
        match sent.get(member).map(|value| value.as_str().unwrap_or_default()) {
            Some(value) if !values.contains(&value) => failures.push(format!(
                "Value '{value}' at '{at}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                values.join(", ")
            )),
            None if is_new && member == "AuthType" => {
                failures.push(format!("Value null at '{at}' failed to satisfy constraint: Member must not be null"));
            }
            _ => {}
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(validation_errors(&failures)) }
}

fn set_cors(url: &mut Url, sent: &Url) {
    match sent.get("Cors") {
        Some(Value::Object(cors)) if cors.is_empty() => _ = url.shift_remove("Cors"),
        Some(cors) => _ = url.insert("Cors".to_owned(), cors.clone()),
        None => {}
    }
}

/// A change is answered with the mode only where it was sent.
fn answer_to(sent: &Url, mut url: Url) -> Value {
    if !sent.contains_key("InvokeMode") {
        url.shift_remove("InvokeMode");
    }
    Value::Object(url)
}

/// Now, as a text; that it has this form could not be verified.
fn now() -> Value {
    json!(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
}
