//! What holds for every text that is taken for a saved plan.

use std::collections::BTreeMap;

use lambdactl_diff::{CurrentFunction, CurrentState, PlanOptions, Reviewed, SealedPlan, plan};
use serde_json::json;

use crate::desired::{DESIRED, assert_hides};

/// Reads a text as a saved plan and holds it against a manifest and an account. Panics when something does not hold.
pub(crate) fn check(text: &[u8]) {
    let sealed = match SealedPlan::from_text(text) {
        Ok(sealed) => sealed,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let again = sealed.to_text();
    assert_eq!(SealedPlan::from_text(again.as_bytes()).expect("what was written is read"), sealed);
    let configuration =
        json!({ "FunctionName": "f", "Timeout": 3, "Environment": { "Variables": { "TOKEN": "kQ7vXz3mPwRtY2Lq9x" } } });
    let function = CurrentFunction {
        configuration: configuration.as_object().cloned().unwrap_or_default(),
        ..CurrentFunction::default()
    };
    let state = CurrentState {
        region: "us-east-1".into(),
        functions: BTreeMap::from([("f".to_owned(), function)]),
        ..CurrentState::default()
    };
    let options = PlanOptions {
        update: sealed.options.update,
        replace: sealed.options.replace.clone(),
        ..PlanOptions::default()
    };
    let planned = plan(&DESIRED, &state, &options);
    // Only what the program itself has sealed is what would be done.
    let moved = [sealed.moved_manifest(&DESIRED), sealed.moved_account(&planned)].concat();
    let reviewed = Reviewed {
        inputs: sealed.inputs.clone(),
        desired: &DESIRED,
        plan: &planned,
        targets: &sealed.targets,
        options: &options,
    };
    let own = SealedPlan::seal(reviewed, sealed.salt.clone());
    assert!(!moved.is_empty() || own.functions == sealed.functions && own.manifest == sealed.manifest);
    for moved in moved {
        assert_hides(&moved.to_string());
    }
}
