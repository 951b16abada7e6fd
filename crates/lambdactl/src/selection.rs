use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use lambdactl_schema::{Desired, FunctionSpec, referred_layer};

use crate::globs::glob;

/// Which functions of the manifest a command works on.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Selection {
    /// Only functions whose names match; `*` and `?` stand for any characters. May be given more than once.
    #[arg(long = "target", value_name = "GLOB")]
    pub(crate) targets: Vec<String>,
}

impl Selection {
    /// Leaves the functions in that are meant. A glob that matches none is an error: a misspelt name must not look like
    /// an account without differences.
    pub(crate) fn apply(&self, all: &Arc<Desired>) -> anyhow::Result<Arc<Desired>> {
        if self.targets.is_empty() {
            return Ok(Arc::clone(all));
        }
        self.apply_each(std::slice::from_ref(all)).map(|mut each| each.remove(0))
    }

    /// The same for the functions of several locations: a glob has to match in one of them.
    pub(crate) fn apply_each(&self, all: &[Arc<Desired>]) -> anyhow::Result<Vec<Arc<Desired>>> {
        if self.targets.is_empty() {
            return Ok(all.to_vec());
        }
        let name = |function: &FunctionSpec| function.request.function_name.clone();
        let mut globs = Vec::with_capacity(self.targets.len());
        for target in &self.targets {
            let glob = glob("--target", target)?;
            let names: BTreeSet<String> = all.iter().flat_map(|desired| desired.functions.iter().map(name)).collect();
            if !names.iter().any(|name| glob.is_match(name)) {
                match lambdactl_schema::nearest(target, names.iter().map(String::as_str)) {
                    Some(name) => {
                        bail!("--target {target} matches no function of the manifest; did you mean `{name}`?")
                    }
                    None => bail!("--target {target} matches no function of the manifest"),
                }
            }
            globs.push(glob);
        }
        let is_meant =
            |function: &FunctionSpec| globs.iter().any(|glob| glob.is_match(&function.request.function_name));
        let chosen = all.iter().map(|all| {
            let mut desired = Desired::clone(all);
            desired.functions.retain(is_meant);
            // Of the layers those that they use.
            let layers = desired.functions.iter().flat_map(|function| function.request.layers.iter().flatten());
            let used: BTreeSet<String> = layers.filter_map(|item| referred_layer(item)).map(str::to_owned).collect();
            desired.layers.retain(|layer| used.contains(layer.name()));
            Arc::new(desired)
        });
        Ok(chosen.collect())
    }
}
