use anyhow::bail;
use clap::{Args, ValueEnum};
use lambdactl_aws::{Duties, Purpose, policy};

use crate::allowances::can_prune;
use crate::exit::Exit;
use crate::flags::Global;
use crate::manifests::ManifestArguments;
use crate::output;
use crate::text::{Text, text};
use crate::trouble::Trouble;

/// Print the least IAM policy that a manifest needs.
///
/// For the role of a pipeline, one that plans or one that applies, or of a person. Functions, roles to pass, images, layers and keys are
/// those that the manifest names. No network is used; ARNs have `*` where the manifest says no account, and nothing says
/// the region, and where a value is not known here.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the role is for.
    #[arg(long = "for", value_name = "PURPOSE", value_enum, default_value_t = PurposeName::Apply)]
    purpose: PurposeName,

    /// The role is also for `--update`.
    #[arg(long)]
    update: bool,

    /// The role is also for `--replace`.
    #[arg(long)]
    replace: bool,

    /// The role is also for `--prune`.
    #[arg(long)]
    prune: bool,

    /// The role is also for `plan --verify`.
    #[arg(long)]
    verify: bool,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestArguments,
}

/// What a role is for, as the command line says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PurposeName {
    /// Reads only.
    Plan,
    /// Reads, and creates what is missing.
    Apply,
    /// Looks at the functions.
    Status,
    /// Calls the functions.
    Invoke,
    /// Moves their aliases to versions that were published before.
    Rollback,
    /// Deletes them.
    Delete,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Plan => Self::Plan,
            PurposeName::Apply => Self::Apply,
            PurposeName::Status => Self::Status,
            PurposeName::Invoke => Self::Invoke,
            PurposeName::Rollback => Self::Rollback,
            PurposeName::Delete => Self::Delete,
        }
    }
}

/// Characters of a managed policy, white space apart (a quota of IAM).
const LONGEST: usize = 6144;

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(desired) = arguments.manifests.read_offline(global)? else { return Ok(Exit::Error) };
    let is_deployment = matches!(arguments.purpose, PurposeName::Plan | PurposeName::Apply);
    if !is_deployment && (arguments.update || arguments.replace || arguments.prune || arguments.verify) {
        bail!(
            Trouble::new("--update, --replace, --prune and --verify are of plan and apply")
                .help("leave them out, or pass --for plan or --for apply")
        );
    }
    let asks_whose = match arguments.purpose {
        PurposeName::Delete => Some("--for delete"),
        _ => arguments.prune.then_some("--prune"),
    };
    if let Some(flag) = asks_whose.filter(|_| !can_prune(&desired)) {
        bail!(
            Trouble::new(format!("{flag} needs to know which functions are this manifest's"))
                .help("give the manifest a `name:`")
        );
    }
    let region = desired.region.as_deref().or(global.region.as_deref());
    let duties = Duties {
        purpose: arguments.purpose.into(),
        update: arguments.update || desired.update,
        replace: arguments.replace,
        prune: arguments.prune,
        verify: arguments.verify,
    };
    let policy = policy(&desired, region, duties);
    output::stdout(&Text::pretty_json(&policy));
    if desired.account.is_none() {
        output::stderr(&Text::own("note: the manifest says no `account:`, so the ARNs of functions have `*` there\n"));
    }
    let length = policy.to_string().len();
    if length > LONGEST {
        output::stderr(&text!(
            "note: this policy has {} characters, and a managed policy takes {}: write the functions' common prefix and `*` in its place\n",
            length,
            LONGEST
        ));
    }
    Ok(Exit::Done)
}
