//! How much code storage an account uses, and how much of it versions of layers do.

use futures_util::stream::{self, StreamExt};
use lambdactl_schema::{Call, Operation, Subject};
use serde_json::Value;

use crate::client::Client;
use crate::error::CallError;

/// Versions of layers that are asked for their size: the number is for a person to judge by.
const MOST: usize = 50;

/// Bytes of code storage, of all functions, versions and layers of the account in its region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeStorage {
    /// What is used.
    pub used: u64,
    /// What may be used.
    pub limit: u64,
}

impl Client {
    /// Asks how much code storage is used (GetAccountSettings).
    pub async fn code_storage(&self) -> Result<CodeStorage, CallError> {
        const OPERATION: Operation = Operation::GetAccountSettings;
        let answer = self.look_for(Call::new(OPERATION, Subject::default())).await?;
        let bytes = |of: &str| answer[of]["TotalCodeSize"].as_u64();
        match (bytes("AccountUsage"), bytes("AccountLimit")) {
            (Some(used), Some(limit)) => Ok(CodeStorage { used, limit }),
            _ => Err(self.unexpected(OPERATION, "no code storage")),
        }
    }

    /// Adds up the bytes of versions of layers, which lists do not say; and whether they are those of all. What cannot be asked
    /// is left out.
    pub async fn bytes_of_layers(&self, versions: &[(&str, u64)], parallelism: usize) -> (u64, bool) {
        let asked: Vec<(String, u64)> =
            versions.iter().take(MOST).map(|(name, number)| ((*name).to_owned(), *number)).collect();
        let sizes: Vec<Option<u64>> = stream::iter(asked)
            .map(async |(name, number)| {
                let call = Call::new(Operation::GetLayerVersion, Subject::layer_version(name, number));
                let answer = self.look_for(call).await.unwrap_or(Value::Null);
                answer["Content"]["CodeSize"].as_u64()
            })
            .buffer_unordered(parallelism.max(1))
            .collect()
            .await;
        let is_all = sizes.len() == versions.len() && sizes.iter().all(Option::is_some);
        (sizes.into_iter().flatten().sum(), is_all)
    }
}
