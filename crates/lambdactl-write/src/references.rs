use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Replaces the values of environment variables by references, `${env:NAME}`, and returns what each name stands for.
///
/// A variable that has one value in all functions is referred to by its own name; otherwise, or where the name means
/// something to the shell that runs lambdactl, the function's name goes before it.
pub(crate) fn take_values(functions: &mut [Map<String, Value>]) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, Option<String>> = BTreeMap::new();
    for function in functions.iter() {
        for (name, value) in variables(function) {
            let known = values.entry(name.clone()).or_insert_with(|| Some(value.to_owned()));
            if known.as_deref() != Some(value) {
                *known = None;
            }
        }
    }
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for function in functions {
        let function_name = function.get("FunctionName").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(Value::Object(variables)) = function.get_mut("Environment").and_then(|env| env.get_mut("Variables"))
        else {
            continue;
        };
        for (name, value) in variables {
            let Some(text) = value.as_str() else { continue };
            let is_shared = values.get(name).is_some_and(Option::is_some) && !is_of_the_shell(name);
            let mut reference = if is_shared { name.clone() } else { with_function(&function_name, name) };
            // Two names may become one where letters are few.
            while taken.get(&reference).is_some_and(|other| other != text) {
                reference.push('_');
            }
            taken.insert(reference.clone(), text.to_owned());
            *value = json!(format!("${{env:{reference}}}"));
        }
    }
    taken
}

/// Writes every text of a value so that nothing in it is taken for a reference.
pub(crate) fn escape(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace("${", "$${"),
        Value::Array(items) => items.iter_mut().for_each(escape),
        Value::Object(members) => members.values_mut().for_each(escape),
        _ => {}
    }
}

fn variables(function: &Map<String, Value>) -> impl Iterator<Item = (&String, &str)> {
    let variables = function.get("Environment").and_then(|environment| environment.get("Variables"));
    let variables = variables.and_then(Value::as_object).into_iter().flatten();
    variables.filter_map(|(name, value)| Some((name, value.as_str()?)))
}

/// Whether a variable of this name is set, or changes how programs work, wherever lambdactl runs.
fn is_of_the_shell(name: &str) -> bool {
    const NAMES: [&str; 12] =
        ["PATH", "HOME", "USER", "SHELL", "PWD", "TERM", "LANG", "TZ", "TMPDIR", "HOSTNAME", "CI", "NO_COLOR"];
    NAMES.contains(&name) || name.starts_with("AWS_") || name.starts_with("LC_") || name.starts_with("LD_")
}

fn with_function(function: &str, name: &str) -> String {
    let function = function.to_uppercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    // A variable's name does not begin with a digit.
    let gap = if function.starts_with(|first: char| first.is_ascii_digit()) { "_" } else { "" };
    format!("{gap}{function}_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_a_name_of_its_own() {
        let function = |name: &str, variables: Value| match json!({
            "FunctionName": name, "Environment": {"Variables": variables}
        }) {
            Value::Object(members) => members,
            _ => unreachable!(),
        };
        let mut functions = vec![
            function("a-b", json!({"STAGE": "prod", "TOKEN": "1", "PATH": "/opt"})),
            function("a_b", json!({"STAGE": "prod", "TOKEN": "2"})),
            function("1c", json!({"TOKEN": ""})),
        ];
        let taken = take_values(&mut functions);
        assert_eq!(functions[0]["Environment"]["Variables"]["STAGE"], "${env:STAGE}");
        assert_eq!(functions[1]["Environment"]["Variables"]["TOKEN"], "${env:A_B_TOKEN_}");
        let wanted =
            [("A_B_PATH", "/opt"), ("A_B_TOKEN", "1"), ("A_B_TOKEN_", "2"), ("STAGE", "prod"), ("_1C_TOKEN", "")];
        assert_eq!(taken, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }
}
