//! The service's own checks of a create request, behind those of the model.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_schema::limits::{RESERVED_VARIABLES, UNZIPPED_BYTES};
use lambdactl_schema::runtimes::{supports_managed_instances, supports_snap_start};
use serde_json::{Map, Value};

use crate::functions::runtimes::check_runtime;
use crate::functions::zip_directory::entries;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::store::code::Zip;
use crate::store::function::CodeSource;

/// Largest zip in a request, in bytes (AWS documentation; the text is recorded).
const ZIP_BYTES: usize = 52_428_800;
/// Largest environment, in bytes of compact JSON (recorded answers).
const ENVIRONMENT_BYTES: usize = 4096;
/// Largest memory of ordinary functions, in megabytes (AWS documentation).
const MEMORY_MEGABYTES: u64 = 10_240;
const MOST_LAYERS: usize = 5;
const MOST_TAGS: usize = 50;

/// A create request that satisfies the model.
pub(crate) struct Request<'a> {
    pub(crate) members: &'a Map<String, Value>,
}

impl Request<'_> {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    pub(crate) fn inner(&self, structure: &str, name: &str) -> Option<&Value> {
        self.members.get(structure)?.get(name)
    }

    fn inner_list(&self, structure: &str, name: &str) -> &[Value] {
        self.inner(structure, name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn list(&self, name: &str) -> &[Value] {
        self.members.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn is_image(&self) -> bool {
        self.text("PackageType") == Some("Image")
    }

    fn code(&self, name: &str) -> Option<&str> {
        self.inner("Code", name)?.as_str()
    }
}

/// Runs every check that needs nothing but the request.
pub(crate) fn check_service(request: &Request, scope: &Scope) -> Result<(), ServiceError> {
    check_package(request)?;
    check_sizes(request)?;
    check_environment(request)?;
    check_layers(request, scope)?;
    check_network(request)?;
    check_features(request)?;
    check_tags(request)
}

/// The source of the code, and the zip when it came along or is an object that was put here: the service copies it.
pub(crate) fn read_code(request: &Request, stored: Option<Zip>) -> Result<(CodeSource, Option<Zip>), ServiceError> {
    let bucket = request.code("S3Bucket");
    let key = request.code("S3Key");
    let object = bucket.is_some() || key.is_some() || request.code("S3ObjectVersion").is_some();
    let image = request.code("ImageUri");
    if request.is_image() {
        // Where only the wrong kind of source is given, the texts follow those recorded for an
        // update.
        let uri = image.filter(|_| !object && request.code("ZipFile").is_none());
        let uri =
            uri.ok_or_else(|| invalid("Please provide ImageUri when creating a function with packageType Image."))?;
        if !is_private_repository(uri) {
            return Err(invalid("Source image URI is not valid. Provide a valid source image."));
        }
        return Ok((CodeSource::Image { uri: uri.to_owned() }, None));
    }
    if image.is_some() {
        return Err(invalid("Please don't provide ImageUri when creating a function with packageType Zip."));
    }
    match (request.code("ZipFile"), bucket, key, stored) {
        (Some(_), ..) if object => {
            Err(invalid("Please do not provide other FunctionCode parameters when providing a ZipFile."))
        }
        (Some(zip), ..) => {
            let zip = read_zip(zip)?;
            Ok((CodeSource::Zip { digest: zip.digest.clone() }, Some(zip)))
        }
        (None, Some(_), Some(_), Some(zip)) => {
            check_zip(&zip.bytes)?;
            Ok((CodeSource::Zip { digest: zip.digest.clone() }, Some(zip)))
        }
        (None, Some(bucket), Some(key), None) => {
            let version = request.code("S3ObjectVersion").map(str::to_owned);
            Ok((CodeSource::S3 { bucket: bucket.to_owned(), key: key.to_owned(), version }, None))
        }
        (None, ..) => Err(invalid("Please provide a source for function code.")),
    }
}

fn read_zip(encoded: &str) -> Result<Zip, ServiceError> {
    let bytes = STANDARD.decode(encoded).unwrap_or_default();
    if bytes.len() > ZIP_BYTES {
        return Err(ServiceError::too_large(&format!("Zipped size must be smaller than {ZIP_BYTES} bytes")));
    }
    check_zip(&bytes)?;
    Ok(Zip::new(bytes))
}

fn check_zip(bytes: &[u8]) -> Result<(), ServiceError> {
    let entries = entries(bytes)
        .ok_or_else(|| invalid("Could not unzip uploaded file. Please check your file, then try to upload again."))?;
    // Quoted by people who met it; nobody could verify it here.
    if entries.count == 0 {
        return Err(invalid("Uploaded file must be a non-empty zip"));
    }
    if entries.unzipped > UNZIPPED_BYTES {
        return Err(invalid(&format!("Unzipped size must be smaller than {UNZIPPED_BYTES} bytes")));
    }
    Ok(())
}

/// Images come from a private registry only: `ACCOUNT.dkr.ecr.REGION.SUFFIX/…`.
fn is_private_repository(uri: &str) -> bool {
    let Some((host, path)) = uri.split_once('/') else {
        return false;
    };
    let account = host.split('.').next().unwrap_or_default();
    let account_like = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    account_like && host[12..].starts_with(".dkr.ecr") && !path.is_empty()
}

fn check_package(request: &Request) -> Result<(), ServiceError> {
    let runtime = request.text("Runtime");
    if request.is_image() {
        if ["Runtime", "Handler", "Layers"].iter().any(|name| request.members.contains_key(*name)) {
            return Err(invalid(
                "Please don't provide Handler or Runtime or Layer when the intended function \
                 PackageType is Image.",
            ));
        }
        return Ok(());
    }
    let (Some(runtime), Some(_)) = (runtime, request.text("Handler")) else {
        return Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment \
             packages.",
        ));
    };
    let image_config = request.members.get("ImageConfig").and_then(Value::as_object);
    if image_config.is_some_and(|config| !config.is_empty()) {
        // That this is refused is documented; nobody could verify the words.
        return Err(invalid("Please don't provide ImageConfig when the intended function PackageType is Zip."));
    }
    check_runtime(runtime)
}

fn check_sizes(request: &Request) -> Result<(), ServiceError> {
    let memory = request.members.get("MemorySize").and_then(Value::as_u64).unwrap_or_default();
    if memory > MEMORY_MEGABYTES && !request.members.contains_key("CapacityProviderConfig") {
        return Err(invalid(&format!(
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or \
             equal to {MEMORY_MEGABYTES}"
        )));
    }
    Ok(())
}

fn check_environment(request: &Request) -> Result<(), ServiceError> {
    const REFUSED: &str = "Lambda was unable to configure your environment variables because the \
                           environment variables you have provided";
    if let Some(variables) = request.inner("Environment", "Variables").and_then(Value::as_object) {
        let reserved: Vec<&str> =
            variables.keys().map(String::as_str).filter(|name| RESERVED_VARIABLES.contains(name)).collect();
        if !reserved.is_empty() {
            return Err(invalid(&format!(
                "{REFUSED} contains reserved keys that are currently not supported for \
                 modification. Reserved keys used in this request: {}",
                reserved.join(", ")
            )));
        }
        let measured = Value::Object(variables.clone()).to_string();
        if measured.len() > ENVIRONMENT_BYTES {
            return Err(invalid(&format!("{REFUSED} exceeded the 4KB limit. String measured: {measured}")));
        }
    }
    if request.text("KMSKeyArn").is_some_and(|arn| arn.contains(":alias/")) {
        return Err(invalid(
            "Lambda was unable to configure access to your environment variables because the KMS \
             key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: \
             InvalidArnException KMS Message: Key Aliases are not supported for this operation.",
        ));
    }
    Ok(())
}

fn check_layers(request: &Request, scope: &Scope) -> Result<(), ServiceError> {
    let layers: Vec<&str> = request.list("Layers").iter().filter_map(Value::as_str).collect();
    if layers.len() > MOST_LAYERS {
        return Err(invalid(&format!("Cannot reference more than {MOST_LAYERS} layers.")));
    }
    let without_version = |arn: &str| arn.rsplit_once(':').map(|(layer, _)| layer.to_owned());
    for (index, second) in layers.iter().enumerate() {
        let same = |first: &&&str| without_version(first) == without_version(second);
        // A layer of AWS's own has no version in its ARN.
        if second.contains(":awslayer:") {
            continue;
        }
        if let Some(first) = layers[..index].iter().find(same) {
            return Err(invalid(&format!(
                "Two different versions of the same layer are not allowed to be referenced in the \
                 same function. {first} and {second} are versions of the same layer."
            )));
        }
        if second.split(':').nth(3) != Some(scope.region.as_str()) {
            return Err(invalid(&format!(
                "Layers are not in the same region as the function. Layers are expected to be in \
                 region {}.",
                scope.region
            )));
        }
    }
    Ok(())
}

fn check_network(request: &Request) -> Result<(), ServiceError> {
    let subnets = request.inner_list("VpcConfig", "SubnetIds").is_empty();
    let groups = request.inner_list("VpcConfig", "SecurityGroupIds").is_empty();
    if subnets != groups {
        // Both lists or none is the rule; nobody could verify the words.
        return Err(invalid("SubnetIds and SecurityIds must coexist or be both empty list."));
    }
    for system in request.list("FileSystemConfigs") {
        let text = |name: &str| system.get(name).and_then(Value::as_str);
        let (Some(arn), Some(path)) = (text("Arn"), text("LocalMountPath")) else {
            return Err(crate::names::validation_errors(&[
                "Value null at 'fileSystemConfigs' failed to satisfy constraint: Member must not \
                 be null"
                    .to_owned(),
            ]));
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let mount = path.strip_prefix("/mnt/");
        if !mount.is_some_and(|name| !name.is_empty() && name.bytes().all(allowed)) {
            return Err(crate::names::validation_errors(&[format!(
                "Value '{path}' at 'fileSystemConfigs.1.member.localMountPath' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: /mnt/[a-zA-Z0-9-_.]+"
            )]));
        }
        if subnets {
            return Err(invalid(&format!(
                "Function must be configured to execute in a VPC to reference access point {arn}."
            )));
        }
    }
    Ok(())
}

fn check_features(request: &Request) -> Result<(), ServiceError> {
    let inner_text = |structure: &str, name: &str| request.inner(structure, name).and_then(Value::as_str);
    let runtime = request.text("Runtime");
    if inner_text("SnapStart", "ApplyOn") == Some("PublishedVersions")
        && let Some(runtime) = runtime.filter(|runtime| !supports_snap_start(runtime))
    {
        return Err(invalid(&format!("{runtime} is not supported for SnapStart enabled functions.")));
    }
    let managed = request.members.contains_key("CapacityProviderConfig");
    if managed && let Some(runtime) = runtime.filter(|runtime| !supports_managed_instances(runtime)) {
        return Err(invalid(&format!(
            "Runtime Enum {runtime} does not support specified feature: Lambda Managed Instances"
        )));
    }
    let json = match inner_text("LoggingConfig", "LogFormat") {
        Some(format) => format == "JSON",
        None => managed,
    };
    let level = |name: &str| request.inner("LoggingConfig", name).is_some();
    if !json && (level("ApplicationLogLevel") || level("SystemLogLevel")) {
        return Err(invalid(
            "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from \
             your request or change the LogFormat to \"JSON\" and try again.",
        ));
    }
    let durable = request.members.contains_key("DurableConfig");
    if durable && request.inner("DurableConfig", "ExecutionTimeout").is_none() {
        return Err(invalid("You cannot create a function with a durable configuration without an executionTimeout"));
    }
    Ok(())
}

pub(crate) fn check_tags(request: &Request) -> Result<(), ServiceError> {
    let tags = request.members.get("Tags").and_then(Value::as_object);
    if tags.is_some_and(|tags| tags.len() > MOST_TAGS) {
        return Err(invalid("Number of tags exceeds resource tag limit."));
    }
    let system = |key: &String| key.to_ascii_lowercase().starts_with("aws:");
    if tags.is_some_and(|tags| tags.keys().any(system)) {
        // That the prefix is reserved is documented; nobody could verify the words.
        return Err(invalid("System tags (keys that start with aws:) cannot be added by a request."));
    }
    Ok(())
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::invalid_parameter(message)
}
