//! Event source mappings: they belong to the account, and one list has all of them.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambdactl_diff::{Found, SHOWN_SOURCE, mapping_arn, mappings_with_tags_to_read};
use lambdactl_schema::operations::Paging;
use lambdactl_schema::{Call, FunctionSpec, Operation, Slot, Subject};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::error::CallError;
use crate::pages::Pages;
use crate::shape::{Place, is_uuid};

/// Mappings on a page: the service gives no more, whatever is asked for (AWS documentation).
const PAGE: u64 = 100;

/// The mappings of one function, by what they feed and their UUIDs.
pub(crate) type Mappings = BTreeMap<Slot, Value>;

/// The mappings of an account by the names of their functions, or why they could not be listed.
pub(crate) type ListedMappings = Result<BTreeMap<String, Mappings>, String>;

/// How far the service is with a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingState {
    /// Its UUID.
    pub uuid: String,
    /// `Creating`, `Enabling`, `Enabled`, `Disabling`, `Disabled`, `Updating` or `Deleting`.
    pub state: String,
    /// What the service says of it.
    pub reason: String,
}

impl MappingState {
    /// Whether the service still works on it.
    pub fn is_settling(&self) -> bool {
        !["Enabled", "Disabled"].contains(&self.state.as_str())
    }
}

impl Client {
    /// Lists the mappings of the account and region, by the names of their functions.
    pub(crate) async fn all_mappings(&self) -> Result<BTreeMap<String, Mappings>, CallError> {
        self.listed_mappings(list()).await
    }

    /// Lists the mappings of one function and of aliases of it. Whether the list of a function has those of its aliases is not
    /// known (it could not be verified), so that each is asked for.
    pub(crate) async fn mappings_of(&self, name: &str, qualifiers: &[Option<String>]) -> Result<Mappings, CallError> {
        let mut found = Mappings::new();
        for qualifier in qualifiers {
            let of = qualifier.as_ref().map_or_else(|| name.to_owned(), |qualifier| format!("{name}:{qualifier}"));
            let mut listed = self.listed_mappings(list().with("FunctionName", of)).await?;
            found.extend(listed.remove(name).unwrap_or_default());
        }
        Ok(found)
    }

    async fn listed_mappings(&self, call: Call) -> Result<BTreeMap<String, Mappings>, CallError> {
        const OPERATION: Operation = Operation::ListEventSourceMappings;
        let mut found: BTreeMap<String, Mappings> = BTreeMap::new();
        for mut item in Pages::of(self, call).all().await? {
            let uuid = item["UUID"].as_str().filter(|uuid| is_uuid(uuid)).map(str::to_owned);
            let arn = item["FunctionArn"].as_str().map(str::to_owned);
            let (Some(uuid), Some(arn)) = (uuid, arn) else {
                return Err(self.unexpected(OPERATION, "a mapping without a UUID or a function"));
            };
            let is_here = |place: &Place<'_>| {
                let account = self.account.get();
                place.region == self.connection().region() && account.is_none_or(|account| place.account == account)
            };
            let Some(place) = Place::of(&arn).filter(is_here) else {
                return Err(self.unexpected(OPERATION, "a mapping of a function of another region or account"));
            };
            let qualifier = arn.split(':').nth(7).filter(|qualifier| *qualifier != "$LATEST");
            let slot = Slot { qualifier: self.shown(qualifier), name: Some(uuid) };
            if let Some(source) = self.shown(item["EventSourceArn"].as_str()) {
                item[SHOWN_SOURCE] = json!(source);
            }
            for member in ["StateTransitionReason", "LastProcessingResult"] {
                if let Some(words) = self.shown(item[member].as_str()) {
                    item[member] = json!(words);
                }
            }
            found.entry(place.name.to_owned()).or_default().insert(slot, item);
        }
        Ok(found)
    }

    /// A text of the account without what is secret in this run.
    fn shown(&self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.redaction().mask(text).into_owned())
    }

    /// Reads the tags of those mappings of a function whose tags matter. What cannot be read is a text that says why.
    pub(crate) async fn tag_mappings(
        &self,
        spec: &FunctionSpec,
        mappings: &mut Mappings,
        prune: bool,
        parallelism: usize,
    ) -> Result<(), CallError> {
        let slots = mappings_with_tags_to_read(spec, mappings, prune);
        self.tag_those(slots, mappings, parallelism).await
    }

    /// Reads the tags of all mappings.
    pub(crate) async fn tag_all_mappings(&self, mappings: &mut Mappings) -> Result<(), CallError> {
        let slots = mappings.keys().cloned().collect();
        self.tag_those(slots, mappings, 1).await
    }

    async fn tag_those(&self, slots: Vec<Slot>, mappings: &mut Mappings, parallelism: usize) -> Result<(), CallError> {
        let wanted: Vec<(Slot, String)> =
            slots.into_iter().filter_map(|slot| Some((slot.clone(), mapping_arn(mappings.get(&slot)?)))).collect();
        let read: Vec<(Slot, Value)> = stream::iter(wanted)
            .map(async |(slot, arn)| match self.read(Call::new(Operation::ListTags, Subject::id(arn))).await {
                Ok(answer) => {
                    let tags = answer.unwrap_or_default()["Tags"].take();
                    Ok((slot, if tags.is_object() { tags } else { Value::Object(Map::new()) }))
                }
                Err(error) if error.is_refusal() => Ok((slot, json!(error.code()))),
                Err(error) => Err(error),
            })
            .buffer_unordered(parallelism.max(1))
            .try_collect()
            .await?;
        for (slot, tags) in read {
            if let Some(mapping) = mappings.get_mut(&slot) {
                mapping["Tags"] = tags;
            }
        }
        Ok(())
    }

    /// Makes a call that creates, changes or deletes a mapping, and returns how far it is; nothing where it is gone.
    pub async fn change_mapping(&self, call: &Call) -> Result<Option<MappingState>, CallError> {
        let operation = call.operation;
        match self.read(call.clone()).await? {
            Some(answer) => self.state_of(operation, &answer).map(Some),
            None if operation == Operation::DeleteEventSourceMapping => Ok(None),
            None => Err(self.unexpected(operation, "no mapping")),
        }
    }

    /// Asks how far the service is with a mapping; nothing where it is gone.
    pub async fn mapping_state(&self, uuid: &str) -> Result<Option<MappingState>, CallError> {
        const OPERATION: Operation = Operation::GetEventSourceMapping;
        let answer = self.read(Call::new(OPERATION, Subject::id(uuid))).await?;
        answer.map(|answer| self.state_of(OPERATION, &answer)).transpose()
    }

    fn state_of(&self, operation: Operation, answer: &Value) -> Result<MappingState, CallError> {
        let text = |member: &str| self.shown(answer[member].as_str()).unwrap_or_default();
        let uuid = answer["UUID"].as_str().filter(|uuid| is_uuid(uuid)).map(str::to_owned);
        let uuid = uuid.ok_or_else(|| self.unexpected(operation, "a mapping without a UUID"))?;
        let words = [text("StateTransitionReason"), text("LastProcessingResult")];
        let problem = words.iter().find(|words| words.contains("PROBLEM")).cloned();
        let reason = problem.unwrap_or_else(|| words[0].clone());
        // Servers without states are done at once.
        let state = self.shown(answer["State"].as_str()).unwrap_or_else(|| "Enabled".to_owned());
        Ok(MappingState { uuid, state, reason })
    }
}

fn list() -> Call {
    Call::new(Operation::ListEventSourceMappings, Subject::default()).with(Paging::SIZE, PAGE)
}

/// What was found of one function in a list of all.
pub(crate) fn found_of(listed: &ListedMappings, name: &str) -> Found {
    match listed {
        Ok(mappings) => Found::Things(mappings.get(name).cloned().unwrap_or_default()),
        Err(reason) => Found::Unknown(reason.clone()),
    }
}
