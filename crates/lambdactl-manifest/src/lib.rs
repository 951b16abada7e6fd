//! Reads manifests with positions.
//!
//! A file becomes a tree of values that know where they stand ([`Node`]); defaults are merged, references resolved and
//! code read; the schema crate judges each function; and everything that is wrong comes back at once as a list of
//! [`Diagnostic`]s, each with a place. Only a reading without errors has functions to plan with.
//!
//! Nothing that is shown holds a value that may be a secret: excerpts hide what is not known, messages name references and
//! not what they stand for. Files are read within bounds: see `reach`.
//!
//! This crate reads files and nothing else: no environment (the caller hands it in), no network, no terminal.
//!
//! Start at [`read`].

mod diagnostic;
mod format;
mod masks;
mod node;
mod source;
mod span;

mod json;
mod keys;
mod toml;
mod yaml;

mod beside;
mod code;
mod contents;
mod controls;
mod covers;
mod defaults;
mod document;
mod everywhere;
mod excerpts;
mod function;
mod handlers;
mod head;
mod input;
mod layers;
mod locations;
mod packages;
mod parsed;
mod pass;
mod places;
mod prelude;
mod reach;
mod read;
mod reading;
mod references;
mod render;
mod stages;
mod surroundings;
mod tidy;
mod together;
mod variables;

pub use diagnostic::Diagnostic;
pub use format::Format;
pub use input::{DEFAULT_NAMES, Input, LARGEST};
/// The one way in for files of others, for what is no manifest, too.
pub use lambdactl_package::{ReadError, read_file};
pub use locations::matches;
pub use node::{Entry, Kind, Node};
pub use places::{Declaration, Found, located};
pub use read::{Text, parse_text, read, read_each, read_everywhere, texts};
pub use reading::{Declared, ReadOptions, Reading};
pub use references::UnknownValues;
pub use render::{Hidden, Rendered, ValueOrigin, render};
pub use source::Source;
pub use span::{Place, Position, SourceId, Span};
