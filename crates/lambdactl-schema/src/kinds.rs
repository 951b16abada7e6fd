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
    /// Published versions.
    Versions,
}

/// What is known of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindRow {
    /// The key in the manifest, within the function; differences are shown there, too.
    pub key: &'static str,
    /// The operations that tell of it where the function's own answer does not, for one function at a time.
    pub reads: &'static [Operation],
    /// The operations that tell of all functions of an account and region at once, where there are such.
    pub lists: &'static [Operation],
    /// The operations that change it.
    pub changes: &'static [Operation],
    /// When it is changed.
    pub order: Order,
}

/// When a kind is changed in an update of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Before settings and code: it decides whether those are taken.
    Before,
    /// After settings and code.
    After,
    /// At the end: it is made of all of it.
    Last,
}

impl Kind {
    /// All kinds, in the order in which they are compared and changed.
    pub const ALL: [Self; 3] = [Self::CodeSigning, Self::Tags, Self::Versions];

    /// Returns the kind's row.
    pub const fn row(self) -> &'static KindRow {
        match self {
            Self::CodeSigning => &KindRow {
                key: "CodeSigningConfigArn",
                reads: &[Operation::GetFunctionCodeSigningConfig],
                lists: &[Operation::ListCodeSigningConfigs, Operation::ListFunctionsByCodeSigningConfig],
                changes: &[Operation::PutFunctionCodeSigningConfig, Operation::DeleteFunctionCodeSigningConfig],
                order: Order::Before,
            },
            // GetFunction has them.
            Self::Tags => &KindRow {
                key: "Tags",
                reads: &[],
                lists: &[Operation::GetResources],
                changes: &[Operation::TagResource, Operation::UntagResource],
                order: Order::After,
            },
            Self::Versions => &KindRow {
                key: "Publish",
                reads: &[Operation::ListVersionsByFunction],
                lists: &[Operation::ListFunctions],
                changes: &[Operation::PublishVersion],
                order: Order::Last,
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
    use crate::json_schema::function_schema;

    #[test]
    fn rows_are_in_order_and_name_members() {
        let orders: Vec<Order> = Kind::ALL.iter().map(|kind| kind.row().order).collect();
        assert!(orders.is_sorted(), "{orders:?}");
        let schema = function_schema();
        for kind in Kind::ALL {
            let row = kind.row();
            assert!(!schema["properties"][row.key].is_null(), "{kind:?}");
            assert!(row.reads.iter().chain(row.lists).all(|operation| operation.is_repeatable()), "{kind:?}");
            assert!(!row.changes.is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn paths_belong_to_their_kind() {
        assert!(Kind::Tags.owns("/Tags") && Kind::Tags.owns("/Tags/team"));
        assert!(!Kind::Tags.owns("/TagsOfOthers") && !Kind::Tags.owns("/Timeout") && !Kind::Tags.owns("Tags"));
        assert!(Kind::Versions.owns("/Publish") && !Kind::Versions.owns("/PublishTo"));
    }
}
