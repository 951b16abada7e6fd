use schemars::JsonSchema;

use crate::limits;

/// The keys of a manifest's top level. A document that has none of them is one bare CreateFunction request.
pub const MANIFEST_KEYS: [&str; 9] =
    ["version", "name", "region", "account", "update", "artifacts", "layers", "defaults", "functions"];

/// The tag that says which manifest created a function. The diff never looks at it.
pub const OWNER_TAG: &str = "lambdactl:manifest";

/// The tag that protects a function which its manifest no longer declares. The diff never looks at it.
pub const PROTECT_TAG: &str = "lambdactl:protect";

/// The tag that says which object in S3 a function's code was copied from. The diff never shows it.
pub const CODE_TAG: &str = "lambdactl:code";

/// The tag that says that something beside a new function is still to be set. The diff never shows it.
pub const CREATING_TAG: &str = "lambdactl:creating";

/// How a saved plan begins, by which it is told from a manifest and kept out of archives. No manifest does.
pub const SAVED_PLAN_START: &[u8] = b"{\"lambdactl_saved_plan\":";

/// What the tags begin with that lambdactl writes itself.
pub const OWN_TAGS: &str = "lambdactl:";

/// The head of a manifest: everything beside the functions.
///
/// These types describe the file to schemars; a file is read through its positions, never into them.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Head {
    /// The format's version.
    #[schemars(extend("const" = 1))]
    version: Option<u32>,

    /// Who owns these functions: written as the tag `lambdactl:manifest` when a function is created.
    #[schemars(length(min = 1, max = 128), regex(pattern = limits::MANIFEST_NAME))]
    name: Option<String>,

    /// The region. Left out: `--region`, the environment or the profile decides.
    #[schemars(regex(pattern = limits::REGION), example = "us-west-2")]
    region: Option<String>,

    /// A guard: the commands refuse to run against any other account. Twelve digits, in quotes.
    #[schemars(regex(pattern = limits::ACCOUNT_ID), example = "123456789012")]
    account: Option<String>,

    /// `true`: apply changes functions that differ, as with `--update`. Default: `false`.
    update: Option<bool>,

    /// Where archives are put instead of travelling in requests, which take 50 MB. Left out: they travel in requests.
    artifacts: Option<Artifacts>,
}

/// A place in Amazon S3 for archives, each under its digest.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Artifacts {
    /// The bucket, in the functions' region.
    #[schemars(length(min = 3, max = 63), regex(pattern = limits::S3_BUCKET), example = "my-artifacts")]
    bucket: String,

    /// What keys begin with, for example `lambda/`. Default: nothing.
    #[schemars(length(max = 512))]
    prefix: Option<String>,

    /// The KMS key that encrypts the objects: an ARN, an id or an alias. Default: the bucket's own setting.
    #[schemars(length(min = 1, max = 2048))]
    kms_key: Option<String>,

    /// The account that owns the bucket; S3 refuses archives when it is another by now. Default: `account` of the manifest.
    #[schemars(regex(pattern = limits::ACCOUNT_ID), example = "123456789012")]
    account: Option<String>,
}

/// The keys of a function that are lambdactl's own.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct OwnKeys {
    /// JSON pointers of members that belong to someone else, such as `/Environment/Variables/FOO`: never compared.
    #[schemars(inner(regex(pattern = r"^(/[^/]+)+$")))]
    ignore: Option<Vec<String>>,

    /// `true`: never deleted or replaced. Default: `false`.
    protect: Option<bool>,
}
