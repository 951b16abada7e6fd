//! What is answered of services other than Lambda.

pub(crate) mod alarms;
pub(crate) mod objects;
pub(crate) mod sts;
pub(crate) mod tagging;
