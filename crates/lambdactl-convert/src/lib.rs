//! Makes manifests of what other tools keep about functions.
//!
//! [`convert`] finds out what a text is, and returns its functions in the words of the CreateFunction API together with a
//! [`Note`] for everything that a manifest cannot say: nothing is dropped in silence. What is only known elsewhere
//! (a parameter, a resource of the same template, a look-up) becomes a reference, `${var:NAME}` or `${env:NAME}`.
//!
//! Pure: texts in, values out. Whether the result is a valid manifest is for `lambdactl validate` to say.
//!
//! Start at [`convert`]; each tool has a file.

mod cloudformation;
mod convert;
mod converted;
mod document;
mod intrinsics;
mod lambroll;
mod names;
mod notes;
mod serverless;
mod terraform;
mod variables;
mod yaml_1_1;

pub use convert::convert;
pub use converted::{ConvertError, Converted, Note, Tool};
