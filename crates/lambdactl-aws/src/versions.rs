//! Reads published versions.

use std::collections::BTreeMap;

use lambdactl_diff::{CurrentFunction, Health, PublishedVersion, Reason};
use lambdactl_schema::{Call, Operation, Subject};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::CallError;
use crate::pages::Pages;

/// What a list of all versions of an account says.
#[derive(Default)]
pub(crate) struct Versions {
    /// The configurations of all functions, by name.
    pub(crate) functions: BTreeMap<String, Map<String, Value>>,
    /// The newest version of each function that has one, by name.
    pub(crate) newest: BTreeMap<String, PublishedVersion>,
}

impl Versions {
    /// Takes an entry of a list: a function as it is, or a version of it.
    pub(crate) fn take(&mut self, name: &str, mut configuration: Map<String, Value>) {
        match number(&configuration) {
            None => {
                // Lists with versions name `$LATEST` in its ARN, which is no part of a function's.
                if let Some(Value::String(arn)) = configuration.get_mut("FunctionArn")
                    && let Some(plain) = arn.strip_suffix(":$LATEST")
                {
                    *arn = plain.to_owned();
                }
                self.functions.insert(name.to_owned(), configuration);
            }
            Some(number) => {
                let known = self.newest.get(name).and_then(|newest| newest.number.parse().ok());
                if known.is_none_or(|known: u64| known < number) {
                    self.newest.insert(name.to_owned(), version(number, configuration));
                }
            }
        }
    }
}

impl Client {
    /// Reads the newest published version of a function, without its state, which the list does not have
    /// (ListVersionsByFunction); `None` when there is none.
    pub(crate) async fn newest_version(&self, name: &str) -> Result<Option<PublishedVersion>, CallError> {
        let mut versions = Versions::default();
        let is_there = self.each_version(name, |version| versions.take(name, version.configuration)).await?;
        Ok(versions.newest.remove(name).filter(|_| is_there))
    }

    /// Reads the configurations of `$LATEST` and of all published versions of a function, as the list has them; `None` when there
    /// is no such function.
    pub async fn versions(&self, name: &str) -> Result<Option<Vec<CurrentFunction>>, CallError> {
        let mut versions = Vec::new();
        let is_there = self.each_version(name, |version| versions.push(version)).await?;
        Ok(is_there.then_some(versions))
    }

    /// Gives each entry of a function's list of versions away, and says whether there is such a function.
    async fn each_version(&self, name: &str, mut take: impl FnMut(CurrentFunction)) -> Result<bool, CallError> {
        const OPERATION: Operation = Operation::ListVersionsByFunction;
        let mut pages = Pages::of(self, Call::new(OPERATION, Subject::function(name)));
        loop {
            let items = match pages.next().await {
                Ok(Some(items)) => items,
                Ok(None) => return Ok(true),
                Err(error) if error.is_not_found() => return Ok(false),
                Err(error) => return Err(error),
            };
            for item in items {
                let Value::Object(configuration) = item else {
                    return Err(self.unexpected(OPERATION, "a list of something else"));
                };
                self.check_configuration(OPERATION, Some(name), &configuration)?;
                take(self.cleaned(configuration));
            }
        }
    }

    /// Asks how far a published version is (GetFunction with a qualifier, which has a quota of its own).
    pub async fn version_health(&self, name: &str, number: &str) -> Result<Health, CallError> {
        match self.read(Call::new(Operation::GetFunction, Subject::qualified(name, number))).await? {
            // Right after it was published a version may not be found yet.
            None => Ok(Health::Pending(Reason::default())),
            Some(mut answer) => match answer["Configuration"].take() {
                Value::Object(configuration) => {
                    self.check_configuration(Operation::GetFunction, Some(name), &configuration)?;
                    Ok(self.cleaned(configuration).health())
                }
                _ => Err(self.unexpected(Operation::GetFunction, "no configuration of a version")),
            },
        }
    }

    /// Makes a version of the answer to PublishVersion. Where nothing had changed it is one that was there before.
    pub(crate) fn published(
        &self,
        operation: Operation,
        name: &str,
        answer: Value,
    ) -> Result<PublishedVersion, CallError> {
        let Value::Object(configuration) = answer else {
            return Err(self.unexpected(operation, "no configuration of a version"));
        };
        self.check_configuration(operation, Some(name), &configuration)?;
        let number = configuration.get("Version").and_then(Value::as_str).unwrap_or_default().to_owned();
        if number.is_empty() || number.len() > 128 {
            return Err(self.unexpected(operation, "a version without a number"));
        }
        let cleaned = self.cleaned(configuration);
        Ok(PublishedVersion { number, health: cleaned.health(), configuration: cleaned.configuration })
    }
}

/// Returns the number of a published version; `$LATEST` has none.
fn number(configuration: &Map<String, Value>) -> Option<u64> {
    configuration.get("Version")?.as_str()?.parse().ok()
}

fn version(number: u64, configuration: Map<String, Value>) -> PublishedVersion {
    PublishedVersion { number: number.to_string(), health: Health::of(&configuration), configuration }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn newest_version_has_the_highest_number() {
        let mut versions = Versions::default();
        for version in ["$LATEST", "9", "10", "2"] {
            let arn = format!("arn:aws:lambda:us-west-2:123456789012:function:f:{version}");
            let configuration = json!({ "Version": version, "FunctionArn": arn });
            versions.take("f", configuration.as_object().cloned().expect("a map"));
        }
        assert_eq!(versions.newest["f"].number, "10");
        assert_eq!(versions.functions["f"]["FunctionArn"], "arn:aws:lambda:us-west-2:123456789012:function:f");
    }
}
