//! What functions name, each once, and how it is asked for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures_util::stream::{self, StreamExt};
use lambdactl_schema::{Desired, FunctionSpec, Operation};

use crate::error::CallError;

/// What functions name, with the functions and the pointers at which they do.
pub(super) type Uses<'a> = BTreeMap<String, Vec<(&'a FunctionSpec, String)>>;

/// Collects what functions name: `named` gives the values of one and their pointers.
pub(super) fn uses<'a, T>(desired: &'a Desired, named: impl Fn(&'a FunctionSpec) -> T) -> Uses<'a>
where
    T: IntoIterator<Item = (String, String)>,
{
    let mut found = Uses::new();
    for spec in &desired.functions {
        for (value, pointer) in named(spec) {
            found.entry(value).or_default().push((spec, pointer));
        }
    }
    found
}

/// What an account has of something: nothing where it is missing, else the reason why nobody knows.
pub(super) type Known<T> = Result<Option<T>, String>;

/// Asks for each of some things, a few at a time. A service that is not there is not asked again.
pub(super) async fn ask_each<T>(
    names: impl IntoIterator<Item = String>,
    parallelism: usize,
    ask: impl AsyncFn(&str) -> Result<Option<T>, CallError>,
) -> BTreeMap<String, Known<T>> {
    let silent = Mutex::new(None::<String>);
    let silence = || silent.lock().unwrap_or_else(PoisonError::into_inner);
    stream::iter(names)
        .map(async |name| {
            let known = silence().clone();
            let known = match known {
                Some(reason) => Err(reason),
                None => ask(&name).await.map_err(|error| {
                    let reason = reason(&error);
                    if !matches!(error, CallError::Service(_)) {
                        *silence() = Some(reason.clone());
                    }
                    reason
                }),
            };
            (name, known)
        })
        .buffer_unordered(parallelism.max(1))
        .collect()
        .await
}

/// Says in a few words why something could not be asked.
pub(super) fn reason(error: &CallError) -> String {
    let operation = match error {
        CallError::Service(error) => Some(error.operation),
        CallError::NoAnswer { operation, .. }
        | CallError::NotJson { operation, .. }
        | CallError::Unexpected { operation, .. } => Some(*operation),
        CallError::Unreachable { .. } | CallError::Credentials { .. } | CallError::Signing(_) => None,
    };
    let code = error.code();
    operation.map_or_else(|| code.to_owned(), |operation: Operation| format!("{operation} answered {code}"))
}

/// Takes an error for an absence, where its class is one of these.
pub(super) fn or_missing<T>(answer: Result<T, CallError>, classes: &[&str]) -> Result<Option<T>, CallError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CallError::Service(error)) if classes.contains(&error.code.as_str()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the reasons among what is known.
pub(super) fn reasons<T>(known: &BTreeMap<String, Known<T>>) -> impl Iterator<Item = String> {
    known.values().filter_map(|known| known.as_ref().err().cloned())
}
