use lambdactl_schema::{Call, Desired, Operation, Subject, preflight, referred_layer};
use serde_json::Value;

use super::found::{Verified, shown};
use super::uses::{ask_each, or_missing, reasons, uses};
use crate::client::Client;
use crate::error::CallError;

/// What a function has that says nothing of its instruction set (the service's model).
const DEFAULT: &str = "x86_64";

/// Asks for each version of a layer that functions name by its ARN. Those of the manifest itself are published before functions are.
pub(super) async fn check(client: &Client, desired: &Desired, parallelism: usize) -> Verified {
    let layers = uses(desired, |spec| {
        let items = spec.request.layers.iter().flatten().enumerate();
        items
            .filter(|(_, item)| referred_layer(item).is_none())
            .map(|(index, arn)| (arn.clone(), format!("/Layers/{index}")))
            .collect::<Vec<_>>()
    });
    let known = ask_each(layers.keys().cloned(), parallelism, async |arn| client.layer_by_arn(arn).await).await;
    let mut verified = Verified::default();
    for (arn, version) in &known {
        for (spec, pointer) in &layers[arn] {
            let shown = shown(spec, pointer, arn);
            let Ok(version) = version else { continue };
            let Some(version) = version else {
                verified.find(&preflight::LAYER_MISSING, spec, pointer, format!("there is no layer version {shown}"));
                continue;
            };
            let own = spec.request.architectures.iter().flatten().next();
            let own = own.map_or(DEFAULT, |architecture| architecture.as_str());
            if let Some(others) = lacks(&version["CompatibleArchitectures"], own) {
                let message = format!("the layer {shown} is made for {others}, and the function is for {own}");
                verified.find(&preflight::LAYER_ARCHITECTURE, spec, pointer, message);
            }
            let runtime = spec.request.runtime.as_ref().map(|runtime| runtime.as_str());
            let others = runtime.and_then(|runtime| lacks(&version["CompatibleRuntimes"], runtime));
            if let (Some(runtime), Some(others)) = (runtime, others) {
                verified.tell(spec, format!("the layer {shown} says that it is made for {others}, not for {runtime}"));
            }
        }
    }
    verified.unasked("layer version", reasons(&known));
    verified
}

/// Returns the items of a list that names some, and not this one.
fn lacks(list: &Value, wanted: &str) -> Option<String> {
    let items: Vec<&str> = list.as_array()?.iter().filter_map(Value::as_str).collect();
    (!items.is_empty() && !items.contains(&wanted)).then(|| items.join(", "))
}

impl Client {
    async fn layer_by_arn(&self, arn: &str) -> Result<Option<Value>, CallError> {
        const OPERATION: Operation = Operation::GetLayerVersionByArn;
        let call = Call::new(OPERATION, Subject::default()).with("Arn", arn);
        let answer = self.look_for(call).await;
        let Some(answer) = or_missing(answer, &["ResourceNotFoundException"])? else { return Ok(None) };
        match answer["LayerVersionArn"] == arn {
            true => Ok(Some(answer)),
            false => Err(self.unexpected(OPERATION, "another version of a layer")),
        }
    }
}
