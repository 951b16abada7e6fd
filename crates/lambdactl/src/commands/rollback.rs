use std::io::IsTerminal;

use anyhow::bail;
use clap::Args;
use lambdactl_aws::CurrentAlias;
use lambdactl_reconcile::{Candidates, MoveOutcome, NotMovable, candidates, check_target, move_alias};

use crate::exit::Exit;
use crate::flags::Global;
use crate::location::Location;
use crate::manifests::ManifestFlags;
use crate::names::{alias_name, function_name, version_number};
use crate::render::rollback::{self, leads_to};
use crate::render::words::LocationNote;
use crate::runtime::block_on;
use crate::text::{Text, text};
use crate::trouble::Trouble;
use crate::{ask, output};

/// Move an alias back to another version.
///
/// Without --to the published versions are shown, from the newest on, with what differs from the one that the alias names now, and a
/// person is asked which one it shall be. The alias is moved only if it is still as it was shown, and gives its whole traffic to
/// the version: weights are taken away.
///
/// Needs no manifest. Where there is one, named by -f or in the working directory, the region and the account are the manifest's;
/// --region without -f leaves it aside. What the manifest says of the alias is not
/// changed: how to keep the next apply from moving it forward again is said at the end.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The function.
    #[arg(value_parser = function_name)]
    name: String,

    /// The alias to move.
    #[arg(long, value_name = "ALIAS", value_parser = alias_name)]
    alias: String,

    /// The number of the version. Needed where standard input is not a terminal.
    #[arg(long, value_name = "VERSION", value_parser = version_number)]
    to: Option<String>,

    /// Do not ask. Needed, with --to, where standard input is not a terminal.
    #[arg(short, long)]
    yes: bool,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestFlags,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    block_on(async {
        let Some(location) = Location::open_with(global, &arguments.manifests, None).await? else {
            return Ok(Exit::Error);
        };
        let done = roll_back(&location, LocationNote::of(global), arguments).await;
        location.close().await?;
        done
    })
}

async fn roll_back(location: &Location, location_note: LocationNote, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { name, alias, to, yes, manifests } = arguments;
    let client = location.session.client();
    let found = candidates(client, name, alias).await.map_err(|error| location.explained_call(error))?;
    let Some(found) = found else {
        bail!(
            Trouble::new(format!(
                "there is no alias `{alias}` of a function `{name}` in {}",
                client.connection().region()
            ))
            .help(
                "check the names, --region and the profile; `lambdactl status` shows the aliases of declared functions"
            )
        );
    };
    let can_ask = std::io::stdin().is_terminal() && !manifests.arguments().take_standard_input();
    let to = match to {
        Some(to) => to.clone(),
        None => {
            output::stdout(&rollback::candidates(name, alias, &found));
            if !can_ask {
                bail!(
                    Trouble::new("which version it shall be is not said, and nobody is here to ask")
                        .help("pass --to with the number of one of them, and --yes")
                );
            }
            let answer = ask::line(&text!("Which version shall {} name? A number, or nothing to leave it: ", alias))?;
            if answer.is_empty() {
                output::stderr(&Text::own("Nothing was changed.\n"));
                return Ok(Exit::Error);
            }
            match version_number(&answer) {
                Ok(to) => to,
                Err(error) => bail!("{answer} is no version: {error}; nothing was changed"),
            }
        }
    };
    let refusal = check_target(client, name, &found, &to).await.map_err(|error| location.explained_call(error))?;
    if let Some(refusal) = refusal {
        bail!(refused(arguments, &found, &to, refusal));
    }
    // Whoever has just chosen a number has said it.
    if arguments.to.is_some() && !yes {
        if !can_ask {
            bail!("rollback would move the alias, and nobody is here to ask: pass --yes");
        }
        let account = location.session.account().await;
        let account = account.map_or_else(|| "account unknown".to_owned(), |account| format!("account {account}"));
        let question = text!(
            "Move alias {} of {} from {} to version {} in {}, {}{}? [y/N] ",
            alias,
            name,
            leads_to(&found.alias),
            to,
            client.connection().region(),
            account,
            location_note.as_str()
        );
        if !ask::ask(&question)? {
            output::stderr(&Text::own("Nothing was changed.\n"));
            return Ok(Exit::Error);
        }
    }
    match move_alias(client, name, alias, &found.alias, &to).await {
        MoveOutcome::Moved => {}
        MoveOutcome::FoundThere => {
            output::stderr(&Text::own("note: the service's answer was lost; the alias was read again\n"));
        }
        outcome => bail!(unmoved(location, arguments, outcome)),
    }
    output::stdout(&rollback::moved(name, alias, &found.alias, &to, location_note));
    Ok(Exit::Done)
}

/// Says why an alias is not moved to a version.
fn refused(arguments: &Arguments, found: &Candidates, to: &str, refusal: NotMovable) -> Trouble {
    let Arguments { name, alias, .. } = arguments;
    let shown = format!("lambdactl rollback {name} --alias {alias}");
    match refusal {
        NotMovable::There => Trouble::new(format!("alias `{alias}` names version {to} already; nothing was changed")),
        NotMovable::Missing => {
            let numbers: Vec<&str> = found.versions.iter().take(10).map(|version| version.number.as_str()).collect();
            let help = match numbers.as_slice() {
                [] => "no version of it is published".to_owned(),
                [..] => format!("there are {}, from the newest on; `{shown}` shows them", numbers.join(", ")),
            };
            Trouble::new(format!("there is no version {to} of `{name}`; nothing was changed")).help(help)
        }
        NotMovable::Pending => {
            Trouble::new(format!("version {to} of `{name}` is still being set up; nothing was changed"))
                .help("run it again when it is ready")
        }
        NotMovable::Failed(reason) => {
            Trouble::new(format!("version {to} of `{name}` does not work: {reason}; nothing was changed"))
                .help("choose another one")
        }
    }
}

/// Says how an alias is that was not moved, as far as that is known.
fn unmoved(location: &Location, arguments: &Arguments, outcome: MoveOutcome) -> anyhow::Error {
    let alias = &arguments.alias;
    let now = |now: Option<CurrentAlias>| match now {
        Some(now) => format!("it names {}", leads_to(&now)),
        None => "it is gone".to_owned(),
    };
    let again = "look at it, and run rollback again if it is still to be moved";
    match outcome {
        MoveOutcome::MovedByOthers(found) => {
            let now = now(found);
            Trouble::new(format!("someone else changed alias `{alias}` meanwhile, and it was left alone: {now} now"))
                .help(again)
        }
        MoveOutcome::NotMoved(error, found) => {
            let now = now(found);
            Trouble::new(format!("alias `{alias}` was not moved: {now}, after this answer: {error}")).help(again)
        }
        MoveOutcome::Unknown(error, unread) => {
            Trouble::new(format!("whether alias `{alias}` was moved is not known: {error}"))
                .list([format!("it could not be read again: {unread}")])
                .help(again)
        }
        MoveOutcome::Refused(error) => return location.explained_call(error),
        MoveOutcome::Moved | MoveOutcome::FoundThere => Trouble::new(format!("alias `{alias}` was moved")),
    }
    .into()
}
