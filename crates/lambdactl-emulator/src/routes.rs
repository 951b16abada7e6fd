//! Which code answers which operation.

use axum::http::StatusCode;
use lambdactl_schema::Operation;
use serde_json::Value;

use crate::beside::{
    aliases, code_signing, concurrency, event_invoke, mappings, marks, permissions, provisioned, recursion,
    runtime_management, urls,
};
use crate::functions::{create, invoke, list, read, update, versions};
use crate::http::answer::Answer;
use crate::http::asked::Asked;
use crate::http::pages::page;
use crate::layers;
use crate::service_error::ServiceError;
use crate::services::{alarms, objects, sts, tagging};
use crate::shared::Shared;

/// Answers an operation.
pub(crate) type Handler = fn(&Shared, &Asked) -> Result<Answer, ServiceError>;

/// What the emulator makes of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emulation {
    /// Later answers are those of an account in which it was done.
    Whole,
    /// It is checked, kept and answered; what does not come of it.
    Accepted(&'static str),
    /// It is refused as unknown.
    Missing,
}

/// What answers an operation, and what comes of it.
struct Route {
    handler: Handler,
    emulation: Emulation,
}

fn whole(handler: Handler) -> Route {
    Route { handler, emulation: Emulation::Whole }
}

fn accepted(but: &'static str, handler: Handler) -> Route {
    Route { handler, emulation: Emulation::Accepted(but) }
}

const UNSIGNED: &str = "no signature is checked";
const OPEN: &str = "nobody is refused";
const SILENT: &str = "nothing answers at the URL";
const UNCALLED: &str = "no asynchronous call is run";
const UNREAD: &str = "nothing is read from the source";

/// Returns the route of an operation; nothing for one that is not played here.
fn route(operation: Operation) -> Option<Route> {
    Some(match operation {
        Operation::CreateFunction => whole(|shared, asked| {
            Ok(Answer::Members(Value::Object(create::create_function(shared, &asked.scope, &asked.body)?)))
        }),
        Operation::GetFunction => {
            whole(|shared, asked| read::get_function(shared, &asked.scope, &asked.qualified()?).map(Answer::Members))
        }
        Operation::GetFunctionConfiguration => whole(|shared, asked| {
            read::get_configuration(shared, &asked.scope, &asked.qualified()?).map(Answer::Members)
        }),
        Operation::ListFunctions => whole(|shared, asked| {
            let request = list::ListRequest::from_query(&asked.query)?;
            list::list_functions(&shared.store, &asked.scope, &request).map(Answer::Members)
        }),
        Operation::UpdateFunctionConfiguration => whole(|shared, asked| {
            update::update_configuration(shared, &asked.scope, &asked.function()?, &asked.body).map(Answer::Members)
        }),
        Operation::UpdateFunctionCode => whole(|shared, asked| {
            update::update_code(shared, &asked.scope, &asked.function()?, &asked.body).map(Answer::Members)
        }),
        Operation::DeleteFunction => {
            whole(|shared, asked| read::delete_function(shared, &asked.scope, &asked.qualified()?).map(Answer::Status))
        }
        Operation::GetAccountSettings => {
            whole(|shared, asked| read::account_settings(shared, &asked.scope).map(Answer::Members))
        }

        Operation::ListTags => {
            whole(|shared, asked| marks::list_tags(shared, &asked.scope, asked.id()).map(Answer::Members))
        }
        Operation::TagResource => whole(|shared, asked| {
            marks::tag(shared, &asked.scope, asked.id(), &asked.body)?;
            Ok(Answer::Empty)
        }),
        Operation::UntagResource => whole(|shared, asked| {
            marks::untag(shared, &asked.scope, asked.id(), &asked.query)?;
            Ok(Answer::Empty)
        }),

        Operation::GetFunctionCodeSigningConfig => whole(|shared, asked| {
            read::get_code_signing(shared, &asked.scope, &asked.qualified()?).map(Answer::Members)
        }),
        Operation::PutFunctionCodeSigningConfig => accepted(UNSIGNED, |shared, asked| {
            code_signing::sign(shared, &asked.scope, &asked.function()?, Some(&asked.body)).map(Answer::Members)
        }),
        Operation::DeleteFunctionCodeSigningConfig => whole(|shared, asked| {
            code_signing::sign(shared, &asked.scope, &asked.function()?, None)?;
            Ok(Answer::Empty)
        }),
        Operation::CreateCodeSigningConfig => accepted(UNSIGNED, |shared, asked| {
            code_signing::create(shared, &asked.scope, &asked.body).map(Answer::Members)
        }),
        Operation::GetCodeSigningConfig => {
            whole(|shared, asked| code_signing::get(shared, &asked.scope, asked.id()).map(Answer::Members))
        }
        Operation::UpdateCodeSigningConfig => accepted(UNSIGNED, |shared, asked| {
            code_signing::update(shared, &asked.scope, asked.id(), &asked.body).map(Answer::Members)
        }),
        Operation::DeleteCodeSigningConfig => {
            whole(|shared, asked| code_signing::delete(shared, &asked.scope, asked.id()).map(|()| Answer::Empty))
        }
        Operation::ListCodeSigningConfigs => {
            accepted("of those that were not created here and functions have it knows the ARN", |shared, asked| {
                listed(asked, code_signing::list_configs(shared, &asked.scope)?, MANY)
            })
        }
        Operation::ListFunctionsByCodeSigningConfig => {
            whole(|shared, asked| listed(asked, code_signing::list_functions(shared, &asked.scope, asked.id())?, MANY))
        }

        Operation::PublishVersion => whole(|shared, asked| {
            versions::publish_version(shared, &asked.scope, &asked.function()?, &asked.body).map(Answer::Members)
        }),
        Operation::ListVersionsByFunction => whole(|shared, asked| {
            listed(asked, versions::list_versions(shared, &asked.scope, &asked.function()?)?, MANY)
        }),
        Operation::CreateAlias => whole(|shared, asked| aliases::create(shared, asked).map(Answer::Members)),
        Operation::GetAlias => whole(|shared, asked| aliases::get(shared, asked).map(Answer::Members)),
        Operation::UpdateAlias => whole(|shared, asked| aliases::update(shared, asked).map(Answer::Members)),
        Operation::DeleteAlias => whole(|shared, asked| aliases::delete(shared, asked).map(|()| Answer::Empty)),
        Operation::ListAliases => whole(|shared, asked| aliases::list(shared, asked).map(Answer::Members)),

        Operation::AddPermission => {
            accepted(OPEN, |shared, asked| permissions::add(shared, asked).map(Answer::Members))
        }
        Operation::GetPolicy => whole(|shared, asked| permissions::get(shared, asked).map(Answer::Members)),
        Operation::RemovePermission => {
            whole(|shared, asked| permissions::remove(shared, asked).map(|()| Answer::Empty))
        }

        Operation::CreateFunctionUrlConfig => {
            accepted(SILENT, |shared, asked| urls::create(shared, asked).map(Answer::Members))
        }
        Operation::UpdateFunctionUrlConfig => {
            accepted(SILENT, |shared, asked| urls::update(shared, asked).map(Answer::Members))
        }
        Operation::GetFunctionUrlConfig => whole(|shared, asked| urls::get(shared, asked).map(Answer::Members)),
        Operation::DeleteFunctionUrlConfig => {
            whole(|shared, asked| urls::delete(shared, asked).map(|()| Answer::Empty))
        }
        Operation::ListFunctionUrlConfigs => whole(|shared, asked| urls::list(shared, asked).map(Answer::Members)),

        Operation::PutFunctionConcurrency => {
            whole(|shared, asked| concurrency::put(shared, asked).map(Answer::Members))
        }
        Operation::DeleteFunctionConcurrency => {
            whole(|shared, asked| concurrency::delete(shared, asked).map(|()| Answer::Empty))
        }
        Operation::GetFunctionConcurrency => {
            whole(|shared, asked| concurrency::get(shared, asked).map(Answer::Members))
        }

        Operation::PutProvisionedConcurrencyConfig => {
            whole(|shared, asked| provisioned::put(shared, asked).map(Answer::Members))
        }
        Operation::GetProvisionedConcurrencyConfig => {
            whole(|shared, asked| provisioned::get(shared, asked).map(Answer::Members))
        }
        Operation::DeleteProvisionedConcurrencyConfig => {
            whole(|shared, asked| provisioned::delete(shared, asked).map(|()| Answer::Empty))
        }
        Operation::ListProvisionedConcurrencyConfigs => {
            whole(|shared, asked| provisioned::list(shared, asked).map(Answer::Members))
        }

        Operation::PutFunctionEventInvokeConfig => {
            accepted(UNCALLED, |shared, asked| event_invoke::put(shared, asked).map(Answer::Members))
        }
        Operation::UpdateFunctionEventInvokeConfig => {
            accepted(UNCALLED, |shared, asked| event_invoke::update(shared, asked).map(Answer::Members))
        }
        Operation::GetFunctionEventInvokeConfig => {
            whole(|shared, asked| event_invoke::get(shared, asked).map(Answer::Members))
        }
        Operation::DeleteFunctionEventInvokeConfig => {
            whole(|shared, asked| event_invoke::delete(shared, asked).map(|()| Answer::Empty))
        }
        Operation::ListFunctionEventInvokeConfigs => {
            whole(|shared, asked| event_invoke::list(shared, asked).map(Answer::Members))
        }

        Operation::PutRuntimeManagementConfig => accepted("no runtime is updated", |shared, asked| {
            runtime_management::put(shared, asked).map(Answer::Members)
        }),
        Operation::GetRuntimeManagementConfig => {
            whole(|shared, asked| runtime_management::get(shared, asked).map(Answer::Members))
        }

        Operation::PutFunctionRecursionConfig => accepted("no function is run", |shared, asked| {
            recursion::put(shared, &asked.scope, &asked.unqualified()?, &asked.body).map(Answer::Members)
        }),
        Operation::GetFunctionRecursionConfig => {
            whole(|shared, asked| recursion::get(shared, &asked.scope, &asked.unqualified()?).map(Answer::Members))
        }

        Operation::Invoke => {
            accepted("no function is run, and `emulator --invoke` says what is answered", invoke::invoke)
        }

        Operation::PublishLayerVersion => {
            whole(|shared, asked| layers::versions::publish(shared, asked).map(Answer::Members))
        }
        Operation::ListLayerVersions => {
            whole(|shared, asked| layers::versions::list(shared, asked).map(Answer::Members))
        }
        Operation::ListLayers => {
            whole(|shared, asked| layers::versions::list_layers(shared, asked).map(Answer::Members))
        }
        Operation::GetLayerVersion => whole(|shared, asked| layers::versions::get(shared, asked).map(Answer::Members)),
        Operation::GetLayerVersionByArn => {
            whole(|shared, asked| layers::versions::get_by_arn(shared, asked).map(Answer::Members))
        }
        Operation::DeleteLayerVersion => {
            whole(|shared, asked| layers::versions::delete(shared, asked).map(|()| Answer::Empty))
        }
        Operation::AddLayerVersionPermission => {
            accepted(OPEN, |shared, asked| layers::permissions::add(shared, asked).map(Answer::Members))
        }
        Operation::GetLayerVersionPolicy => {
            whole(|shared, asked| layers::permissions::get(shared, asked).map(Answer::Members))
        }
        Operation::RemoveLayerVersionPermission => {
            whole(|shared, asked| layers::permissions::remove(shared, asked).map(|()| Answer::Empty))
        }

        Operation::CreateEventSourceMapping => {
            accepted(UNREAD, |shared, asked| mappings::create(shared, asked).map(Answer::Members))
        }
        Operation::GetEventSourceMapping => whole(|shared, asked| mappings::get(shared, asked).map(Answer::Members)),
        Operation::UpdateEventSourceMapping => {
            accepted(UNREAD, |shared, asked| mappings::update(shared, asked).map(Answer::Members))
        }
        Operation::DeleteEventSourceMapping => {
            whole(|shared, asked| mappings::delete(shared, asked).map(Answer::Members))
        }
        Operation::ListEventSourceMappings => whole(|shared, asked| mappings::list(shared, asked).map(Answer::Members)),

        Operation::GetResources => {
            whole(|shared, asked| tagging::get_resources(shared, &asked.scope, &asked.body).map(Answer::Members))
        }
        Operation::DescribeAlarms => whole(|shared, asked| alarms::describe(shared, asked).map(Answer::Members)),
        Operation::PutMetricAlarm => {
            accepted("no metric is looked at: an alarm is in the state that was set", |shared, asked| {
                alarms::put(shared, asked).map(|()| Answer::Empty)
            })
        }
        Operation::SetAlarmState => accepted("its actions are not run", |shared, asked| {
            alarms::set_state(shared, asked).map(|()| Answer::Empty)
        }),
        Operation::GetCallerIdentity => whole(|_, asked| Ok(Answer::Whole(sts::answer(&asked.scope, &asked.body)))),
        Operation::HeadObject
        | Operation::GetObject
        | Operation::PutObject
        | Operation::DeleteObject
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload => {
            whole(|shared, asked| Ok(Answer::Whole(objects::answer(&shared.store, &shared.uploads, asked)?)))
        }

        Operation::BatchGetImage
        | Operation::GetRole
        | Operation::DescribeSubnets
        | Operation::DescribeSecurityGroups
        | Operation::DescribeKey
        | Operation::GetQueueAttributes
        | Operation::GetParameters
        | Operation::GetSecretValue
        | Operation::DescribeStacks
        | Operation::ListStackResources => return None,
    })
}

/// What `MaxItems` may be (the service's model).
const MANY: usize = 10_000;

/// The page of a list that is asked for.
fn listed(asked: &Asked, rows: Vec<Value>, most: usize) -> Result<Answer, ServiceError> {
    page(asked, rows, most).map(Answer::Members)
}

/// Returns what answers an operation.
pub(crate) fn handler(operation: Operation) -> Option<Handler> {
    route(operation).map(|route| route.handler)
}

/// Returns what the emulator makes of an operation.
pub fn emulation(operation: Operation) -> Emulation {
    route(operation).map_or(Emulation::Missing, |route| route.emulation)
}

/// Returns the operations that are answered, in the order of their table.
pub fn operations() -> impl Iterator<Item = Operation> {
    Operation::ALL.iter().copied().filter(|operation| route(*operation).is_some())
}

/// The status of an operation's success.
pub(crate) fn status(operation: Operation) -> StatusCode {
    StatusCode::from_u16(operation.row().status).expect("a status of a row is one of HTTP")
}
