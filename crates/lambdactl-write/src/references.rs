use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

/// What every name begins with. Names of variables come from outside, and a shell, a runtime, a loader or a CI server may
/// know any of them: `PATH`, `LD_PRELOAD`, `NODE_OPTIONS`, `HTTPS_PROXY`. None of them knows a name that begins so, apart from
/// those in [`KNOWN`].
const PREFIX: &str = "LAMBDA_";

/// Names with the prefix that the service's runtimes have.
const KNOWN: [&str; 2] = ["LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"];

/// Characters of a variable's or a function's name that a reference keeps.
const LONGEST: usize = 140;

/// The values that were taken out of functions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The values by the names of the references.
    pub(crate) values: BTreeMap<String, String>,
    /// What could not be kept as it was, in sentences.
    pub(crate) notes: Vec<String>,
}

/// Replaces the values of environment variables by references, `${env:LAMBDA_NAME}`, and returns what each stands for.
///
/// A variable that has one value in all functions is referred to by its own name behind the prefix; otherwise the function's
/// name goes between. With `has_references` the texts are escaped already.
pub(crate) fn take_values(functions: &mut [Map<String, Value>], has_references: bool) -> Taken {
    let mut shared: BTreeMap<String, Option<String>> = BTreeMap::new();
    for function in functions.iter() {
        for (name, value) in variables(function) {
            let known = shared.entry(name.clone()).or_insert_with(|| Some(value.to_owned()));
            if known.as_deref() != Some(value) {
                *known = None;
            }
        }
    }
    let mut taken = Taken::default();
    let mut names = Names::default();
    for function in functions {
        let function_name = function.get("FunctionName").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(Value::Object(variables)) = function.get_mut("Environment").and_then(|env| env.get_mut("Variables"))
        else {
            continue;
        };
        for (name, value) in variables {
            let Some(text) = value.as_str() else { continue };
            // What is a reference already is no value that anybody knows.
            if has_references && refers(text) {
                continue;
            }
            let text = if has_references { text.replace("$${", "${") } else { text.to_owned() };
            let is_shared = shared.get(name).is_some_and(Option::is_some);
            let wanted = if is_shared {
                format!("{PREFIX}{}", letters(name))
            } else {
                format!("{PREFIX}{}_{}", letters(&function_name).to_uppercase(), letters(name))
            };
            let reference = names.unique(wanted, &text);
            if letters(name) != *name {
                taken
                    .notes
                    .push(format!("function `{function_name}`: the variable `{name}` is referred to as {reference}"));
            }
            // No environment can hold it.
            if text.contains('\0') {
                taken
                    .notes
                    .push(format!("function `{function_name}`: the value of `{name}` has a NUL, and was left out"));
            } else {
                taken.values.insert(reference.clone(), text);
            }
            *value = json!(format!("${{env:{reference}}}"));
        }
    }
    taken
}

/// Whether a text has a reference; `$${` begins none.
fn refers(text: &str) -> bool {
    text.replace("$${", "").contains("${")
}

/// The names that are given out, and what each stands for.
#[derive(Default)]
struct Names {
    given: HashMap<String, String>,
    /// How often each was wanted for another value.
    counts: HashMap<String, usize>,
}

impl Names {
    /// Returns the name that is wanted, or, where that stands for another value, one with a number behind it.
    fn unique(&mut self, wanted: String, value: &str) -> String {
        let mut name = wanted.clone();
        while KNOWN.contains(&name.as_str()) || self.given.get(&name).is_some_and(|other| other != value) {
            let count = self.counts.entry(wanted.clone()).or_insert(1);
            *count += 1;
            name = format!("{wanted}_{count}");
        }
        self.given.insert(name.clone(), value.to_owned());
        name
    }
}

/// Makes a text a part of a variable's name.
fn letters(text: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    text.chars().take(LONGEST).map(letter).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, variables: Value) -> Map<String, Value> {
        match json!({ "FunctionName": name, "Environment": {"Variables": variables} }) {
            Value::Object(members) => members,
            _ => unreachable!(),
        }
    }

    #[test]
    fn each_value_has_a_name_of_its_own() {
        let mut functions = vec![
            function("a-b", json!({"STAGE": "prod", "TOKEN": "1", "PATH": "/opt"})),
            function("a_b", json!({"STAGE": "prod", "TOKEN": "2"})),
            function("1c", json!({"TOKEN": ""})),
        ];
        let taken = take_values(&mut functions, false);
        assert_eq!(functions[0]["Environment"]["Variables"]["STAGE"], "${env:LAMBDA_STAGE}");
        assert_eq!(functions[1]["Environment"]["Variables"]["TOKEN"], "${env:LAMBDA_A_B_TOKEN_2}");
        let wanted = [
            ("LAMBDA_1C_TOKEN", ""),
            ("LAMBDA_A_B_TOKEN", "1"),
            ("LAMBDA_A_B_TOKEN_2", "2"),
            ("LAMBDA_PATH", "/opt"),
            ("LAMBDA_STAGE", "prod"),
        ];
        assert_eq!(taken.values, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(taken.notes, [] as [&str; 0]);
    }

    #[test]
    fn no_name_means_anything_to_who_reads_the_file() {
        let names = [
            "A;touch pwned;B",
            "A=$(touch pwned)",
            "X\ntouch pwned\nY",
            "",
            "1",
            "é",
            "a b",
            "`id`",
            "PATH",
            "HTTPS_PROXY",
            "NODE_OPTIONS",
            "BASH_ENV",
            "IFS",
            "PS4",
            "LD_PRELOAD",
            "PYTHONPATH",
            "GITHUB_TOKEN",
            "TASK_ROOT",
            "RUNTIME_DIR",
        ];
        // One by one with functions that complete a known name, and all at once.
        for function_name in ["f", "https", "ld", "node", "aws", "bash", "", "a;b", "TASK", "x".repeat(500).as_str()] {
            let all: Map<String, Value> =
                names.iter().enumerate().map(|(index, name)| ((*name).to_owned(), json!(index.to_string()))).collect();
            let others = json!(all.iter().map(|(name, _)| (name.clone(), json!("other"))).collect::<Map<_, _>>());
            let mut functions = vec![function(function_name, Value::Object(all)), function("g", others)];
            let taken = take_values(&mut functions, false);
            for name in taken.values.keys() {
                let is_safe = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_';
                assert!(name.starts_with("LAMBDA_") && name.bytes().all(is_safe), "{name}");
                assert!(!KNOWN.contains(&name.as_str()) && name.len() <= 300, "{name}");
            }
            for function in &functions {
                for (name, reference) in function["Environment"]["Variables"].as_object().unwrap() {
                    let reference =
                        reference.as_str().unwrap().strip_prefix("${env:").unwrap().strip_suffix('}').unwrap();
                    let value = &taken.values[reference];
                    let index = names.iter().position(|known| known == name).unwrap().to_string();
                    assert_eq!(
                        *value,
                        if function["FunctionName"] == "g" { "other".to_owned() } else { index },
                        "{name}"
                    );
                }
            }
            assert_eq!(taken.notes.len(), 2 * 6, "each changed name is said: {:?}", taken.notes);
        }
    }

    #[test]
    fn what_is_a_reference_already_stays_one() {
        let mut functions = vec![function("f", json!({"AA": "${var:queue}", "BB": "$${var:queue}"}))];
        let taken = take_values(&mut functions, true);
        assert_eq!(functions[0]["Environment"]["Variables"]["AA"], "${var:queue}");
        assert_eq!(taken.values, [("LAMBDA_BB".to_owned(), "${var:queue}".to_owned())].into());
    }

    #[test]
    fn values_are_taken_as_they_are() {
        let mut functions = vec![function("f", json!({"A": "$${HOME} $$${x}", "B": "a\0b"}))];
        let taken = take_values(&mut functions, true);
        assert_eq!(taken.values, [("LAMBDA_A".to_owned(), "${HOME} $${x}".to_owned())].into());
        assert!(taken.notes[0].contains("has a NUL"), "{:?}", taken.notes);
        assert_eq!(functions[0]["Environment"]["Variables"]["B"], "${env:LAMBDA_B}");
    }
}
