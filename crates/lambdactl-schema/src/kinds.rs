//! What stands beside a function: one row for each kind. What is compared of it and which calls mend it follows in
//! `lambdactl-diff` by an exhaustive match over the same enumeration.

use crate::operations::Operation;

/// A kind of what stands beside a function: it has operations of its own, and is in no configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Which publishers may have signed its code.
    CodeSigning,
    /// Tags.
    Tags,
    /// How many instances it may use at a time.
    ReservedConcurrency,
    /// What becomes of it when it calls itself.
    Recursion,
    /// When it moves to a newer version of its runtime.
    RuntimeManagement,
    /// The newest version, with what `$LATEST` is.
    Versions,
    /// Names for versions.
    Aliases,
    /// Instances that are kept ready for an alias.
    ProvisionedConcurrency,
    /// How asynchronous calls are retried, and where their records go.
    EventInvoke,
    /// Addresses by which it is called over HTTPS.
    Urls,
    /// Who may call it.
    Permissions,
    /// What feeds it from queues, streams and topics.
    EventSourceMappings,
    /// Versions that nobody needs any more.
    OldVersions,
}

/// What is known of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindRow {
    /// The key in the manifest, within the function or the alias; differences are shown there, too.
    pub key: &'static str,
    /// What it is called in a sentence, in front of its name where it has one.
    pub title: &'static str,
    /// What it belongs to.
    pub level: Level,
    /// How it is declared, and what an apply may do about it.
    pub nature: Nature,
    /// The operations that tell of it where the function's own answer does not, for one function at a time.
    pub reads: &'static [Operation],
    /// The operations that tell of all functions of an account and region at once, where there are such.
    pub lists: &'static [Operation],
    /// The operations that change it.
    pub changes: &'static [Operation],
    /// The operations that take it away, as --prune does.
    pub removes: &'static [Operation],
    /// The operations that tell whether the service has finished with a change of it.
    pub settles: &'static [Operation],
    /// When it is changed.
    pub order: Order,
}

/// What a kind belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The function.
    Function,
    /// An alias of it.
    Alias,
    /// The function itself, and each alias of it.
    Both,
}

impl Level {
    /// Whether the function itself has it.
    pub const fn has_function(self) -> bool {
        matches!(self, Self::Function | Self::Both)
    }

    /// Whether an alias has it.
    pub const fn has_alias(self) -> bool {
        matches!(self, Self::Alias | Self::Both)
    }
}

/// How a kind is declared, and what an apply may do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It is a member of CreateFunction.
    Member,
    /// A value that the service has a default for: set with a new function, else changed by `--update`.
    Setting,
    /// Something that is there or not: created where it is missing, changed by `--update`, removed by `--prune`.
    Thing,
    /// Several such, by their names.
    Things {
        /// The member that says the name, where they are written as a list.
        name: &'static str,
    },
    /// Several such that the service names, told apart by what they are of: a list, or a map from labels of the manifest's own.
    Labelled,
    /// A number of what stays: the rest is removed by `--prune`.
    Remains,
}

impl Nature {
    /// Whether it is something that is there or not.
    pub const fn is_thing(self) -> bool {
        matches!(self, Self::Thing | Self::Things { .. } | Self::Labelled)
    }

    /// Whether there can be several in one place, each with a key.
    pub const fn has_several(self) -> bool {
        matches!(self, Self::Things { .. } | Self::Labelled)
    }
}

/// When a kind is changed in an update of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Before settings and code: it decides whether those are taken.
    Before,
    /// After settings and code.
    After,
    /// After all that a version is made of.
    Published,
    /// After the versions, which it names or belongs to.
    Named,
    /// After what must be there before it is open to others.
    Open,
    /// At the end: what is no longer needed by then.
    Last,
}

const PLAIN: KindRow = KindRow {
    key: "",
    title: "",
    level: Level::Function,
    nature: Nature::Member,
    reads: &[],
    lists: &[],
    changes: &[],
    removes: &[],
    settles: &[],
    order: Order::After,
};

impl Kind {
    /// All kinds, in the order in which they are compared and changed.
    pub const ALL: [Self; 13] = [
        Self::CodeSigning,
        Self::Tags,
        Self::ReservedConcurrency,
        Self::Recursion,
        Self::RuntimeManagement,
        Self::Versions,
        Self::Aliases,
        Self::ProvisionedConcurrency,
        Self::EventInvoke,
        Self::Permissions,
        Self::Urls,
        Self::EventSourceMappings,
        Self::OldVersions,
    ];

    /// Whether it is no member of CreateFunction.
    pub fn is_beside(self) -> bool {
        self.row().nature != Nature::Member
    }

    /// Returns the kind's row.
    pub const fn row(self) -> &'static KindRow {
        match self {
            Self::CodeSigning => &KindRow {
                key: "CodeSigningConfigArn",
                title: "code signing configuration",
                reads: &[Operation::GetFunctionCodeSigningConfig],
                lists: &[Operation::ListCodeSigningConfigs, Operation::ListFunctionsByCodeSigningConfig],
                changes: &[Operation::PutFunctionCodeSigningConfig, Operation::DeleteFunctionCodeSigningConfig],
                order: Order::Before,
                ..PLAIN
            },
            // GetFunction has them.
            Self::Tags => &KindRow {
                key: "Tags",
                title: "tags",
                lists: &[Operation::GetResources],
                changes: &[Operation::TagResource, Operation::UntagResource],
                ..PLAIN
            },
            // GetFunction has it.
            Self::ReservedConcurrency => &KindRow {
                key: "ReservedConcurrentExecutions",
                title: "reserved concurrency",
                nature: Nature::Setting,
                changes: &[Operation::PutFunctionConcurrency, Operation::DeleteFunctionConcurrency],
                ..PLAIN
            },
            Self::Recursion => &KindRow {
                key: "RecursiveLoop",
                title: "recursion",
                nature: Nature::Setting,
                reads: &[Operation::GetFunctionRecursionConfig],
                changes: &[Operation::PutFunctionRecursionConfig],
                ..PLAIN
            },
            Self::RuntimeManagement => &KindRow {
                key: "RuntimeManagementConfig",
                title: "runtime management",
                nature: Nature::Setting,
                reads: &[Operation::GetRuntimeManagementConfig],
                changes: &[Operation::PutRuntimeManagementConfig],
                ..PLAIN
            },
            Self::Versions => &KindRow {
                key: "Publish",
                title: "version",
                reads: &[Operation::ListVersionsByFunction],
                lists: &[Operation::ListFunctions],
                changes: &[Operation::PublishVersion],
                order: Order::Published,
                ..PLAIN
            },
            Self::Aliases => &KindRow {
                key: "Aliases",
                title: "alias",
                nature: Nature::Things { name: "Name" },
                reads: &[Operation::ListAliases],
                changes: &[Operation::CreateAlias, Operation::UpdateAlias],
                removes: &[Operation::DeleteAlias],
                order: Order::Named,
                ..PLAIN
            },
            Self::ProvisionedConcurrency => &KindRow {
                key: "ProvisionedConcurrentExecutions",
                title: "provisioned concurrency",
                level: Level::Alias,
                nature: Nature::Setting,
                reads: &[Operation::ListProvisionedConcurrencyConfigs, Operation::GetProvisionedConcurrencyConfig],
                changes: &[Operation::PutProvisionedConcurrencyConfig, Operation::DeleteProvisionedConcurrencyConfig],
                settles: &[Operation::GetProvisionedConcurrencyConfig, Operation::GetAlias],
                order: Order::Named,
                ..PLAIN
            },
            Self::EventInvoke => &KindRow {
                key: "EventInvokeConfig",
                title: "asynchronous calls",
                level: Level::Both,
                nature: Nature::Setting,
                reads: &[Operation::ListFunctionEventInvokeConfigs],
                changes: &[Operation::PutFunctionEventInvokeConfig, Operation::DeleteFunctionEventInvokeConfig],
                order: Order::Named,
                ..PLAIN
            },
            Self::Permissions => &KindRow {
                key: "Permissions",
                title: "permission",
                level: Level::Both,
                nature: Nature::Things { name: "StatementId" },
                reads: &[Operation::GetPolicy],
                changes: &[Operation::AddPermission, Operation::RemovePermission],
                removes: &[Operation::RemovePermission],
                order: Order::Named,
                ..PLAIN
            },
            // What makes a URL public is a part of the policy.
            Self::Urls => &KindRow {
                key: "FunctionUrlConfig",
                title: "function URL",
                level: Level::Both,
                nature: Nature::Thing,
                reads: &[Operation::ListFunctionUrlConfigs],
                changes: &[Operation::CreateFunctionUrlConfig, Operation::UpdateFunctionUrlConfig],
                removes: &[Operation::DeleteFunctionUrlConfig],
                order: Order::Open,
                ..PLAIN
            },
            // One list has those of the whole account, but for their tags, and for filters that a key encrypts.
            Self::EventSourceMappings => &KindRow {
                key: "EventSourceMappings",
                title: "event source mapping",
                level: Level::Both,
                nature: Nature::Labelled,
                reads: &[Operation::ListEventSourceMappings, Operation::ListTags],
                lists: &[Operation::ListEventSourceMappings],
                changes: &[
                    Operation::CreateEventSourceMapping,
                    Operation::UpdateEventSourceMapping,
                    Operation::DeleteEventSourceMapping,
                    Operation::TagResource,
                    Operation::UntagResource,
                ],
                removes: &[Operation::DeleteEventSourceMapping],
                settles: &[Operation::GetEventSourceMapping],
                order: Order::Open,
            },
            Self::OldVersions => &KindRow {
                key: "versions",
                title: "old versions",
                nature: Nature::Remains,
                reads: &[
                    Operation::ListVersionsByFunction,
                    Operation::ListAliases,
                    Operation::ListProvisionedConcurrencyConfigs,
                ],
                removes: &[Operation::DeleteFunction],
                order: Order::Last,
                ..PLAIN
            },
        }
    }

    /// Whether a path in a plan is this kind's, or lies within it.
    pub fn owns(self, path: &str) -> bool {
        let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(self.row().key));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_schema::{entry_schema, function_schema};
    use crate::operations::{Resource, Service};

    #[test]
    fn rows_are_in_order_and_name_members() {
        let orders: Vec<Order> = Kind::ALL.iter().map(|kind| kind.row().order).collect();
        assert!(orders.is_sorted(), "{orders:?}");
        let schema = entry_schema();
        let alias = &schema["$defs"]["Alias"];
        for kind in Kind::ALL {
            let row = kind.row();
            assert_eq!(!schema["properties"][row.key].is_null(), row.level.has_function(), "{kind:?}");
            assert_eq!(!alias["properties"][row.key].is_null(), row.level.has_alias(), "{kind:?}");
            assert!(row.reads.iter().chain(row.lists).all(|operation| operation.is_repeatable()), "{kind:?}");
            assert!(!row.changes.is_empty() || row.nature == Nature::Remains, "{kind:?}");
            assert!(!row.title.is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn what_is_no_member_of_a_request_stands_beside_the_function() {
        let request = function_schema();
        for kind in Kind::ALL {
            assert_eq!(kind.is_beside(), request["properties"][kind.row().key].is_null(), "{kind:?}");
        }
    }

    #[test]
    fn kinds_are_read_changed_and_removed_by_operations_of_their_own() {
        let of_accounts: Vec<Operation> = Kind::ALL.iter().flat_map(|kind| kind.row().lists).copied().collect();
        for operation in Operation::ALL.iter().copied() {
            let row = operation.row();
            // Layers, networks and alarms stand beside no function.
            let of_others = [Operation::ListLayers, Operation::DescribeAlarms];
            let is_other = of_others.contains(&operation) || row.service == Service::Ec2;
            let is_list = row.paging.is_some() && row.resource == Resource::Any && !is_other;
            assert_eq!(of_accounts.contains(&operation), is_list, "{operation}");
        }
        for kind in Kind::ALL {
            let row = kind.row();
            // The answer of GetFunction has them.
            let is_answered = [Kind::Tags, Kind::ReservedConcurrency].contains(&kind);
            assert_eq!(row.reads.is_empty(), is_answered, "{kind:?}");
            let can_be_pruned = row.nature.is_thing() || row.nature == Nature::Remains;
            assert_eq!(!row.removes.is_empty(), can_be_pruned, "{kind:?}");
            // 202: the change goes on after the answer.
            let goes_on = row.changes.iter().any(|operation| operation.row().status == 202);
            assert_eq!(!row.settles.is_empty(), goes_on, "{kind:?}");
        }
    }

    #[test]
    fn kinds_are_changed_when_what_they_need_is_there() {
        let order = |kind: Kind| kind.row().order;
        for (earlier, later, why) in [
            (Kind::CodeSigning, Kind::Tags, "new code is judged by the new configuration"),
            (Kind::Tags, Kind::Versions, "a version is made of all that is set"),
            (Kind::Versions, Kind::Aliases, "an alias names a version"),
            (Kind::Permissions, Kind::Urls, "a URL is not open before the policy is there"),
            (Kind::Aliases, Kind::EventSourceMappings, "a mapping may be of an alias"),
            (Kind::Urls, Kind::OldVersions, "what uses a version has moved by then"),
        ] {
            assert!(order(earlier) < order(later), "{earlier:?} and {later:?}: {why}");
        }
    }

    #[test]
    fn paths_belong_to_their_kind() {
        assert!(Kind::Tags.owns("/Tags") && Kind::Tags.owns("/Tags/team"));
        assert!(!Kind::Tags.owns("/TagsOfOthers") && !Kind::Tags.owns("/Timeout") && !Kind::Tags.owns("Tags"));
        assert!(Kind::Versions.owns("/Publish") && !Kind::Versions.owns("/PublishTo"));
    }
}
