//! Publishing is state: with `Publish: true` the newest version of a function is as its `$LATEST`.

use lambdactl_schema::FunctionSpec;
use serde_json::{Map, Value, json};

use crate::action::{Change, PUBLISH};
use crate::changes::{change, changes};
use crate::current::CurrentFunction;
use crate::known::Known;
use crate::normal;
use crate::published::Newest;
use crate::secrets::Secrets;

/// Whether a function's versions are looked at. A version that is published to `$LATEST.PUBLISHED` has no number, and
/// whether lists have it nobody could verify: it is published after each change, and not compared.
pub fn is_published(spec: &FunctionSpec) -> bool {
    spec.request.publish == Some(true) && spec.request.publish_to.is_none()
}

/// Whether it must be known which of a function's versions is the newest.
pub fn needs_newest(spec: &FunctionSpec) -> bool {
    is_published(spec) || spec.beside.names_newest()
}

/// Compares `$LATEST` with the newest version; what could not be read becomes a note.
pub(crate) fn compare(
    spec: &FunctionSpec,
    current: &CurrentFunction,
    known: &Known,
    notes: &mut Vec<String>,
) -> Option<Change> {
    if !is_published(spec) {
        return None;
    }
    let before = match &current.newest {
        Newest::NotRead => return None,
        Newest::Unknown(reason) => {
            notes.push(format!("the published versions could not be read and were not compared: {reason}"));
            return None;
        }
        Newest::None => None,
        Newest::Version(newest) if is_published_as(&newest.configuration, &current.configuration, known) => {
            return None;
        }
        Newest::Version(newest) => Some(json!(format!("version {}", newest.number))),
    };
    Some(change(PUBLISH.to_owned(), before, Some(json!("a new version"))))
}

/// How one published version, or `$LATEST`, differs from another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionDifference {
    /// Whether it has other code.
    pub code: bool,
    /// The names of the members that differ, such as `Timeout` or `Environment`, and no value.
    pub members: Vec<String>,
}

/// Compares the configurations of two versions of a function, as the service answers them.
pub fn version_difference(from: &Map<String, Value>, to: &Map<String, Value>) -> VersionDifference {
    let known = Known::new();
    let differing = changes("", &form(from, &known), &form(to, &known), &Secrets::Hidden);
    let mut members: Vec<String> = Vec::new();
    for change in differing {
        let member = change.path.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned();
        if !members.contains(&member) {
            members.push(member);
        }
    }
    VersionDifference { code: from.get("CodeSha256") != to.get("CodeSha256"), members }
}

/// A configuration in the form in which versions are compared.
fn form(configuration: &Map<String, Value>, known: &Known) -> Map<String, Value> {
    let mut form = normal::from_answer(configuration, known.members());
    known.forget_others(&mut form, &Map::new());
    form
}

/// Whether the service would publish nothing new: it compares code and configuration with those of the newest version.
///
/// A version can have a description of its own, which PublishVersion gave it, so that another description alone says
/// something only where `$LATEST` was changed later. What else an answer has of its own (runtime roll-outs, states,
/// revisions, dates) is no part of the compared form.
fn is_published_as(version: &Map<String, Value>, latest: &Map<String, Value>, known: &Known) -> bool {
    let text = |side: &Map<String, Value>, member: &str| side.get(member).and_then(Value::as_str).map(str::to_owned);
    if text(version, "CodeSha256") != text(latest, "CodeSha256") {
        return false;
    }
    let (mut version_form, mut latest_form) = (form(version, known), form(latest, known));
    let is_unreadable = |side: &Map<String, Value>| {
        side.get("Environment").is_some_and(|environment| environment.get("Error").is_some())
    };
    if is_unreadable(version) || is_unreadable(latest) {
        version_form.shift_remove("Environment");
        latest_form.shift_remove("Environment");
    }
    let (of_version, of_latest) = (version_form.shift_remove("Description"), latest_form.shift_remove("Description"));
    if version_form != latest_form {
        return false;
    }
    // Both have one form, `2019-08-14T22:26:14.000+0000`, whose order is that of time.
    of_version == of_latest || text(latest, "LastModified") <= text(version, "LastModified")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_same(version: Value, latest: Value) -> bool {
        let map = |value: Value| value.as_object().cloned().expect("a map");
        is_published_as(&map(version), &map(latest), &Known::new())
    }

    #[test]
    fn only_what_makes_a_version_counts() {
        let latest = json!({ "FunctionName": "f", "Version": "$LATEST", "CodeSha256": "a", "RevisionId": "1",
            "LastModified": "2026-01-02T00:00:00.000+0000", "State": "Active", "Timeout": 3,
            "SnapStart": { "ApplyOn": "PublishedVersions", "OptimizationStatus": "Off" },
            "RuntimeVersionConfig": { "RuntimeVersionArn": "r1" } });
        let with = |member: &str, value: Value| {
            let mut other = latest.clone();
            other[member] = value;
            other
        };
        let version = json!({ "FunctionName": "f", "Version": "4", "CodeSha256": "a", "RevisionId": "2",
            "LastModified": "2026-01-02T00:00:00.000+0000", "Description": "",
            "SnapStart": { "ApplyOn": "PublishedVersions", "OptimizationStatus": "On" } });
        assert!(is_same(version.clone(), latest.clone()));
        assert!(!is_same(version.clone(), with("CodeSha256", json!("b"))));
        assert!(!is_same(version.clone(), with("Timeout", json!(9))));
        assert!(!is_same(version.clone(), with("Environment", json!({ "Variables": { "A": "1" } }))));
        assert!(is_same(version.clone(), with("Environment", json!({ "Error": { "ErrorCode": "AccessDenied" } }))));
    }

    #[test]
    fn versions_differ_in_members_whose_values_are_not_told() {
        let of = |code: &str, token: &str, timeout: u32| {
            let version = json!({ "Version": timeout.to_string(), "RevisionId": token, "CodeSha256": code, "Timeout": timeout,
                "Layers": [{ "Arn": "arn:aws:lambda:us-east-1:123456789012:layer:l:1" }], "LastModified": token,
                "Environment": { "Variables": { "TOKEN": token, "OTHER": token } } });
            version.as_object().cloned().expect("a map")
        };
        let same = version_difference(&of("a", "t", 3), &of("a", "t", 3));
        assert_eq!(same, VersionDifference::default());
        let other = version_difference(&of("a", "hunter2", 3), &of("b", "t", 9));
        assert!(other.code && !format!("{other:?}").contains("hunter2"), "{other:?}");
        let mut members = other.members;
        members.sort();
        assert_eq!(members, ["Environment", "Timeout"]);
    }

    #[test]
    fn description_counts_where_latest_is_younger() {
        let of = |description: &str, day: u32| {
            json!({ "CodeSha256": "a", "Description": description,
                "LastModified": format!("2026-01-{day:02}T00:00:00.000+0000") })
        };
        assert!(is_same(of("its own", 2), of("", 1)));
        assert!(is_same(of("its own", 2), of("", 2)));
        assert!(!is_same(of("one", 2), of("two", 3)));
    }
}
