//! What references in a manifest are looked up with.

use std::collections::BTreeSet;

use lambdactl_schema::{Operation, ReferenceKind};

use super::Policy;

impl Policy<'_> {
    /// Reading exactly the parameters, secrets, stacks and states that the manifest names.
    pub(super) fn looks_up(&mut self) {
        for (name, kind, operation) in [
            ("LookUpParameters", ReferenceKind::Ssm, Operation::GetParameters),
            ("LookUpSecrets", ReferenceKind::Secret, Operation::GetSecretValue),
            ("LookUpStacks", ReferenceKind::Stack, Operation::DescribeStacks),
            ("LookUpStates", ReferenceKind::Tfstate, Operation::GetObject),
        ] {
            let prefix = format!("{}:", kind.row().word);
            let named = self.desired.lookups.iter().filter_map(|reference| reference.strip_prefix(&prefix));
            let resources: BTreeSet<String> = named.filter_map(|argument| self.looked_up(kind, argument)).collect();
            self.allow_calls(name, &[operation], resources.into_iter().collect());
        }
    }

    /// Returns the ARN of what a reference names. Where the name is an ARN, it is that.
    fn looked_up(&self, kind: ReferenceKind, argument: &str) -> Option<String> {
        let Self { partition, home, .. } = self;
        let name = argument.rsplit_once('#').map_or(argument, |(name, _)| name);
        if name.starts_with("arn:") {
            return Some(name.to_owned());
        }
        match kind {
            ReferenceKind::Ssm => {
                // A version or a label stands behind the name.
                let name = name.split(':').next().unwrap_or(name).trim_start_matches('/');
                Some(format!("arn:{partition}:ssm:{home}:parameter/{name}"))
            }
            // The service puts six letters behind the name.
            ReferenceKind::Secret => Some(format!("arn:{partition}:secretsmanager:{home}:secret:{name}-??????")),
            ReferenceKind::Stack => Some(format!("arn:{partition}:cloudformation:{home}:stack/{name}/*")),
            ReferenceKind::Tfstate => name.strip_prefix("s3://").map(|place| format!("arn:{partition}:s3:::{place}")),
            _ => None,
        }
    }
}
