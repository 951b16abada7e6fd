use lambdactl_aws::CallError;
use lambdactl_diff::Refusal;

use crate::stop::StopReason;

/// What happened to every function of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplyReport {
    /// One row for each function, in the plan's order.
    pub functions: Vec<Outcome>,
    /// One row for each layer, in the plan's order.
    pub layers: Vec<LayerOutcome>,
}

/// What happened to one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerOutcome {
    /// The layer's name.
    pub name: String,
    /// The planned action's word.
    pub action: &'static str,
    /// How it went.
    pub status: Status,
    /// The newest version by then, when there is one.
    pub version: Option<u64>,
    /// What the plan had to say of it, such as what could not be compared.
    pub notes: Vec<String>,
    /// Why it failed or was skipped.
    pub error: Option<Failure>,
}

/// What happened to one function.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The function's name.
    pub name: String,
    /// The planned action's word.
    pub action: &'static str,
    /// How it went.
    pub status: Status,
    /// The function's ARN, when it exists and told it.
    pub function_arn: Option<String>,
    /// What the plan had to say of it, such as what could not be compared.
    pub notes: Vec<String>,
    /// Why it failed or was skipped.
    pub error: Option<Failure>,
}

/// How an action went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done, and the function is ready unless nobody waited.
    Applied,
    /// There was nothing to do.
    Unchanged,
    /// The function differs and was left alone, as planned.
    Drift,
    /// The call failed, or the function did not become ready.
    Failed,
    /// Never tried.
    Skipped,
}

/// Why an action failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The service's error class or state reason, or a word of our own.
    pub code: String,
    /// What happened, without the values of environment variables.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// How many functions there are of each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Done.
    pub applied: usize,
    /// Nothing to do.
    pub unchanged: usize,
    /// Left alone.
    pub drift: usize,
    /// Failed.
    pub failed: usize,
    /// Never tried.
    pub skipped: usize,
}

impl Status {
    /// Returns the status's word, as JSON output has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Drift => "drift",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl ApplyReport {
    /// Counts the functions by status.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for function in &self.functions {
            match function.status {
                Status::Applied => totals.applied += 1,
                Status::Unchanged => totals.unchanged += 1,
                Status::Drift => totals.drift += 1,
                Status::Failed => totals.failed += 1,
                Status::Skipped => totals.skipped += 1,
            }
        }
        totals
    }

    /// Whether everything that was planned was done.
    pub fn is_success(&self) -> bool {
        let totals = self.totals();
        let is_bad = |layer: &LayerOutcome| matches!(layer.status, Status::Failed | Status::Skipped);
        totals.failed == 0 && totals.skipped == 0 && !self.layers.iter().any(is_bad)
    }
}

impl Failure {
    /// Says why something was not started.
    pub(crate) fn skipped(reason: StopReason) -> Self {
        let (message, help) = match reason {
            StopReason::Failure => (
                "not started, because another function or layer failed",
                "run apply again without --fail-fast, or after mending the other one",
            ),
            StopReason::Interruption => ("not started, because apply was interrupted", "run apply again to go on"),
        };
        Self { code: "Skipped".into(), message: message.into(), help: Some(help.into()) }
    }

    /// Says that a layer is missing which a function needs.
    pub(crate) fn without_layer(name: &str) -> Self {
        Self {
            code: "LayerFailed".into(),
            message: format!("not started, because the layer `{name}` was not published"),
            help: Some("mend the layer and run apply again".into()),
        }
    }
}

impl From<&Refusal> for Failure {
    fn from(Refusal { reason, message, help }: &Refusal) -> Self {
        Self { code: reason.as_str().to_owned(), message: message.clone(), help: Some(help.clone().into_owned()) }
    }
}

impl From<&CallError> for Failure {
    fn from(error: &CallError) -> Self {
        Self { code: error.code().to_owned(), message: error.to_string(), help: error.help().map(str::to_owned) }
    }
}
