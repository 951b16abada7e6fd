use anyhow::bail;
use clap::Args;
use lambdactl_diff::{Plan, PlanOptions, SealedOptions, Secrets};
use lambdactl_schema::{Desired, FunctionSpec, nearest};

use crate::render::style::count;
use crate::trouble::Trouble;

/// What may be done beyond creating what is missing.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What may be changed")]
pub(crate) struct Allowances {
    /// Change functions that exist and differ. The same as `update: true` in the manifest.
    #[arg(long)]
    update: bool,

    /// Delete this function and create it again where it differs in what only its creation can set; may be given more
    /// than once.
    #[arg(long, value_name = "NAME")]
    replace: Vec<String>,

    /// Delete the functions that carry this manifest's tag and that it no longer declares, which needs `name:`, and what the
    /// manifest says must not be there beside a function. With --target, the latter only.
    #[arg(long)]
    prune: bool,

    /// Refuse to delete more functions than this.
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_deletes: usize,

    /// Prune functions that have aliases or event source mappings, too.
    #[arg(long, requires = "prune")]
    force: bool,
}

impl Allowances {
    /// Makes what a loop may do: it replaces nothing, and takes nothing from others.
    pub(crate) fn of_loop(update: bool, prune: bool, max_deletes: usize) -> Self {
        Self { update, replace: Vec::new(), prune, max_deletes, force: false }
    }

    /// Returns what the flags and the manifest allow together.
    pub(crate) fn options(&self, desired: &Desired, secrets: Secrets) -> anyhow::Result<PlanOptions> {
        let Self { update, replace, prune, max_deletes: _, force } = self;
        if *prune && !can_prune(desired) {
            bail!(Trouble::new("--prune needs to know which functions are this manifest's").help(
                "give the manifest a `name:`; what it creates from then on carries it, and `lambdactl adopt` puts it on what \
                 exists. What must not be there beside a function needs no name: write `null` for it"
            ));
        }
        let names = || desired.functions.iter().map(|spec| spec.request.function_name.as_str());
        if let Some(unknown) = replace.iter().find(|name| !names().any(|declared| declared == name.as_str())) {
            match nearest(unknown, names()) {
                Some(name) => bail!("--replace {unknown}: the manifest has no such function; did you mean `{name}`?"),
                None => bail!("--replace {unknown}: the manifest has no such function"),
            }
        }
        Ok(PlanOptions {
            secrets,
            update: *update || desired.update,
            replace: replace.clone(),
            prune: *prune,
            force: *force,
        })
    }

    /// Whether anything may be done beyond creating what is missing.
    pub(crate) fn are_given(&self) -> bool {
        let Self { update, replace, prune, max_deletes: _, force } = self;
        *update || !replace.is_empty() || *prune || *force
    }

    /// Refuses a plan that deletes more than is allowed.
    pub(crate) fn check(&self, plan: &Plan) -> anyhow::Result<()> {
        let (functions, things) = (plan.summary().delete, plan.removals().count());
        let deletes = functions + things;
        if deletes > self.max_deletes {
            let limit = self.max_deletes;
            let what = match (functions, things) {
                (functions, 0) => count(functions, "function"),
                (0, things) => count(things, "thing") + " beside functions",
                (functions, things) => {
                    format!("{} and {} beside functions", count(functions, "function"), count(things, "thing"))
                }
            };
            bail!(
                Trouble::new(format!("{what} would be deleted, and --max-deletes is {limit}; nothing was changed"))
                    .help(format!("is it the right manifest? if so, pass --max-deletes {deletes}"))
            );
        }
        Ok(())
    }
}

/// Returns the options under which a saved plan was made.
pub(crate) fn of_saved(sealed: &SealedOptions, secrets: Secrets) -> PlanOptions {
    let SealedOptions { update, replace, prune, force } = sealed.clone();
    PlanOptions { secrets, update, replace, prune, force }
}

/// Whether a manifest says what may go: its name tells which functions are its own, and what must not be there beside a
/// function, or which versions stay, needs none.
pub(crate) fn can_prune(desired: &Desired) -> bool {
    let says_so = |spec: &FunctionSpec| {
        spec.beside.kept_versions().is_some() || spec.beside.declared().iter().any(|declared| declared.value.is_none())
    };
    let keeps = desired.layers.iter().any(|layer| layer.keep.is_some());
    desired.name.is_some() || keeps || desired.functions.iter().any(says_so)
}
