use lambdactl_schema::kinds::Kind;
use serde_json::{Map, Value, json};

/// Members that are each function's own.
const OWN: [&str; 4] = ["FunctionName", "ignore", "protect", "locations"];

/// The keys of things beside a function: each function has its own, even where they look alike.
fn things() -> impl Iterator<Item = &'static str> {
    Kind::ALL.into_iter().filter(|kind| kind.row().nature.is_thing()).map(|kind| kind.row().key)
}

/// Makes a manifest of its head and its functions, and takes what most functions agree on into `defaults`.
///
/// `service_default` is what the service fills in for a member that is left out, null for nothing: a function that
/// leaves such a member out says so by the value where the defaults say otherwise. The manifest means the same as its
/// functions do one by one.
pub(crate) fn compose(
    head: Map<String, Value>,
    functions: Vec<Map<String, Value>>,
    service_default: &dyn Fn(&str) -> Value,
) -> Value {
    let mut manifest = head;
    let mut functions = functions;
    if functions.len() > 1 {
        // What a capacity provider changes about defaults, no default here can say.
        let is_plain = functions.iter().all(|function| !function.contains_key("CapacityProviderConfig"));
        // Nor can it say what a map's defaults are: they depend on what is in it.
        let filled = |member: &str| match service_default(member) {
            Value::Object(_) => Value::Null,
            default if is_plain => default,
            _ => Value::Null,
        };
        let mut defaults = shared(&functions.iter().collect::<Vec<_>>(), &filled);
        for member in OWN.into_iter().chain(things()) {
            defaults.shift_remove(member);
        }
        defaults.retain(|member, value| *value != filled(member));
        for function in &mut functions {
            for member in defaults.keys() {
                if !function.contains_key(member) {
                    function.insert(member.clone(), filled(member));
                }
            }
            leave_out(function, &defaults);
        }
        if !defaults.is_empty() {
            manifest.insert("defaults".into(), Value::Object(defaults));
        }
    }
    manifest.insert("functions".into(), json!(functions));
    Value::Object(manifest)
}

/// Returns what most of these maps agree on. A map cannot take a default back, so what one of them lacks is not shared,
/// unless `filled` says what lacking it means.
fn shared(maps: &[&Map<String, Value>], filled: &dyn Fn(&str) -> Value) -> Map<String, Value> {
    let mut found = Map::new();
    let keys = maps.iter().flat_map(|map| map.keys());
    let mut seen = std::collections::HashSet::new();
    for key in keys.filter(|key| seen.insert(key.as_str())) {
        let fill = filled(key);
        let values: Vec<&Value> = maps.iter().map(|map| map.get(key).unwrap_or(&fill)).collect();
        if values.iter().any(|value| value.is_null()) {
            continue;
        }
        let inner: Option<Vec<&Map<String, Value>>> = values.iter().map(|value| value.as_object()).collect();
        if let Some(inner) = inner {
            let inner = shared(&inner, &|_| Value::Null);
            if !inner.is_empty() {
                found.insert(key.clone(), Value::Object(inner));
            }
        } else if values.iter().all(|value| !value.is_object())
            && let Some(value) = majority(&values)
        {
            found.insert(key.clone(), value.clone());
        }
    }
    found
}

/// Returns the value that more than half of them are.
fn majority<'a>(values: &[&'a Value]) -> Option<&'a Value> {
    // Boyer and Moore: whatever is more than half survives.
    let (mut candidate, mut votes) = (values.first()?, 0usize);
    for value in values {
        if votes == 0 {
            candidate = value;
        }
        if value == candidate { votes += 1 } else { votes -= 1 }
    }
    let count = values.iter().filter(|value| *value == candidate).count();
    (count * 2 > values.len()).then_some(*candidate)
}

/// Takes out of a map what the defaults say already.
fn leave_out(map: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    map.retain(|key, value| match (value, defaults.get(key)) {
        (_, None) => true,
        (Value::Object(own), Some(Value::Object(defaults))) => {
            leave_out(own, defaults);
            !own.is_empty()
        }
        (value, Some(default)) => *value != *default,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(value: Value) -> Vec<Map<String, Value>> {
        serde_json::from_value(value).unwrap()
    }

    fn service_default(member: &str) -> Value {
        if member == "Timeout" { json!(3) } else { Value::Null }
    }

    #[test]
    fn what_most_agree_on_becomes_a_default() {
        let manifest = compose(
            Map::new(),
            functions(json!([
                {"FunctionName": "a", "Runtime": "x", "Timeout": 9, "Tags": {"team": "t", "n": "1"}},
                {"FunctionName": "b", "Runtime": "x", "Timeout": 9, "Tags": {"team": "t"}},
                {"FunctionName": "c", "Runtime": "y", "Tags": {"team": "t", "n": "3"}},
            ])),
            &service_default,
        );
        assert_eq!(
            manifest,
            json!({
                "defaults": {"Runtime": "x", "Timeout": 9, "Tags": {"team": "t"}},
                "functions": [
                    {"FunctionName": "a", "Tags": {"n": "1"}},
                    {"FunctionName": "b"},
                    {"FunctionName": "c", "Runtime": "y", "Tags": {"n": "3"}, "Timeout": 3},
                ]
            })
        );
    }

    #[test]
    fn what_one_lacks_is_no_default() {
        let manifest = compose(
            Map::new(),
            functions(json!([
                {"FunctionName": "a", "Role": "r", "Layers": ["l"], "Code": {"S3Bucket": "b", "S3Key": "k"}},
                {"FunctionName": "b", "Role": "r", "Layers": ["l"], "Code": {"S3Bucket": "b", "S3Key": "l"}},
                {"FunctionName": "c", "Role": "r", "Code": {"ImageUri": "i"}},
            ])),
            &service_default,
        );
        assert_eq!(manifest["defaults"], json!({"Role": "r"}));
        assert_eq!(manifest["functions"][0]["Layers"], json!(["l"]));
    }
}
