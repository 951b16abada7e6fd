//! Event source mappings by region and UUID: they stay when their function goes (recorded answers).

use redb::{ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::EmulatorError;
use crate::service_error::ServiceError;
use crate::store::records::{Store, failed};

/// Records as JSON, by region and UUID.
pub(super) const MAPPINGS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("mappings");

/// An event source mapping.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Mapping {
    pub(crate) uuid: String,
    /// How many were created before it, as far as they were there then: lists are in this order.
    pub(crate) order: u64,
    /// The bare name of its function.
    pub(crate) function: String,
    /// What was asked for: whether it takes records.
    pub(crate) is_enabled: bool,
    /// A deletion began, and ends when nothing is worked on any more.
    #[serde(default)]
    pub(crate) is_deleted: bool,
    /// The members of its answers, the state apart.
    pub(crate) members: Map<String, Value>,
    #[serde(default)]
    pub(crate) tags: Map<String, Value>,
}

impl Mapping {
    /// Returns a member that is text.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member)?.as_str()
    }
}

/// What becomes of a mapping.
pub(crate) enum MappingChange {
    Put(Box<Mapping>),
    /// The one with this UUID goes.
    Remove(String),
}

impl Store {
    /// Returns a region's mappings by UUID.
    pub(crate) fn mappings(&self, region: &str) -> Result<Vec<Mapping>, EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            all_in(&transaction.open_table(MAPPINGS).map_err(failed)?, region)
        })
    }

    /// Shows `decide` a region's mappings, and makes its decision durable, with no other change in between.
    pub(crate) fn change_mappings<T>(
        &self,
        region: &str,
        decide: impl FnOnce(Vec<Mapping>) -> Result<(Vec<MappingChange>, T), ServiceError>,
    ) -> Result<T, ServiceError> {
        self.with_database(|database| {
            let _writer = self.writing();
            let transaction = database.begin_write().map_err(failed)?;
            let answer = {
                let mut mappings = transaction.open_table(MAPPINGS).map_err(failed)?;
                let (changes, answer) = match decide(all_in(&mappings, region)?) {
                    Ok(decision) => decision,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                for change in changes {
                    match change {
                        MappingChange::Put(mapping) => {
                            let record =
                                serde_json::to_vec(&mapping).expect("string keys and plain values are always JSON");
                            mappings.insert((region, mapping.uuid.as_str()), record.as_slice()).map_err(failed)?;
                        }
                        MappingChange::Remove(uuid) => {
                            mappings.remove((region, uuid.as_str())).map_err(failed)?;
                        }
                    }
                }
                answer
            };
            transaction.commit().map_err(failed)?;
            Ok(Ok(answer))
        })?
    }
}

fn all_in(
    mappings: &impl ReadableTable<(&'static str, &'static str), &'static [u8]>,
    region: &str,
) -> Result<Vec<Mapping>, EmulatorError> {
    let mut found = Vec::new();
    for entry in mappings.range((region, "")..).map_err(failed)? {
        let (key, record) = entry.map_err(failed)?;
        let (found_region, uuid) = key.value();
        if found_region != region {
            break;
        }
        let damaged = |source| EmulatorError::Record { name: uuid.to_owned(), source };
        found.push(serde_json::from_slice(record.value()).map_err(damaged)?);
    }
    Ok(found)
}
