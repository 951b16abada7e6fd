//! The rules that JSON Schema cannot say: sums, dates, and what the manifest says around a function.

mod beside;
mod layers;
mod mappings;
mod surroundings;

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::OWNER_TAG;
use crate::kinds::Kind;
use crate::limits;
use crate::messages::{name_of, show_origin};
use crate::origins::{Origins, UNKNOWN};
use crate::rules;
use crate::runtimes;
use crate::violation::{Anchor, Home, Policy, Violation};

use surroundings::{Surroundings, foreign_partition};

pub(crate) use layers::check_layer;

/// Returns what is wrong with a function beyond its schema. Values of the wrong type are the schema's business and
/// passed over here.
///
/// What references brought in is named by the reference, as are the parts of it that are compared.
pub(crate) fn check(function: &Value, home: &Home<'_>, policy: &Policy, origins: &Origins) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut known = Cow::Borrowed(function);
    for pointer in origins.unknown() {
        // An empty text is too short for every rule here, and counts nothing.
        if let Some(value) = known.to_mut().pointer_mut(pointer) {
            *value = Value::String(String::new());
        }
    }
    let (whole, function) = (function, known.as_ref());
    found.extend(environment_size(function));
    let surroundings = Surroundings { home, origins };
    // What a reference stands for is not known yet, and which layer it names is.
    layers::check(whole, &surroundings, &mut found);
    found.extend(owner_tag(function, home, origins));
    found.extend(runtime_dates(function, policy, origins.text("/Runtime")));
    found.extend(beside::check(function, policy));
    if home.account.is_some() || home.region.is_some() {
        arns(function, &mut String::new(), &surroundings, &mut found);
    }
    found
}

/// The service measures compact JSON in bytes; whether it counts an escaped character as its escape, as here, nobody
/// could verify.
fn environment_size(function: &Value) -> Option<Violation> {
    let variables = function["Environment"]["Variables"].as_object()?;
    // Short of the limit by far, as almost always: the braces, and per variable four quotes, a colon and a comma.
    let at_least: usize =
        variables.iter().map(|(name, value)| 6 + name.len() + value.as_str().map_or(0, str::len)).sum();
    if at_least * 6 < limits::ENVIRONMENT_BYTES {
        return None;
    }
    let bytes = serde_json::to_string(variables).map_or(0, |text| text.len());
    (bytes > limits::ENVIRONMENT_BYTES).then(|| {
        let message = format!(
            "the environment variables take {bytes} bytes as JSON, and {} are allowed",
            limits::ENVIRONMENT_BYTES
        );
        Violation::of(&rules::ENVIRONMENT_SIZE, "/Environment/Variables", message)
    })
}

/// apply adds the tag where the manifest has a name.
fn owner_tag(function: &Value, home: &Home<'_>, origins: &Origins) -> Option<Violation> {
    let tags = function["Tags"].as_object()?;
    if let Some(own) = tags.get(OWNER_TAG)
        && own.as_str() != home.name
        && home.name != Some(UNKNOWN)
        && !origins.is_unknown("/Tags/lambdactl:manifest")
    {
        let message = format!("the tag `{OWNER_TAG}` says whose the function is, and is written by lambdactl");
        let help = "remove it, and give the manifest a `name`";
        return Some(Violation {
            help: Some(help.to_owned()),
            anchor: Anchor::Key(OWNER_TAG.to_owned()),
            ..Violation::of(&rules::OWNER_TAG, "/Tags", message)
        });
    }
    home.name?;
    let count = tags.len() + usize::from(!tags.contains_key(OWNER_TAG));
    // More than the limit without it is the schema's business.
    (tags.len() as u64 <= limits::TAGS && count as u64 > limits::TAGS).then(|| {
        let message =
            format!("with the tag `{OWNER_TAG}` the function has {count} tags, and {} are allowed", limits::TAGS);
        Violation {
            help: Some("remove a tag, or the manifest's `name`".to_owned()),
            ..Violation::of(&rules::OWNER_TAG, "/Tags", message)
        }
    })
}

fn runtime_dates(function: &Value, policy: &Policy, origin: Option<&str>) -> Option<Violation> {
    let runtime = function["Runtime"].as_str()?;
    let dates = runtimes::dates(runtime)?;
    // A successor's name begins as the runtime's own.
    let successor = dates.successor.filter(|_| origin.is_none());
    let runtime = origin.map_or_else(|| runtime.to_owned(), show_origin);
    let successor = successor.map(|name| format!("move to `{name}`; ")).unwrap_or_default();
    let (rule, message, help) = if policy.as_of >= dates.create_blocked {
        (
            &rules::RUNTIME_BLOCKED,
            format!("`Runtime` is {runtime}, with which no function is created since {}", dates.create_blocked),
            format!("{successor}for functions that exist already, `--as-of` an earlier date"),
        )
    } else if policy.as_of >= dates.deprecated {
        (
            &rules::RUNTIME_DEPRECATED,
            format!("`Runtime` is {runtime}, which is deprecated since {}", dates.deprecated),
            format!("{successor}from {} on no function is created with it", dates.create_blocked),
        )
    } else {
        return None;
    };
    Some(Violation { help: Some(help), ..Violation::of(rule, "/Runtime", message) })
}

/// Looks at every ARN, and at the image's URI, which names account and region as well.
fn arns(value: &Value, pointer: &mut String, surroundings: &Surroundings<'_>, found: &mut Vec<Violation>) {
    match value {
        Value::String(text) => arn(text, pointer, surroundings, found),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                step(item, &index.to_string(), pointer, surroundings, found);
            }
        }
        Value::Object(members) => members_of(members, pointer, surroundings, found),
        _ => {}
    }
}

fn members_of(
    members: &Map<String, Value>,
    pointer: &mut String,
    surroundings: &Surroundings<'_>,
    found: &mut Vec<Violation>,
) {
    // What these hold is the user's own business; layers have a rule of their own.
    const ELSEWHERE: [&str; 5] = ["Environment", "Tags", "Description", "Layers", "ignore"];
    for (member, value) in members {
        // Statements name whoever may call, wherever they are.
        let is_elsewhere = pointer.is_empty() && ELSEWHERE.contains(&member.as_str());
        if !is_elsewhere && member != Kind::Permissions.row().key {
            step(value, member, pointer, surroundings, found);
        }
    }
}

fn step(
    value: &Value,
    segment: &str,
    pointer: &mut String,
    surroundings: &Surroundings<'_>,
    found: &mut Vec<Violation>,
) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(segment);
    arns(value, pointer, surroundings, found);
    pointer.truncate(length);
}

fn arn(text: &str, pointer: &str, surroundings: &Surroundings<'_>, found: &mut Vec<Violation>) {
    let mut parts = text.split(':').skip(3);
    if foreign_partition(text, pointer, surroundings, found) {
        return;
    }
    let (region, account) = if text.starts_with("arn:") {
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    } else if pointer == "/Code/ImageUri" {
        // 123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1, or 123456789012.dkr-ecr.us-west-2.on.aws/app:1.
        let host = text.split('/').next().unwrap_or_default().replace("dkr-ecr", "dkr.ecr");
        let mut labels = host.split('.').skip(3);
        let region = labels.next().unwrap_or_default().to_owned();
        let account = text.split('.').next().unwrap_or_default();
        return compare(&region, account, pointer, surroundings, found);
    } else {
        return;
    };
    compare(region, account, pointer, surroundings, found);
}

fn compare(region: &str, account: &str, pointer: &str, surroundings: &Surroundings<'_>, found: &mut Vec<Violation>) {
    let home = surroundings.home;
    let differs = |own: &str, wanted: Option<&str>| !own.is_empty() && wanted.is_some_and(|wanted| wanted != own);
    if differs(account, home.account) {
        let name = name_of(pointer);
        let own = surroundings.part(pointer, "account", account);
        let own = if own == account { format!("account {own}") } else { own };
        let wanted = surroundings.of_manifest("/account", home.account.unwrap_or_default());
        let message = format!("{name} is of {own}, and the manifest of {wanted}");
        found.push(Violation::of(&rules::ARN_ACCOUNT, pointer, message));
    }
    if differs(region, home.region) {
        let name = name_of(pointer);
        let own = surroundings.part(pointer, "region", region);
        let wanted = surroundings.of_manifest("/region", home.region.unwrap_or_default());
        let message = format!("{name} is in {own}, and the manifest's functions are in {wanted}");
        found.push(Violation::of(&rules::ARN_REGION, pointer, message));
    }
}
