//! Writes manifests.
//!
//! [`compose`] makes a manifest of functions and takes into `defaults` what they share; [`text`] writes it in one of the
//! three languages; [`take_values`] puts references in the place of secrets; [`format`](format()) brings a text that people wrote into the canonical order and style and keeps
//! its comments. All three follow the order in which the request types name the members.
//!
//! What this crate never does: read or write a file, judge a manifest, or change what one means. [`format`](format())
//! reads its own result and gives none where the result would mean something else.
//!
//! Start at [`text`].

mod compose;
mod format;
mod order;
mod rearrange;
mod references;
mod text;
mod yaml;

pub use compose::compose;
pub use format::{FormatError, format};
pub use references::{escape, take_values};
pub use text::text;
