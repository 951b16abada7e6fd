//! What the kinds beside a function need: the operations of their rows, on the functions whose manifest names them.

use lambdactl_diff::needs;
use lambdactl_schema::operations::Resource;
use lambdactl_schema::{FunctionSpec, Kind, Operation};
use serde_json::json;

use super::{Duties, Policy};

impl Policy<'_> {
    /// What is read of each kind.
    pub(super) fn reads_beside(&mut self, duties: Duties) {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_beside()) {
            let is_needed = |spec: &FunctionSpec| needs(spec, duties.prune).iter().any(|need| need.kind == kind);
            self.allow_beside(&format!("Read{kind:?}"), kind, kind.row().reads, is_needed);
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
            self.allow_beside(&format!("Set{kind:?}"), kind, &changes, is_named);
            self.allow_beside(&format!("Await{kind:?}"), kind, row.settles, is_named);
            if duties.prune {
                self.allow_beside(&format!("Remove{kind:?}"), kind, row.removes, is_named);
            }
        }
        let is_published = |spec: &FunctionSpec| spec.beside.names_newest() && spec.request.publish == Some(true);
        self.allow_beside("PublishForAliases", Kind::Versions, &[Operation::PublishVersion], is_published);
        // A new function says by a tag that something beside it is still to be set.
        let has_any = |spec: &FunctionSpec| !spec.beside.is_empty();
        let tags = [Operation::TagResource, Operation::UntagResource];
        self.allow_beside("MarkNewFunctions", Kind::Tags, &tags, has_any);
    }

    /// Allows operations of a kind: on functions, their versions and their aliases, or on mappings, whose ARNs nobody knows
    /// before they are there.
    fn allow_beside(
        &mut self,
        sid: &str,
        kind: Kind,
        operations: &[Operation],
        is_meant: impl Fn(&FunctionSpec) -> bool,
    ) {
        let functions = self.collect(|spec| is_meant(spec).then(|| self.function(&spec.request.function_name)));
        if functions.is_empty() {
            return;
        }
        if kind != Kind::EventSourceMappings {
            let resources = functions.into_iter().flat_map(|function| [format!("{function}:*"), function]).collect();
            self.allow_calls(sid, operations, resources);
            return;
        }
        let (unlimited, named): (Vec<Operation>, Vec<Operation>) =
            operations.iter().partition(|operation| operation.row().resource == Resource::Any);
        let (lists, creates): (Vec<Operation>, Vec<Operation>) =
            unlimited.into_iter().partition(|operation| operation.is_repeatable());
        self.allow_calls(&format!("{sid}List"), &lists, vec!["*".to_owned()]);
        self.allow_calls(sid, &named, vec![self.mappings()]);
        if !creates.is_empty() {
            let fed: Vec<String> =
                functions.into_iter().flat_map(|function| [format!("{function}:*"), function]).collect();
            // A mapping that is still to be created has no ARN: the policy names what it may feed instead.
            self.allow_calls(&format!("{sid}New"), &creates, vec!["*".to_owned()]);
            if let Some(statement) = self.statements.last_mut() {
                statement["Condition"] = json!({ "ArnLike": { "lambda:FunctionArn": fed } });
            }
        }
    }
}

/// Whether a manifest names a kind. What makes a URL public is a part of the policy.
fn is_named(spec: &FunctionSpec, kind: Kind) -> bool {
    let is_public = || {
        let declared = spec.beside.declared();
        let mut urls = declared.iter().filter(|declared| declared.kind == Kind::Urls);
        urls.any(|url| url.value.is_some_and(|value| !value["public"].is_null()))
    };
    let feeds = || {
        let aliases = spec.beside.aliases().map(|(name, _)| Some(name.as_str()));
        [None].into_iter().chain(aliases).any(|place| spec.beside.has_key(kind, place))
    };
    spec.beside.has(kind)
        || (kind == Kind::EventSourceMappings && feeds())
        || (kind == Kind::Permissions && is_public())
}

/// Whether an operation sets what was not there, rather than changes or resets what is.
fn is_of_something_new(operation: Operation) -> bool {
    !["Update", "Delete", "Remove", "Untag"].iter().any(|verb| operation.name().starts_with(verb))
}
