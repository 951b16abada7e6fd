//! What the layers of a manifest need.

use std::collections::BTreeSet;

use lambdactl_schema::{Operation, UNKNOWN, is_layer_name, referred_layer};

use super::{Duties, Policy};

impl Policy<'_> {
    /// What is read of layers.
    pub(super) fn reads_layers(&mut self) {
        self.allow_calls("ListLayers", &[Operation::ListLayerVersions], self.layers(|_| true, ""));
        self.allow_calls("ReadLayers", &[Operation::GetLayerVersion], self.layers(|_| true, ":*"));
    }

    /// What publishes versions of layers, and deletes old ones.
    pub(super) fn changes_layers(&mut self, duties: Duties) {
        self.allow_calls("PublishLayers", &[Operation::PublishLayerVersion], self.layers(|_| true, ""));
        if duties.prune {
            let pruned = self.layers(|keep| keep.is_some(), ":*");
            self.allow_calls("PruneLayers", &[Operation::DeleteLayerVersion], pruned);
        }
    }

    /// The layer versions that functions name by ARNs: the service looks at them in the caller's name. Those of the manifest's own
    /// layers are read anyway.
    pub(super) fn used_layers(&self) -> Vec<String> {
        let functions = self.desired.functions.iter();
        let items = functions.flat_map(|spec| spec.request.layers.iter().flatten());
        let named: BTreeSet<String> = items.filter(|item| referred_layer(item).is_none()).cloned().collect();
        named.into_iter().collect()
    }

    /// The ARNs of the layers whose `keep` is meant, with what stands behind the name; all of the account's where a name is not known.
    fn layers(&self, is_meant: impl Fn(Option<u64>) -> bool, rest: &str) -> Vec<String> {
        let meant = self.desired.layers.iter().filter(|layer| is_meant(layer.keep));
        let arn = |name: &str| {
            let name = if is_layer_name(name) && name != UNKNOWN { name } else { "*" };
            format!("arn:{}:lambda:{}:layer:{name}{rest}", self.partition, self.home)
        };
        meant.map(|layer| arn(layer.name())).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
