//! One alias: where it points, and moving it.

use std::collections::BTreeMap;
use std::time::Duration;

use lambdactl_schema::{Call, Operation, Subject};
use serde_json::Value;

use crate::call::Outgoing;
use crate::client::Client;
use crate::error::CallError;

/// How long a move is tried that was not executed: a person waits for it.
const PATIENCE: Duration = Duration::from_secs(120);

/// An alias as the account has it.
#[derive(Clone, Debug, PartialEq)]
pub struct CurrentAlias {
    /// The version that it names.
    pub version: String,
    /// The parts of the calls that go to other versions.
    pub weights: BTreeMap<String, f64>,
    /// Its revision: each change gives it another.
    pub revision_id: Option<String>,
}

impl Client {
    /// Reads an alias of a function; `None` when there is none.
    pub async fn alias(&self, name: &str, alias: &str) -> Result<Option<CurrentAlias>, CallError> {
        let answer = self.read(Call::new(Operation::GetAlias, subject(name, alias))).await?;
        answer.map(|answer| self.of_answer(Operation::GetAlias, &answer)).transpose()
    }

    /// Makes a call of UpdateAlias. One for a revision that the alias has not any more is refused ([`CallError::is_moved`]). Never
    /// sent again after a lost answer.
    pub async fn move_alias(&self, call: Call) -> Result<CurrentAlias, CallError> {
        let operation = call.operation;
        let answer = self.carry_within(Outgoing::of(call), PATIENCE).await?;
        self.of_answer(operation, &answer.json(operation, self.endpoint(operation))?)
    }

    fn of_answer(&self, operation: Operation, answer: &Value) -> Result<CurrentAlias, CallError> {
        let version = answer["FunctionVersion"].as_str().filter(|text| self.is_version(text));
        let version = version.ok_or_else(|| self.unexpected(operation, "an alias without a version"))?.to_owned();
        let weights = self.weights(answer);
        let revision_id = answer["RevisionId"].as_str().map(str::to_owned);
        Ok(CurrentAlias { version, weights, revision_id })
    }

    /// Returns the parts of an alias's calls that go to other versions. What is no version is nothing to call.
    pub(crate) fn weights(&self, alias: &Value) -> BTreeMap<String, f64> {
        let weights = alias["RoutingConfig"]["AdditionalVersionWeights"].as_object().into_iter().flatten();
        let weights = weights.filter(|(version, _)| self.is_version(version));
        weights.filter_map(|(version, weight)| Some((version.clone(), weight.as_f64()?))).collect()
    }

    fn is_version(&self, text: &str) -> bool {
        let is_number = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number || text.starts_with("$LATEST") && self.redaction().is_clean(text)
    }
}

/// The alias of a function, as calls name it.
fn subject(name: &str, alias: &str) -> Subject {
    Subject { id: Some(alias.to_owned()), ..Subject::function(name) }
}
