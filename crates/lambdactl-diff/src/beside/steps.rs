//! How what stands beside a function differs from what its manifest says: one step for each thing that does.

use std::collections::BTreeMap;

use lambdactl_schema::kinds::{Kind, Nature};
use lambdactl_schema::{Declared, FunctionSpec, NEWEST, ROLLOUT, Slot};
use serde_json::{Value, json};

use super::step::{Policy, Step, Steps, Target, Turn, difference, differences, place};
use super::{forms, mappings, statements};
use crate::current::CurrentFunction;
use crate::found::Found;
use crate::ignored::{below, is_ignored, keep};

/// Compares what stands beside a function with what its manifest says. What was not read is not compared.
pub(crate) fn compare(
    spec: &FunctionSpec,
    current: &CurrentFunction,
    target: &Target,
    reach: mappings::Reach<'_>,
) -> Steps {
    let mut comparison = Comparison { spec, current, target, found: Steps::default() };
    let declared = spec.beside.declared();
    let mut unknown: Vec<Kind> = Vec::new();
    let is_plain = |kind: Kind| ![Kind::OldVersions, Kind::EventSourceMappings].contains(&kind);
    for declared in declared.iter().filter(|declared| is_plain(declared.kind)) {
        let kind = declared.kind;
        match current.beside.get(&kind) {
            None => {}
            Some(Found::Things(things)) => comparison.one(declared, things),
            Some(Found::Unknown(_)) if unknown.contains(&kind) => {}
            Some(Found::Unknown(reason)) => {
                let title = kind.row().title;
                let note = format!("the {title} could not be read and was not compared: {reason}");
                comparison.found.uncompared.push(note);
                unknown.push(kind);
            }
        }
    }
    match current.beside.get(&Kind::EventSourceMappings) {
        Some(Found::Things(things)) => {
            let mut found = std::mem::take(&mut comparison.found);
            mappings::compare(spec, things, reach, &|slot| comparison.alias_comes(slot), &mut found);
            comparison.found = found;
        }
        Some(Found::Unknown(reason)) => {
            let title = Kind::EventSourceMappings.row().title;
            comparison.found.uncompared.push(format!("the {title}s could not be read and were not compared: {reason}"));
        }
        None => {}
    }
    comparison.undeclared(&declared);
    comparison.found
}

struct Comparison<'a> {
    spec: &'a FunctionSpec,
    current: &'a CurrentFunction,
    target: &'a Target,
    found: Steps,
}

impl Comparison<'_> {
    fn one(&mut self, declared: &Declared<'_>, things: &BTreeMap<Slot, Value>) {
        let Declared { kind, slot, value } = declared;
        let (kind, row) = (*kind, kind.row());
        let Some(value) = value else {
            if matches!(row.nature, Nature::Things { .. }) && slot.name.is_none() {
                // None of them must be there.
                for there in things.keys().filter(|there| there.qualifier == slot.qualifier) {
                    self.compare(kind, there, None, things.get(there));
                }
            } else {
                self.compare(kind, slot, None, self.standing(slot, things));
            }
            return;
        };
        if kind == Kind::Aliases && names_newest(value) && !self.has_target(slot) {
            return;
        }
        self.compare(kind, slot, Some(value), self.standing(slot, things));
    }

    /// Whether the service still moves the instances that are kept ready for an alias.
    fn is_moving(&self, alias: &str) -> bool {
        let Some(Found::Things(provisioned)) = self.current.beside.get(&Kind::ProvisionedConcurrency) else {
            return false;
        };
        provisioned.get(&Slot::of(alias)).is_some_and(|state| state["Status"] == "IN_PROGRESS")
    }

    /// Returns what stands in a place. What hung on an alias goes with it, some of it a little later.
    fn standing<'v>(&self, slot: &Slot, things: &'v BTreeMap<Slot, Value>) -> Option<&'v Value> {
        if self.alias_comes(slot) { None } else { things.get(slot) }
    }

    /// Whether a place is on an alias that is not there.
    fn alias_comes(&self, slot: &Slot) -> bool {
        let Some(alias) = &slot.qualifier else { return false };
        let Some(Found::Things(aliases)) = self.current.beside.get(&Kind::Aliases) else { return false };
        !aliases.contains_key(&Slot::function().named(alias))
    }

    /// Whether it is known which version `published` names; a note says where it is not.
    fn has_target(&mut self, slot: &Slot) -> bool {
        let Target::Unknown(reason) = self.target else { return true };
        let name = slot.name.as_deref().unwrap_or_default();
        self.found
            .uncompared
            .push(format!("alias {name} was not compared: which version is the newest could not be read ({reason})"));
        false
    }

    fn compare(&mut self, kind: Kind, slot: &Slot, value: Option<&Value>, answer: Option<&Value>) {
        let path = slot.path(kind);
        let newest = match self.target {
            Target::Number(number) => number,
            _ => NEWEST,
        };
        let mut before = answer.map(|answer| forms::from_answer(kind, answer)).filter(|form| !form.is_null());
        let mut wanted = value.map(|value| forms::from_manifest(kind, value, newest));
        let is_thing = kind.row().nature.is_thing();
        if !is_thing {
            before = before.or_else(|| forms::default(kind));
            wanted = wanted.or_else(|| forms::default(kind));
        }
        if kind == Kind::Aliases {
            leave_weights(value, before.as_mut(), wanted.as_ref());
            if slot.name.as_deref().is_some_and(|alias| self.is_moving(alias)) {
                leave_own_weights(before.as_mut(), wanted.as_ref());
            }
        }
        let policy = match kind {
            Kind::Urls => self.publicity(slot, before.as_mut(), wanted.as_mut()),
            _ => Vec::new(),
        };
        if before == wanted {
            return;
        }
        let turn = match (&before, &wanted) {
            (None, _) if is_thing => Turn::Comes,
            (_, None) if is_thing => Turn::Goes,
            _ => Turn::Differs,
        };
        let all = match turn {
            _ if kind != Kind::Aliases && self.alias_comes(slot) => Vec::new(),
            Turn::Comes => vec![difference(path.clone(), None, value.map(|value| shown(kind, value, newest)))],
            Turn::Goes => vec![difference(path.clone(), before.clone(), None)],
            Turn::Differs | Turn::Renewed => differences(&path, before.as_ref(), wanted.as_ref()),
        };
        if is_ignored(&path, &self.spec.ignore) {
            self.found.ignored.extend(all);
            return;
        }
        let mut changes = all;
        if turn == Turn::Differs {
            let ignored;
            (ignored, changes) = changes.into_iter().partition(|change| is_ignored(&change.path, &self.spec.ignore));
            self.found.ignored.extend(ignored);
            if let Some(wanted) = &mut wanted {
                for rest in self.spec.ignore.iter().filter_map(|ignored| below(&path, ignored)) {
                    keep(wanted, rest, before.as_ref().and_then(|before| before.pointer(rest)));
                }
            }
            if changes.is_empty() && !self.alias_comes(slot) {
                return;
            }
        }
        let sent = value.zip(wanted.as_ref()).map(|(value, wanted)| self.sent(kind, &path, value, wanted));
        let sent = sent.or_else(|| wanted.clone());
        let (slot, answer) = (slot.clone(), answer.cloned());
        self.found.steps.push(Step { kind, slot, turn, before, answer, wanted, sent, policy, changes });
    }

    /// Returns what the calls send. The form of URLs has no order and no case, that of statements few names for a principal, and
    /// that of asynchronous calls the service's defaults.
    fn sent(&self, kind: Kind, path: &str, value: &Value, wanted: &Value) -> Value {
        let is_other = matches!(kind, Kind::Urls | Kind::Permissions | Kind::EventInvoke);
        let (true, Value::Object(declared), Value::Object(form)) = (is_other, value, wanted) else {
            return wanted.clone();
        };
        let mut sent = declared.clone();
        sent.retain(|member, value| !value.is_null() && form.contains_key(member));
        if kind == Kind::EventInvoke {
            // A destination that names nothing is never sent: the service would answer it for ever.
            let destinations =
                form.get("DestinationConfig").map(|value| ("DestinationConfig".to_owned(), value.clone()));
            sent.extend(destinations);
        }
        if kind != Kind::EventInvoke || sent.is_empty() {
            for (member, value) in form {
                sent.entry(member).or_insert_with(|| value.clone());
            }
        }
        let mut sent = Value::Object(sent);
        for rest in self.spec.ignore.iter().filter_map(|ignored| below(path, ignored)) {
            keep(&mut sent, rest, wanted.pointer(rest));
        }
        sent
    }

    /// Adds to both sides of a URL whether everyone may call it, where the manifest says it, and returns what it takes.
    fn publicity(&mut self, slot: &Slot, before: Option<&mut Value>, wanted: Option<&mut Value>) -> Vec<Policy> {
        let Some(wanted) = wanted else { return Vec::new() };
        let Some(public) = wanted["public"].as_bool() else { return Vec::new() };
        let statements = match self.current.beside.get(&Kind::Permissions) {
            Some(Found::Things(policies)) => policies,
            unread => {
                if let Some(Found::Unknown(reason)) = unread {
                    let note = format!("whether the function URL is public could not be read: {reason}");
                    self.found.uncompared.push(note);
                }
                wanted.as_object_mut().map(|members| members.shift_remove("public"));
                return Vec::new();
            }
        };
        let nothing = BTreeMap::new();
        let statements = if self.alias_comes(slot) { &nothing } else { statements };
        let declared = self.declared_statements(slot);
        let there: Vec<(&str, Value)> = statements::of_policy(statements, slot.qualifier.as_deref()).collect();
        let policy: Vec<Policy> = if public {
            let has = |statement: &Value| {
                there.iter().any(|(_, form)| form == statement) || declared.values().any(|form| form == statement)
            };
            let missing = statements::public().into_iter().filter(|(_, statement)| !has(statement));
            let free = |id: &str| match there.iter().any(|(taken, _)| *taken == id) {
                true => format!("{id}-lambdactl"),
                false => id.to_owned(),
            };
            missing.map(|(id, statement)| Policy::Add(free(id), statement)).collect()
        } else {
            let is_meant =
                |(id, form): &&(&str, Value)| statements::is_public_for_urls(form) && !declared.contains_key(*id);
            there.iter().filter(is_meant).map(|(id, _)| Policy::Remove((*id).to_owned())).collect()
        };
        if let Some(Value::Object(before)) = before {
            before.insert("public".into(), json!(public == policy.is_empty()));
        }
        policy
    }

    /// The statements that a manifest declares for a place, in the form in which they are compared.
    fn declared_statements(&self, slot: &Slot) -> BTreeMap<String, Value> {
        let declared = self.spec.beside.declared().into_iter();
        let of_place =
            declared.filter(|declared| declared.kind == Kind::Permissions && declared.slot.qualifier == slot.qualifier);
        of_place
            .filter_map(|declared| {
                Some((declared.slot.name?, statements::from_manifest(declared.value.unwrap_or(&Value::Null))))
            })
            .collect()
    }

    /// Whether the URL of a place is declared to be public.
    fn makes_public(&self, slot: &Slot) -> bool {
        let declared = self.spec.beside.declared();
        let mut urls = declared.iter().filter(|url| url.kind == Kind::Urls && url.slot.qualifier == slot.qualifier);
        urls.any(|url| url.value.is_some_and(|value| value["public"] == true))
    }

    /// Says which things are there under a key that the manifest has, and are no business of it.
    fn undeclared(&mut self, declared: &[Declared<'_>]) {
        for (kind, found) in &self.current.beside {
            let (Found::Things(things), Nature::Things { .. }) = (found, kind.row().nature) else { continue };
            for (slot, thing) in things {
                // They are a part of the URL.
                let is_of_url = *kind == Kind::Permissions
                    && self.makes_public(slot)
                    && statements::is_public_for_urls(&statements::from_policy(thing));
                if is_of_url {
                    continue;
                }
                let is_present =
                    |declared: &&Declared<'_>| declared.kind == *kind && declared.slot.qualifier == slot.qualifier;
                let is_this = |declared: &Declared<'_>| declared.slot == *slot || declared.slot.name.is_none();
                let mut present = declared.iter().filter(is_present).peekable();
                if present.peek().is_none() || present.any(is_this) {
                    continue;
                }
                self.found.undeclared.push(format!("{} is not declared, and is left alone", place(*kind, slot)));
            }
        }
    }
}

/// Whether an alias names the newest version, as its target or by a weight.
pub(crate) fn names_newest(alias: &Value) -> bool {
    alias["FunctionVersion"] == NEWEST || !alias["RoutingConfig"]["AdditionalVersionWeights"][NEWEST].is_null()
}

/// Weights that the manifest says nothing of are not looked at, unless the alias moves: then they are taken away.
fn leave_weights(value: Option<&Value>, before: Option<&mut Value>, wanted: Option<&Value>) {
    let is_said = value.and_then(Value::as_object).is_some_and(|members| members.contains_key("RoutingConfig"));
    let (Some(before), Some(wanted)) = (before, wanted) else { return };
    if !is_said && before["FunctionVersion"] == wanted["FunctionVersion"] {
        before.as_object_mut().map(|members| members.shift_remove("RoutingConfig"));
    }
}

/// While its instances move to another version, AWS sends all calls of an alias to the one that they come from, by weights that
/// it takes away itself (Terraform #48116; nobody could verify it here).
fn leave_own_weights(before: Option<&mut Value>, wanted: Option<&Value>) {
    let (Some(Value::Object(before)), Some(wanted)) = (before, wanted) else { return };
    let weights = before.get("RoutingConfig").map(|routing| &routing["AdditionalVersionWeights"]);
    let is_all = weights
        .and_then(Value::as_object)
        .is_some_and(|weights| weights.values().all(|weight| weight.as_f64().is_some_and(|weight| weight >= 1.0)));
    if is_all && wanted["RoutingConfig"].is_null() {
        before.shift_remove("RoutingConfig");
    }
}

/// What a plan shows of something that comes: what is written, with the version that it means.
fn shown(kind: Kind, value: &Value, newest: &str) -> Value {
    let mut shown = value.clone();
    if let Value::Object(members) = &mut shown {
        if kind == Kind::Aliases {
            let Value::Object(own) = forms::from_manifest(kind, value, newest) else { return shown };
            members.shift_remove("RoutingConfig");
            members.shift_remove(ROLLOUT);
            members.extend(own);
        }
        members.retain(|_, value| !value.is_null());
    }
    shown
}
