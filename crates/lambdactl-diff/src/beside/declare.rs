//! What stands beside a function of the account, as a manifest declares it.

use std::collections::BTreeMap;

use lambdactl_schema::kinds::{Kind, Level, Nature};
use lambdactl_schema::{STATEMENT_MEMBERS, Slot};
use serde_json::{Map, Value, json};

use super::mappings::declare_mappings;
use super::step::place;
use super::{forms, statements};
use crate::current::CurrentFunction;
use crate::found::Found;

/// Returns the keys that a manifest needs so that comparing them finds no difference; what no manifest can say becomes a note.
pub(crate) fn declare(current: &CurrentFunction, notes: &mut Vec<String>) -> Map<String, Value> {
    let mut members = Map::new();
    for (kind, found) in &current.beside {
        match found {
            Found::Unknown(reason) => {
                notes.push(format!("the {} could not be read, and is left out: {reason}", kind.row().title));
            }
            Found::Things(mappings) if *kind == Kind::EventSourceMappings => {
                let aliases = things(current, Kind::Aliases);
                for (slot, mapping) in declare_mappings(mappings, notes) {
                    let is_alias =
                        |name: &String| aliases.is_some_and(|all| all.contains_key(&Slot::function().named(name)));
                    let mut here = &mut members;
                    match &slot.qualifier {
                        None => {}
                        Some(alias) if is_alias(alias) => {
                            here = inner(inner(here, Kind::Aliases.row().key), alias);
                        }
                        Some(version) => {
                            notes.push(format!(
                                "an event source mapping of version {version}: a manifest declares it of aliases and of \
                                 the function alone"
                            ));
                            continue;
                        }
                    }
                    let list = here.entry(kind.row().key).or_insert_with(|| json!([]));
                    list.as_array_mut().expect("it was made one").push(mapping);
                }
            }
            Found::Things(things) => {
                for (slot, answer) in things {
                    one(*kind, slot, answer, current, &mut members, notes);
                }
            }
        }
    }
    // In the order of the rows, whichever was read first.
    let mut ordered = Map::new();
    for kind in Kind::ALL {
        ordered.extend(members.shift_remove(kind.row().key).map(|value| (kind.row().key.to_owned(), value)));
    }
    ordered
}

fn one(
    kind: Kind,
    slot: &Slot,
    answer: &Value,
    current: &CurrentFunction,
    members: &mut Map<String, Value>,
    notes: &mut Vec<String>,
) {
    let row = kind.row();
    if row.nature != Nature::Setting && !row.nature.is_thing() {
        return;
    }
    let form = forms::from_answer(kind, answer);
    if form.is_null() || forms::default(kind).as_ref() == Some(&form) {
        return;
    }
    let aliases = things(current, Kind::Aliases);
    let is_alias = |name: &String| aliases.is_some_and(|aliases| aliases.contains_key(&Slot::function().named(name)));
    if let Some(qualifier) = slot.qualifier.as_ref().filter(|qualifier| !is_alias(qualifier)) {
        let title = row.title;
        notes.push(format!(
            "{title} of version {qualifier}: a manifest declares it of aliases and of the function alone"
        ));
        return;
    }
    let value = match kind {
        Kind::Permissions => match statement(slot, form, current) {
            Statement::Declared(value) => value,
            Statement::OfUrl => return,
            Statement::Beyond => {
                notes.push(format!("{} says more than AddPermission can, and is left out", place(kind, slot)));
                return;
            }
        },
        Kind::Urls => url(slot, form, current),
        Kind::EventInvoke => event_invoke(form),
        _ => form,
    };
    let mut here = members;
    if let Some(alias) = &slot.qualifier {
        here = inner(inner(here, Kind::Aliases.row().key), alias);
    }
    match &slot.name {
        // What hangs on an alias may have been there before the alias itself.
        Some(name) if row.level == Level::Function => {
            let own = inner(inner(here, row.key), name);
            let hanging = std::mem::take(own);
            own.extend(value.as_object().cloned().unwrap_or_default());
            own.extend(hanging);
        }
        Some(name) => _ = inner(here, row.key).insert(name.clone(), value),
        None => _ = here.insert(row.key.to_owned(), value),
    }
}

fn things(current: &CurrentFunction, kind: Kind) -> Option<&BTreeMap<Slot, Value>> {
    match current.beside.get(&kind) {
        Some(Found::Things(things)) => Some(things),
        _ => None,
    }
}

fn inner<'a>(members: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let place = members.entry(key).or_insert_with(|| json!({}));
    if !place.is_object() {
        *place = json!({});
    }
    place.as_object_mut().expect("it is a map now")
}

enum Statement {
    Declared(Value),
    /// The URL says `public: true` for it.
    OfUrl,
    /// No call could have made it.
    Beyond,
}

fn statement(slot: &Slot, form: Value, current: &CurrentFunction) -> Statement {
    if is_public(slot, current) && statements::is_public_for_urls(&form) {
        return Statement::OfUrl;
    }
    let Value::Object(mut members) = form else { return Statement::Beyond };
    let is_known = |(member, value): (&String, &Value)| {
        STATEMENT_MEMBERS.contains(&member.as_str()) && (value.is_string() || value.is_boolean())
    };
    if !members.iter().all(is_known) || !members.contains_key("Principal") {
        return Statement::Beyond;
    }
    members.retain(|member, value| member != "Action" || *value != statements::ACTION);
    Statement::Declared(Value::Object(members))
}

/// Whether a place has a URL that everyone may call: both statements are there.
fn is_public(slot: &Slot, current: &CurrentFunction) -> bool {
    let place = Slot { name: None, ..slot.clone() };
    let is_open =
        things(current, Kind::Urls).is_some_and(|urls| urls.get(&place).is_some_and(|url| url["AuthType"] == "NONE"));
    let Some(policies) = things(current, Kind::Permissions).filter(|_| is_open) else { return false };
    let there: Vec<Value> = statements::of_policy(policies, slot.qualifier.as_deref()).map(|(_, form)| form).collect();
    statements::public().iter().all(|(_, statement)| there.contains(statement))
}

fn url(slot: &Slot, form: Value, current: &CurrentFunction) -> Value {
    let mut url = form;
    if let Value::Object(members) = &mut url {
        members.retain(|member, value| member != "InvokeMode" || *value != "BUFFERED");
        if members.get("AuthType").is_some_and(|auth| auth == "NONE") {
            let policies = things(current, Kind::Permissions);
            let is_partly = policies.is_some_and(|policies| {
                statements::of_policy(policies, slot.qualifier.as_deref())
                    .any(|(_, form)| form["Action"] == "lambda:InvokeFunctionUrl")
            });
            if is_public(slot, current) {
                members.insert("public".into(), json!(true));
            } else if !is_partly {
                members.insert("public".into(), json!(false));
            }
        }
    }
    url
}

/// Only what differs from the service's defaults.
fn event_invoke(form: Value) -> Value {
    let default = forms::default(Kind::EventInvoke).unwrap_or_default();
    let mut config = form;
    if let Value::Object(members) = &mut config {
        members.retain(|member, value| *value != default[member.as_str()]);
    }
    config
}
