use lambdactl_schema::CreateFunctionRequest;
use serde_json::Value;

/// What would be done, function by function, in the manifest's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The account, when anything told it.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// One entry for each function of the manifest.
    pub functions: Vec<FunctionPlan>,
}

/// What would be done about one function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionPlan {
    /// The function's name.
    pub name: String,
    /// Its ARN, when it exists.
    pub function_arn: Option<String>,
    /// The revision that was compared, when it exists.
    pub revision_id: Option<String>,
    /// Digest of the archive that the manifest has for it, as the service computes it.
    pub code_sha256: Option<String>,
    /// The call, if there is one.
    pub action: Action,
    /// How the function differs from the manifest, by path.
    pub changes: Vec<Change>,
    /// Differences in members that belong to someone else: shown on request, never acted upon.
    pub ignored: Vec<Change>,
    /// What could not be compared, in sentences for the user.
    pub notes: Vec<String>,
}

/// What is done about a function. An action that changes the account is one call with its whole body.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The function is missing: CreateFunction.
    Create(Box<CreateFunctionRequest>),
    /// The function differs, and is left alone.
    Drift,
    /// The function is as the manifest says.
    Unchanged,
}

/// A difference in one member.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// JSON pointer in the request.
    pub path: String,
    /// Whether the member comes, goes or becomes another.
    pub kind: ChangeKind,
    /// The value in the account; for a secret, what [`crate::Secrets`] lets stand for it.
    pub before: Option<Value>,
    /// The value in the manifest; for a secret, what [`crate::Secrets`] lets stand for it.
    pub after: Option<Value>,
    /// The value is a secret.
    pub sensitive: bool,
}

/// The direction of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Only the manifest has the member.
    Added,
    /// Only the account has the member.
    Removed,
    /// Both have it, with different values.
    Changed,
}

/// How many functions there are of each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Missing functions.
    pub create: usize,
    /// Functions that differ and are left alone.
    pub drift: usize,
    /// Functions that are as they should be.
    pub unchanged: usize,
}

impl Action {
    /// Returns the action's word, as JSON output has it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Drift => "drift",
            Self::Unchanged => "unchanged",
        }
    }

    /// Returns the action's sign, as people read it.
    pub fn symbol(&self) -> char {
        match self {
            Self::Create(_) => '+',
            Self::Drift => '!',
            Self::Unchanged => '=',
        }
    }

    /// Whether it changes the account.
    pub fn is_call(&self) -> bool {
        match self {
            Self::Create(_) => true,
            Self::Drift | Self::Unchanged => false,
        }
    }
}

impl Plan {
    /// Counts the functions by action.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for function in &self.functions {
            match function.action {
                Action::Create(_) => summary.create += 1,
                Action::Drift => summary.drift += 1,
                Action::Unchanged => summary.unchanged += 1,
            }
        }
        summary
    }

    /// Whether applying it would change the account.
    pub fn has_calls(&self) -> bool {
        self.functions.iter().any(|function| function.action.is_call())
    }

    /// Whether the account is as the manifest says: nothing to do and nothing drifted.
    pub fn is_empty(&self) -> bool {
        self.functions.iter().all(|function| function.action == Action::Unchanged)
    }
}
