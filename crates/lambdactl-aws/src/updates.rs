//! The calls that change or delete a function that exists.

use bytes::Bytes;
use lambdactl_diff::{PublishedVersion, Step};
use percent_encoding::utf8_percent_encode;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::call::{Call, Service};
use crate::client::Client;
use crate::error::CallError;
use crate::operations::{SEGMENT, with_archive};
use crate::retry::Repeat;

/// A function that exists, as calls name it.
#[derive(Clone, Copy, Debug)]
pub struct Addressed<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its ARN without a version, by which tags are named.
    pub arn: &'a str,
}

impl Client {
    /// Makes one call of an update. Where the call takes a revision it is refused when the function has another
    /// ([`CallError::is_moved`]); `archive` is the one that the step itself does not hold.
    ///
    /// What sets the function to a value is sent again after a lost answer; updates with a revision and versions are
    /// not, since the second call would fail on what the first one did. Returns the version, where one was published.
    pub async fn update_function(
        &self,
        function: Addressed<'_>,
        step: &Step,
        revision_id: Option<&str>,
        archive: Option<&[u8]>,
    ) -> Result<Option<PublishedVersion>, CallError> {
        let name = utf8_percent_encode(function.name, SEGMENT);
        let tags = format!("/2017-03-31/tags/{}", utf8_percent_encode(function.arn, SEGMENT));
        let signing = format!("/2020-06-30/functions/{name}/code-signing-config");
        let guarded = |members: &Map<String, Value>| {
            let mut members = members.clone();
            members.extend(revision_id.map(|id| ("RevisionId".to_owned(), json!(id))));
            members
        };
        let (method, path, body, repeat) = match step {
            Step::PutCodeSigning(arn) => {
                (Method::PUT, signing, json!({ "CodeSigningConfigArn": arn }).to_string().into(), Repeat::Safe)
            }
            Step::DeleteCodeSigning => (Method::DELETE, signing, Bytes::new(), Repeat::Safe),
            Step::Configuration(members) => {
                self.learn_configuration(members);
                let path = format!("/2015-03-31/functions/{name}/configuration");
                (Method::PUT, path, Value::Object(guarded(members)).to_string().into(), Repeat::Unsafe)
            }
            Step::Code(members) => {
                let path = format!("/2015-03-31/functions/{name}/code");
                (Method::PUT, path, with_archive(guarded(members), None, archive), Repeat::Unsafe)
            }
            Step::Untag(keys) => {
                let keys: Vec<String> =
                    keys.iter().map(|key| format!("tagKeys={}", utf8_percent_encode(key, SEGMENT))).collect();
                (Method::DELETE, format!("{tags}?{}", keys.join("&")), Bytes::new(), Repeat::Safe)
            }
            Step::Tag(wanted) => (Method::POST, tags, json!({ "Tags": wanted }).to_string().into(), Repeat::Safe),
            Step::Publish(members) => {
                let path = format!("/2015-03-31/functions/{name}/versions");
                (Method::POST, path, Value::Object(guarded(members)).to_string().into(), Repeat::Unsafe)
            }
        };
        let call = Call { operation: step.operation(), service: Service::Lambda, method, path, body, repeat };
        let answer = self.call(call).await?;
        match step {
            Step::Publish(_) => {
                let answer = answer.json(step.operation(), self.connection().endpoint())?;
                self.published(step.operation(), function.name, answer).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Deletes a function with its versions. `false`: there was none. Never sent again after a lost answer: by then the
    /// name may be another function's.
    pub async fn delete_function(&self, name: &str) -> Result<bool, CallError> {
        let call = Call {
            operation: "DeleteFunction",
            service: Service::Lambda,
            method: Method::DELETE,
            path: format!("/2015-03-31/functions/{}", utf8_percent_encode(name, SEGMENT)),
            body: Bytes::new(),
            repeat: Repeat::Unsafe,
        };
        match self.call(call).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
