use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::limits;

/// The keys of a manifest's top level. A document that has none of them is one bare CreateFunction request.
pub const MANIFEST_KEYS: [&str; 12] = [
    "version",
    "name",
    "region",
    "account",
    "locations",
    "update",
    "artifacts",
    "variables",
    "stages",
    "layers",
    "defaults",
    "functions",
];

/// The keys of a manifest that no stage can set.
pub const NOT_OF_STAGES: [&str; 3] = ["version", "stages", "$schema"];

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

    /// Several accounts and regions, in each of which the functions are. Left out: there is one, which `region` and `account` say.
    #[schemars(length(min = 1, max = limits::LOCATIONS))]
    locations: Option<Vec<Location>>,

    /// `true`: apply changes functions that differ, as with `--update`. Default: `false`.
    update: Option<bool>,

    /// Where archives are put instead of travelling in requests, which take 50 MB. Left out: they travel in requests.
    artifacts: Option<Artifacts>,

    /// What `${var:NAME}` stands for where the command line does not say it: a map from name to a text, a number or a boolean.
    #[schemars(extend("propertyNames" = { "pattern": limits::OWN_NAME }))]
    variables: Option<BTreeMap<String, VariableValue>>,
}

/// The value of a variable.
#[derive(JsonSchema)]
#[schemars(inline, extend("type" = ["string", "number", "boolean"]))]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct VariableValue(serde_json::Value);

/// An account and a region, and how lambdactl gets in.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Location {
    /// What it is called in plans, reports and `--location`, and what `${location:name}` stands for.
    #[schemars(regex(pattern = limits::OWN_NAME), example = &"euw1")]
    name: String,

    /// Its region.
    #[schemars(regex(pattern = limits::REGION), example = "eu-west-1")]
    region: String,

    /// Its account, as a guard: lambdactl refuses to change any other. Twelve digits, in quotes; required with `roleArn`.
    #[schemars(regex(pattern = limits::ACCOUNT_ID), example = "123456789012")]
    account: Option<String>,

    /// The role that lambdactl takes on for this location. Default: it works with the credentials that it was started with.
    #[schemars(regex(pattern = limits::ROLE_ARN), example = "arn:aws:iam::123456789012:role/deploy")]
    role_arn: Option<String>,

    /// The external id that the role's trust policy asks for.
    #[schemars(length(min = 2, max = 1224), regex(pattern = limits::EXTERNAL_ID))]
    external_id: Option<String>,
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

    /// The locations that the function is in, by name: `*` and `?` stand for any characters. Default: all of them.
    #[schemars(length(min = 1), inner(length(min = 1, max = 64)))]
    locations: Option<Vec<String>>,
}
