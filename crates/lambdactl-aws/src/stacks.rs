//! What a CloudFormation stack has made.

use std::collections::{BTreeMap, HashSet};

use lambdactl_schema::{Call, Operation, Subject};

use crate::client::Client;
use crate::error::CallError;
use crate::xml::{element, element_of, items};

/// Pages that are read at most. A stack has at most 500 resources (AWS documentation, "CloudFormation quotas").
const MOST_PAGES: usize = 100;

/// Returns the resources of a stack by their logical ids, each with its physical id and its type (ListStackResources).
pub async fn stack_resources(client: &Client, stack: &str) -> Result<BTreeMap<String, (String, String)>, CallError> {
    let operation = Operation::ListStackResources;
    let mut found = BTreeMap::new();
    let mut markers = HashSet::new();
    let mut call = Call::new(operation, Subject::default()).with("StackName", stack);
    loop {
        let answer = client.call(call).await?;
        let Some(page) = items(&answer.body, "StackResourceSummaries") else {
            return Err(client.unexpected(operation, "no list of stack resource summaries"));
        };
        for item in page {
            let text = |name: &str| element_of(&item, name).filter(|text| !text.is_empty());
            let is_there = text("ResourceStatus").is_none_or(|status| status != "DELETE_COMPLETE");
            // One that is just being made has no physical id yet.
            if let (Some(logical), Some(physical), Some(kind), true) =
                (text("LogicalResourceId"), text("PhysicalResourceId"), text("ResourceType"), is_there)
            {
                found.insert(logical, (physical, kind));
            }
        }
        match element(&answer.body, "NextToken").filter(|marker| !marker.is_empty()) {
            None => return Ok(found),
            Some(marker) if markers.len() < MOST_PAGES && markers.insert(marker.clone()) => {
                call = Call::new(operation, Subject::default()).with("StackName", stack).with("NextToken", marker);
            }
            Some(_) => return Err(client.unexpected(operation, "a list without an end")),
        }
    }
}
