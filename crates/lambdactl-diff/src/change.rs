//! A difference in one member, and the paths of those that stand for something else.

use std::borrow::Cow;

use serde_json::Value;

/// Where a plan shows the digest of an archive.
pub(crate) const DIGEST: &str = "/Code/CodeSha256";

/// Where a plan shows the digest of a layer's archive.
pub(crate) const CONTENT_DIGEST: &str = "/Content/CodeSha256";

/// Where a plan shows a version that is still to be published.
pub(crate) const PUBLISH: &str = "/Publish";

/// Where a plan shows a difference of the object in S3.
pub(crate) const OBJECT: &str = "/Code/S3Key";

/// A difference in one member.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// JSON pointer in the request.
    pub path: String,
    /// Whether the member comes, goes or becomes another.
    pub kind: ChangeKind,
    /// The value in the account; for a secret, what [`crate::Secrets`] lets stand for it.
    pub before: Option<Value>,
    /// The value in the manifest; for a secret, what [`crate::Secrets`] lets stand for it.
    pub after: Option<Value>,
    /// The value is a secret: it is one of an environment variable, or of a member that this build does not know.
    pub sensitive: bool,
    /// Both sides as a comment has them, where a reference brought a part of the manifest's value in.
    pub public: Option<Box<Sides>>,
}

/// The sides of a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sides {
    /// The value in the account.
    pub before: Option<Value>,
    /// The value in the manifest.
    pub after: Option<Value>,
}

/// The direction of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Only the manifest has the member.
    Added,
    /// Only the account has the member.
    Removed,
    /// Both have it, with different values.
    Changed,
}

impl Change {
    /// Whether it is another archive.
    pub fn is_archive(&self) -> bool {
        self.path == DIGEST
    }

    /// Whether it is another object in S3.
    pub fn is_object(&self) -> bool {
        self.path == OBJECT
    }

    /// Whether it is a version that is still to be published.
    pub fn is_publishing(&self) -> bool {
        self.path == PUBLISH
    }

    /// Returns the change as a comment on a pull request can have it: what references brought in stands as the
    /// reference.
    pub fn as_public(&self) -> Cow<'_, Self> {
        match self.public.as_deref() {
            None => Cow::Borrowed(self),
            Some(Sides { before, after }) => {
                Cow::Owned(Self { before: before.clone(), after: after.clone(), ..self.clone() })
            }
        }
    }
}
