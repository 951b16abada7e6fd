//! The only crate that talks to AWS.
//!
//! [`Client`] signs typed calls (SigV4) and sends them; [`read_current`] reads what an account has of the functions
//! that a manifest names. Credentials, region and endpoint come from the places where the AWS CLI looks for them.
//!
//! What it never does: decide what should happen, change anything that it was not told to, print, or put the value of
//! an environment variable, a credential or a link to a package into an error or a log.
//!
//! Start at [`Client::connect`].

mod address;
mod alarms;
mod aliases;
mod answer;
mod attachments;
mod beside;
mod bulk;
mod call;
mod client;
mod download;
mod endpoint;
mod error;
mod exchange;
mod extent;
mod functions;
mod images;
mod inventory;
mod invoke;
mod layers;
mod lookups;
mod mappings;
mod objects;
mod overview;
mod pace;
mod pages;
mod policy;
mod preflight;
mod profiles;
mod read;
mod refusal;
mod retry;
mod s3;
mod settings;
mod shape;
mod signing;
mod stacks;
mod storage;
mod tallies;
mod transport;
mod updates;
mod verdicts;
mod versions;
mod waiting;
mod xml;

pub use alarms::Alarm;
pub use aliases::CurrentAlias;
pub use beside::{ProvisionedState, read_beside_of};
pub use client::Client;
pub use download::DownloadError;
pub use error::{CallError, ConnectError, ReadError, ServiceError};
pub use extent::Extent;
pub use functions::FunctionAnswer;
pub use images::{has_image_tags, resolve_images};
pub use inventory::read_inventory;
pub use invoke::{Invocation, InvocationType, Invoked, LONGEST_RUN};
pub use lookups::look_up;
pub use mappings::MappingState;
pub use overview::{AliasOverview, MappingOverview, Overview, overviews};
pub use pace::Paces;
pub use policy::{Duties, Purpose, policy};
pub use preflight::{Finding, Owner, Verified, verify};
pub use read::{FEW, check_account, read_again, read_current, read_for_deletion, read_newest_of};
pub use s3::Object;
pub use settings::{Connection, Environment, Rates, Role, Settings};
pub use stacks::stack_resources;
pub use storage::CodeStorage;
pub use tallies::Tallies;
pub use transport::InProcess;
pub use waiting::{Wait, Waiting};
