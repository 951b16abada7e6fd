//! Looks up what references stand for: parameters, secrets, outputs of stacks and of Terraform states in S3.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};
use lambdactl_schema::{Call, LookedUp, Operation, ReferenceKind, StateOutputs, Subject, state_outputs};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::CallError;
use crate::s3::{Object, Request};
use crate::xml::{element_of, items};

/// Names that GetParameters takes at a time (the service's model).
const NAMES: usize = 10;

/// Looks up references, which are given as they stand between `${` and `}`; each thing is asked for once, `parallelism` of them at
/// a time. One that cannot be had says why.
pub async fn look_up(client: &Client, wanted: &[String], parallelism: usize) -> BTreeMap<String, LookedUp> {
    let questions = stream::iter(questions(wanted));
    let answers = questions.map(async |question| question.ask(client).await).buffer_unordered(parallelism.max(1));
    answers.collect::<Vec<_>>().await.into_iter().flatten().collect()
}

/// What is asked for with one call, and the references that it answers.
#[derive(Debug, PartialEq, Eq)]
enum Question {
    /// Parameters by their names.
    Parameters(Vec<String>),
    /// A secret, and the keys of it that are wanted.
    Secret(String, Vec<Option<String>>),
    /// A stack, and its outputs that are wanted.
    Stack(String, Vec<String>),
    /// A state in S3, `BUCKET/KEY`, and its outputs that are wanted.
    State(String, Vec<String>),
}

/// Sorts references by what has to be asked for.
fn questions(wanted: &[String]) -> Vec<Question> {
    let mut parameters = BTreeSet::new();
    let mut secrets: BTreeMap<&str, Vec<Option<String>>> = BTreeMap::new();
    let mut stacks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut states: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for reference in wanted {
        let Some((word, name)) = reference.split_once(':') else { continue };
        match ReferenceKind::of_word(word) {
            Some(ReferenceKind::Ssm) => _ = parameters.insert(name.to_owned()),
            Some(ReferenceKind::Secret) => {
                let (id, key) = name.split_once('#').map_or((name, None), |(id, key)| (id, Some(key.to_owned())));
                secrets.entry(id).or_default().push(key);
            }
            Some(ReferenceKind::Stack) => {
                if let Some((stack, output)) = name.split_once('#') {
                    stacks.entry(stack).or_default().push(output.to_owned());
                }
            }
            Some(ReferenceKind::Tfstate) => {
                if let Some((place, output)) = name.strip_prefix("s3://").and_then(|place| place.rsplit_once('#')) {
                    states.entry(place).or_default().push(output.to_owned());
                }
            }
            _ => {}
        }
    }
    let parameters: Vec<String> = parameters.into_iter().collect();
    let parameters = parameters.chunks(NAMES).map(|names| Question::Parameters(names.to_vec()));
    let secrets = secrets.into_iter().map(|(id, keys)| Question::Secret(id.to_owned(), keys));
    let stacks = stacks.into_iter().map(|(stack, outputs)| Question::Stack(stack.to_owned(), outputs));
    let states = states.into_iter().map(|(place, outputs)| Question::State(place.to_owned(), outputs));
    parameters.chain(secrets).chain(stacks).chain(states).collect()
}

fn open(value: Result<String, String>) -> LookedUp {
    LookedUp { value, is_secret: false }
}

fn secret(value: Result<String, String>) -> LookedUp {
    LookedUp { value, is_secret: true }
}

fn missing(what: &str) -> Result<String, String> {
    Err(format!("there is no such {what}"))
}

impl Question {
    async fn ask(self, client: &Client) -> Vec<(String, LookedUp)> {
        match self {
            Self::Parameters(names) => {
                let answer = client.parameters(&names).await;
                let one = |name: String| {
                    let value = match &answer {
                        Ok(known) => known.get(&name).cloned().unwrap_or_else(|| open(missing("parameter"))),
                        Err(error) => open(Err(error.to_string())),
                    };
                    (format!("ssm:{name}"), value)
                };
                names.into_iter().map(one).collect()
            }
            Self::Secret(id, keys) => {
                let answer = client.secret(&id).await;
                let one = |key: Option<String>| {
                    let value =
                        answer.clone().and_then(|text| key.as_deref().map_or(Ok(text.clone()), |key| part(&text, key)));
                    let key = key.map(|key| format!("#{key}")).unwrap_or_default();
                    (format!("secret:{id}{key}"), secret(value))
                };
                keys.into_iter().map(one).collect()
            }
            Self::Stack(stack, outputs) => {
                let answer = client.stack(&stack).await;
                let one = |output: String| {
                    let value = answer
                        .clone()
                        .and_then(|known| known.get(&output).cloned().map_or_else(|| missing("output"), Ok));
                    (format!("stack:{stack}#{output}"), open(value))
                };
                outputs.into_iter().map(one).collect()
            }
            Self::State(place, outputs) => {
                let answer = client.state(&place).await;
                let one = |output: String| {
                    let value = match &answer {
                        Ok(known) => match known.get(&output) {
                            Some((value, is_secret)) => LookedUp { value: Ok(value.clone()), is_secret: *is_secret },
                            None => open(missing("output")),
                        },
                        Err(error) => open(Err(error.clone())),
                    };
                    (format!("tfstate:s3://{place}#{output}"), value)
                };
                outputs.into_iter().map(one).collect()
            }
        }
    }
}

/// Returns what a secret has under a key of its JSON; dots lead into maps within it.
fn part(text: &str, key: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(text).map_err(|_| "it is no JSON, and has no keys".to_owned())?;
    let within = || key.split('.').try_fold(&value, |at, segment| at.get(segment));
    match value.get(key).or_else(within) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Null) | None => missing("key"),
        Some(other) => Ok(other.to_string()),
    }
}

impl Client {
    /// Reads parameters, decrypted, by the names that they are asked for by (GetParameters).
    async fn parameters(&self, names: &[String]) -> Result<BTreeMap<String, LookedUp>, CallError> {
        let call = Call::new(Operation::GetParameters, Subject::default())
            .with("Names", json!(names))
            .with("WithDecryption", json!(true));
        let answer = self.answer(call).await?;
        let mut found = BTreeMap::new();
        for parameter in answer["Parameters"].as_array().into_iter().flatten() {
            let text = |member: &str| parameter[member].as_str().unwrap_or_default();
            let value = LookedUp { value: Ok(text("Value").to_owned()), is_secret: text("Type") == "SecureString" };
            // It may be asked for by its name or its ARN, each with a version or a label behind it.
            for name in [text("Name"), text("ARN")] {
                for end in ["", text("Selector")] {
                    found.insert(format!("{name}{end}"), value.clone());
                }
            }
        }
        Ok(found)
    }

    /// Reads a secret's text (GetSecretValue).
    async fn secret(&self, id: &str) -> Result<String, String> {
        let call = Call::new(Operation::GetSecretValue, Subject::default()).with("SecretId", id);
        let answer = self.answer(call).await.map_err(|error| error.to_string())?;
        match answer["SecretString"].as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err("it is binary, and a manifest has texts".to_owned()),
        }
    }

    /// Reads the outputs of a stack (DescribeStacks).
    async fn stack(&self, name: &str) -> Result<BTreeMap<String, String>, String> {
        let call = Call::new(Operation::DescribeStacks, Subject::default()).with("StackName", name);
        let answer = self.call(call).await.map_err(|error| error.to_string())?;
        let outputs = items(&answer.body, "Outputs").unwrap_or_default();
        let output = |item: String| Some((element_of(&item, "OutputKey")?, element_of(&item, "OutputValue")?));
        Ok(outputs.into_iter().filter_map(output).collect())
    }

    /// Reads the outputs of a Terraform state in S3 (GetObject).
    async fn state(&self, place: &str) -> Result<StateOutputs, String> {
        let (bucket, key) = place.split_once('/').ok_or("a state in S3 is `s3://BUCKET/KEY`")?;
        let request = Request {
            operation: Operation::GetObject,
            object: Object { bucket, key, kms_key: None, owner: None },
            query: String::new(),
            headers: Vec::new(),
            body: Cow::Borrowed(&[]),
        };
        let answer = self.s3(&request).await.map_err(|error| error.to_string())?;
        state_outputs(&answer.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_asked_for_once() {
        let mut wanted: Vec<String> = (0..12).map(|number| format!("ssm:/p{number:02}")).collect();
        for more in [
            "secret:db#a",
            "secret:db#b",
            "secret:db",
            "stack:n#A",
            "stack:n#B",
            "tfstate:s3://b/k#x",
            "tfstate:s3://b/k#y",
        ] {
            wanted.push(more.to_owned());
        }
        let questions = questions(&wanted);
        assert_eq!(questions.len(), 5, "{questions:?}");
        assert!(matches!(&questions[0], Question::Parameters(names) if names.len() == 10));
        assert!(matches!(&questions[2], Question::Secret(id, keys) if id == "db" && keys.len() == 3));
    }

    #[test]
    fn keys_lead_into_the_json_of_a_secret() {
        let text = r#"{"a": "1", "b": {"c": [2], "d": true}, "b.d": "own", "n": null}"#;
        assert_eq!(part(text, "a"), Ok("1".to_owned()));
        assert_eq!(part(text, "b.c"), Ok("[2]".to_owned()));
        assert_eq!(part(text, "b.d"), Ok("own".to_owned()));
        assert!(part(text, "n").is_err() && part(text, "x.y").is_err());
        assert_eq!(part("hunter2", "a"), Err("it is no JSON, and has no keys".to_owned()));
    }
}
