use std::path::PathBuf;

use crate::beside::Beside;
use crate::layer::PublishLayerVersionRequest;
use crate::origins::Origins;
use crate::request::CreateFunctionRequest;

/// What the manifests ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    /// The manifest's name: written as the tag [`crate::OWNER_TAG`] on what it creates.
    pub name: Option<String>,
    /// The region, when the manifest says one.
    pub region: Option<String>,
    /// The account that the manifest may be applied to, when it says one.
    pub account: Option<String>,
    /// The location that this is about, where the manifest has some. Its region and account are those above.
    pub location: Option<Location>,
    /// Whether functions that differ are to be changed without being asked to.
    pub update: bool,
    /// Where archives are put instead of travelling in requests.
    pub artifacts: Option<Artifacts>,
    /// Which of the above references brought in, such as `/name`.
    pub origins: Origins,
    /// References that services have the values of and that nobody has looked up yet, as they stand between `${` and `}`.
    pub lookups: Vec<String>,
    /// The layers in the manifest's order, each name once.
    pub layers: Vec<LayerSpec>,
    /// The functions in the manifest's order, each name once.
    pub functions: Vec<FunctionSpec>,
}

/// An account and a region that a manifest is applied to, and how lambdactl gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// What it is called.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Its account, where the manifest says it.
    pub account: Option<String>,
    /// The role to take on there.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
}

/// A place in Amazon S3 for archives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifacts {
    /// The bucket.
    pub bucket: String,
    /// What keys begin with.
    pub prefix: String,
    /// The KMS key that encrypts the objects.
    pub kms_key: Option<String>,
    /// The account that the bucket must belong to, where it is another than the functions'.
    pub account: Option<String>,
}

/// Where an archive is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ArchiveSource {
    /// In a .zip file, as it is.
    File(PathBuf),
    /// A folder to be packaged.
    Folder {
        /// The folder.
        path: PathBuf,
        /// The manifest that names it, without links, where it lies in it: it is never packaged.
        manifest: Option<PathBuf>,
    },
    /// A program to be packaged as `bootstrap`.
    Program(PathBuf),
}

impl ArchiveSource {
    /// Makes a source of a folder that holds no manifest.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::Folder { path: path.into(), manifest: None }
    }

    /// Returns the path.
    pub fn path(&self) -> &std::path::Path {
        match self {
            Self::File(path) | Self::Folder { path, .. } | Self::Program(path) => path,
        }
    }
}

/// One layer as the manifest wants it: references resolved, content read.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSpec {
    /// The request that would publish it.
    pub request: PublishLayerVersionRequest,
    /// `base64(sha256(zip))` of the archive, as the service computes it; absent for an object in S3.
    pub code_sha256: Option<String>,
    /// Bytes of the archive.
    pub code_size: Option<u64>,
    /// What the archive is read from or made of when it is sent, as of a function.
    pub archive: Option<ArchiveSource>,
    /// How many of its newest versions stay where old ones may be deleted; absent: all of them.
    pub keep: Option<u64>,
    /// Which members references brought in, by their JSON pointers in the request.
    pub origins: Origins,
    /// What whoever reviews the plan should know about what the manifest says, in sentences.
    pub notes: Vec<String>,
}

impl LayerSpec {
    /// A layer that is declared by its request alone.
    pub fn of(request: PublishLayerVersionRequest) -> Self {
        Self {
            request,
            code_sha256: None,
            code_size: None,
            archive: None,
            keep: None,
            origins: Origins::default(),
            notes: Vec::new(),
        }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.request.layer_name
    }
}

/// One function as the manifest wants it: defaults merged, references resolved, code read.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionSpec {
    /// The request that would create it.
    pub request: CreateFunctionRequest,
    /// What stands beside it.
    pub beside: Beside,
    /// `base64(sha256(zip))` of the archive, as the service computes it; absent for S3 and images.
    pub code_sha256: Option<String>,
    /// Bytes of the archive.
    pub code_size: Option<u64>,
    /// What the archive is read from or made of when it is sent: a thousand packages need not be in memory. Absent when
    /// the request has the archive itself. Where the request names an object in S3, the archive is put there first.
    pub archive: Option<ArchiveSource>,
    /// JSON pointers of members that belong to someone else and are not compared.
    pub ignore: Vec<String>,
    /// Never to be deleted or replaced.
    pub protect: bool,
    /// Which members references brought in, by their JSON pointers in the request. What stands under `Environment` is
    /// a secret anyway, and not noted.
    pub origins: Origins,
    /// What whoever reviews the plan should know about what the manifest says, in sentences.
    pub notes: Vec<String>,
}

impl FunctionSpec {
    /// A function that is declared by its request alone.
    pub fn of(request: CreateFunctionRequest) -> Self {
        Self {
            request,
            beside: Beside::default(),
            code_sha256: None,
            code_size: None,
            archive: None,
            ignore: Vec::new(),
            protect: false,
            origins: Origins::default(),
            notes: Vec::new(),
        }
    }
}
