//! What holds for every function that an account may have, whatever the service says about it.

use std::collections::BTreeMap;
use std::hash::RandomState;

use lambdactl_diff::{
    CodeSigning, CurrentFunction, CurrentState, LayerArns, Plan, PlanOptions, Reviewed, SealedInputs, SealedPlan,
    Secrets, Tags, adoptions, declaration, plan, plan_function,
};
use serde_json::{Map, Value};

use crate::desired::{DESIRED, assert_hides};

/// Takes a text as the answers to GetFunction for each function, and compares the account with the manifest.
pub(crate) fn check(text: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Value>(text) else { return };
    check_state(&state(&answer));
}

/// Reads what `answer` says as the service's words for both functions.
fn state(answer: &Value) -> CurrentState {
    let map = |member: &str| answer.get(member).and_then(Value::as_object).cloned().unwrap_or_default();
    let tags = match answer.get("TagsError") {
        Some(error) => Tags::Unknown(error["Message"].as_str().unwrap_or_default().to_owned()),
        None => {
            let tags = map("Tags").into_iter();
            Tags::Known(tags.filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect())
        }
    };
    let code_signing =
        answer["CodeSigningConfigArn"].as_str().map_or(CodeSigning::NotRead, |arn| CodeSigning::Arn(arn.into()));
    let of = |member: &str| CurrentFunction {
        configuration: map(member),
        code: answer.get("Code").and_then(Value::as_object).cloned(),
        tags: tags.clone(),
        code_signing: code_signing.clone(),
        ..CurrentFunction::default()
    };
    CurrentState {
        region: "us-east-1".into(),
        functions: BTreeMap::from([("f".to_owned(), of("Configuration")), ("image".to_owned(), of("Configuration"))]),
        undeclared: BTreeMap::from([("old".to_owned(), of("Configuration"))]),
        ..CurrentState::default()
    }
}

/// Plans in every way, and panics when something does not hold.
pub(crate) fn check_state(state: &CurrentState) {
    for (update, replace, prune) in [(false, false, false), (true, false, true), (true, true, true)] {
        let secrets = if update { Secrets::Hidden } else { Secrets::Fingerprinted(RandomState::new()) };
        let replace = if replace { vec!["f".to_owned(), "image".to_owned()] } else { Vec::new() };
        let options = PlanOptions { secrets, update, replace, prune, force: prune };
        let planned = plan(&DESIRED, state, &options);
        check_plan(&planned);
        // What is planned again is planned alike.
        for function in planned.functions.iter().take(usize::from(update)) {
            let current = state.functions.get(&function.name);
            let again =
                plan_function(&DESIRED, &state.objects, &LayerArns::default(), &function.name, current, &options);
            assert!(again.is_none_or(|again| again.action == function.action));
        }
        let reviewed = Reviewed {
            inputs: SealedInputs::default(),
            desired: &DESIRED,
            plan: &planned,
            targets: &[],
            options: &options,
        };
        let sealed = SealedPlan::seal(reviewed, "salt".into());
        assert_eq!(sealed.moved_manifest(&DESIRED), []);
        assert_eq!(sealed.moved_account(&planned), []);
        let text = sealed.to_text();
        assert_hides(&text);
        assert_eq!(SealedPlan::from_text(text.as_bytes()).expect("what was written is read"), sealed);
    }
    for function in state.functions.values() {
        let declared = declaration(function);
        declared.notes.iter().for_each(|note| assert_hides(note));
    }
    let _: usize = adoptions(&DESIRED, "shop", state).len();
}

/// Panics when a plan says a value that stands under `Environment`.
fn check_plan(plan: &Plan) {
    for function in &plan.functions {
        for change in function.changes.iter().chain(&function.ignored) {
            if change.path.starts_with("/Environment") {
                assert!(
                    change.sensitive
                        || change.path == "/Environment" && is_empty(&change.before) && is_empty(&change.after),
                    "{}",
                    change.path
                );
            }
            if change.sensitive {
                assert_hides(&format!("{:?} {:?}", change.before, change.after));
            }
        }
        // The request that would be sent hides its own values.
        assert_hides(&format!("{:?}", environment_of(function)));
    }
}

fn is_empty(value: &Option<Value>) -> bool {
    value.as_ref().is_none_or(|value| value.is_null() || *value == Value::Object(Map::new()))
}

/// The parts of an action that have values of environment variables.
fn environment_of(function: &lambdactl_diff::FunctionPlan) -> Vec<String> {
    use lambdactl_diff::Action;
    match &function.action {
        Action::Create(request) | Action::Replace(request) => vec![format!("{request:?}")],
        Action::Update(steps) => steps.iter().map(|step| format!("{step:?}")).collect(),
        _ => Vec::new(),
    }
}
