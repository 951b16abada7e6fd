//! What others have made of a function: read only before a deletion, which takes it away.

use std::collections::BTreeMap;

use lambdactl_diff::{Attachments, Listed};
use lambdactl_schema::{Call, OWNER_TAG, Operation, Subject};
use serde_json::Value;

use crate::client::Client;
use crate::error::CallError;
use crate::pages::Pages;

/// Pages of a list that are read at most: what is lost is shown to a person.
const MOST_PAGES: usize = 20;

impl Client {
    /// Reads what would be lost with a function. What cannot be read is said to be unknown, and is no error.
    pub(crate) async fn attachments(&self, name: &str) -> Attachments {
        let of_function = |operation| Call::new(operation, Subject::function(name));
        let versions = self.listed(of_function(Operation::ListVersionsByFunction), "Version");
        let aliases = self.listed(of_function(Operation::ListAliases), "Name");
        let urls = self.listed(of_function(Operation::ListFunctionUrlConfigs), "FunctionUrl");
        let reserved = self.read(of_function(Operation::GetFunctionConcurrency));
        let policy = self.policy(of_function(Operation::GetPolicy));
        let (versions, aliases, urls, policy, reserved) = tokio::join!(versions, aliases, urls, policy, reserved);
        let reserved = reserved.ok().flatten();
        let named = match &aliases {
            Listed::Yes(names) => names.iter().cloned().map(Some).collect(),
            Listed::No(_) => Vec::new(),
        };
        let qualifiers: Vec<Option<String>> = [None].into_iter().chain(named).collect();
        let (mappings, mapping_owners) = match self.owned_mappings(name, &qualifiers).await {
            Ok(owned) => {
                let owners = owned.iter().filter_map(|(uuid, owner)| Some((uuid.clone(), owner.clone()?))).collect();
                (Listed::Yes(owned.into_keys().collect()), owners)
            }
            Err(error) => (Listed::No(reason(&error)), BTreeMap::new()),
        };
        Attachments {
            versions: match versions {
                Listed::Yes(versions) => {
                    Listed::Yes(versions.into_iter().filter(|version| version != "$LATEST").collect())
                }
                unknown => unknown,
            },
            aliases,
            mappings,
            mapping_owners,
            urls,
            policy,
            reserved_concurrency: reserved.and_then(|answer| answer["ReservedConcurrentExecutions"].as_u64()),
        }
    }

    /// The UUIDs of the mappings of a function, with the manifest whose tag each carries.
    async fn owned_mappings(
        &self,
        name: &str,
        qualifiers: &[Option<String>],
    ) -> Result<BTreeMap<String, Option<String>>, CallError> {
        let mut mappings = self.mappings_of(name, qualifiers).await?;
        self.tag_all_mappings(&mut mappings).await?;
        let owner = |mapping: &Value| mapping["Tags"][OWNER_TAG].as_str().map(str::to_owned);
        Ok(mappings.iter().filter_map(|(slot, mapping)| Some((slot.name.clone()?, owner(mapping)))).collect())
    }

    async fn listed(&self, call: Call, member: &str) -> Listed<String> {
        let mut found = Vec::new();
        let mut pages = Pages::of(self, call);
        for _ in 0..MOST_PAGES {
            let items = match pages.next().await {
                Ok(Some(items)) => items,
                Ok(None) => break,
                // The function is gone, or has never had any.
                Err(error) if error.is_not_found() => return Listed::Yes(found),
                Err(error) => return Listed::No(reason(&error)),
            };
            let texts = items.iter().filter_map(|item| item[member].as_str());
            found.extend(texts.map(|text| self.redaction().mask(text).into_owned()));
        }
        Listed::Yes(found)
    }

    /// The statements of the resource policy, which comes as JSON in a text. None is a 404.
    async fn policy(&self, call: Call) -> Listed<String> {
        let answer = match self.read(call).await {
            Ok(None) => return Listed::Yes(Vec::new()),
            Ok(Some(answer)) => answer,
            Err(error) => return Listed::No(reason(&error)),
        };
        let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap_or("{}")).unwrap_or_default();
        let statements = policy["Statement"].as_array().into_iter().flatten();
        let ids = statements.map(|statement| statement["Sid"].as_str().unwrap_or("without id"));
        Listed::Yes(ids.map(|id| self.redaction().mask(id).into_owned()).collect())
    }
}

fn reason(error: &CallError) -> String {
    error.code().to_owned()
}
