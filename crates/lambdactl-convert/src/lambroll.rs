//! lambroll's function.json: the request itself, with templates in its texts.

use serde_json::{Map, Value, json};

use crate::intrinsics::literal;
use crate::names::{environment, is_member, variable};
use crate::notes::{Found, Notes};

pub(crate) fn functions(document: &Value, notes: &mut Notes) -> Found {
    let name = document["FunctionName"].as_str().map(|name| template(name, "FunctionName", &mut Notes::none()));
    notes.about(name.as_deref());
    let mut members = Map::new();
    for (name, value) in document.as_object().into_iter().flatten() {
        if is_member(name) {
            members.insert(name.clone(), rewritten(value, name, notes));
        } else if name != "$schema" {
            notes.left_out(name, "the CreateFunction API has no such member");
        }
    }
    if !members.contains_key("Code") {
        notes.add("Code", "lambroll packages the folder of --src, by default its own: taken from the manifest's folder; .lambdaignore works here, too");
        members.insert("Code".into(), json!("."));
    }
    Found { region: None, functions: vec![members] }
}

fn rewritten(value: &Value, path: &str, notes: &mut Notes) -> Value {
    match value {
        Value::String(text) => json!(template(text, path, notes)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| rewritten(item, &format!("{path}.{index}"), notes)).collect()
        }
        Value::Object(members) => {
            let rewrite =
                |(name, value): (&String, &Value)| (name.clone(), rewritten(value, &format!("{path}.{name}"), notes));
            Value::Object(members.iter().map(rewrite).collect())
        }
        other => other.clone(),
    }
}

/// Replaces `{{ … }}`.
fn template(text: &str, path: &str, notes: &mut Notes) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((call, after)) = after.split_once("}}") else { break };
        result.push_str(&literal(before));
        result.push_str(&reference(call.trim().trim_matches('-').trim(), path, notes));
        rest = after;
    }
    result.push_str(&literal(rest));
    result
}

fn reference(call: &str, path: &str, notes: &mut Notes) -> String {
    let (function, arguments) = call.split_once(char::is_whitespace).unwrap_or((call, ""));
    // Texts stand in back quotes or quotes.
    let mut arguments = arguments.split(['`', '"']).skip(1).step_by(2);
    let (argument, default) = (arguments.next(), arguments.next());
    let known = match (function, argument) {
        ("must_env", Some(name)) => environment(name, None),
        ("env", Some(name)) => environment(name, Some(default.unwrap_or_default())),
        _ => None,
    };
    if let Some(reference) = known {
        return reference;
    }
    match (function, argument) {
        (function, Some(argument)) => {
            let name = variable(argument);
            notes.add(
                path,
                format!("{{{{ {function} `{argument}` }}}} is looked up by lambroll only; pass --var {name}=VALUE"),
            );
            format!("${{var:{name}}}")
        }
        (function, None) => {
            let name = variable(function);
            notes.add(path, format!("{{{{ {call} }}}} is known to lambroll only; pass --var {name}=VALUE"));
            format!("${{var:{name}}}")
        }
    }
}
