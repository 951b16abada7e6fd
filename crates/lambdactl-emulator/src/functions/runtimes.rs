//! Which runtimes a function can be created with.

use crate::service_error::ServiceError;

/// Runtimes that can be chosen: the set of an answer recorded on 2026-01-12, and those that the
/// service's model of November 2026 adds. Deprecated ones stay in it until their creation is
/// blocked.
const CREATABLE: [&str; 31] = [
    "dotnet6",
    "dotnet8",
    "dotnet10",
    "java8.al2",
    "java8.al2023",
    "java11",
    "java11.al2023",
    "java17",
    "java17.al2023",
    "java21",
    "java25",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "nodejs26.x",
    "provided.al2",
    "provided.al2023",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
];

/// Runtimes that the service knows and no longer creates functions with (AWS documentation of
/// runtimes, October 2026).
const RETIRED: [&str; 20] = [
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "java8",
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "provided",
    "python2.7",
    "python3.6",
    "python3.7",
    "ruby2.5",
    "ruby2.7",
];

/// Refuses a runtime that is retired or unknown.
pub(crate) fn check_runtime(runtime: &str) -> Result<(), ServiceError> {
    if RETIRED.contains(&runtime) {
        return Err(ServiceError::invalid_parameter(&format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating \
             AWS Lambda functions. We recommend you use a supported runtime while creating or \
             updating functions."
        )));
    }
    // `custom` stands for the runtime that RuntimeConfig names.
    if CREATABLE.contains(&runtime) || runtime == "custom" || runtime.starts_with("arn:") {
        return Ok(());
    }
    Err(ServiceError::invalid_parameter(&format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum \
         value set: [{}] or be a valid ARN",
        CREATABLE.join(", ")
    )))
}
