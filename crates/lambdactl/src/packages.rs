//! What a plan says of the files of packages: what is in one, and what of it changes.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_aws::Client;
use lambdactl_diff::{Action, Change, FunctionPlan, Plan};
use lambdactl_package::{Difference, Listed, differences, list};
use lambdactl_schema::{Desired, FunctionSpec};

use crate::render::style::count;

/// Files of a package that are named: a plan is read by people.
const NAMED: usize = 50;

/// Adds to a plan what is in the packages that would be sent.
pub(crate) fn name_contents(plan: &mut Plan, desired: &Desired) {
    for (function, spec) in packaged(plan, desired) {
        let files = match archive(spec).and_then(|zip| list(&zip).map_err(|error| error.to_string())) {
            Ok(files) => files,
            Err(reason) => {
                function.notes.push(format!("what is in the package could not be read: {reason}"));
                continue;
            }
        };
        let bytes: u64 = files.values().map(|file| file.size).sum();
        function.details.push(format!("{}, {bytes} bytes unpacked", count(files.len(), "file")));
        let named = files.iter().take(NAMED).map(|(name, Listed { size, .. })| format!("{name}  {size}"));
        function.details.extend(named);
        if files.len() > NAMED {
            function.details.push(format!("and {} more", files.len() - NAMED));
        }
    }
}

/// Adds to a plan which files of the code change, by the archives that the account has now.
pub(crate) async fn compare_files(plan: &mut Plan, desired: &Desired, client: &Client) {
    for (function, spec) in packaged(plan, desired) {
        if function.function_arn.is_none() {
            continue;
        }
        let old = client.download_code(&function.name).await.map_err(|error| error.to_string());
        let old = old.and_then(|zip| list(&zip).map_err(|error| error.to_string()));
        let new = archive(spec).and_then(|zip| list(&zip).map_err(|error| error.to_string()));
        match (old, new) {
            (Ok(old), Ok(new)) => function.notes.extend(lines(&differences(&old, &new))),
            (Err(reason), _) | (_, Err(reason)) => {
                function.notes.push(format!("the files of the code were not compared: {reason}"));
            }
        }
    }
}

/// The functions whose archive is sent, or would be.
fn packaged<'a>(
    plan: &'a mut Plan,
    desired: &'a Desired,
) -> impl Iterator<Item = (&'a mut FunctionPlan, &'a FunctionSpec)> {
    let specs: BTreeMap<&str, &FunctionSpec> =
        desired.functions.iter().map(|spec| (spec.request.function_name.as_str(), spec)).collect();
    plan.functions.iter_mut().filter_map(move |function| {
        let spec = specs.get(function.name.as_str()).filter(|spec| spec.code_sha256.is_some())?;
        let is_new = matches!(function.action, Action::Create(_) | Action::Replace(_));
        let changes = function.changes.iter().any(Change::is_archive);
        (is_new || changes).then_some((function, *spec))
    })
}

fn archive(spec: &FunctionSpec) -> Result<Vec<u8>, String> {
    match (&spec.archive, &spec.request.code.zip_file) {
        (Some(source), _) => lambdactl_package::read(source).map_err(|error| error.to_string()),
        (None, Some(base64)) => STANDARD.decode(base64).map_err(|error| error.to_string()),
        (None, None) => Err("there is no archive".to_owned()),
    }
}

/// One line for each file, and how many more there are.
fn lines(differences: &BTreeMap<String, Difference>) -> Vec<String> {
    let line = |(name, difference): (&String, &Difference)| match difference {
        Difference::Added(new) => format!("code: + {name}, {} bytes", new.size),
        Difference::Removed(old) => format!("code: - {name}, {} bytes", old.size),
        Difference::Changed(old, new) if old.size == new.size => format!("code: ~ {name}, {} bytes", new.size),
        Difference::Changed(old, new) => format!("code: ~ {name}, {} → {} bytes", old.size, new.size),
    };
    let mut lines: Vec<String> = differences.iter().take(NAMED).map(line).collect();
    match differences.len() {
        0 => lines.push("code: the files are the same; only how they are packed differs".to_owned()),
        more if more > NAMED => lines.push(format!("code: and {} more", count(more - NAMED, "file"))),
        _ => {}
    }
    lines
}
