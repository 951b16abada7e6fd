use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use lambdactl_diff::{Adoption, AdoptionStep, PlanOptions, adoptions};

use crate::exit::Exit;
use crate::flags::{Format, Global};
use crate::location::Location;
use crate::lookups::read_location;
use crate::manifests::ManifestArguments;
use crate::render::adoption;
use crate::runtime::block_on;
use crate::selection::Selection;
use crate::text::{Text, text};
use crate::trouble::Trouble;
use crate::{ask, output};

/// Take functions that exist for the manifest's own.
///
/// Puts the tag `lambdactl:manifest`, with the manifest's `name:`, on every declared function that exists and carries
/// none; nothing else about a function is changed. A function that another manifest owns is an error. Functions that
/// carry the tag and are no longer declared are what `--prune` deletes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// Do not ask. Needed where standard input is not a terminal.
    #[arg(short, long)]
    yes: bool,

    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    format: Format,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestArguments,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(all) = read_location(global, &arguments.manifests)?.map(Arc::new) else { return Ok(Exit::Error) };
    let desired = arguments.selection.apply(&all)?;
    let Some(owner) = desired.name.clone() else {
        bail!(Trouble::new("the manifest has no `name:`").help("functions are tagged with it; give the manifest one"));
    };
    block_on(async {
        let location = Location::open(global, &desired, &all, &arguments.manifests.folder()?).await?;
        let current = location.session.read(&desired, &PlanOptions::default(), false).await;
        let current = current.map_err(|error| location.explained(error))?;
        let adoptions = adoptions(&desired, &owner, &current);
        let count = adoptions.iter().filter(|adoption| matches!(adoption.step, AdoptionStep::Tag(_))).count();
        if count > 0 && !arguments.yes {
            if arguments.manifests.take_standard_input() || !std::io::stdin().is_terminal() {
                bail!("adopt would tag functions, and nobody is here to ask: pass --yes");
            }
            let functions = if count == 1 { "function" } else { "functions" };
            if !ask(&text!("Tag {} {} with lambdactl:manifest={}? [y/N] ", count, functions, owner))? {
                location.close().await?;
                output::stderr(&Text::own("Nothing was changed.\n"));
                return Ok(Exit::Error);
            }
        }
        let mut outcomes = Vec::with_capacity(adoptions.len());
        for Adoption { name, step } in adoptions {
            let outcome = match step {
                AdoptionStep::Tag(call) => match location.session.client().change(&call, None, None).await {
                    Ok(_) => adoption::Outcome::Adopted,
                    Err(error) => adoption::Outcome::Failed {
                        code: error.code().to_owned(),
                        message: error.to_string(),
                        help: error.help().map(Into::into),
                    },
                },
                AdoptionStep::Owned => adoption::Outcome::Owned,
                AdoptionStep::Missing => adoption::Outcome::Missing,
                AdoptionStep::Claimed(refusal) => adoption::Outcome::Failed {
                    code: refusal.reason.as_str().to_owned(),
                    message: refusal.message,
                    help: Some(refusal.help),
                },
                AdoptionStep::Unknown(reason) => adoption::Outcome::Failed {
                    code: "TagsUnknown".to_owned(),
                    message: format!("its tags could not be read: {reason}"),
                    help: None,
                },
            };
            outcomes.push((name, outcome));
        }
        location.close().await?;
        output::stdout(&match arguments.format {
            Format::Human => adoption::render(&outcomes),
            Format::Json => adoption::json(&outcomes),
        });
        let failed = outcomes.iter().any(|(_, outcome)| matches!(outcome, adoption::Outcome::Failed { .. }));
        Ok(if failed { Exit::Error } else { Exit::Done })
    })
}
