use lambdactl_schema::{Call, Desired, Operation, Subject, partitions, preflight};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::found::{Verified, shown};
use super::trust::{Asker, Trust, trust};
use super::uses::{ask_each, or_missing, reasons, uses};
use crate::client::Client;
use crate::error::CallError;
use crate::xml::element;

/// What IAM says of a role.
struct Role {
    arn: String,
    trust: Value,
}

/// Asks for each role, and reads whether Lambda may assume it.
pub(super) async fn check(client: &Client, desired: &Desired, parallelism: usize) -> Verified {
    let roles = uses(desired, |spec| [(spec.request.role.clone(), "/Role".to_owned())]);
    let named = roles.keys().filter(|arn| name(arn).is_some()).cloned();
    let known = ask_each(named, parallelism, async |arn| client.role(name(arn).unwrap_or_default()).await).await;
    let mut verified = Verified::default();
    for (arn, role) in &known {
        for (spec, pointer) in &roles[arn] {
            let shown = shown(spec, pointer, arn);
            match role {
                Err(_) => {}
                Ok(Some(role)) if role.arn == *arn => match of_function(client, arn, &spec.request.function_name, role)
                {
                    Trust::Yes => {}
                    Trust::No(why) => {
                        let message = format!("Lambda cannot assume the role {shown}: {why}");
                        verified.find(&preflight::ROLE_TRUST, spec, pointer, message);
                    }
                    Trust::Unclear(why) => {
                        verified.tell(spec, format!("whether Lambda may assume the role {shown} is not known: {why}"));
                    }
                },
                Ok(Some(_)) => {
                    let message = format!("there is no role {shown}: the one of this name has another path or account");
                    verified.find(&preflight::ROLE_MISSING, spec, pointer, message);
                }
                Ok(None) => {
                    let message = format!("there is no role {shown}");
                    verified.find(&preflight::ROLE_MISSING, spec, pointer, message);
                }
            }
        }
    }
    verified.unasked("role", reasons(&known));
    verified
}

/// Reads what a role says of one function. A function and its role are of one account.
fn of_function(client: &Client, role_arn: &str, function: &str, role: &Role) -> Trust {
    let region = client.connection().region();
    let account = role_arn.split(':').nth(4).unwrap_or_default();
    let partition = partitions::of(region).name;
    let function_arn = format!("arn:{partition}:lambda:{region}:{account}:function:{function}");
    trust(&role.trust, Asker { account, function_arn: &function_arn })
}

/// Returns the name of a role: what stands behind its path.
fn name(arn: &str) -> Option<&str> {
    let resource = arn.splitn(6, ':').nth(5)?.strip_prefix("role/")?;
    resource.rsplit('/').next().filter(|name| !name.is_empty())
}

impl Client {
    /// Reads a role by its name (GetRole). The trust policy in the answer is percent-encoded (the service's model).
    async fn role(&self, name: &str) -> Result<Option<Role>, CallError> {
        const OPERATION: Operation = Operation::GetRole;
        let call = Call::new(OPERATION, Subject::default()).with("RoleName", name);
        let Some(answer) = or_missing(self.look(call).await, &["NoSuchEntity"])? else { return Ok(None) };
        let policy = element(&answer.body, "AssumeRolePolicyDocument").unwrap_or_default();
        let policy = percent_decode_str(&policy).decode_utf8_lossy();
        match (element(&answer.body, "Arn"), serde_json::from_str(&policy)) {
            (Some(arn), Ok(trust)) => Ok(Some(Role { arn, trust })),
            _ => Err(self.unexpected(OPERATION, "no role with a trust policy")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_behind_paths() {
        assert_eq!(name("arn:aws:iam::123456789012:role/r"), Some("r"));
        assert_eq!(name("arn:aws-cn:iam::123456789012:role/service-role/team/r"), Some("r"));
        assert_eq!(name("arn:aws:iam::123456789012:user/r"), None);
        assert_eq!(name("r"), None);
    }
}
