//! From the differences of a function to the calls that mend them.

use std::collections::{BTreeMap, BTreeSet};

use lambdactl_schema::kinds::{Kind, Order};
use lambdactl_schema::{CODE_TAG, Call, FunctionSpec, Operation, Subject};
use serde_json::{Map, Value, json};

use crate::action::{Change, ChangeKind, DIGEST};
use crate::current::Tags;
use crate::fields::{self, ChangedBy};
use crate::health::Reason;
use crate::ignored::keep;

/// What the calls of the function itself send.
struct Sent {
    anything: bool,
    code: bool,
}

/// A function's two sides in the form in which they are compared, and how they differ.
pub(crate) struct Difference<'a> {
    pub(crate) spec: &'a FunctionSpec,
    pub(crate) before: &'a Map<String, Value>,
    pub(crate) after: &'a Map<String, Value>,
    /// What differs and is the manifest's business.
    pub(crate) changes: &'a [Change],
    /// The tags that the function has.
    pub(crate) tags: &'a Tags,
    /// The tag that says which object in S3 the code is copied from, where it is one.
    pub(crate) code_tag: Option<(String, String)>,
    /// Its ARN, by which tags are named.
    pub(crate) arn: &'a str,
}

impl Difference<'_> {
    /// Returns the members that only a new creation can set.
    pub(crate) fn replaced_members(&self) -> Vec<&str> {
        let mut members = self.members(|member| match fields::changed_by(member) {
            ChangedBy::Replacement => true,
            ChangedBy::ReplacementWhenAddedOrRemoved => {
                self.before.contains_key(member) != self.after.contains_key(member)
            }
            _ => false,
        });
        members.sort_unstable();
        members
    }

    /// Whether the code would have to be sent, and is someone else's.
    pub(crate) fn needs_ignored_code(&self) -> bool {
        self.spec.ignore.iter().any(|ignored| is_whole_code(ignored)) && !self.members(is_code).is_empty()
    }

    /// Returns the calls, in their order: what guards the code, settings and code, tags, and a version of all of it.
    ///
    /// Settings go before code, unless layers are added: the service limits the size of code and layers together after
    /// each call, and what moves from the code into a layer must leave the code first.
    ///
    /// `failed` is why the last update failed, where it did: the service does not say which call that was, its reason hints
    /// at it, and that one is sent again as a whole.
    pub(crate) fn calls(&self, failed: Option<&Reason>) -> Vec<Call> {
        let mut main: Vec<Call> = self.configuration(failed).into_iter().chain(self.code(failed)).collect();
        if self.adds_layers() {
            main.reverse();
        }
        let sent = Sent {
            anything: !main.is_empty(),
            code: main.iter().any(|call| call.operation == Operation::UpdateFunctionCode),
        };
        let of_function = Kind::ALL.into_iter().filter(|kind| !kind.is_beside());
        let (before, after) = of_function.partition(|kind| kind.row().order == Order::Before);
        let beside = |kinds: Vec<Kind>| kinds.into_iter().flat_map(|kind| self.beside(kind, &sent)).collect::<Vec<_>>();
        [beside(before), main, beside(after)].concat()
    }

    /// The calls that mend one kind of what stands beside the function.
    fn beside(&self, kind: Kind, sent: &Sent) -> Vec<Call> {
        let change = self.changes.iter().find(|change| kind.owns(&change.path));
        match kind {
            Kind::CodeSigning => {
                let Some(change) = change else { return Vec::new() };
                vec![match change.after.as_ref().and_then(Value::as_str) {
                    Some(arn) => {
                        self.call(Operation::PutFunctionCodeSigningConfig, Map::new()).with("CodeSigningConfigArn", arn)
                    }
                    None => self.call(Operation::DeleteFunctionCodeSigningConfig, Map::new()),
                }]
            }
            Kind::Tags => self.untag(sent.code).into_iter().chain(self.tag(sent.code)).collect(),
            Kind::Versions if self.spec.request.publish == Some(true) && (sent.anything || change.is_some()) => {
                vec![self.publish()]
            }
            _ => Vec::new(),
        }
    }

    /// The call that publishes a version of the function as it is by then.
    pub(crate) fn publish(&self) -> Call {
        let publish_to = self.spec.request.publish_to.as_ref().map(|to| ("PublishTo".to_owned(), json!(to)));
        self.call(Operation::PublishVersion, publish_to.into_iter().collect())
    }

    fn call(&self, operation: Operation, members: Map<String, Value>) -> Call {
        Call { operation, subject: Subject::function(&self.spec.request.function_name), members }
    }

    /// UpdateFunctionConfiguration with the members that differ.
    fn configuration(&self, failed: Option<&Reason>) -> Option<Call> {
        let is_setting = |member: &str| {
            matches!(fields::changed_by(member), ChangedBy::Configuration | ChangedBy::ReplacementWhenAddedOrRemoved)
        };
        let mut members = self.members(is_setting);
        if failed.is_some_and(|reason| !reason.is_about_code()) {
            let is_new =
                |member: &&str| fields::changed_by(member) == ChangedBy::Configuration && !members.contains(member);
            let declared: Vec<&str> = self.after.keys().map(String::as_str).filter(is_new).collect();
            members.extend(declared);
        }
        // A key encrypts what is sent with it: others send the environment along, too.
        if members.contains(&"KMSKeyArn")
            && !members.contains(&"Environment")
            && self.after.contains_key("Environment")
            && self.before.contains_key("Environment")
        {
            members.push("Environment");
        }
        let body: Map<String, Value> =
            members.into_iter().map(|member| (member.to_owned(), self.sent(member))).collect();
        (!body.is_empty()).then(|| self.call(Operation::UpdateFunctionConfiguration, body))
    }

    /// UpdateFunctionCode, when code or instruction set differ. It always takes the whole code.
    fn code(&self, failed: Option<&Reason>) -> Option<Call> {
        let is_ours = !self.spec.ignore.iter().any(|ignored| is_whole_code(ignored));
        let is_again = is_ours && failed.is_some_and(Reason::is_about_code);
        if self.members(is_code).is_empty() && !is_again {
            return None;
        }
        let code = serde_json::to_value(&self.spec.request.code).unwrap_or_default();
        let mut body = code.as_object().cloned().unwrap_or_default();
        if let Some(architectures) = self.after.get("Architectures") {
            body.insert("Architectures".into(), architectures.clone());
        }
        // An absent member leaves the key as it is.
        let removes_key =
            |change: &Change| change.path == "/Code/SourceKMSKeyArn" && change.kind == ChangeKind::Removed;
        if self.changes.iter().any(removes_key) {
            body.insert("SourceKMSKeyArn".into(), json!(""));
        }
        Some(self.call(Operation::UpdateFunctionCode, body))
    }

    fn untag(&self, sends_code: bool) -> Option<Call> {
        let removed = self.changes.iter().filter(|change| change.kind == ChangeKind::Removed);
        let mut keys: Vec<String> = removed.filter_map(tag_key).collect();
        // The tag speaks of an object that the code no longer comes from.
        let is_tagged = matches!(self.tags, Tags::Known(tags) if tags.contains_key(CODE_TAG));
        if sends_code && self.code_tag.is_none() && is_tagged {
            keys.push(CODE_TAG.to_owned());
        }
        (!keys.is_empty()).then(|| Call::new(Operation::UntagResource, Subject::id(self.arn)).with("tagKeys", keys))
    }

    fn tag(&self, sends_code: bool) -> Option<Call> {
        let kept = self.changes.iter().filter(|change| change.kind != ChangeKind::Removed);
        let mut tags: BTreeMap<String, String> =
            kept.filter_map(|change| Some((tag_key(change)?, change.after.as_ref()?.as_str()?.to_owned()))).collect();
        tags.extend(self.code_tag.clone().filter(|_| sends_code));
        (!tags.is_empty()).then(|| tagging(self.arn, &tags))
    }

    fn adds_layers(&self) -> bool {
        let layers = |side: &Map<String, Value>| side.get("Layers").and_then(Value::as_array).map_or(0, Vec::len);
        layers(self.after) > layers(self.before)
    }

    /// Returns the members with differences that are changed in a certain way, each once.
    fn members(&self, is_meant: impl Fn(&str) -> bool) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let members = self.changes.iter().filter_map(|change| change.path.split('/').nth(1));
        members.filter(|member| is_meant(member) && seen.insert(*member)).collect()
    }

    /// Returns a member as the call carries it: what the manifest wants, spelt so that what is absent is reset, and
    /// with what belongs to someone else as it is.
    fn sent(&self, member: &str) -> Value {
        let mut value = fields::removed_as(member);
        match self.after.get(member) {
            Some(Value::Object(wanted)) if value.is_object() => {
                let base = value.as_object_mut().expect("it is one");
                base.extend(wanted.clone());
            }
            Some(wanted) => value = wanted.clone(),
            None => {}
        }
        let own = format!("/{member}");
        for ignored in self.spec.ignore.iter().filter_map(|pointer| pointer.strip_prefix(&own)) {
            if ignored.starts_with('/') {
                let current = self.before.get(member).and_then(|before| before.pointer(ignored));
                keep(&mut value, ignored, current);
            }
        }
        value
    }
}

/// Returns the call that gives a resource these tags, and leaves its others.
pub fn tagging(arn: &str, tags: &BTreeMap<String, String>) -> Call {
    Call::new(Operation::TagResource, Subject::id(arn)).with("Tags", json!(tags))
}

fn is_code(member: &str) -> bool {
    fields::changed_by(member) == ChangedBy::Code
}

/// Whether a pointer of `ignore` says that the code is someone else's.
fn is_whole_code(ignored: &str) -> bool {
    ignored == "/Code" || ignored == DIGEST
}

fn tag_key(change: &Change) -> Option<String> {
    change.path.strip_prefix("/Tags/").map(|key| key.replace("~1", "/").replace("~0", "~"))
}
