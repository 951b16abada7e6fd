use lambdactl_schema::{Call, Desired, Operation, Subject, preflight};
use serde_json::Value;

use super::found::{Verified, shown};
use super::uses::{ask_each, or_missing, reasons, uses};
use crate::client::Client;
use crate::error::CallError;

/// Asks for each key that encrypts variables, archives or executions.
pub(super) async fn check(client: &Client, desired: &Desired, parallelism: usize) -> Verified {
    let keys = uses(desired, |spec| {
        let request = &spec.request;
        let durable = request.durable_config.as_ref().and_then(|config| config.kms_key_arn.as_ref());
        let named = [
            (request.kms_key_arn.as_ref(), "/KMSKeyArn"),
            (request.code.source_kms_key_arn.as_ref(), "/Code/SourceKMSKeyArn"),
            (durable, "/DurableConfig/KMSKeyArn"),
        ];
        named.into_iter().filter_map(|(arn, pointer)| Some((arn?.clone(), pointer.to_owned())))
    });
    let named = keys.keys().filter(|arn| !arn.is_empty()).cloned();
    let known = ask_each(named, parallelism, async |arn| client.key(arn).await).await;
    let mut verified = Verified::default();
    for (arn, key) in &known {
        for (spec, pointer) in &keys[arn] {
            let shown = shown(spec, pointer, arn);
            match key {
                Err(_) => {}
                Ok(None) => {
                    verified.find(&preflight::KEY_MISSING, spec, pointer, format!("there is no KMS key {shown}"));
                }
                Ok(Some(metadata)) => {
                    if let Some(why) = unusable(metadata) {
                        let message = format!("the KMS key {shown} cannot be used: {why}");
                        verified.find(&preflight::KEY_UNUSABLE, spec, pointer, message);
                    }
                }
            }
        }
    }
    verified.unasked("KMS key", reasons(&known));
    verified
}

/// Says why a key encrypts nothing for Lambda. What an answer does not say is no reason.
fn unusable(metadata: &Value) -> Option<String> {
    let other = |member: &str, wanted: &str| metadata[member].as_str().filter(|value| *value != wanted);
    if let Some(state) = other("KeyState", "Enabled") {
        return Some(format!("its state is {state}"));
    }
    if let Some(usage) = other("KeyUsage", "ENCRYPT_DECRYPT") {
        return Some(format!("it is for {usage}"));
    }
    other("KeySpec", "SYMMETRIC_DEFAULT").map(|spec| format!("it is not symmetric, but {spec}"))
}

impl Client {
    async fn key(&self, arn: &str) -> Result<Option<Value>, CallError> {
        const OPERATION: Operation = Operation::DescribeKey;
        let call = Call::new(OPERATION, Subject::default()).with("KeyId", arn);
        let Some(mut answer) = or_missing(self.look_for(call).await, &["NotFoundException"])? else { return Ok(None) };
        match answer["KeyMetadata"].take() {
            metadata @ Value::Object(_) => Ok(Some(metadata)),
            _ => Err(self.unexpected(OPERATION, "no key")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_enabled_symmetric_keys_encrypt() {
        let good = json!({ "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT" });
        assert_eq!(unusable(&good), None);
        assert_eq!(unusable(&json!({})), None);
        for (member, value) in [("KeyState", "PendingDeletion"), ("KeyUsage", "SIGN_VERIFY"), ("KeySpec", "RSA_2048")] {
            let mut key = good.clone();
            key[member] = json!(value);
            assert!(unusable(&key).is_some_and(|why| why.contains(value)), "{member}");
        }
    }
}
