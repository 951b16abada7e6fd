//! Event source mappings: which of the account's is which of the manifest's, and how it differs. The service names them by
//! UUIDs that no manifest has, so that they are told apart by source and function.

use std::collections::BTreeMap;

use lambdactl_schema::kinds::Kind;
use lambdactl_schema::{Declared, FunctionSpec, OWNER_TAG, Slot, Source, SourceKey};
use serde_json::{Map, Value, json};

use super::mapping_form::{
    FED, declaration, fed, from_answer, from_manifest, hides_filters, is_encrypted, keep_what_stays, renewed_members,
    tags_looked_at, with_texts,
};
use super::step::{Step, Steps, Turn, difference, place};
use crate::action::Change;
use crate::changes::change;
use crate::ignored::{below, is_ignored, keep};

/// Where whoever reads mappings writes the source of one as it can be shown: what is secret in a run may stand in an ARN.
pub const SHOWN_SOURCE: &str = "lambdactl:source";

type Things = BTreeMap<Slot, Value>;

/// Whose mappings may go, besides those that must not be there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reach<'a> {
    /// The manifest's name, by which its own are known.
    pub(crate) owner: Option<&'a str>,
    /// Whether those of its own that it does not declare go.
    pub(crate) prune: bool,
}

/// What a manifest declares of mappings, and what the account has of each.
#[derive(Default)]
struct Matched<'a> {
    pairs: Vec<(&'a Declared<'a>, Option<&'a Slot>)>,
    /// What the account has besides.
    rest: Vec<&'a Slot>,
    /// Why one cannot be told from another, in sentences.
    unclear: Vec<String>,
}

/// Whether a mapping is being deleted: it is there no more.
fn is_leaving(answer: &Value) -> bool {
    answer["State"] == "Deleting"
}

/// Finds for each mapping that is declared the one of the account: by its UUID where it says one, else the one of the same
/// source and qualifier, else the only one of the same source: it has moved from one qualifier to the other.
fn matched<'a>(declared: &'a [Declared<'a>], things: &'a Things) -> Matched<'a> {
    let mut found = Matched::default();
    let mut open: Vec<(&Slot, &Value, Option<SourceKey>)> = things
        .iter()
        .filter(|(_, answer)| !is_leaving(answer))
        .map(|(slot, answer)| (slot, answer, SourceKey::of(answer)))
        .collect();
    let mut left: Vec<(&Declared<'_>, Option<SourceKey>)> = Vec::new();
    for declared in declared {
        let Some(value) = declared.value else { continue };
        let key = SourceKey::of(value);
        let Some(uuid) = value["UUID"].as_str() else {
            left.push((declared, key));
            continue;
        };
        let is_meant = |slot: &Slot| slot.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(uuid));
        let has_source = |other: &Option<SourceKey>| {
            key.as_ref().zip(other.as_ref()).is_none_or(|(key, other)| key.has_source_of(other))
        };
        match open.iter().position(|(slot, _, other)| is_meant(slot) && has_source(other)) {
            Some(index) => found.pairs.push((declared, Some(open.remove(index).0))),
            None => found.unclear.push(format!(
                "{} says UUID {uuid}, and the function has no mapping with that UUID and source",
                place(declared.kind, &declared.slot)
            )),
        }
    }
    // First those of the same part of a source, then, of clusters whose database is changed in place, those of the same source.
    for (same_part, same_place) in [(true, true), (true, false), (false, true), (false, false)] {
        let tried = std::mem::take(&mut left);
        for (declared, key) in tried {
            let is_one = |(slot, answer, other): &(&Slot, &Value, Option<SourceKey>)| {
                let Some((key, other)) = key.as_ref().zip(other.as_ref()) else { return false };
                let is_here = !same_place || slot.qualifier == declared.slot.qualifier;
                let fits = match same_part {
                    true => key.is_same(other),
                    false => Source::of(answer) == Some(Source::DocumentDb) && key.has_source_of(other),
                };
                is_here && fits
            };
            let candidates: Vec<usize> =
                open.iter().enumerate().filter(|(_, one)| is_one(one)).map(|(index, _)| index).collect();
            match candidates.as_slice() {
                [] => left.push((declared, key)),
                [index] => found.pairs.push((declared, Some(open.remove(*index).0))),
                several => {
                    let uuids: Vec<&str> = several.iter().filter_map(|index| open[*index].0.name.as_deref()).collect();
                    found.unclear.push(format!(
                        "the account has {} mappings of the source of {}: {}",
                        uuids.len(),
                        place(declared.kind, &declared.slot),
                        uuids.join(", ")
                    ));
                    // None of them is anybody else's, or missing.
                    for index in several.iter().rev() {
                        open.remove(*index);
                    }
                }
            }
        }
    }
    found.pairs.extend(left.into_iter().map(|(declared, _)| (declared, None)));
    // In the manifest's order.
    let order = |declared: &Declared<'_>| (declared.slot.qualifier.clone(), declared.slot.name.clone());
    found.pairs.sort_by_key(|(declared, _)| order(declared));
    found.rest = open.into_iter().map(|(slot, ..)| slot).collect();
    found
}

/// Returns the mappings of a function whose tags matter: whether they are as declared, or whose one is that is not declared.
pub fn mappings_with_tags_to_read(spec: &FunctionSpec, things: &Things, reach_all: bool) -> Vec<Slot> {
    let declared = spec.beside.declared();
    let own = of_kind(&declared);
    let Matched { pairs, rest, .. } = matched(&own, things);
    let says_tags = |declared: &Declared<'_>| declared.value.is_some_and(|value| value["Tags"].is_object());
    let compared = pairs.iter().filter(|(declared, _)| says_tags(declared)).filter_map(|(_, slot)| *slot);
    let judged = rest
        .iter()
        .copied()
        .filter(|slot| reach_all && spec.beside.has_key(Kind::EventSourceMappings, slot.qualifier.as_deref()));
    compared.chain(judged).cloned().collect()
}

fn of_kind<'a>(declared: &[Declared<'a>]) -> Vec<Declared<'a>> {
    declared.iter().filter(|declared| declared.kind == Kind::EventSourceMappings).cloned().collect()
}

/// Compares the mappings of a function with what its manifest says of them.
///
/// `comes` tells of an alias that is not there yet: the plan shows it with everything that hangs on it.
pub(super) fn compare(
    spec: &FunctionSpec,
    things: &Things,
    reach: Reach<'_>,
    comes: &dyn Fn(&Slot) -> bool,
    found: &mut Steps,
) {
    let declared = spec.beside.declared();
    let declared = of_kind(&declared);
    let Matched { pairs, rest, unclear } = matched(&declared, things);
    let mut comparison = Comparison { spec, reach, comes, found };
    comparison.found.unclear.extend(unclear);
    for (declared, slot) in pairs {
        comparison.one(declared, slot.and_then(|slot| Some((slot, things.get(slot)?))));
    }
    for slot in rest {
        comparison.undeclared(slot, &things[slot], &declared);
    }
}

/// Returns what a manifest would declare for the mappings of an account, each with what it feeds; what no manifest can say
/// becomes a note.
pub(super) fn declare_mappings<'a>(things: &'a Things, notes: &mut Vec<String>) -> Vec<(&'a Slot, Value)> {
    let there: Vec<(&Slot, &Value)> = things.iter().filter(|(_, answer)| !is_leaving(answer)).collect();
    let is_one_of_several = |slot: &Slot, answer: &Value| {
        let key = SourceKey::of(answer);
        let is_same =
            |other: &Value| key.as_ref().zip(SourceKey::of(other)).is_some_and(|(key, other)| key.is_same(&other));
        there.iter().filter(|(other, answer)| other.qualifier == slot.qualifier && is_same(answer)).count() > 1
    };
    there
        .iter()
        .map(|(slot, answer)| {
            let mut mapping = Map::new();
            if is_one_of_several(slot, answer) {
                mapping.insert("UUID".into(), answer["UUID"].clone());
            }
            mapping.extend(declaration(answer));
            if hides_filters(answer) {
                let place = place(Kind::EventSourceMappings, slot);
                notes.push(format!("the filters of {place} are encrypted, and are left out"));
            }
            (*slot, Value::Object(mapping))
        })
        .collect()
}

struct Comparison<'a, 'b> {
    spec: &'a FunctionSpec,
    reach: Reach<'a>,
    comes: &'a dyn Fn(&Slot) -> bool,
    found: &'b mut Steps,
}

impl Comparison<'_, '_> {
    fn one(&mut self, declared: &Declared<'_>, there: Option<(&Slot, &Value)>) {
        let Declared { kind, slot, value: Some(value) } = declared else { return };
        let path = slot.path(*kind);
        let source = Source::of(value);
        let place = place(*kind, slot);
        let mut wanted = from_manifest(value, source);
        let Some((at, answer)) = there else {
            let shown = shown(value);
            let sent = Some(self.sent(value, value.as_object()));
            let changes = vec![difference(path.clone(), None, Some(shown))];
            return self.step(declared, Turn::Comes, None, None, Some(Value::Object(wanted)), sent, changes);
        };
        if !["Enabled", "Disabled"].iter().any(|state| answer["State"] == *state) && answer["State"].is_string() {
            self.found.settling.extend(at.name.clone());
        }
        let mut before = from_answer(answer, source);
        let function = &self.spec.request.function_name;
        before.insert(FED.into(), json!(fed(function, at.qualifier.as_deref())));
        wanted.insert(FED.into(), json!(fed(function, slot.qualifier.as_deref())));
        if answer["State"] == "Updating" {
            before.extend(wanted.get("Enabled").map(|enabled| ("Enabled".to_owned(), enabled.clone())));
        }
        if hides_filters(answer) {
            self.found.uncompared.push(format!("the filters of {place} are encrypted and were not compared"));
            before.shift_remove("FilterCriteria");
            before.extend(wanted.get("FilterCriteria").map(|filters| ("FilterCriteria".to_owned(), filters.clone())));
        }
        for member in keep_what_stays(&mut wanted, &before) {
            self.found.notes.push(format!(
                "`{member}` of {place} stays as it is: the service has no way back to its default but another mapping"
            ));
        }
        self.tags(value, answer, &place, &mut before, &mut wanted);
        self.troubles(&place, answer, &before, &wanted);
        let all = differences(&path, &before, &wanted);
        let (ignored, changes): (Vec<Change>, Vec<Change>) =
            all.into_iter().partition(|change| is_ignored(&change.path, &self.spec.ignore));
        self.found.ignored.extend(ignored);
        if changes.is_empty() {
            return;
        }
        let mut kept = Value::Object(wanted);
        for rest in self.spec.ignore.iter().filter_map(|ignored| below(&path, ignored)) {
            keep(&mut kept, rest, json!(before).pointer(rest));
        }
        let wanted = kept.as_object().cloned().unwrap_or_default();
        let renewed = renewed_members(&before, &wanted);
        let turn = if renewed.is_empty() { Turn::Differs } else { Turn::Renewed };
        if turn == Turn::Renewed {
            let members = renewed.join(", ");
            self.found.renewals.push(format!(
                "{place} is deleted and created again, because {members} is set with it: it begins where \
                 `StartingPosition` says"
            ));
        }
        let sent = Some(match turn {
            Turn::Renewed => self.sent(value, value.as_object()),
            _ => self.sent(value, Some(&wanted)),
        });
        self.step(declared, turn, Some(Value::Object(before)), Some(answer.clone()), Some(kept), sent, changes);
    }

    /// What the calls send of a mapping: the manifest's own words, but for what belongs to someone else, which is as it is.
    fn sent(&self, value: &Value, wanted: Option<&Map<String, Value>>) -> Value {
        let mut sent = wanted.cloned().unwrap_or_default();
        let touched =
            |member: &str| self.spec.ignore.iter().any(|ignored| ignored.split('/').any(|segment| segment == member));
        let merged = |member: &str, own: &Value| sent.get(member).is_some_and(|form| is_larger(form, own));
        let own: Vec<(String, Value)> = value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(member, own)| !own.is_null() && !touched(member) && !merged(member, own))
            .map(|(member, own)| (member.clone(), own.clone()))
            .collect();
        sent.extend(own);
        sent.shift_remove("UUID");
        sent.retain(|_, value| !value.is_null());
        with_texts(Value::Object(sent))
    }

    /// Compares tags where they are declared.
    fn tags(
        &mut self,
        value: &Value,
        answer: &Value,
        place: &str,
        before: &mut Map<String, Value>,
        wanted: &mut Map<String, Value>,
    ) {
        let Some(declared) = value["Tags"].as_object() else { return };
        match &answer["Tags"] {
            Value::Object(tags) => {
                before.insert("Tags".into(), tags_looked_at(tags, declared));
                wanted.insert("Tags".into(), tags_looked_at(declared, declared));
            }
            Value::String(reason) => self
                .found
                .uncompared
                .push(format!("the tags of {place} could not be read and were not compared: {reason}")),
            _ => {}
        }
    }

    /// Says what the service has to say of a mapping that does not do what it should.
    fn troubles(&mut self, place: &str, answer: &Value, before: &Map<String, Value>, wanted: &Map<String, Value>) {
        let text = |member: &str| answer[member].as_str().unwrap_or_default();
        let is_problem = |text: &str| text.contains("PROBLEM");
        let (reason, result) = (text("StateTransitionReason"), text("LastProcessingResult"));
        let words = [reason, result].into_iter().filter(|text| is_problem(text)).collect::<Vec<_>>().join("; ");
        let was_disabled = before.get("Enabled") == Some(&json!(false)) && wanted.get("Enabled") == Some(&json!(true));
        if !words.is_empty() {
            self.found.notes.push(format!("the service says of {place}: {words}"));
        } else if was_disabled && !reason.is_empty() && !reason.to_ascii_uppercase().starts_with("USER") {
            self.found.notes.push(format!("{place} is disabled, and the service says why: {reason}"));
        }
    }

    /// What the account has besides: it goes where none must be there, or where it is this manifest's own.
    fn undeclared(&mut self, slot: &Slot, answer: &Value, declared: &[Declared<'_>]) {
        const KIND: Kind = Kind::EventSourceMappings;
        if !self.spec.beside.has_key(KIND, slot.qualifier.as_deref()) {
            return;
        }
        let is_denied =
            declared.iter().any(|declared| declared.value.is_none() && declared.slot.qualifier == slot.qualifier);
        let owner = answer["Tags"][OWNER_TAG].as_str();
        let is_own = owner.is_some() && owner == self.reach.owner;
        let path = slot.path(KIND);
        let source = Source::of(answer);
        let place = place(KIND, slot);
        let of = answer[SHOWN_SOURCE].as_str().map(|arn| format!(" of {arn}")).unwrap_or_default();
        if is_ignored(&path, &self.spec.ignore) {
            return;
        }
        let goes = is_denied || (self.reach.prune && is_own);
        if !goes {
            if let (Value::String(reason), true) = (&answer["Tags"], self.reach.prune && self.reach.owner.is_some()) {
                let note = format!("whether {place}{of} is this manifest's could not be read: {reason}");
                self.found.uncompared.push(note);
            }
            self.found.undeclared.push(format!("{place}{of} is not declared, and is left alone"));
            return;
        }
        let mut before = from_answer(answer, source);
        before.retain(|_, value| !value.is_null());
        let changes = vec![difference(path, Some(encrypted_away(Value::Object(before.clone()))), None)];
        let declared = Declared { kind: KIND, slot: slot.clone(), value: None };
        self.step(&declared, Turn::Goes, Some(Value::Object(before)), Some(answer.clone()), None, None, changes);
    }

    #[expect(clippy::too_many_arguments, reason = "they are the fields of a step")]
    fn step(
        &mut self,
        declared: &Declared<'_>,
        turn: Turn,
        before: Option<Value>,
        answer: Option<Value>,
        wanted: Option<Value>,
        sent: Option<Value>,
        changes: Vec<Change>,
    ) {
        let path = declared.slot.path(declared.kind);
        if is_ignored(&path, &self.spec.ignore) {
            self.found.ignored.extend(changes);
            return;
        }
        let (kind, slot) = (declared.kind, declared.slot.clone());
        let changes = if (self.comes)(&slot) { Vec::new() } else { changes };
        self.found.steps.push(Step { kind, slot, turn, before, answer, wanted, sent, policy: Vec::new(), changes });
    }
}

/// Whether the form of a member has more than a manifest says: what the account has of it besides.
fn is_larger(form: &Value, own: &Value) -> bool {
    match (form, own) {
        (Value::Object(form), Value::Object(own)) => form.keys().any(|key| !own.contains_key(key)),
        _ => false,
    }
}

/// What a plan shows of a mapping that comes: what is written. Filters that a key encrypts are nobody's to read.
fn shown(value: &Value) -> Value {
    let mut shown = value.clone();
    if let Value::Object(members) = &mut shown {
        members.retain(|_, value| !value.is_null());
    }
    encrypted_away(shown)
}

fn encrypted_away(mut shown: Value) -> Value {
    if is_encrypted(&shown["KMSKeyArn"])
        && let Value::Object(members) = &mut shown
    {
        members.shift_remove("FilterCriteria");
    }
    shown
}

/// Returns the differences of two forms, a member each, maps down to their values.
fn differences(path: &str, before: &Map<String, Value>, wanted: &Map<String, Value>) -> Vec<Change> {
    let is_encrypted = [before, wanted].iter().any(|side| side.get("KMSKeyArn").is_some_and(is_encrypted));
    let mut found = Vec::new();
    let gone = before.keys().filter(|member| !wanted.contains_key(*member));
    for member in wanted.keys().chain(gone) {
        let (before, wanted) = (before.get(member), wanted.get(member));
        let at = format!("{path}/{member}");
        match member.as_str() {
            FED if before != wanted => found.push(change(at, before.cloned(), wanted.cloned())),
            FED => {}
            "FilterCriteria" if is_encrypted && before != wanted => {
                found.push(Change {
                    sensitive: true,
                    before: None,
                    after: None,
                    ..change(at, before.cloned(), wanted.cloned())
                });
            }
            _ => found.extend(super::step::differences(&at, before, wanted)),
        }
    }
    found
}
