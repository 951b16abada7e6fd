//! CloudFormation's dynamic references, `{{resolve:ssm:NAME}}` and others, which stand within texts.

use lambdactl_schema::ReferenceKind;
use serde_json::{Value, json};

use crate::notes::Notes;
use crate::reference::{by_defaults, look_up, parameter, split, split_once};

/// Parts of an ARN of Systems Manager (`arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`), and of Secrets Manager.
const PARAMETER: usize = 6;
const SECRET: usize = 7;

/// Makes look-ups of what CloudFormation looks up when it deploys, and variables of what a manifest cannot look up.
pub(crate) fn dynamic(value: Value, region: Option<&str>, path: &str, notes: &mut Notes) -> Value {
    match value {
        Value::String(text) if text.contains("{{resolve:") => {
            let mut result = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("{{resolve:") {
                let Some((call, after)) = split_once(after, "}}") else { break };
                result.push_str(before);
                match reference(call, region) {
                    Ok(reference) => result.push_str(&reference),
                    Err(why) => result.push_str(unknown(call, why, path, notes).as_str().unwrap_or_default()),
                }
                rest = after;
            }
            result.push_str(rest);
            json!(result)
        }
        Value::Array(items) => {
            let items = items.into_iter().enumerate();
            items.map(|(index, item)| dynamic(item, region, &format!("{path}.{index}"), notes)).collect()
        }
        Value::Object(members) => {
            let one = |(name, value): (String, Value)| {
                let value = dynamic(value, region, &format!("{path}.{name}"), notes);
                (name, value)
            };
            Value::Object(members.into_iter().map(one).collect())
        }
        other => other,
    }
}

/// What a manifest has for a call; else why it has nothing.
fn reference(call: &str, region: Option<&str>) -> Result<String, &'static str> {
    let (kind, of) = call.split_once(':').unwrap_or((call, ""));
    let parts = split(of, ":");
    let (parts, behind) = parts.split_at(match (kind, parts.first()) {
        ("secretsmanager", Some(&"arn")) => SECRET.min(parts.len()),
        ("ssm" | "ssm-secure", Some(&"arn")) => PARAMETER.min(parts.len()),
        _ => 1.min(parts.len()),
    });
    let is_elsewhere = parts.len() > 1
        && region.is_some_and(|region| parts.get(3).is_some_and(|own| !own.contains('\u{1}') && *own != region));
    if is_elsewhere {
        return Err("it is in another region than the functions");
    }
    let named = parts.join(":");
    const NO_NAME: &str = "a manifest cannot name it";
    match (kind, behind) {
        ("ssm" | "ssm-secure", []) => parameter(&named).ok_or(NO_NAME),
        // Systems Manager takes versions behind names.
        ("ssm" | "ssm-secure", [version]) => look_up(ReferenceKind::Ssm, &format!("{named}:{version}")).ok_or(NO_NAME),
        ("secretsmanager", [] | ["SecretString" | ""]) => look_up(ReferenceKind::Secret, &named).ok_or(NO_NAME),
        ("secretsmanager", ["SecretString" | "", key, version @ ..]) => {
            if !version.iter().all(|part| part.is_empty() || *part == "AWSCURRENT") {
                return Err("`${secret:…}` is the current version, and no other");
            }
            let argument = if key.is_empty() { named } else { format!("{named}#{key}") };
            look_up(ReferenceKind::Secret, &argument).ok_or(NO_NAME)
        }
        _ => Err(NO_NAME),
    }
}

fn unknown(call: &str, why: &str, path: &str, notes: &mut Notes) -> Value {
    let (kind, of) = call.split_once(':').unwrap_or((call, ""));
    let plain = by_defaults(of).map_or_else(|| of.to_owned(), |(plain, _)| plain);
    let parts: Vec<&str> = plain.split(':').filter(|part| !part.is_empty() && *part != "SecretString").collect();
    let service = if kind == "secretsmanager" { "Secrets Manager" } else { "Systems Manager" };
    let form = if kind == "ssm" { "VALUE" } else { "SECRET" };
    let what = format!("{{{{resolve:{call}}}}}, which CloudFormation reads from {service}: {why}");
    notes.unknown(&parts.join("_"), form, what, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{environment, shown};

    #[test]
    fn calls_become_look_ups_where_they_mean_the_same() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-a1B2c3";
        let stage = environment("Stage", Some("a:b")).unwrap();
        for (call, wanted) in [
            ("ssm:/a/b".to_owned(), Some("${ssm:/a/b}".to_owned())),
            ("ssm:/a/b:3".to_owned(), Some("${ssm:/a/b:3}".to_owned())),
            ("ssm-secure:/a/b:3".to_owned(), Some("${ssm:/a/b:3}".to_owned())),
            (format!("ssm:/{stage}/b"), Some("${ssm:/${env:Stage:-a:b}/b}".to_owned())),
            ("ssm:arn:aws:ssm:us-east-1:123456789012:parameter/a".to_owned(), None),
            ("ssm:/a b".to_owned(), None),
            ("ssm:".to_owned(), None),
            ("secretsmanager:db".to_owned(), Some("${secret:db}".to_owned())),
            ("secretsmanager:db:SecretString".to_owned(), Some("${secret:db}".to_owned())),
            ("secretsmanager:db:SecretString:a.b".to_owned(), Some("${secret:db#a.b}".to_owned())),
            ("secretsmanager:db:SecretString:k:AWSCURRENT:".to_owned(), Some("${secret:db#k}".to_owned())),
            ("secretsmanager:db:SecretString:k:AWSPREVIOUS".to_owned(), None),
            ("secretsmanager:db:SecretString:k::0f1e".to_owned(), None),
            (format!("secretsmanager:{arn}:SecretString:k"), Some(format!("${{secret:{arn}#k}}"))),
            ("secretsmanager:arn:aws".to_owned(), Some("${secret:arn:aws}".to_owned())),
            ("secretsmanager".to_owned(), None),
            ("other:db".to_owned(), None),
        ] {
            let found = reference(&call, Some("eu-west-1")).ok();
            assert_eq!(found.as_deref().map(shown), wanted, "{call}");
        }
        let mut notes = Notes::default();
        let found = dynamic(json!({"a": ["x{{resolve:ssm:/a}}y{{resolve:ssm: }}{{resolve:"]}), None, "p", &mut notes);
        assert_eq!(shown(found["a"][0].as_str().unwrap()), "x${ssm:/a}y${var:value}{{resolve:");
        assert!(notes.unknowns[0].what.contains("cannot name it"), "{:?}", notes.unknowns);
    }
}
