/// Calls that may be lost before a function is given up.
pub(crate) const TRIES: u32 = 5;

/// Whether this run changed the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// It did.
    Changed,
    /// Someone else had done it by then.
    Unchanged,
}
