//! What a person who deletes old versions does it for: code storage.

use lambdactl_aws::Client;
use lambdactl_diff::{CurrentState, Plan, freed_by_versions, shown_bytes};

/// Says how much code storage is used, and how much of it the old versions have that a plan deletes. Nothing is asked where none goes.
pub(crate) async fn note(client: &Client, plan: &mut Plan, current: &CurrentState, parallelism: usize) {
    let (functions, mut bytes) = freed_by_versions(plan, current);
    let layers = plan.layers.iter().flat_map(|layer| layer.old.iter().map(|number| (layer.name.as_str(), *number)));
    let layers: Vec<(&str, u64)> = layers.collect();
    let versions = |count: usize| if count == 1 { "version" } else { "versions" };
    let counted: Vec<String> = [(functions, "functions"), (layers.len(), "layers")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, of)| format!("{count} old {} of {of}", versions(count)))
        .collect();
    if counted.is_empty() {
        return;
    }
    let (of_layers, is_all) = client.bytes_of_layers(&layers, parallelism).await;
    bytes += of_layers;
    let about = if is_all { "" } else { "at least " };
    let freed = format!("{about}{} are those of {}, which are deleted", shown_bytes(bytes), counted.join(" and "));
    plan.notes.push(match client.code_storage().await {
        Ok(storage) => {
            format!("{} of {} of code storage are used: {freed}", shown_bytes(storage.used), shown_bytes(storage.limit))
        }
        Err(error) => format!("of the code storage that is used, which could not be asked ({}), {freed}", error.code()),
    });
}
