//! What people want to see of a function beside a comparison: its newest version, its aliases and what feeds it.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambdactl_diff::{CurrentFunction, CurrentState, Found, Listed, Newest, SHOWN_SOURCE};
use lambdactl_schema::{Kind, Slot};
use serde_json::Value;

use crate::client::Client;
use crate::error::CallError;
use crate::read::read_newest_of;

/// An overview of one function that exists. Its texts can be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// The number of the newest published version, where there is one; none or one.
    pub version: Listed<String>,
    /// Its aliases, by their names.
    pub aliases: Listed<AliasOverview>,
    /// What feeds it and its aliases.
    pub mappings: Listed<MappingOverview>,
}

/// An alias, and where it leads.
#[derive(Clone, Debug, PartialEq)]
pub struct AliasOverview {
    /// Its name.
    pub name: String,
    /// The version that it names.
    pub version: String,
    /// The parts of the calls that go to other versions, by their numbers.
    pub weights: BTreeMap<String, f64>,
}

/// An event source mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingOverview {
    /// Its UUID.
    pub uuid: String,
    /// The ARN of its source; of a Kafka cluster of the user's own its addresses.
    pub source: String,
    /// `Creating`, `Enabled`, `Disabled` and the like: an open set.
    pub state: String,
    /// The alias or version that it feeds; none for the function itself.
    pub qualifier: Option<String>,
}

/// Returns overviews of the functions of a state that was read with [`Extent::overview`](crate::Extent::overview), by name. The
/// newest versions that no comparison needed are read here, in a list for each function.
///
/// # Errors
/// Where a list fails. One that is refused is a part of the overview.
pub async fn overviews(
    client: &Client,
    current: &CurrentState,
    parallelism: usize,
) -> Result<BTreeMap<String, Overview>, CallError> {
    stream::iter(&current.functions)
        .map(async |(name, function)| {
            let mut function = function.clone();
            if function.newest == Newest::NotRead {
                read_newest_of(client, name, &mut function).await?;
            }
            Ok::<_, CallError>((name.clone(), client.overview(&function)))
        })
        .buffer_unordered(parallelism.max(1))
        .try_collect()
        .await
}

impl Client {
    fn overview(&self, function: &CurrentFunction) -> Overview {
        let version = match &function.newest {
            Newest::Version(newest) => Listed::Yes(vec![self.masked(&newest.number)]),
            Newest::None | Newest::NotRead => Listed::default(),
            Newest::Unknown(reason) => Listed::No(reason.clone()),
        };
        // A slot's texts were cleaned when it was read; those of the answer are cleaned here.
        let aliases = things(function, Kind::Aliases, |slot, alias| AliasOverview {
            name: slot.name.clone().unwrap_or_default(),
            version: self.masked(alias["FunctionVersion"].as_str().unwrap_or_default()),
            weights: self.weights(alias),
        });
        let mappings = things(function, Kind::EventSourceMappings, |slot, mapping| MappingOverview {
            uuid: slot.name.clone().unwrap_or_default(),
            source: self.source(mapping),
            state: self.masked(mapping["State"].as_str().unwrap_or_default()),
            qualifier: slot.qualifier.clone(),
        });
        Overview { version, aliases, mappings }
    }

    /// Kafka clusters of the user's own have no ARN.
    fn source(&self, mapping: &Value) -> String {
        if let Some(arn) = mapping[SHOWN_SOURCE].as_str() {
            return arn.to_owned();
        }
        let servers = mapping["SelfManagedEventSource"]["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"].as_array();
        let servers: Vec<&str> = servers.into_iter().flatten().filter_map(Value::as_str).collect();
        self.masked(&servers.join(","))
    }
}

fn things<T>(function: &CurrentFunction, kind: Kind, of: impl Fn(&Slot, &Value) -> T) -> Listed<T> {
    match function.beside.get(&kind) {
        Some(Found::Things(things)) => Listed::Yes(things.iter().map(|(slot, value)| of(slot, value)).collect()),
        Some(Found::Unknown(reason)) => Listed::No(reason.clone()),
        None => Listed::default(),
    }
}
