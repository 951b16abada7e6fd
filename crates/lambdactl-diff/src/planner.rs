use lambdactl_schema::{CreateFunctionRequest, Desired, FunctionSpec, OWNER_TAG};
use serde_json::{Value, json};

use crate::action::{Action, Change, FunctionPlan, Plan};
use crate::changes::{additions, change, changes};
use crate::current::{CodeSigning, CurrentFunction, CurrentState};
use crate::known::Known;
use crate::secrets::Secrets;
use crate::{code, normal, tags};

/// Compares every function of the manifest with the account.
pub fn plan(desired: &Desired, current: &CurrentState, secrets: &Secrets) -> Plan {
    let known = Known::new();
    let functions = desired
        .functions
        .iter()
        .map(|spec| match current.functions.get(&spec.request.function_name) {
            None => create(spec, desired.name.as_deref(), secrets),
            Some(current) => compare(spec, current, &known, secrets),
        })
        .collect();
    Plan { account: current.account.clone(), region: current.region.clone(), functions }
}

fn create(spec: &FunctionSpec, owner: Option<&str>, secrets: &Secrets) -> FunctionPlan {
    // There is nothing yet that a fingerprint could be compared with.
    let secrets = if matches!(secrets, Secrets::Shown) { secrets } else { &Secrets::Hidden };
    let mut request = spec.request.clone();
    if let Some(owner) = owner {
        request.tags.get_or_insert_default().insert(OWNER_TAG.to_owned(), owner.to_owned());
    }
    let mut members = request.members();
    members.insert("Code".into(), code::shown(spec));
    members.shift_remove("FunctionName");
    FunctionPlan {
        name: request.function_name.clone(),
        function_arn: None,
        revision_id: None,
        code_sha256: spec.code_sha256.clone(),
        changes: additions(&members, secrets),
        action: Action::Create(Box::new(request)),
        ignored: Vec::new(),
        notes: Vec::new(),
    }
}

fn compare(spec: &FunctionSpec, current: &CurrentFunction, known: &Known, secrets: &Secrets) -> FunctionPlan {
    let mut notes = Vec::new();
    // What `--allow-unknown` let through is compared as it stands.
    let members = known.members().chain(spec.request.unlisted.0.keys().map(String::as_str));
    let mut before = normal::from_answer(&current.configuration, members);
    let mut after = normal::from_request(spec.request.members());
    known.forget_others(&mut before, &after);
    // Part of both sides, so that defaults made of the name agree.
    if let Some(error) = current.configuration.get("Environment").and_then(|environment| environment.get("Error")) {
        let code = error["ErrorCode"].as_str().unwrap_or("unknown error");
        notes.push(format!("the environment could not be read and was not compared: {code}"));
        before.shift_remove("Environment");
        after.shift_remove("Environment");
    }
    let mut changes = changes(&before, &after, secrets);
    changes.extend(code::compare(spec, current, &mut notes));
    changes.extend(tags::compare(spec.request.tags.as_ref(), current, &mut notes));
    changes.extend(code_signing(spec, current, &mut notes));
    let (ignored, changes): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| is_ignored(&change.path, &spec.ignore));
    FunctionPlan {
        name: spec.request.function_name.clone(),
        function_arn: current.text("FunctionArn").map(str::to_owned),
        revision_id: current.text("RevisionId").map(str::to_owned),
        code_sha256: spec.code_sha256.clone(),
        action: if changes.is_empty() { Action::Unchanged } else { Action::Drift },
        changes,
        ignored,
        notes,
    }
}

/// Whether a function is what a request would have created: the same configuration, code and tags.
pub fn is_created_by(request: &CreateFunctionRequest, code_sha256: Option<&str>, current: &CurrentFunction) -> bool {
    let spec = FunctionSpec {
        request: request.clone(),
        code_sha256: code_sha256.map(str::to_owned),
        ignore: Vec::new(),
        protect: false,
    };
    compare(&spec, current, &Known::new(), &Secrets::Hidden).changes.is_empty()
}

fn code_signing(spec: &FunctionSpec, current: &CurrentFunction, notes: &mut Vec<String>) -> Option<Change> {
    let wanted = spec.request.code_signing_config_arn.as_deref().unwrap_or_default();
    match &current.code_signing {
        CodeSigning::NotRead => None,
        CodeSigning::Unknown(reason) => {
            notes.push(format!("the code signing configuration could not be read and was not compared: {reason}"));
            None
        }
        CodeSigning::Arn(arn) if arn == wanted => None,
        CodeSigning::Arn(arn) => {
            let some = |text: &str| -> Option<Value> { (!text.is_empty()).then(|| json!(text)) };
            Some(change("/CodeSigningConfigArn".into(), some(arn), some(wanted)))
        }
    }
}

/// Whether a path is one of the ignored ones, or lies in one.
fn is_ignored(path: &str, ignored: &[String]) -> bool {
    ignored
        .iter()
        .any(|ignored| path.strip_prefix(ignored.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
