use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use lambdactl_schema::{Desired, referred_layer};

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
        let mut desired = Desired::clone(all);
        let mut chosen = vec![false; desired.functions.len()];
        for target in &self.targets {
            let glob = glob("--target", target)?;
            let mut any = false;
            for (function, chosen) in desired.functions.iter().zip(&mut chosen) {
                if glob.is_match(&function.request.function_name) {
                    *chosen = true;
                    any = true;
                }
            }
            if !any {
                let names = desired.functions.iter().map(|function| function.request.function_name.as_str());
                match lambdactl_schema::nearest(target, names) {
                    Some(name) => {
                        bail!("--target {target} matches no function of the manifest; did you mean `{name}`?")
                    }
                    None => bail!("--target {target} matches no function of the manifest"),
                }
            }
        }
        let mut chosen = chosen.into_iter();
        desired.functions.retain(|_| chosen.next().unwrap_or_default());
        // Of the layers those that they use.
        let layers = desired.functions.iter().flat_map(|function| function.request.layers.iter().flatten());
        let used: BTreeSet<String> = layers.filter_map(|item| referred_layer(item)).map(str::to_owned).collect();
        desired.layers.retain(|layer| used.contains(layer.name()));
        Ok(Arc::new(desired))
    }
}
