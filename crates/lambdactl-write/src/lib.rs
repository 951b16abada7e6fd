//! Writes manifests.
//!
//! [`manifest`](manifest()) writes one of functions as an account has them: what they share becomes `defaults`, secrets
//! become references. [`text`](text()) writes a manifest in one of the three languages. [`format`](format()) brings a
//! text that people wrote into the canonical order and style and keeps its comments. All follow the order in which the
//! request types name the members.
//!
//! What this crate never does: read or write a file, judge a manifest, or change what one means. [`format`](format())
//! reads its own result and gives none where the result would mean something else.
//!
//! Start at [`text`](text()).

mod compose;
mod format;
mod manifest;
mod order;
mod rearrange;
mod references;
mod text;
mod yaml;

pub use format::{FormatError, format};
pub use manifest::{Style, Written, manifest};
pub use text::{text, text_with_nulls};
