use std::collections::BTreeMap;

use lambdactl_aws::Overview;
use lambdactl_diff::{Action, CurrentState, FunctionPlan, Plan, Refusal, RefusalReason};

/// How the functions of a manifest are in an account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountStatus {
    /// The account, when anything told it.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// One entry for each function of the manifest, in its order.
    pub functions: Vec<FunctionStatus>,
}

/// How one function is.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionStatus {
    /// The function's name.
    pub name: String,
    /// The state that the service gives it, such as `Active`.
    pub state: Option<String>,
    /// How its last update went, such as `Successful`.
    pub last_update: Option<String>,
    /// What stands beside it; nothing where there is no such function.
    pub overview: Option<Overview>,
    /// Whether it differs from the manifest, as a plan would say; nothing where that is not known.
    pub has_drifted: Option<bool>,
    /// Whether something of it could not be compared.
    pub is_partly_compared: bool,
    /// Why it does not work, where the service could not set it up.
    pub failure: Option<Refusal>,
}

impl AccountStatus {
    pub(crate) fn of(plan: Plan, current: &CurrentState, mut overviews: BTreeMap<String, Overview>) -> Self {
        let Plan { account, region, functions, layers: _, notes: _, orphans: _ } = plan;
        let functions = functions.into_iter().map(|function| {
            let last_update = current.functions.get(&function.name).and_then(|found| found.text("LastUpdateStatus"));
            FunctionStatus {
                state: function.state.clone(),
                last_update: last_update.map(str::to_owned),
                overview: overviews.remove(&function.name),
                has_drifted: has_drifted(&function),
                is_partly_compared: function.is_partly_compared,
                failure: match function.action {
                    Action::Refused(refusal) if matches!(refusal.reason, RefusalReason::Failed(_)) => Some(refusal),
                    _ => None,
                },
                name: function.name,
            }
        });
        Self { account, region, functions: functions.collect() }
    }
}

/// Whether a plan does not leave a function unchanged. Of one whose owner is not known, and which shows no difference, nobody can
/// say it.
fn has_drifted(function: &FunctionPlan) -> Option<bool> {
    match &function.action {
        Action::Refused(refusal) if refusal.reason == RefusalReason::OwnerUnknown && function.changes.is_empty() => {
            None
        }
        action => Some(*action != Action::Unchanged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drift_is_what_a_plan_would_not_leave_unchanged() {
        let refused =
            |reason: RefusalReason| Action::Refused(Refusal { reason, message: String::new(), help: "".into() });
        for (planned, drift) in [
            (Action::Unchanged, Some(false)),
            (Action::Drift, Some(true)),
            (Action::Update(Vec::new()), Some(true)),
            (refused(RefusalReason::OwnerUnknown), None),
            (refused(RefusalReason::Claimed), Some(true)),
        ] {
            let planned = FunctionPlan { action: planned, ..FunctionPlan::default() };
            assert_eq!(has_drifted(&planned), drift, "{planned:?}");
        }
    }
}
