//! Alarms of Amazon CloudWatch, which watch rollouts.

use lambdactl_schema::{Call, Operation, Subject};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::CallError;

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

impl Alarm {
    /// Whether it has gone off. An alarm without enough data has not.
    pub fn is_off(&self) -> bool {
        self.state == "ALARM"
    }
}

impl Client {
    /// Reads what alarms say, in one call: metric alarms and composite ones. One that is not there is missing.
    pub async fn alarms(&self, names: &[String]) -> Result<Vec<Alarm>, CallError> {
        let call = Call::new(Operation::DescribeAlarms, Subject::default())
            .with("AlarmNames", json!(names))
            .with("AlarmTypes", json!(["MetricAlarm", "CompositeAlarm"]))
            // As many as can be named: the service answers 50 unless told (AWS documentation).
            .with("MaxRecords", 100);
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
