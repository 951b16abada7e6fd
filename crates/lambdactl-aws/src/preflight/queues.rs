use lambdactl_schema::{Call, Desired, Kind, Operation, Source, Subject, preflight};
use serde_json::{Value, json};

use super::found::{Verified, shown};
use super::uses::{ask_each, or_missing, reasons, uses};
use crate::client::Client;
use crate::error::CallError;

/// Seconds that a function has which says nothing of them (the service's model).
const DEFAULT_TIMEOUT: u64 = 3;
/// How often a function's timeout should fit into a queue's (AWS documentation of event source mappings of SQS).
const RECOMMENDED: u64 = 6;

/// Asks for each queue that feeds a function or one of its aliases.
pub(super) async fn check(client: &Client, desired: &Desired, parallelism: usize) -> Verified {
    let queues = uses(desired, |spec| {
        let mappings = spec.beside.declared().into_iter().filter(|declared| declared.kind == Kind::EventSourceMappings);
        mappings
            .filter_map(|declared| {
                let mapping = declared.value.filter(|mapping| Source::of(mapping).is_some_and(Source::is_queue))?;
                let pointer = format!("{}/EventSourceArn", declared.slot.path(declared.kind));
                Some((mapping["EventSourceArn"].as_str()?.to_owned(), pointer))
            })
            .collect::<Vec<_>>()
    });
    let known = ask_each(queues.keys().cloned(), parallelism, async |arn| client.visibility(arn).await).await;
    let mut verified = Verified::default();
    for (arn, visibility) in &known {
        for (spec, pointer) in &queues[arn] {
            let shown = shown(spec, pointer, arn);
            let timeout = spec.request.timeout.and_then(|timeout| timeout.try_into().ok()).unwrap_or(DEFAULT_TIMEOUT);
            match visibility {
                Err(_) => {}
                Ok(None) => {
                    verified.find(&preflight::QUEUE_MISSING, spec, pointer, format!("there is no queue {shown}"));
                }
                Ok(Some(visibility)) if *visibility < timeout => {
                    let message = format!(
                        "the queue {shown} shows a message again after {visibility} s, and the function may take {timeout} s"
                    );
                    verified.find(&preflight::QUEUE_VISIBILITY, spec, pointer, message);
                }
                Ok(Some(visibility)) if *visibility < timeout * RECOMMENDED => verified.tell(
                    spec,
                    format!(
                        "the queue {shown} shows a message again after {visibility} s: AWS recommends six times the \
                         function's timeout, which is {} s",
                        timeout * RECOMMENDED
                    ),
                ),
                Ok(Some(_)) => {}
            }
        }
    }
    verified.unasked("queue", reasons(&known));
    verified
}

impl Client {
    /// Reads how many seconds a queue hides a message that is worked on (GetQueueAttributes). A queue's address follows from its
    /// ARN (AWS documentation, "Amazon SQS queue and message identifiers").
    async fn visibility(&self, arn: &str) -> Result<Option<u64>, CallError> {
        const OPERATION: Operation = Operation::GetQueueAttributes;
        const MISSING: [&str; 3] = [
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
            "AWS.SimpleQueueService.NonExistentQueueException",
        ];
        let mut parts = arn.split(':').skip(4);
        let (account, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let address = self.connection().address(OPERATION.row().service);
        let call = Call::new(OPERATION, Subject::default())
            .with("QueueUrl", format!("{address}/{account}/{name}"))
            .with("AttributeNames", json!(["VisibilityTimeout"]));
        let Some(answer) = or_missing(self.look_for(call).await, &MISSING)? else { return Ok(None) };
        let seconds = answer["Attributes"]["VisibilityTimeout"].as_str().and_then(|seconds| seconds.parse().ok());
        match (seconds, &answer["Attributes"]) {
            (Some(seconds), Value::Object(_)) => Ok(Some(seconds)),
            _ => Err(self.unexpected(OPERATION, "no visibility timeout")),
        }
    }
}
