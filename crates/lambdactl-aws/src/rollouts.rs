//! What a rollout looks at: an alias with its weights, and alarms.

use std::collections::BTreeMap;

use lambdactl_schema::{Call, Operation, Subject};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::CallError;

/// Where an alias points.
#[derive(Clone, Debug, PartialEq)]
pub struct AliasState {
    /// The version that it points to.
    pub version: String,
    /// Other versions, and the part of the calls that each gets.
    pub weights: BTreeMap<String, f64>,
    /// Its revision: each change makes another one.
    pub revision: String,
}

/// What an alarm says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// Why.
    pub reason: String,
}

impl Client {
    /// Asks where an alias points; nothing where there is none.
    pub async fn alias_state(&self, function: &str, alias: &str) -> Result<Option<AliasState>, CallError> {
        let subject = Subject { id: Some(alias.to_owned()), ..Subject::function(function) };
        let answer = self.read(Call::new(Operation::GetAlias, subject)).await?;
        answer.map(|answer| self.alias_of(Operation::GetAlias, &answer)).transpose()
    }

    /// Makes a call of UpdateAlias, for the revision that it carries.
    pub async fn move_alias(&self, call: &Call) -> Result<AliasState, CallError> {
        let answer = self.answer(call.clone()).await?;
        self.alias_of(call.operation, &answer)
    }

    fn alias_of(&self, operation: Operation, answer: &Value) -> Result<AliasState, CallError> {
        let text = |member: &str| answer[member].as_str().map(str::to_owned);
        let version = text("FunctionVersion").filter(|version| is_version(version));
        let (Some(version), Some(revision)) = (version, text("RevisionId")) else {
            return Err(self.unexpected(operation, "an alias without a version or a revision"));
        };
        let weights = answer["RoutingConfig"]["AdditionalVersionWeights"].as_object().into_iter().flatten();
        let weights = weights
            .filter(|(version, _)| is_version(version))
            .map(|(version, weight)| (version.clone(), weight.as_f64().unwrap_or_default()));
        Ok(AliasState { version, weights: weights.collect(), revision })
    }

    /// Reads what alarms say, in one call: metric alarms and composite ones. One that is not there is missing.
    pub async fn alarms(&self, names: &[String]) -> Result<Vec<Alarm>, CallError> {
        let call = Call::new(Operation::DescribeAlarms, Subject::default())
            .with("AlarmNames", json!(names))
            .with("AlarmTypes", json!(["MetricAlarm", "CompositeAlarm"]));
        let answer = self.answer(call).await?;
        let items = ["MetricAlarms", "CompositeAlarms"].into_iter().flat_map(|list| answer[list].as_array());
        let text = |alarm: &Value, member: &str| {
            self.redaction().mask(alarm[member].as_str().unwrap_or_default()).into_owned()
        };
        let of = |alarm: &Value| {
            // Only those that were asked for are believed.
            let name = names.iter().find(|name| alarm["AlarmName"] == **name)?;
            Some(Alarm { name: name.clone(), state: text(alarm, "StateValue"), reason: text(alarm, "StateReason") })
        };
        Ok(items.flatten().filter_map(of).collect())
    }
}

fn is_version(text: &str) -> bool {
    text.starts_with("$LATEST") || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}
