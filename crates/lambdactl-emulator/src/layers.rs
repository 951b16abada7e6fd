//! The operations on layers. Texts and shapes are recorded answers, unless a comment says otherwise.

pub(crate) mod named;
pub(crate) mod permissions;
pub(crate) mod used;
pub(crate) mod versions;
