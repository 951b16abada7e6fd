use std::collections::BTreeMap;

use lambdactl_schema::{OWNER_TAG, PROTECT_TAG};
use serde_json::{Map, Value};

use crate::found::FoundBeside;
use crate::health::Health;
use crate::layers::CurrentLayer;
use crate::published::Newest;
use crate::stored::Objects;

/// What an account has, as far as a plan needs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurrentState {
    /// The account, when anything told it.
    pub account: Option<String>,
    /// The region that was read.
    pub region: String,
    /// The functions that were asked for and exist, by name.
    pub functions: BTreeMap<String, CurrentFunction>,
    /// The functions that carry the manifest's tag and that it does not declare, when they were asked for.
    pub undeclared: BTreeMap<String, CurrentFunction>,
    /// The names of such functions, where the tags of the whole account were read for another reason.
    pub mentioned: Vec<String>,
    /// The newest versions of the manifest's layers, by name.
    pub layers: BTreeMap<String, CurrentLayer>,
    /// What S3 says of the objects that the manifest's functions and layers are made of.
    pub objects: Objects,
}

/// A function of the account, in the words of the service's answers.
#[derive(Clone, Default, PartialEq)]
pub struct CurrentFunction {
    /// `FunctionConfiguration`. It holds the values of environment variables.
    pub configuration: Map<String, Value>,
    /// GetFunction's `Code`, without the link to the package. Absent when only a list was read, which has none.
    pub code: Option<Map<String, Value>>,
    /// The tags.
    pub tags: Tags,
    /// The code signing configuration.
    pub code_signing: CodeSigning,
    /// The newest published version, when that was asked for.
    pub newest: Newest,
    /// What stands beside it, of the kinds that were asked for.
    pub beside: FoundBeside,
    /// What would be lost with the function, when that was asked for.
    pub attachments: Option<Attachments>,
}

/// What others have made of a function, and a deletion takes away or leaves behind useless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachments {
    /// Numbers of published versions.
    pub versions: Listed<String>,
    /// Names of aliases.
    pub aliases: Listed<String>,
    /// UUIDs of event source mappings.
    pub mappings: Listed<String>,
    /// Of those the ones that carry a manifest's tag, with its name.
    pub mapping_owners: BTreeMap<String, String>,
    /// Addresses of function URLs.
    pub urls: Listed<String>,
    /// Statements of the resource policy.
    pub policy: Listed<String>,
    /// Reserved concurrency.
    pub reserved_concurrency: Option<u64>,
}

/// A list, or why it could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed<T> {
    /// The list.
    Yes(Vec<T>),
    /// The reason.
    No(String),
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self::Yes(Vec::new())
    }
}

/// A function's tags, which the caller may not be allowed to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// The tags.
    Known(BTreeMap<String, String>),
    /// They could not be read, for this reason: not the same as having none.
    Unknown(String),
}

/// A function's code signing configuration, which takes a call of its own to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CodeSigning {
    /// Nobody asked.
    #[default]
    NotRead,
    /// The ARN, empty when there is none.
    Arn(String),
    /// It could not be read, for this reason.
    Unknown(String),
}

impl Default for Tags {
    fn default() -> Self {
        Self::Known(BTreeMap::new())
    }
}

impl CurrentFunction {
    /// Returns the manifest that owns the function, by its tag.
    pub fn owner(&self) -> Option<&str> {
        match &self.tags {
            Tags::Known(tags) => tags.get(OWNER_TAG).map(String::as_str),
            Tags::Unknown(_) => None,
        }
    }

    /// Returns why nothing is known of whose the function is, and whether it is protected.
    pub fn untold(&self) -> Option<&str> {
        match &self.tags {
            Tags::Known(_) => None,
            Tags::Unknown(reason) => Some(reason),
        }
    }

    /// Returns whether the function works, as far as anything says it.
    pub fn health(&self) -> Health {
        Health::of(&self.configuration)
    }

    /// Whether only a list was read, which says nothing of a function's state and little of its code.
    pub fn is_listed(&self) -> bool {
        self.code.is_none() && self.health() == Health::Unknown
    }

    /// Whether the function carries the tag that protects it.
    pub fn is_protected(&self) -> bool {
        matches!(&self.tags, Tags::Known(tags) if tags.get(PROTECT_TAG).is_some_and(|value| value == "true"))
    }

    /// Returns a text of the configuration.
    pub fn text(&self, member: &str) -> Option<&str> {
        self.configuration.get(member).and_then(Value::as_str)
    }
}

/// The configuration holds secrets: its debug form names its members only.
impl std::fmt::Debug for CurrentFunction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { configuration, code, tags, code_signing, newest, beside, attachments } = self;
        formatter
            .debug_struct("CurrentFunction")
            .field("configuration", &configuration.keys().collect::<Vec<_>>())
            .field("code", code)
            .field("tags", tags)
            .field("code_signing", code_signing)
            .field("newest", newest)
            .field("beside", beside)
            .field("attachments", attachments)
            .finish()
    }
}
