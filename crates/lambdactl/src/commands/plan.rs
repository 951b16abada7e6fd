use clap::Args;

use crate::cli::{Format, Global};
use crate::exit::Exit;
use crate::manifests::ManifestArguments;
use crate::output;
use crate::render::{self, json};
use crate::target::{Target, block_on};

/// Show how an account differs from the manifest.
///
/// Reads only; nothing is changed. A function that exists and differs has drifted: apply leaves it alone.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    manifests: ManifestArguments,

    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    format: Format,

    /// Exit with 2 when the plan is not empty, drift included.
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(desired) = arguments.manifests.read_valid()? else { return Ok(Exit::Error) };
    block_on(async {
        let target = Target::open(global, &desired, &arguments.manifests.folder()?).await?;
        let plan = target.plan(&desired).await?;
        let calls = target.client.calls();
        target.close().await?;
        match arguments.format {
            Format::Human => output::stdout(&render::plan::render(&plan, calls)),
            Format::Json => output::stdout(&json::plan(&plan, calls)),
        }
        Ok(if arguments.detailed_exitcode && !plan.is_empty() { Exit::PlanNotEmpty } else { Exit::Done })
    })
}
