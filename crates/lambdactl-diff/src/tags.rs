use std::collections::BTreeMap;

use lambdactl_schema::OWN_TAGS;
use serde_json::{Map, Value, json};

use crate::action::Change;
use crate::changes::changes;
use crate::current::{CurrentFunction, Tags};
use crate::secrets::Secrets;

/// Compares a function's tags. Absent tags are nobody's business here.
pub(crate) fn compare(
    wanted: Option<&BTreeMap<String, String>>,
    current: &CurrentFunction,
    notes: &mut Vec<String>,
) -> Vec<Change> {
    let Some(wanted) = wanted else { return Vec::new() };
    match &current.tags {
        Tags::Unknown(reason) => {
            notes.push(format!("the tags could not be read and were not compared: {reason}"));
            Vec::new()
        }
        Tags::Known(tags) if same_tags(wanted, tags) => Vec::new(),
        Tags::Known(tags) => {
            let (tags, wanted) = (looked_at(tags, wanted), looked_at(wanted, wanted));
            changes("", &as_member(tags), &as_member(wanted), &Secrets::Hidden)
        }
    }
}

/// Whether a function's tags are as wanted, apart from those that are nobody's business here.
pub fn same_tags(wanted: &BTreeMap<String, String>, tags: &BTreeMap<String, String>) -> bool {
    looked_at(tags, wanted).eq(looked_at(wanted, wanted))
}

/// Leaves out the tags of AWS itself, and lambdactl's own where the manifest does not have it.
pub(crate) fn looked_at<'a>(
    tags: &'a BTreeMap<String, String>,
    wanted: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    tags.iter().filter(move |(key, _)| !is_reserved(key) && (!is_own(key) || wanted.contains_key(*key)))
}

/// The tags that a manifest declares for a function that has these: not those of AWS, nor lambdactl's own.
pub(crate) fn declared(tags: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, &String)> {
    tags.iter().filter(|(key, _)| !is_reserved(key) && !is_own(key))
}

fn is_own(key: &str) -> bool {
    key.starts_with(OWN_TAGS)
}

/// Tags of AWS itself, which CloudFormation and others put on functions.
fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}

fn as_member<'a>(tags: impl Iterator<Item = (&'a String, &'a String)>) -> Map<String, Value> {
    let tags: Map<String, Value> = tags.map(|(key, value)| (key.clone(), json!(value))).collect();
    Map::from_iter([("Tags".to_owned(), Value::Object(tags))])
}
