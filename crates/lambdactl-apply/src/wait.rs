use std::time::Duration;

use lambdactl_aws::{Client, FunctionAnswer, FunctionState};

use crate::report::Failure;

/// Polls a function until the service has set it up or has finished an update of it. The caller bounds the time.
pub(crate) async fn wait_until_ready(
    client: &Client,
    name: &str,
    mut answer: FunctionAnswer,
) -> Result<FunctionAnswer, Failure> {
    /// The service's own waiters poll once a second.
    const SLOWEST: Duration = Duration::from_secs(1);
    let mut pause = Duration::ZERO;
    loop {
        match answer.state {
            FunctionState::Ready => return Ok(answer),
            FunctionState::Failed(code, reason) => {
                return Err(Failure {
                    help: Some(remedy(&code).unwrap_or(MENDLESS).to_owned()),
                    message: format!("the service could not set the function up: {reason}"),
                    code,
                });
            }
            FunctionState::UpdateFailed(code, reason) => {
                return Err(Failure {
                    help: remedy(&code).map(str::to_owned),
                    message: format!("the service could not update the function, which serves as before: {reason}"),
                    code,
                });
            }
            FunctionState::Pending => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).clamp(Duration::from_millis(200), SLOWEST);
        answer = client.function_state(name).await.map_err(|error| Failure::from(&error))?;
    }
}

const MENDLESS: &str = "delete the function and run apply again: a function that failed to be created cannot be mended";

/// What to do about a function that failed. The codes are those of the service's model.
fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "EniLimitExceeded" => "the VPC has no network interfaces left: free some, or ask for a higher quota",
        "SubnetOutOfIPAddresses" => "a subnet has no addresses left: use larger or further subnets",
        "InvalidSubnet" | "InvalidSecurityGroup" => "check the ids in VpcConfig: do they exist, and in one VPC?",
        "InsufficientRolePermissions" => {
            "the role lacks a permission, for a VPC ec2:CreateNetworkInterface and its like"
        }
        "ImageAccessDenied" | "ImageDeleted" | "InvalidImage" => {
            "check that the image exists, and that its repository lets Lambda pull it"
        }
        "KMSKeyAccessDenied" | "KMSKeyNotFound" | "DisabledKMSKey" | "InvalidStateKMSKey" => {
            "check that the key exists and is enabled, and that the role may use it"
        }
        code if code.starts_with("EFS") => "check the access point, its mount targets and the security groups",
        _ => return None,
    })
}
