use anyhow::bail;
use clap::builder::PossibleValue;
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
    #[arg(long = "for", value_name = "PURPOSE", value_enum, default_value_t = Named(Purpose::Apply))]
    purpose: Named,

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

/// A purpose, as the command line says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named(Purpose);

impl ValueEnum for Named {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Named; Purpose::ALL.len()] = {
            let mut all = [Named(Purpose::Plan); Purpose::ALL.len()];
            let mut index = 0;
            while index < all.len() {
                all[index] = Named(Purpose::ALL[index]);
                index += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (word, help) = self.0.words();
        Some(PossibleValue::new(word).help(help))
    }
}

/// Characters of a managed policy, white space apart (a quota of IAM).
const LONGEST: usize = 6144;

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(desired) = arguments.manifests.read_offline(global)? else { return Ok(Exit::Error) };
    let Named(purpose) = arguments.purpose;
    let is_deployment = matches!(purpose, Purpose::Plan | Purpose::Apply);
    if !is_deployment && (arguments.update || arguments.replace || arguments.prune || arguments.verify) {
        bail!(
            Trouble::new("--update, --replace, --prune and --verify are of plan and apply")
                .help("leave them out, or pass --for plan or --for apply")
        );
    }
    let asks_whose = match purpose {
        Purpose::Delete => Some("--for delete"),
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
        purpose,
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
