//! SAM's `Globals`.

use serde_json::Value;

use crate::intrinsics::is_call;

/// A function's properties with the globals that it does not ignore.
pub(super) fn merged(globals: &Value, own: &Value) -> Value {
    let mut globals = globals.clone();
    match &own["IgnoreGlobals"] {
        Value::String(all) if all == "*" => globals = Value::Null,
        Value::Array(names) => {
            if let Some(map) = globals.as_object_mut() {
                map.retain(|name, _| !names.iter().any(|ignored| ignored == name));
            }
        }
        _ => {}
    }
    merge(&globals, own)
}

/// Maps by key, lists one after the other, anything else replaced.
fn merge(globals: &Value, own: &Value) -> Value {
    match (globals, own) {
        (Value::Object(globals), Value::Object(own)) if !is_call(own) && !is_call(globals) => {
            let mut result = globals.clone();
            for (key, value) in own {
                let value = globals.get(key).map_or_else(|| value.clone(), |global| merge(global, value));
                result.insert(key.clone(), value);
            }
            Value::Object(result)
        }
        (Value::Array(globals), Value::Array(own)) => globals.iter().chain(own).cloned().collect(),
        (globals, Value::Null) => globals.clone(),
        (_, own) => own.clone(),
    }
}
