//! Which code answers which operation.

use axum::http::StatusCode;
use lambdactl_schema::Operation;
use serde_json::Value;

use crate::beside::{
    aliases, attachments, concurrency, event_invoke, marks, permissions, provisioned, recursion, runtime_management,
    urls,
};
use crate::functions::{create, invoke, list, read, update, versions};
use crate::http::answer::Answer;
use crate::http::asked::Asked;
use crate::http::pages::page;
use crate::layers;
use crate::service_error::ServiceError;
use crate::services::{objects, sts, tagging};
use crate::shared::Shared;

/// Answers an operation.
pub(crate) type Handler = fn(&Shared, &Asked) -> Result<Answer, ServiceError>;

/// Returns what answers an operation; nothing for one that is not played here.
pub(crate) fn handler(operation: Operation) -> Option<Handler> {
    Some(match operation {
        Operation::CreateFunction => |shared, asked| {
            Ok(Answer::Members(Value::Object(create::create_function(shared, &asked.scope, &asked.body)?)))
        },
        Operation::GetFunction => {
            |shared, asked| read::get_function(shared, &asked.scope, &asked.qualified()?).map(Answer::Members)
        }
        Operation::GetFunctionConfiguration => {
            |shared, asked| read::get_configuration(shared, &asked.scope, &asked.qualified()?).map(Answer::Members)
        }
        Operation::ListFunctions => |shared, asked| {
            let request = list::ListRequest::from_query(&asked.query)?;
            list::list_functions(&shared.store, &asked.scope, &request).map(Answer::Members)
        },
        Operation::UpdateFunctionConfiguration => |shared, asked| {
            update::update_configuration(shared, &asked.scope, &asked.function()?, &asked.body).map(Answer::Members)
        },
        Operation::UpdateFunctionCode => |shared, asked| {
            update::update_code(shared, &asked.scope, &asked.function()?, &asked.body).map(Answer::Members)
        },
        Operation::DeleteFunction => {
            |shared, asked| read::delete_function(shared, &asked.scope, &asked.qualified()?).map(Answer::Status)
        }
        Operation::GetAccountSettings => {
            |shared, asked| read::account_settings(shared, &asked.scope).map(Answer::Members)
        }

        Operation::ListTags => |shared, asked| read::list_tags(shared, &asked.scope, asked.id()).map(Answer::Members),
        Operation::TagResource => |shared, asked| {
            marks::tag(shared, &asked.scope, asked.id(), &asked.body)?;
            Ok(Answer::Empty)
        },
        Operation::UntagResource => |shared, asked| {
            marks::untag(shared, &asked.scope, asked.id(), &asked.query)?;
            Ok(Answer::Empty)
        },

        Operation::GetFunctionCodeSigningConfig => {
            |shared, asked| read::get_code_signing(shared, &asked.scope, &asked.qualified()?).map(Answer::Members)
        }
        Operation::PutFunctionCodeSigningConfig => |shared, asked| {
            marks::sign(shared, &asked.scope, &asked.function()?, Some(&asked.body)).map(Answer::Members)
        },
        Operation::DeleteFunctionCodeSigningConfig => |shared, asked| {
            marks::sign(shared, &asked.scope, &asked.function()?, None)?;
            Ok(Answer::Empty)
        },
        Operation::ListCodeSigningConfigs => {
            |shared, asked| listed(asked, marks::list_configs(shared, &asked.scope)?, MANY)
        }
        Operation::ListFunctionsByCodeSigningConfig => {
            |shared, asked| listed(asked, marks::list_signed(shared, &asked.scope, asked.id())?, MANY)
        }

        Operation::PublishVersion => |shared, asked| {
            versions::publish_version(shared, &asked.scope, &asked.function()?, &asked.body).map(Answer::Members)
        },
        Operation::ListVersionsByFunction => {
            |shared, asked| listed(asked, versions::list_versions(shared, &asked.scope, &asked.function()?)?, MANY)
        }
        Operation::CreateAlias => |shared, asked| aliases::create(shared, asked).map(Answer::Members),
        Operation::GetAlias => |shared, asked| aliases::get(shared, asked).map(Answer::Members),
        Operation::UpdateAlias => |shared, asked| aliases::update(shared, asked).map(Answer::Members),
        Operation::DeleteAlias => |shared, asked| aliases::delete(shared, asked).map(|()| Answer::Empty),
        Operation::ListAliases => |shared, asked| aliases::list(shared, asked).map(Answer::Members),

        Operation::AddPermission => |shared, asked| permissions::add(shared, asked).map(Answer::Members),
        Operation::GetPolicy => |shared, asked| permissions::get(shared, asked).map(Answer::Members),
        Operation::RemovePermission => |shared, asked| permissions::remove(shared, asked).map(|()| Answer::Empty),

        Operation::CreateFunctionUrlConfig => |shared, asked| urls::create(shared, asked).map(Answer::Members),
        Operation::UpdateFunctionUrlConfig => |shared, asked| urls::update(shared, asked).map(Answer::Members),
        Operation::GetFunctionUrlConfig => |shared, asked| urls::get(shared, asked).map(Answer::Members),
        Operation::DeleteFunctionUrlConfig => |shared, asked| urls::delete(shared, asked).map(|()| Answer::Empty),
        Operation::ListFunctionUrlConfigs => |shared, asked| urls::list(shared, asked).map(Answer::Members),

        Operation::PutFunctionConcurrency => |shared, asked| concurrency::put(shared, asked).map(Answer::Members),
        Operation::DeleteFunctionConcurrency => {
            |shared, asked| concurrency::delete(shared, asked).map(|()| Answer::Empty)
        }
        Operation::GetFunctionConcurrency => |shared, asked| concurrency::get(shared, asked).map(Answer::Members),

        Operation::PutProvisionedConcurrencyConfig => {
            |shared, asked| provisioned::put(shared, asked).map(Answer::Members)
        }
        Operation::GetProvisionedConcurrencyConfig => {
            |shared, asked| provisioned::get(shared, asked).map(Answer::Members)
        }
        Operation::DeleteProvisionedConcurrencyConfig => {
            |shared, asked| provisioned::delete(shared, asked).map(|()| Answer::Empty)
        }
        Operation::ListProvisionedConcurrencyConfigs => {
            |shared, asked| provisioned::list(shared, asked).map(Answer::Members)
        }

        Operation::PutFunctionEventInvokeConfig => {
            |shared, asked| event_invoke::put(shared, asked).map(Answer::Members)
        }
        Operation::UpdateFunctionEventInvokeConfig => {
            |shared, asked| event_invoke::update(shared, asked).map(Answer::Members)
        }
        Operation::GetFunctionEventInvokeConfig => {
            |shared, asked| event_invoke::get(shared, asked).map(Answer::Members)
        }
        Operation::DeleteFunctionEventInvokeConfig => {
            |shared, asked| event_invoke::delete(shared, asked).map(|()| Answer::Empty)
        }
        Operation::ListFunctionEventInvokeConfigs => {
            |shared, asked| event_invoke::list(shared, asked).map(Answer::Members)
        }

        Operation::PutRuntimeManagementConfig => {
            |shared, asked| runtime_management::put(shared, asked).map(Answer::Members)
        }
        Operation::GetRuntimeManagementConfig => {
            |shared, asked| runtime_management::get(shared, asked).map(Answer::Members)
        }

        Operation::PutFunctionRecursionConfig => |shared, asked| {
            recursion::put(shared, &asked.scope, &asked.unqualified()?, &asked.body).map(Answer::Members)
        },
        Operation::GetFunctionRecursionConfig => {
            |shared, asked| recursion::get(shared, &asked.scope, &asked.unqualified()?).map(Answer::Members)
        }

        Operation::Invoke => invoke::invoke,

        Operation::PublishLayerVersion => |shared, asked| layers::versions::publish(shared, asked).map(Answer::Members),
        Operation::ListLayerVersions => |shared, asked| layers::versions::list(shared, asked).map(Answer::Members),
        Operation::ListLayers => |shared, asked| layers::versions::list_layers(shared, asked).map(Answer::Members),
        Operation::GetLayerVersion => |shared, asked| layers::versions::get(shared, asked).map(Answer::Members),
        Operation::GetLayerVersionByArn => {
            |shared, asked| layers::versions::get_by_arn(shared, asked).map(Answer::Members)
        }
        Operation::DeleteLayerVersion => {
            |shared, asked| layers::versions::delete(shared, asked).map(|()| Answer::Empty)
        }
        Operation::AddLayerVersionPermission => {
            |shared, asked| layers::permissions::add(shared, asked).map(Answer::Members)
        }
        Operation::GetLayerVersionPolicy => {
            |shared, asked| layers::permissions::get(shared, asked).map(Answer::Members)
        }
        Operation::RemoveLayerVersionPermission => {
            |shared, asked| layers::permissions::remove(shared, asked).map(|()| Answer::Empty)
        }

        Operation::CreateEventSourceMapping => {
            |shared, asked| attachments::create_mapping(shared, &asked.scope, &asked.body).map(Answer::Members)
        }
        Operation::ListEventSourceMappings => |shared, asked| {
            listed(asked, attachments::list_mappings(shared, &asked.scope, asked.member("FunctionName"))?, MANY)
        },

        Operation::GetResources => {
            |shared, asked| tagging::get_resources(&shared.store, &asked.scope, &asked.body).map(Answer::Members)
        }
        Operation::GetCallerIdentity => |_, asked| Ok(Answer::Whole(sts::answer(&asked.scope, &asked.body))),
        Operation::HeadObject
        | Operation::GetObject
        | Operation::PutObject
        | Operation::DeleteObject
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload => {
            |shared, asked| Ok(Answer::Whole(objects::answer(&shared.store, &shared.uploads, asked)?))
        }

        Operation::BatchGetImage => return None,
    })
}

/// What `MaxItems` may be (the service's model).
const MANY: usize = 10_000;

/// The page of a list that is asked for.
fn listed(asked: &Asked, rows: Vec<Value>, most: usize) -> Result<Answer, ServiceError> {
    page(asked, rows, most).map(Answer::Members)
}

/// Returns the operations that are answered, in the order of their table.
pub fn operations() -> impl Iterator<Item = Operation> {
    Operation::ALL.iter().copied().filter(|operation| handler(*operation).is_some())
}

/// The status of an operation's success.
pub(crate) fn status(operation: Operation) -> StatusCode {
    StatusCode::from_u16(operation.row().status).expect("a status of a row is one of HTTP")
}
