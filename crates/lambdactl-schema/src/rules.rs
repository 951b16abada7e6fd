//! The rules that a manifest is checked against, each with a code that stays the same for ever.
//!
//! The texts that name one value are made where the rule is checked; what holds for every case stands here.

/// A rule of the manifest or of the service.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable code, `L` and three digits.
    pub code: &'static str,
    /// What is wrong when the rule is broken, as a fragment.
    pub title: &'static str,
    /// What to do about it, when that is the same for every case.
    pub help: Option<&'static str>,
    /// Where the rule comes from.
    pub source: &'static str,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal, $help:expr, $source:expr;)+) => {
        $($(#[$doc])* pub const $name: Rule = Rule { code: $code, title: $title, help: $help, source: $source };)+

        /// Every rule, by code.
        pub const ALL: &[&Rule] = &[$(&$name),+];
    };
}

const FORMAT: &str = "the manifest's format";
const MODEL: &str = "the service's model of CreateFunction";

rules! {
    /// A file cannot be read at all.
    UNREADABLE = "L001", "a manifest cannot be read", None, FORMAT;
    /// A file is not YAML, TOML or JSON.
    SYNTAX = "L002", "a manifest is not well-formed", None, FORMAT;
    /// A key stands twice in one map.
    DUPLICATE_KEY = "L003", "a key stands twice in one map", Some("remove one of the two"), FORMAT;
    /// Two functions have one name.
    DUPLICATE_FUNCTION = "L004", "two functions have one name",
        Some("function names are unique in an account and region: rename or remove one"), FORMAT;
    /// A `${…}` reference has no value.
    REFERENCE = "L005", "a reference cannot be resolved", None, FORMAT;
    /// The code that a function names cannot be read.
    CODE_FILE = "L006", "a function's code cannot be read", None, FORMAT;
    /// The document is not a manifest.
    SHAPE = "L007", "the document is not a manifest", None, FORMAT;
    /// Documents read together disagree.
    CONFLICT = "L008", "manifests read together disagree",
        Some("manifests that are read together share one `name`, one `region` and one `account`"), FORMAT;
    /// A key that the API does not have.
    UNKNOWN_MEMBER = "L010", "an unknown key", None, MODEL;
    /// A member that must be there is not.
    MISSING_MEMBER = "L011", "a required member is missing", None, MODEL;
    /// A value of the wrong type.
    TYPE = "L012", "a value of the wrong type", None, MODEL;
    /// A value outside an enumeration.
    ENUMERATION = "L013", "a value that is not one of the allowed ones", None, MODEL;
    /// A number outside its range.
    RANGE = "L014", "a number out of range", None, MODEL;
    /// A text, list or map that is too long or too short.
    LENGTH = "L015", "too long or too short", None, MODEL;
    /// A text that does not have the required form.
    PATTERN = "L016", "a text that does not have the required form", None, MODEL;
    /// A zip package without Runtime or Handler.
    ZIP_NEEDS_RUNTIME = "L020", "a zip package needs `Runtime` and `Handler`",
        Some("add the member, or set `PackageType: Image` for a container image"),
        "answer of the service: \"Runtime and Handler are mandatory parameters for functions created with deployment packages.\"";
    /// An image with members that only a zip package has.
    IMAGE_FORBIDS = "L021", "a container image has no `Runtime`, `Handler` or `Layers`",
        Some("remove the member: the image brings its own"),
        "answer of the service: \"Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.\"";
    /// No code source, or more than one.
    ONE_CODE_SOURCE = "L022", "code needs exactly one source",
        Some("give `ZipFile`, or `S3Bucket` with `S3Key`, or `ImageUri`, and nothing of the other two"),
        "AWS documentation of FunctionCode; answer of the service: \"Please provide a source for function code.\"";
    /// The code's source does not fit PackageType.
    CODE_FITS_PACKAGE = "L023", "the code's source does not fit `PackageType`",
        Some("`ImageUri` goes with `PackageType: Image`, `ZipFile` and `S3Bucket` go with `PackageType: Zip`"),
        "answer of the service: \"Please don't provide ImageUri when updating a function with packageType Zip.\"";
    /// ImageConfig on a zip package.
    IMAGE_CONFIG_NEEDS_IMAGE = "L024", "`ImageConfig` is for container images only",
        Some("remove `ImageConfig`, or set `PackageType: Image`"),
        "AWS documentation of ImageConfig; the service's own text could not be verified";
    /// A limit that only functions of a capacity provider may exceed.
    ORDINARY_LIMIT = "L025", "a value that only functions of a capacity provider may have",
        Some("ordinary functions have at most 900 seconds and 10,240 MB; add `CapacityProviderConfig` for more"),
        "AWS documentation, Lambda quotas";
    /// More `/tmp` than an ordinary function may have.
    ORDINARY_STORAGE = "L026", "more `/tmp` than a function without `AcceleratorConfig` may have",
        Some("at most 10,240 MB"),
        "AWS documentation, Lambda quotas";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<_> = ALL.iter().map(|rule| rule.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }
}
