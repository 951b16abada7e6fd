//! lambroll's function.json: the request itself, with templates in its texts.

use lambdactl_schema::ReferenceKind;
use serde_json::{Map, Value, json};

use crate::beside::{self, URL};
use crate::document;
use crate::json::end_of_template;
use crate::names::is_member;
use crate::notes::{Found, Notes, missing_role};
use crate::reference::{by_defaults, environment, look_up, parameter, shown};
use crate::surroundings::Surroundings;
use lambdactl_schema::STATEMENT_MEMBERS;

/// What lambroll leaves out of its archives by itself (its `DefaultExcludes`), beside what lambdactl does.
const EXCLUDED: [&str; 7] = [
    "/function.json",
    "/function.jsonnet",
    "/function_url.json",
    "/function_url.jsonnet",
    "/function.zip",
    "/.terraform/",
    "/terraform.tfstate",
];

pub(crate) fn functions(document: &Value, surroundings: &Surroundings<'_>, notes: &mut Notes) -> Found {
    let mark = notes.mark();
    let name = document["FunctionName"].as_str().map(|name| template(name, "FunctionName", notes));
    notes.back_to(&mark);
    let shown_name = name.as_deref().map(shown);
    notes.about(shown_name.as_deref());
    let mut members = Map::new();
    for (name, value) in document.as_object().into_iter().flatten() {
        if is_member(name) {
            members.insert(name.clone(), rewritten(value, name, notes));
        } else if name != "$schema" {
            notes.left_out(name, "the CreateFunction API has no such member");
        }
    }
    let called = shown_name.clone().unwrap_or_default();
    if !members.contains_key("FunctionName") {
        members.insert(
            "FunctionName".into(),
            notes.unknown("FunctionName", "NAME", "the function's name", "FunctionName"),
        );
    }
    if !members.contains_key("Role") {
        members.insert(
            "Role".into(),
            missing_role(&called, notes, "the file names none: lambroll leaves a function's role as it is"),
        );
    }
    let is_image = members.get("PackageType").is_some_and(|kind| kind == "Image");
    if !members.contains_key("Code") && is_image {
        let what = format!("the image of {called}");
        members.insert("Code".into(), json!({ "ImageUri": notes.unknown("ImageUri", "URI", what, "Code") }));
    } else if !members.contains_key("Code") {
        notes.guessed(
            "Code",
            "lambroll packages the folder of --src, by default its own: taken from the manifest's folder",
        );
        members.insert("Code".into(), json!("."));
    }
    if members.get("Code").is_some_and(|code| code == ".") {
        notes.ignored = EXCLUDED.map(str::to_owned).into();
        if !surroundings.file.is_empty() && surroundings.file != "function.json" {
            notes.ignored.push(format!("/{}", surroundings.file));
        }
    }
    if surroundings.file == "function.json"
        && let Ok(text) = (surroundings.read)("function_url.json")
    {
        notes.guessed("function_url.json", "taken for the function's, as with `lambroll deploy --function-url`");
        url(&text, &mut members, notes);
    }
    Found { functions: vec![members], ..Found::default() }
}

/// lambroll's function_url.json: the URL, and who may call it.
fn url(text: &str, members: &mut Map<String, Value>, notes: &mut Notes) {
    let Ok(document) = document::parse(text) else {
        return notes.must("function_url.json", "left out: it cannot be read; write `FunctionUrlConfig` by hand");
    };
    let Value::Object(mut config) = rewritten(&document["Config"], "function_url.json", notes) else { return };
    config.shift_remove("FunctionName");
    let alias = config.shift_remove("Qualifier").and_then(|name| name.as_str().map(str::to_owned));
    let url = beside::only(config, &|name| URL.contains(&name), "function_url.json", notes);
    let place = match &alias {
        Some(alias) => beside::published_alias(members, alias),
        None => members,
    };
    let is_public = url["AuthType"] == "NONE";
    place.insert("FunctionUrlConfig".into(), url);
    let statements = document["Permissions"].as_array().map(Vec::as_slice).unwrap_or_default();
    if is_public && statements.is_empty() {
        place["FunctionUrlConfig"]["public"] = json!(true);
    }
    for statement in statements {
        let path = "function_url.json: Permissions";
        let Value::Object(mut statement) = rewritten(statement, path, notes) else { continue };
        let id = statement.shift_remove("StatementId").and_then(|id| id.as_str().map(str::to_owned));
        statement.entry("Action").or_insert(json!("lambda:InvokeFunctionUrl"));
        let kept = beside::only(statement, &|name| STATEMENT_MEMBERS.contains(&name), path, notes);
        beside::put(place, "Permissions", id.as_deref().unwrap_or("lambroll"), kept);
    }
}

fn rewritten(value: &Value, path: &str, notes: &mut Notes) -> Value {
    match value {
        Value::String(text) => json!(template(text, path, notes)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| rewritten(item, &format!("{path}.{index}"), notes)).collect()
        }
        Value::Object(members) => {
            let mut result = Map::new();
            for (name, value) in members {
                let value = rewritten(value, &format!("{path}.{name}"), notes);
                if !name.contains("{{") {
                    result.insert(name.clone(), value);
                    continue;
                }
                let mark = notes.mark();
                let key = by_defaults(&template(name, path, notes));
                notes.back_to(&mark);
                match key {
                    Some((key, names)) => {
                        notes.guessed(
                            path,
                            format!(
                                "a manifest has no references in keys: {} is taken by its default",
                                names.join(", ")
                            ),
                        );
                        result.insert(key, value);
                    }
                    None => {
                        notes.must(path, format!("left out: a manifest has no references in keys, such as `{name}`"))
                    }
                }
            }
            Value::Object(result)
        }
        other => other.clone(),
    }
}

/// Replaces `{{ … }}`.
fn template(text: &str, path: &str, notes: &mut Notes) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some(end) = end_of_template(after) else { break };
        result.push_str(before);
        result.push_str(&reference(after[..end].trim().trim_matches('-').trim(), path, notes));
        rest = &after[end + 2..];
    }
    result.push_str(rest);
    result
}

/// The texts of a call, in back quotes or quotes; nothing where there is something else between them.
fn texts(arguments: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = arguments.trim_start();
    while !rest.is_empty() {
        let (text, after) = match rest.strip_prefix('`') {
            Some(inner) => {
                let (text, after) = inner.split_once('`')?;
                (text.to_owned(), after)
            }
            None => {
                rest.strip_prefix('"')?;
                let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                let text = values.next()?.ok()?;
                (text, &rest[values.byte_offset()..])
            }
        };
        found.push(text);
        rest = after.trim_start();
    }
    Some(found)
}

fn reference(call: &str, path: &str, notes: &mut Notes) -> String {
    let (function, arguments) = call.split_once(char::is_whitespace).unwrap_or((call, ""));
    let texts = texts(arguments).unwrap_or_default();
    let known = match (function, texts.as_slice()) {
        ("must_env", [name]) => environment(name, None),
        // The first that is set, else the last argument as it stands; one argument is both (kayac/go-config).
        ("env", [first, ..]) => {
            let (default, names) = match texts.as_slice() {
                [only] => (only, std::slice::from_ref(only)),
                _ => (texts.last().unwrap_or(first), &texts[..texts.len() - 1]),
            };
            names.iter().rev().try_fold(default.clone(), |default, name| environment(name, Some(&default))).or_else(
                || {
                    notes.must(
                        path,
                        format!(
                            "the default of {{{{ {call} }}}} cannot be written into a reference: set {}",
                            names.join(" or ")
                        ),
                    );
                    environment(first, None)
                },
            )
        }
        ("caller_identity.Account" | ".CallerIdentity.Account", _) => Some(notes.account()),
        ("ssm", [name]) => parameter(name),
        (function, [name]) if function == "tfstate" || function.ends_with("_tfstate") => {
            output(name).and_then(|output| {
                let mark = notes.mark();
                let what = format!(
                    "the state that lambroll's {function} reads: a path below the manifest's folder, or s3://BUCKET/KEY"
                );
                let state = notes.unknown(function, "PATH", what, path);
                let argument = format!("{}#{output}", state.as_str().unwrap_or_default());
                look_up(ReferenceKind::Tfstate, &argument).or_else(|| {
                    notes.back_to(&mark);
                    None
                })
            })
        }
        _ => None,
    };
    known.unwrap_or_else(|| {
        let name = texts.first().map_or(function, String::as_str);
        let form = if function.starts_with("ssm") { "SECRET" } else { "VALUE" };
        let why = match texts.as_slice() {
            [_] if function.ends_with("tfstate") => "; `${tfstate:PATH#OUTPUT}` looks up outputs of a state only",
            _ => "",
        };
        let found = notes.unknown(name, form, format!("{{{{ {call} }}}}, which only lambroll looks up{why}"), path);
        found.as_str().unwrap_or_default().to_owned()
    })
}

/// The output that an address of a state names, where it is one and not a part of one.
fn output(address: &str) -> Option<&str> {
    let name = address.strip_prefix("output.")?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::finished;

    #[test]
    fn env_is_its_last_argument_where_nothing_is_set() {
        for (text, wanted) in [
            ("{{ env `ONE` }}", "${env:ONE:-ONE}"),
            ("{{ env `A` `B` `last` }}", "${env:A:-${env:B:-last}}"),
            ("{{ env \"A\" \"d}\" }}", "${env:A}"),
            ("x{{ must_env `A` }}y", "x${env:A}y"),
            ("{{ env `JSN` `{\"k\":1}` }}", "${env:JSN:-{\"k\":1}}"),
            ("{{ env `JSN` `{` }}", "${env:JSN}"),
            ("{{ env `A` `}}` }}z", "${env:A}z"),
            ("{{ tfstate `aws_x.y['z'].arn` }}", "${var:aws_x_y__z___arn}"),
            ("{{ tfstate `output.role_arn` }}", "${tfstate:${var:tfstate}#role_arn}"),
            ("{{ net_tfstate `output.subnet` }}", "${tfstate:${var:net_tfstate}#subnet}"),
            ("{{ tfstate `output.a[0]` }}", "${var:output_a_0}"),
            ("{{ ssm `/a/b` }}", "${ssm:/a/b}"),
            ("{{ ssm `/a/b` 1 }}", "${var:ssm}"),
            ("{{ ssm `/a b` }}", "${var:a_b}"),
            ("{{ unclosed", "{{ unclosed"),
        ] {
            let found = template(text, "p", &mut Notes::default());
            assert_eq!(finished(json!(found), &mut |_| unreachable!()), wanted, "{text}");
        }
    }
}
