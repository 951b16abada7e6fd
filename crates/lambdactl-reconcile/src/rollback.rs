//! Moving an alias to another version: which ones there are, whether one can be named, and what became of it.

use lambdactl_aws::{CallError, Client, CurrentAlias};
use lambdactl_diff::{CurrentFunction, Health, VersionDifference, version_difference};
use lambdactl_schema::{Call, Operation, Subject};
use serde_json::json;

/// An alias, and the versions that it could name.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    /// The alias as it is now.
    pub alias: CurrentAlias,
    /// The published versions, from the newest on.
    pub versions: Vec<Candidate>,
}

/// A published version. Its texts can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its number.
    pub number: String,
    /// When it was published, as the service writes it.
    pub published: String,
    /// Its description; empty where it has none.
    pub description: String,
    /// The digest of its code, as the service writes it.
    pub code_sha256: String,
    /// How it differs from the version that the alias names now; nothing where that one is not there any more.
    pub difference: Option<VersionDifference>,
}

/// Why an alias cannot be moved to a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotMovable {
    /// All calls go there already.
    There,
    /// There is no such version.
    Missing,
    /// The service is still setting the version up.
    Pending,
    /// The version does not work, for this reason.
    Failed(String),
}

/// What became of a move.
#[derive(Debug)]
pub enum MoveOutcome {
    /// The alias names the version.
    Moved,
    /// The answer was lost, and the alias names the version.
    FoundThere,
    /// Someone else has changed the alias since it was read; it is like this now, or is gone.
    MovedByOthers(Option<CurrentAlias>),
    /// The answer was lost, and the alias is like this, or is gone.
    NotMoved(CallError, Option<CurrentAlias>),
    /// The answer was lost, and the alias could not be read again.
    Unknown(CallError, CallError),
    /// The service refused.
    Refused(CallError),
}

/// Reads an alias and the versions of its function; nothing where there is no such alias, or no such function.
///
/// # Errors
/// Where a call fails.
pub async fn candidates(client: &Client, name: &str, alias: &str) -> Result<Option<Candidates>, CallError> {
    let Some(alias) = client.alias(name, alias).await? else { return Ok(None) };
    let Some(versions) = client.versions(name).await? else { return Ok(None) };
    let number = |version: &CurrentFunction| text(version, "Version").parse::<u64>().ok();
    let now = versions.iter().find(|version| text(version, "Version") == alias.version);
    let mut published: Vec<(u64, Candidate)> = versions
        .iter()
        .filter_map(|version| {
            let candidate = Candidate {
                number: number(version)?.to_string(),
                published: client.masked(text(version, "LastModified")),
                description: client.masked(text(version, "Description")),
                code_sha256: client.masked(text(version, "CodeSha256")),
                difference: now.map(|now| version_difference(&now.configuration, &version.configuration)),
            };
            Some((number(version)?, candidate))
        })
        .collect();
    published.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    Ok(Some(Candidates { alias, versions: published.into_iter().map(|(_, candidate)| candidate).collect() }))
}

fn text<'a>(version: &'a CurrentFunction, member: &str) -> &'a str {
    version.text(member).unwrap_or_default()
}

/// Asks whether an alias can be moved to a version, and returns why not.
///
/// # Errors
/// Where a call fails.
pub async fn check_target(
    client: &Client,
    name: &str,
    candidates: &Candidates,
    to: &str,
) -> Result<Option<NotMovable>, CallError> {
    let Candidates { alias, versions } = candidates;
    if alias.version == to && alias.weights.is_empty() {
        return Ok(Some(NotMovable::There));
    }
    if !versions.iter().any(|version| version.number == to) {
        return Ok(Some(NotMovable::Missing));
    }
    Ok(match client.version_health(name, to).await? {
        Health::Pending(_) => Some(NotMovable::Pending),
        Health::Failed(reason) => Some(NotMovable::Failed(reason.to_string())),
        Health::Deleting => Some(NotMovable::Missing),
        // An update of `$LATEST` is no business of a version.
        Health::Unknown | Health::Updating(_) | Health::Ready | Health::UpdateFailed(_) => None,
    })
}

/// Has an alias name a version for all calls, if it is still as it was read: weights are taken away. After a lost answer it is read again.
pub async fn move_alias(client: &Client, name: &str, alias: &str, was: &CurrentAlias, to: &str) -> MoveOutcome {
    let subject = Subject { id: Some(alias.to_owned()), ..Subject::function(name) };
    // What is left out stays, weights too (recorded answers).
    let call = Call::new(Operation::UpdateAlias, subject).with("FunctionVersion", to).with("RoutingConfig", json!({}));
    let call = match was.revision_id.as_deref() {
        Some(revision) => call.with("RevisionId", revision),
        None => call,
    };
    let error = match client.move_alias(call).await {
        Ok(now) if is_there(&now, to) => return MoveOutcome::Moved,
        Ok(now) => return MoveOutcome::MovedByOthers(Some(now)),
        Err(error) => error,
    };
    if !error.is_moved() && !error.is_ambiguous() {
        return MoveOutcome::Refused(error);
    }
    match client.alias(name, alias).await {
        Err(again) => MoveOutcome::Unknown(error, again),
        Ok(now) if error.is_moved() => MoveOutcome::MovedByOthers(now),
        Ok(Some(now)) if is_there(&now, to) => MoveOutcome::FoundThere,
        Ok(Some(now)) if now.revision_id != was.revision_id => MoveOutcome::MovedByOthers(Some(now)),
        Ok(now) => MoveOutcome::NotMoved(error, now),
    }
}

fn is_there(alias: &CurrentAlias, version: &str) -> bool {
    alias.version == version && alias.weights.is_empty()
}
