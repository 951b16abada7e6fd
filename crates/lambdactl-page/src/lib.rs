//! Makes the status page: how the functions of a manifest stand, as one HTML file that needs nothing else.
//!
//! [`Page`] is what is known, filled by a plan or by a process that reconciles again and again; [`render`] makes the file of it.
//! Whoever serves the page sends [`content_security_policy`] along; the file carries the same policy itself.
//!
//! What this crate never does: I/O, await, or read a clock or the environment. It does not decide what is public either: the
//! texts of a [`Page`] are those of a report that anyone may read. Whatever is in them, they cannot become markup, and no
//! character in them does anything but stand there.
//!
//! Start at [`Page`], then [`render`].

mod escape;
mod model;
mod policy;
mod render;
mod view;

pub use model::{Pace, Page, PageFunction, PageLocation, Pass, Problem, Standing};
pub use policy::content_security_policy;
pub use render::render;
