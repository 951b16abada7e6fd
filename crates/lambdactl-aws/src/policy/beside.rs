//! What the kinds beside a function need: the operations of their rows, on the functions whose manifest names them.

use lambdactl_diff::needs;
use lambdactl_schema::{FunctionSpec, Kind, Operation};

use super::{Duties, Policy};

impl Policy<'_> {
    /// What is read of each kind.
    pub(super) fn reads_beside(&mut self, duties: Duties) {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_beside()) {
            let is_needed = |spec: &FunctionSpec| needs(spec, duties.prune).iter().any(|need| need.kind == kind);
            self.allow_beside(&format!("Read{kind:?}"), kind.row().reads, is_needed);
        }
    }

    /// What sets, changes and takes away each kind.
    pub(super) fn changes_beside(&mut self, duties: Duties) {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_beside()) {
            let row = kind.row();
            let is_named = |spec: &FunctionSpec| is_named(spec, kind);
            let changes: Vec<Operation> = row
                .changes
                .iter()
                .copied()
                .filter(|operation| duties.update || is_of_something_new(*operation))
                .collect();
            self.allow_beside(&format!("Set{kind:?}"), &changes, is_named);
            self.allow_beside(&format!("Await{kind:?}"), row.settles, is_named);
            if duties.prune {
                self.allow_beside(&format!("Remove{kind:?}"), row.removes, is_named);
            }
        }
        let is_published = |spec: &FunctionSpec| spec.beside.names_newest() && spec.request.publish == Some(true);
        self.allow_beside("PublishForAliases", &[Operation::PublishVersion], is_published);
        // A new function says by a tag that something beside it is still to be set.
        let has_any = |spec: &FunctionSpec| !spec.beside.is_empty();
        self.allow_beside("MarkNewFunctions", &[Operation::TagResource, Operation::UntagResource], has_any);
    }

    /// Allows operations on functions, their versions and their aliases.
    fn allow_beside(&mut self, sid: &str, operations: &[Operation], is_meant: impl Fn(&FunctionSpec) -> bool) {
        let functions = self.collect(|spec| is_meant(spec).then(|| self.function(&spec.request.function_name)));
        let resources = functions.into_iter().flat_map(|function| [format!("{function}:*"), function]).collect();
        self.allow_calls(sid, operations, resources);
    }
}

/// Whether a manifest names a kind. What makes a URL public is a part of the policy.
fn is_named(spec: &FunctionSpec, kind: Kind) -> bool {
    let is_public = || {
        let declared = spec.beside.declared();
        let mut urls = declared.iter().filter(|declared| declared.kind == Kind::Urls);
        urls.any(|url| url.value.is_some_and(|value| !value["public"].is_null()))
    };
    spec.beside.has(kind) || (kind == Kind::Permissions && is_public())
}

/// Whether an operation sets what was not there, rather than changes or resets what is.
fn is_of_something_new(operation: Operation) -> bool {
    !["Update", "Delete", "Remove"].iter().any(|verb| operation.name().starts_with(verb))
}
