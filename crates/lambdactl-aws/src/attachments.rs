//! What others have made of a function: read only before a deletion, which takes it away.

use lambdactl_diff::{Attachments, Listed};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use crate::client::Client;
use crate::error::CallError;
use crate::operations::SEGMENT;
use crate::pages::{Next, Pages};

/// Pages of a list that are read at most: what is lost is shown to a person.
const MOST_PAGES: usize = 20;

impl Client {
    /// Reads what would be lost with a function. What cannot be read is said to be unknown, and is no error.
    pub(crate) async fn attachments(&self, name: &str) -> Attachments {
        let encoded = utf8_percent_encode(name, SEGMENT).to_string();
        let of_function = |rest: &str| format!("/2015-03-31/functions/{encoded}/{rest}");
        let versions = self.listed("ListVersionsByFunction", of_function("versions"), "Versions", "Version");
        let aliases = self.listed("ListAliases", of_function("aliases"), "Aliases", "Name");
        let urls = format!("/2021-10-31/functions/{encoded}/urls");
        let urls = self.listed("ListFunctionUrlConfigs", urls, "FunctionUrlConfigs", "FunctionUrl");
        let mappings = format!("/2015-03-31/event-source-mappings?FunctionName={encoded}");
        let mappings = self.listed("ListEventSourceMappings", mappings, "EventSourceMappings", "UUID");
        let reserved = self.read("GetFunctionConcurrency", format!("/2019-09-30/functions/{encoded}/concurrency"));
        let (versions, aliases, urls, mappings, policy, reserved) =
            tokio::join!(versions, aliases, urls, mappings, self.policy(of_function("policy")), reserved);
        let reserved = reserved.ok().flatten();
        Attachments {
            versions: match versions {
                Listed::Yes(versions) => {
                    Listed::Yes(versions.into_iter().filter(|version| version != "$LATEST").collect())
                }
                unknown => unknown,
            },
            aliases,
            mappings,
            urls,
            policy,
            reserved_concurrency: reserved.and_then(|answer| answer["ReservedConcurrentExecutions"].as_u64()),
        }
    }

    async fn listed(&self, operation: &'static str, path: String, list: &str, member: &str) -> Listed<String> {
        let mut found = Vec::new();
        let mut page_path = path.clone();
        let mut pages = Pages::default();
        for _ in 0..MOST_PAGES {
            let page = match self.read(operation, page_path).await {
                Ok(Some(page)) => page,
                // The function is gone, or has never had any.
                Ok(None) => return Listed::Yes(found),
                Err(error) => return Listed::No(reason(&error)),
            };
            let Some(items) = page[list].as_array() else {
                return Listed::No("the answer has no list".to_owned());
            };
            let texts = items.iter().filter_map(|item| item[member].as_str());
            found.extend(texts.map(|text| self.redaction().mask(text).into_owned()));
            let next = match pages.next(page["NextMarker"].as_str()) {
                Next::Page(next) => next,
                Next::End => break,
                Next::Endless => return Listed::No("the list has no end".to_owned()),
            };
            let joint = if path.contains('?') { '&' } else { '?' };
            page_path = format!("{path}{joint}Marker={}", utf8_percent_encode(&next, SEGMENT));
        }
        Listed::Yes(found)
    }

    /// The statements of the resource policy, which comes as JSON in a text. None is a 404.
    async fn policy(&self, path: String) -> Listed<String> {
        let answer = match self.read("GetPolicy", path).await {
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
