//! Makes manifests of what other tools keep about functions.
//!
//! [`convert`] finds out what a text is, and returns its functions in the words of the CreateFunction API, with what stands
//! beside them, together with a [`Note`] for everything that a manifest cannot say: nothing is dropped in silence. What is only
//! known elsewhere (a parameter, a resource of the same template, a look-up) becomes a reference, `${var:NAME}` or
//! `${env:NAME}`, and an [`Unknown`].
//!
//! Pure: bytes in, values out. Other files of a service are read by the caller ([`Surroundings`]), who says which ones may be.
//! Whether the result is a valid manifest is for `lambdactl validate` to say.
//!
//! Start at [`convert`]; each tool has a file. While values are worked on, references stand between two characters that no file
//! may have; `reference.rs` says which.

mod converted;
mod reference;
mod surroundings;

mod names;
mod notes;

mod document;
mod json;
mod recognise;
mod yaml_1_1;

mod beside;
mod dynamic;
mod fit;
mod for_each;
mod intrinsics;
mod resources;

mod answers;
mod cloudformation;
mod lambroll;
mod serverless;
mod terraform;

mod convert;

pub use convert::convert;
pub use converted::{Ask, ConvertError, Converted, File, Note, Tool, Unknown};
pub use surroundings::{Stack, Surroundings};
