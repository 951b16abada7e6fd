//! Reads layers, and publishes and deletes their versions.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambdactl_diff::{CurrentLayer, LayerVersion};
use lambdactl_schema::operations::Paging;
use lambdactl_schema::{Call, Desired, Operation, Subject};
use serde_json::Value;

use crate::call::Outgoing;
use crate::client::Client;
use crate::error::CallError;
use crate::pages::Pages;

/// The members of a version that are compared.
const COMPARED: [&str; 4] = ["Description", "LicenseInfo", "CompatibleRuntimes", "CompatibleArchitectures"];

/// Reads the newest version of each layer of a manifest. One that may not be read is no error: a plan says so. `all`: where the
/// manifest says how many versions stay, the numbers of all of them, too.
pub(crate) async fn read_layers(
    client: &Client,
    desired: &Desired,
    all: bool,
    parallelism: usize,
) -> Result<BTreeMap<String, CurrentLayer>, CallError> {
    stream::iter(&desired.layers)
        .map(async |spec| {
            let layer = match client.read_layer(spec.name(), all && spec.keep.is_some()).await {
                Err(error) if error.is_refusal() => CurrentLayer::Unknown(error.code().to_owned()),
                layer => layer?,
            };
            Ok::<_, CallError>((spec.name().to_owned(), layer))
        })
        .buffer_unordered(parallelism.max(1))
        .try_collect()
        .await
}

impl Client {
    /// Reads the newest version of a layer as it is by now.
    pub async fn layer(&self, name: &str) -> Result<CurrentLayer, CallError> {
        self.read_layer(name, false).await
    }

    /// Reads the newest version of a layer: its number in a list, which has the newest first (recorded answers) and no digests, and the
    /// version by itself.
    async fn read_layer(&self, name: &str, all: bool) -> Result<CurrentLayer, CallError> {
        const LIST: Operation = Operation::ListLayerVersions;
        let mut call = Call::new(LIST, Subject::layer(name));
        if !all {
            call = call.with(Paging::SIZE, 1);
        }
        let mut pages = Pages::of(self, call);
        let mut numbers = Vec::new();
        loop {
            let items = match pages.next().await {
                Ok(Some(items)) => items,
                Ok(None) => break,
                Err(error) if error.is_not_found() => break,
                Err(error) => return Err(error),
            };
            for item in items {
                let number = item["Version"].as_u64();
                numbers.push(number.ok_or_else(|| self.unexpected(LIST, "a version of a layer without a number"))?);
            }
            if !all && !numbers.is_empty() {
                break;
            }
        }
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        let Some(newest) = numbers.first().copied() else { return Ok(CurrentLayer::None) };
        let call = Call::new(Operation::GetLayerVersion, Subject::layer_version(name, newest));
        let Some(answer) = self.read(call).await? else {
            return Ok(CurrentLayer::Unknown(format!("version {newest} was deleted meanwhile")));
        };
        let version = self.layer_version(Operation::GetLayerVersion, name, answer)?;
        let all = if all { numbers } else { Vec::new() };
        Ok(CurrentLayer::Newest(Box::new(LayerVersion { all, ..version })))
    }

    /// Publishes a version of a layer, with an archive that the call itself does not hold. Never sent again after an answer was lost:
    /// the service publishes the same content anew each time.
    pub async fn publish_layer(&self, call: &Call, archive: Option<&[u8]>) -> Result<LayerVersion, CallError> {
        let operation = call.operation;
        let name = call.subject.layer.clone().unwrap_or_default();
        let answer = self.carry(Outgoing::with_archive(call.clone(), archive)).await?;
        self.layer_version(operation, &name, answer.json(operation, self.endpoint(operation))?)
    }

    /// Deletes a version of a layer, which is no error where there is none (recorded answers).
    pub async fn delete_layer_version(&self, name: &str, number: u64) -> Result<(), CallError> {
        let call = Call::new(Operation::DeleteLayerVersion, Subject::layer_version(name, number));
        match self.call(call).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes an answer for a version of a layer only with an ARN of that layer in this region and account.
    fn layer_version(&self, operation: Operation, name: &str, mut answer: Value) -> Result<LayerVersion, CallError> {
        let wrong = |what: &str| self.unexpected(operation, what.to_owned());
        let arn = answer["LayerVersionArn"].as_str().unwrap_or_default().to_owned();
        let Some(place) = Place::of(&arn) else { return Err(wrong("a version of a layer without its ARN")) };
        if place.name != name || answer["Version"].as_u64() != Some(place.number) {
            return Err(wrong("a version of another layer"));
        }
        if place.region != self.connection().region() {
            return Err(wrong("a layer of another region"));
        }
        if self.account.get().is_some_and(|account| place.account != account) {
            return Err(wrong("a layer of another account"));
        }
        let Some(code_sha256) = answer["Content"]["CodeSha256"].as_str().map(str::to_owned) else {
            return Err(wrong("a version of a layer without a digest"));
        };
        let number = place.number;
        self.redaction().open(&arn);
        let code_size = answer["Content"]["CodeSize"].as_u64();
        let members = COMPARED.iter().map(|member| ((*member).to_owned(), answer[*member].take()));
        let members = members.filter(|(_, value)| !value.is_null()).collect();
        Ok(LayerVersion { number, arn, members, code_sha256, code_size, all: Vec::new() })
    }
}

/// Where a version of a layer is: `arn:PARTITION:lambda:REGION:ACCOUNT:layer:NAME:NUMBER`.
struct Place<'a> {
    region: &'a str,
    account: &'a str,
    name: &'a str,
    number: u64,
}

impl<'a> Place<'a> {
    fn of(arn: &'a str) -> Option<Self> {
        match arn.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", partition, "lambda", region, account, "layer", name, number]
                if partition.starts_with("aws")
                    && account.len() == 12
                    && account.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                Some(Self { region, account, name, number: number.parse().ok()? })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_arns_of_versions_are_places() {
        let of = |arn: &str| Place::of(arn).map(|place| (place.name.to_owned(), place.number));
        let layer = "arn:aws:lambda:us-west-2:123456789012:layer:common";
        assert_eq!(of(&format!("{layer}:3")), Some(("common".to_owned(), 3)));
        assert_eq!(of(layer), None);
        assert_eq!(of(&format!("{layer}:three")), None);
        assert_eq!(of("arn:aws:lambda:us-west-2:123456789012:function:f:3"), None);
        assert_eq!(of("arn:aws:lambda:us-west-2:12345:layer:common:3"), None);
    }
}
