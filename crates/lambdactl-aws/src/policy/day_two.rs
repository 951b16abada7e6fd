//! What rollouts need, and the commands that look at functions, call them, take them back and delete them.

use lambdactl_schema::{FunctionSpec, OWNER_TAG, Operation, Rollout};
use serde_json::json;

use super::{Duties, LOST, Policy};

impl Policy<'_> {
    /// What a rollout reads: the version that its alias points to, and what watches it.
    pub(super) fn rolls_out(&mut self, duties: Duties) {
        let rollouts = |spec: &FunctionSpec| -> Vec<Rollout> {
            spec.beside.aliases().filter_map(|(_, alias)| Rollout::of(alias)).collect()
        };
        let moved = self.collect(|spec| {
            (!rollouts(spec).is_empty()).then(|| format!("{}:*", self.function(&spec.request.function_name)))
        });
        self.allow_calls("ReadRolloutVersions", &[Operation::GetFunction], moved.clone());
        if duties.is_apply() && duties.update {
            let functions = moved.iter().flat_map(|all| [all.trim_end_matches(":*").to_owned(), all.clone()]);
            self.allow_calls("ReadRollouts", &[Operation::GetAlias], functions.collect());
            let is_watched = self.any(|spec| rollouts(spec).iter().any(|rollout| !rollout.alarms.is_empty()));
            // An alarm has an ARN; whether a call that names alarms is allowed by those alone, nobody could verify.
            let all = if is_watched { vec!["*".to_owned()] } else { Vec::new() };
            self.allow_calls("WatchRollouts", &[Operation::DescribeAlarms], all);
        }
    }

    /// What `status` reads beside what a plan reads.
    pub(super) fn looks(&mut self) {
        let functions = self.functions();
        self.allow_calls("ReadStatus", &[Operation::ListVersionsByFunction, Operation::ListAliases], functions);
        self.allow_calls("ReadFeeds", &[Operation::ListEventSourceMappings], vec!["*".to_owned()]);
    }

    /// What `invoke` does.
    pub(super) fn invokes(&mut self) {
        let functions = self.qualified();
        self.allow_calls("InvokeFunctions", &[Operation::Invoke], functions);
    }

    /// What `rollback` does.
    pub(super) fn rolls_back(&mut self) {
        use Operation::{GetAlias, GetFunction, ListVersionsByFunction, UpdateAlias};
        let functions = self.qualified();
        self.allow_calls("RollBack", &[GetAlias, ListVersionsByFunction, GetFunction, UpdateAlias], functions);
    }

    /// What `delete` does: to functions that the manifest declares and that carry its tag.
    pub(super) fn deletes(&mut self) {
        let functions = self.functions();
        let reads: Vec<Operation> = [Operation::GetFunction].into_iter().chain(LOST).collect();
        self.allow_calls("ReadFunctions", &reads, functions.clone());
        self.allow_calls("ReadLists", &[Operation::ListEventSourceMappings], vec!["*".to_owned()]);
        self.allow_calls(
            "ReadMappings",
            &[Operation::ListTags, Operation::GetEventSourceMapping],
            vec![self.mappings()],
        );
        let Some(name) = &self.desired.name else { return };
        for (sid, operation, resources) in [
            ("DeleteMappings", Operation::DeleteEventSourceMapping, vec![self.mappings()]),
            ("DeleteFunctions", Operation::DeleteFunction, functions),
        ] {
            self.statements.push(json!({
                "Sid": sid, "Effect": "Allow", "Action": operation.actions(), "Resource": resources,
                "Condition": { "StringEquals": { format!("aws:ResourceTag/{OWNER_TAG}"): name } },
            }));
        }
    }

    /// Each function, and its versions and aliases.
    fn qualified(&self) -> Vec<String> {
        self.functions().into_iter().flat_map(|function| [format!("{function}:*"), function]).collect()
    }
}
