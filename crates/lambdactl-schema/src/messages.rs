//! Words for what the schema crate finds.

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::rules::{self, Rule};
use crate::suggest::nearest;

/// Characters of a value that a message shows.
const SHOWN: usize = 60;
/// Names that are too many to list in a help.
const MANY: usize = 8;

/// What a violation says, apart from where it is.
pub(crate) struct Words {
    pub(crate) rule: &'static Rule,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// What a message is about.
pub(crate) struct Subject<'a> {
    /// Its name.
    pub(crate) member: &'a str,
    pub(crate) value: &'a Value,
    /// The value as a message may show it: as it is, or as the reference that brought it in; absent for a secret.
    pub(crate) shown: Option<&'a str>,
    /// The value stands in the manifest as it is, and what it is like may be said.
    pub(crate) is_written: bool,
}

/// Describes one failed keyword.
pub(crate) fn describe(kind: &ValidationErrorKind, subject: &Subject<'_>) -> Words {
    let Subject { member, value, shown, is_written } = *subject;
    let is = shown.map(|shown| format!(" is {shown}")).unwrap_or_default();
    let plain = |rule, message: String| Words { rule, message, help: None };
    match kind {
        ValidationErrorKind::Type { kind } => type_mismatch(&type_names(kind), subject),
        ValidationErrorKind::Enum { options } => {
            let allowed: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let written = value.as_str().unwrap_or_default();
            Words {
                rule: &rules::ENUMERATION,
                message: format!("{member}{is}, which is not a known value"),
                help: Some(match nearest(written, allowed.iter().copied()).filter(|_| is_written) {
                    _ if is_written && is_newer(written, &allowed) => {
                        "this version of lambdactl knows none as new: `--allow-unknown` lets it through to the service"
                            .to_owned()
                    }
                    Some(name) => format!("did you mean `{name}`?"),
                    None if allowed.len() > MANY => {
                        "`lambdactl explain` and the member's name lists what is known; `--allow-unknown` lets it through"
                            .to_owned()
                    }
                    None => one_of(&allowed),
                }),
            }
        }
        ValidationErrorKind::Constant { expected_value } => {
            plain(&rules::ENUMERATION, format!("{member}{is}, but must be {expected_value}"))
        }
        ValidationErrorKind::Minimum { limit } => {
            plain(&rules::RANGE, format!("{member}{is}, which is below the minimum of {limit}"))
        }
        ValidationErrorKind::Maximum { limit } => {
            plain(&rules::RANGE, format!("{member}{is}, which is above the maximum of {limit}"))
        }
        ValidationErrorKind::MinLength { limit } => {
            plain(&rules::LENGTH, format!("{member} has {}, at least {limit} needed", characters(value)))
        }
        ValidationErrorKind::MaxLength { limit } => {
            plain(&rules::LENGTH, format!("{member} has {}, at most {limit} allowed", characters(value)))
        }
        ValidationErrorKind::MinItems { limit } => {
            plain(&rules::LENGTH, format!("{member} has {} items, at least {limit} needed", size(value)))
        }
        ValidationErrorKind::MaxItems { limit } => {
            plain(&rules::LENGTH, format!("{member} has {} items, at most {limit} allowed", size(value)))
        }
        ValidationErrorKind::MaxProperties { limit } => {
            plain(&rules::LENGTH, format!("{member} has {} entries, at most {limit} allowed", size(value)))
        }
        ValidationErrorKind::Pattern { pattern } => Words {
            rule: &rules::PATTERN,
            message: format!("{member}{is}, which does not have the required form"),
            help: Some(format!("must match {pattern}")),
        },
        ValidationErrorKind::FalseSchema => plain(&rules::TYPE, format!("{member} is not allowed here")),
        other => plain(&rules::TYPE, format!("{member} is not valid ({})", other.keyword())),
    }
}

/// Whether a name with a version, such as `python3.16`, is newer than all of its family.
fn is_newer(written: &str, known: &[&str]) -> bool {
    let parts = |name: &str| {
        let at = name.find(|letter: char| letter.is_ascii_digit())?;
        let numbers: Option<Vec<u32>> =
            name[at..].trim_end_matches(".x").split('.').map(|number| number.parse().ok()).collect();
        Some((name[..at].to_owned(), numbers?))
    };
    let Some((family, version)) = parts(written) else { return false };
    let mut relatives = known.iter().filter_map(|name| parts(name)).filter(|(name, _)| *name == family).peekable();
    relatives.peek().is_some() && relatives.all(|(_, known)| known < version)
}

/// Keys that other tools have for a function, and what to write instead.
const OF_OTHERS: &[(&str, &str)] = &[
    ("Events", "a key of SAM: who may call the function stands under `Permissions`, each by its `StatementId`"),
    ("events", "a key of the Serverless Framework: who may call the function stands under `Permissions`"),
    ("AutoPublishAlias", "a key of SAM: say `Publish: true` and `Aliases: {NAME: {FunctionVersion: published}}`"),
    ("DeploymentPreference", "a key of SAM: an alias moves at once; weights stand in its `RoutingConfig`"),
    (
        "ProvisionedConcurrencyConfig",
        "a key of SAM and CloudFormation: it belongs to an alias, `Aliases: {NAME: {ProvisionedConcurrentExecutions: N}}`",
    ),
    (
        "ProvisionedConcurrentExecutions",
        "it belongs to an alias: `Aliases: {NAME: {ProvisionedConcurrentExecutions: N}}`",
    ),
    ("RoutingConfig", "it belongs to an alias, below `Aliases: {NAME: {}}`"),
    ("FunctionVersion", "it belongs to an alias: `Aliases: {NAME: {FunctionVersion: published}}`"),
    ("CodeUri", "a key of SAM: say `Code`, a folder or an archive"),
    ("InlineCode", "a key of SAM: put the code into a file, and say `Code`"),
    ("Policies", "a key of SAM: `Role` names a role that exists, with its policies"),
    ("DeadLetterQueue", "a key of SAM: say `DeadLetterConfig` with its `TargetArn`"),
    ("reserved_concurrent_executions", "a key of Terraform: say `ReservedConcurrentExecutions`"),
    ("reservedConcurrency", "a key of the Serverless Framework: say `ReservedConcurrentExecutions`"),
    (
        "provisionedConcurrency",
        "a key of the Serverless Framework: it belongs to an alias, `ProvisionedConcurrentExecutions`",
    ),
];

/// Describes a key that is not known among `known`.
pub(crate) fn unknown_key(key: &str, known: &[&str], owner: &str) -> Words {
    let is_of_function = known.contains(&"FunctionName");
    let of_others = OF_OTHERS.iter().find(|(other, _)| is_of_function && *other == key).map(|(_, help)| *help);
    Words {
        rule: &rules::UNKNOWN_MEMBER,
        message: format!("unknown key `{}`{owner}", plain_name(key)),
        help: Some(match nearest(key, known.iter().copied()) {
            _ if of_others.is_some() => of_others.unwrap_or_default().to_owned(),
            Some(name) => format!("did you mean `{name}`?"),
            None if known.len() > MANY => "`lambdactl schema` prints every member".to_owned(),
            None => one_of(known),
        }),
    }
}

/// Returns a key as far as it is a name: a key that is none may hold a value that has lost its way.
pub fn plain_name(key: &str) -> String {
    let is_of_a_name = |letter: char| letter.is_alphanumeric() || "_-.$".contains(letter);
    match key.find(|letter| !is_of_a_name(letter)) {
        Some(end) => format!("{}…", &key[..end]),
        None => key.to_owned(),
    }
}

/// Returns a name for the value at a pointer: `Timeout`, `Layers[0]`, `EphemeralStorage.Size`.
pub(crate) fn name_of(pointer: &str) -> String {
    let is_secret = pointer.starts_with("/Environment/");
    let mut name = String::new();
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        if segment.bytes().all(|byte| byte.is_ascii_digit()) {
            name.push_str(&format!("[{segment}]"));
        } else {
            if !name.is_empty() {
                name.push('.');
            }
            match is_secret {
                true => name.push_str(&plain_name(&segment)),
                false => name.extend(segment.escape_debug()),
            }
        }
    }
    format!("`{name}`")
}

/// Returns a value as a message shows it: cut, and only when it is a scalar.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", cut(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        Value::Null => "empty".to_owned(),
        scalar => scalar.to_string(),
    }
}

/// Returns the manifest's own text for a value that a reference brought in.
pub(crate) fn show_origin(text: &str) -> String {
    format!("`{}`", cut(text))
}

fn cut(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{more}", cut.escape_debug())
}

fn type_mismatch(wanted: &str, subject: &Subject<'_>) -> Words {
    let Subject { member, value, shown, is_written } = *subject;
    let what = match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    };
    let help = match value {
        // An entry of a map of the user's own has no default.
        Value::Null if wanted == "a string" && is_entry(member) => {
            Some("write `\"\"` for an empty text, or remove the line".to_owned())
        }
        Value::Null => Some("give it a value, or remove the line to have the service's default".to_owned()),
        Value::Number(_) | Value::Bool(_) if wanted == "a string" => {
            let shown = shown.filter(|_| is_written);
            Some(shown.map_or("put it in quotes".to_owned(), |shown| format!("put it in quotes: \"{shown}\"")))
        }
        // What the text of a reference or of a secret is like is not said.
        Value::String(_) if !is_written => shown.map(|shown| format!("the value comes from {shown}")),
        Value::String(text) if wanted == "a whole number" && text.parse::<i64>().is_ok() => {
            Some("take the quotes away".to_owned())
        }
        Value::String(text) if wanted == "a boolean" => Some(
            match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "true" | "y" => "write `true`",
                "no" | "off" | "false" | "n" => "write `false`",
                _ => "write `true` or `false`",
            }
            .to_owned(),
        ),
        Value::String(_) if wanted == "a list" => Some("write it as a list, even with one item".to_owned()),
        _ => None,
    };
    Words { rule: &rules::TYPE, message: format!("{member} must be {wanted}, but is {what}"), help }
}

fn is_entry(member: &str) -> bool {
    ["`Environment.Variables.", "`Tags."].iter().any(|start| member.starts_with(start))
}

fn type_names(kind: &jsonschema::error::TypeKind) -> String {
    use jsonschema::JsonType;
    let name = |json_type: JsonType| match json_type {
        JsonType::Null => "empty",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object => "a map",
    };
    match kind {
        jsonschema::error::TypeKind::Single(one) => name(*one).to_owned(),
        jsonschema::error::TypeKind::Multiple(several) => several.iter().map(name).collect::<Vec<_>>().join(" or "),
    }
}

fn one_of(names: &[&str]) -> String {
    if let [only] = names {
        return format!("only `{only}` is known here");
    }
    format!("one of {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
}

fn characters(value: &Value) -> String {
    match value.as_str().map_or(0, |text| text.chars().count()) {
        1 => "1 character".to_owned(),
        count => format!("{count} characters"),
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_listed_while_they_are_few() {
        let names = ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"];
        let of_values = |known: &[&str]| {
            let kind = ValidationErrorKind::Enum { options: json!(known).into() };
            let value = json!("zzz");
            describe(&kind, &Subject { member: "`Mode`", value: &value, shown: None, is_written: true }).help
        };
        for (count, expected) in [
            (1, "only `n1` is known here"),
            (2, "one of `n1`, `n2`"),
            (MANY, "one of `n1`, `n2`, `n3`, `n4`, `n5`, `n6`, `n7`, `n8`"),
        ] {
            assert_eq!(unknown_key("zzz", &names[..count], "").help.as_deref(), Some(expected));
            assert_eq!(of_values(&names[..count]).as_deref(), Some(expected));
        }
        let help = unknown_key("zzz", &names, "").help;
        assert_eq!(help.as_deref(), Some("`lambdactl schema` prints every member"));
        assert!(of_values(&names).is_some_and(|help| help.starts_with("`lambdactl explain`")));
    }

    #[test]
    fn keys_of_other_tools_say_what_to_write_instead() {
        let help = |key: &str, known: &[&str]| unknown_key(key, known, "").help.unwrap_or_default();
        let of_function = ["FunctionName", "Code", "CodeSigningConfigArn"];
        assert_eq!(help("CodeUri", &of_function), "a key of SAM: say `Code`, a folder or an archive");
        assert!(help("events", &of_function).starts_with("a key of the Serverless Framework"));
        // Within a member they are misspelt.
        assert_eq!(help("CodeUri", &["CodeURI"]), "did you mean `CodeURI`?");
    }

    #[test]
    fn long_values_are_cut() {
        let (whole, long) = ("ü".repeat(SHOWN), "ü".repeat(SHOWN + 1));
        assert_eq!(show(&json!(whole)), format!("\"{whole}\""));
        assert_eq!(show(&json!(long)), format!("\"{whole}…\""));
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let text = |kind: ValidationErrorKind, value: Value| {
            describe(&kind, &Subject { member: "`Tags`", value: &value, shown: None, is_written: true }).message
        };
        let entries = text(ValidationErrorKind::MaxProperties { limit: 1 }, json!({ "a": 1, "b": 2 }));
        assert_eq!(entries, "`Tags` has 2 entries, at most 1 allowed");
        let items = text(ValidationErrorKind::MaxItems { limit: 2 }, json!([1, 2, 3]));
        assert_eq!(items, "`Tags` has 3 items, at most 2 allowed");
    }

    #[test]
    fn newer_versions_are_of_a_family_that_is_known() {
        let known = ["nodejs22.x", "nodejs24.x", "python3.9", "python3.14"];
        for (written, expected) in [
            ("nodejs26.x", true),
            ("nodejs26", true),
            ("python3.15", true),
            ("python4.0", true),
            ("nodejs24", false),
            ("nodejs20.x", false),
            ("python3.10", false),
            ("cobol85", false),
            ("python", false),
        ] {
            assert_eq!(is_newer(written, &known), expected, "{written}");
        }
    }
}
