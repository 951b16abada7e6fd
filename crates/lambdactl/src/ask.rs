use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};
use lambdactl_diff::Plan;
use lambdactl_reconcile::Session;

use crate::output;
use crate::render::words::{self, LocationNote};
use crate::text::{Text, text};

/// Asks a question at the terminal; anything but a yes is a no.
pub(crate) fn ask(question: &Text) -> anyhow::Result<bool> {
    Ok(matches!(line(question)?.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Refuses to change anything where nobody can be asked.
pub(crate) fn refuse_unasked(command: &str, is_input_taken: bool) -> anyhow::Result<()> {
    if is_input_taken || !std::io::stdin().is_terminal() {
        bail!("{command} would change the account, and nobody is here to ask: pass --yes");
    }
    Ok(())
}

/// Asks at a terminal whether a plan is to be carried out, naming account and region. Elsewhere nobody could answer, and where standard
/// input is a manifest nobody can either.
pub(crate) async fn agreed(
    command: &str,
    is_input_taken: bool,
    plan: &Plan,
    session: &Session,
    location_note: LocationNote,
) -> anyhow::Result<bool> {
    refuse_unasked(command, is_input_taken)?;
    let account = match &plan.account {
        Some(account) => Some(account.clone()),
        None => session.account().await,
    };
    let account = account.map_or_else(|| "account unknown".to_owned(), |account| format!("account {account}"));
    ask(&text!("{} in {}, {}{}? [y/N] ", words::question(plan), plan.region, account, location_note.as_str()))
}

/// Asks for a line at the terminal. Whoever could not be shown what it is about is not asked.
pub(crate) fn line(question: &Text) -> anyhow::Result<String> {
    output::failure()?;
    output::stderr(question);
    output::failure()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(answer.trim().to_owned())
}
