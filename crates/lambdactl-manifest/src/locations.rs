//! The locations of a manifest: accounts and regions, each of which has the functions.

use std::collections::BTreeMap;

use lambdactl_schema::{Origins, rules};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::head::Head;
use crate::node::{Entry, Kind, Node};
use crate::references::Resolved;
use crate::stages::is_own_name;
use lambdactl_schema::Location;

/// Returns the locations that a document declares, and reports what is wrong between them: what each one is made of is the schema's
/// to judge. One of which a part is not known here is left out where that is its name, and stands without its region otherwise.
pub(crate) fn of_document(
    entry: &Entry,
    resolved: &Resolved,
    report: &mut dyn FnMut(&Node, String, String, &str),
) -> Vec<Location> {
    let mut found: Vec<Location> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let Kind::List(items) = &entry.value.kind else { return found };
    let is_unknown = |pointer: &str| resolved.origins.unknown().any(|unknown| unknown == pointer);
    for (index, item) in items.iter().enumerate() {
        let text = |key: &str| item.get(key).and_then(Node::as_str).map(str::to_owned);
        let known = |key: &str| text(key).filter(|_| !is_unknown(&format!("/locations/{index}/{key}")));
        let path = format!("/locations/{index}");
        if item.get("roleArn").is_some() && item.get("account").is_none() {
            let message = "a location with `roleArn` needs its `account`".to_owned();
            report(item, path.clone(), message, "say whose role it is: lambdactl makes sure that it got there");
        }
        if item.get("externalId").is_some() && item.get("roleArn").is_none() {
            let message = "a location with `externalId` needs the `roleArn` that asks for it".to_owned();
            report(item, path.clone(), message, "give it the role, or take the id out");
        }
        let Some(name) = known("name").filter(|name| is_own_name(name)) else { continue };
        if seen.insert(name.clone(), index).is_some() {
            let message = format!("there are two locations `{name}`");
            report(
                item.get("name").unwrap_or(item),
                format!("{path}/name"),
                message,
                "give each one a name of its own",
            );
            continue;
        }
        found.push(Location {
            name,
            region: known("region").unwrap_or_default(),
            account: known("account"),
            role_arn: known("roleArn"),
            external_id: known("externalId"),
        });
    }
    found
}

/// Returns the locations whose names match one of the patterns; all of them where there is none.
pub(crate) fn matching<'a>(
    locations: &'a [Location],
    patterns: &'a [String],
) -> impl Iterator<Item = &'a Location> + Clone {
    let is_meant =
        |location: &&Location| patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, &location.name));
    locations.iter().filter(is_meant)
}

/// Says that patterns match no location.
pub(crate) fn none_matches(file: &str, patterns: &[String], locations: &[Location]) -> Diagnostic {
    let names: Vec<&str> = locations.iter().map(|location| location.name.as_str()).collect();
    let shown = patterns.join("`, `");
    let message = match names.is_empty() {
        true => format!("the manifest has no locations, and `{}` is asked for", shown.escape_debug()),
        false => format!("no location of the manifest is called `{}`", shown.escape_debug()),
    };
    let help = match names.is_empty() {
        true => "give it `locations`, or leave out --location".to_owned(),
        false => format!("there are: {}", names.join(", ")),
    };
    Diagnostic::file(&rules::LOCATION, file, message).help(help)
}

/// Where a function is, by what its `locations` say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// In the location that is read.
    Here,
    /// In others.
    Elsewhere,
    /// It names what is no location: pointers in the function, what is wrong and what to do.
    Nowhere(Vec<(String, String, String)>),
}

impl Reach {
    /// Judges the `locations` of a function.
    pub(crate) fn of(patterns: &Value, origins: &Origins, head: Option<&Head>) -> Self {
        let (Some(head), Some(patterns)) = (head, patterns.as_array()) else { return Self::Here };
        if origins.unknown().any(|pointer| pointer == "/locations" || pointer.starts_with("/locations/")) {
            return Self::Here;
        }
        if head.locations.is_empty() {
            let help = "give the manifest `locations`, or take it out: the function is in all there are".to_owned();
            let message = "`locations` of a manifest that has none".to_owned();
            return Self::Nowhere(vec![("/locations".to_owned(), message, help)]);
        }
        let mut problems = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            // Whatever else is there is the schema's to judge.
            let Some(text) = pattern.as_str().filter(|text| !text.is_empty()) else { continue };
            if !head.locations.iter().any(|name| matches(text, name)) {
                let pointer = format!("/locations/{index}");
                let shown = origins.text(&pointer).unwrap_or(text).escape_debug().to_string();
                let help = format!("there are: {}", head.locations.join(", "));
                problems.push((pointer, format!("`{shown}` names no location of the manifest"), help));
            }
        }
        if !problems.is_empty() {
            return Self::Nowhere(problems);
        }
        let is_meant = |name: &String| patterns.iter().filter_map(Value::as_str).any(|pattern| matches(pattern, name));
        match &head.location {
            Some(name) if !is_meant(name) => Self::Elsewhere,
            _ => Self::Here,
        }
    }
}

/// Whether a name matches a pattern, in which `*` stands for any characters and `?` for one.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut of_name) = (0, 0);
    // Where the last `*` stands, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while of_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of_name));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[of_name] => {
                at += 1;
                of_name += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                at = place + 1;
                of_name = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name) in
            [("*", ""), ("*", "euw1"), ("eu*", "euw1"), ("e?w*", "euw1"), ("*w*1", "euw1"), ("euw1", "euw1")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("", "a"), ("eu", "euw1"), ("?", ""), ("*x", "euw1"), ("euw1?", "euw1")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        // Takes no time that grows with more than both lengths.
        assert!(!matches(&"a*".repeat(1000), &"a".repeat(999)));
    }
}
