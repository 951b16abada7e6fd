//! Published versions of a function.

use serde_json::{Map, Value};

use crate::health::Health;

/// The newest published version of a function.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Newest {
    /// Nobody asked.
    #[default]
    NotRead,
    /// No version was ever published, or all are deleted.
    None,
    /// The version with the highest number.
    Version(Box<PublishedVersion>),
    /// The versions could not be read, for this reason.
    Unknown(String),
}

/// A published version of a function.
#[derive(Clone, PartialEq)]
pub struct PublishedVersion {
    /// Its number, which the service counts from 1.
    pub number: String,
    /// `FunctionConfiguration`. It holds the values of environment variables.
    pub configuration: Map<String, Value>,
    /// Whether it can be used; lists of versions do not say it.
    pub health: Health,
}

/// The configuration holds secrets: its debug form names its members only.
impl std::fmt::Debug for PublishedVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { number, configuration, health } = self;
        formatter
            .debug_struct("PublishedVersion")
            .field("number", number)
            .field("configuration", &configuration.keys().collect::<Vec<_>>())
            .field("health", health)
            .finish()
    }
}
