//! The code of a function: archives are read, checked and digested here, before any call.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_schema::limits;
use lambdactl_schema::rules::{self, Rule};
use lambdactl_schema::{Anchor, Violation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

/// A zip archive that travels in the request.
pub(crate) struct Archive {
    /// Where its bytes are.
    pub(crate) content: Content,
    /// `base64(sha256(zip))`, as the service computes it.
    pub(crate) sha256: String,
}

/// Where an archive's bytes are.
pub(crate) enum Content {
    /// In the manifest, as the request carries them.
    Base64(String),
    /// In a file, which is read again when it is sent.
    File(PathBuf),
}

/// Why code cannot be used, and what to do.
pub(crate) struct CodeError {
    pub(crate) rule: &'static Rule,
    pub(crate) message: String,
    pub(crate) help: &'static str,
    /// JSON pointer within the function.
    pub(crate) pointer: &'static str,
}

impl From<CodeError> for Violation {
    fn from(error: CodeError) -> Self {
        let CodeError { rule, message, help, pointer } = error;
        let (help, pointer) = (Some(help.to_owned()), pointer.to_owned());
        Self { rule, severity: rule.severity, message, help, pointer, anchor: Anchor::Value }
    }
}

/// Takes the archive out of a function's `Code`, if it has one, reading it from its file. What stays in `Code` is what
/// the schema can judge: a path becomes an archive with its content left out.
pub(crate) fn take_archive(function: &mut Value, folder: &Path) -> Result<Option<Archive>, CodeError> {
    if let Some(path) = function["Code"].as_str().map(str::to_owned) {
        function["Code"] = json!({ "ZipFile": "" });
        return read_archive(&folder.join(&path), &path, "/Code").map(Some);
    }
    let Some(Value::String(zip_file)) = function.get_mut("Code").and_then(|code| code.get_mut("ZipFile")) else {
        return Ok(None);
    };
    let zip_file = std::mem::take(zip_file);
    const POINTER: &str = "/Code/ZipFile";
    if let Some(path) = zip_file.strip_prefix("fileb://") {
        return read_archive(&folder.join(path), path, POINTER).map(Some);
    }
    let decoded = STANDARD.decode(zip_file.trim()).map_err(|_| CodeError {
        rule: &rules::CODE_FILE,
        message: "`Code.ZipFile` is not base64".to_owned(),
        help: "give the archive as base64, or `fileb://PATH` to read it from a file",
        pointer: POINTER,
    })?;
    let sha256 = check(&decoded, "`Code.ZipFile`", POINTER)?;
    Ok(Some(Archive { content: Content::Base64(STANDARD.encode(decoded)), sha256 }))
}

fn read_archive(path: &Path, written: &str, pointer: &'static str) -> Result<Archive, CodeError> {
    let error = |message: String, help| CodeError { rule: &rules::CODE_FILE, message, help, pointer };
    let metadata = fs::metadata(path).map_err(|reason| match reason.kind() {
        std::io::ErrorKind::NotFound => {
            error(format!("there is no file `{written}`"), "paths start from the manifest's folder")
        }
        _ => error(format!("cannot read `{written}`: {reason}"), "check the path and its permissions"),
    })?;
    if metadata.is_dir() {
        return Err(error(
            format!("`{written}` is a folder, and this version packages no folders"),
            "zip it first, and name the .zip",
        ));
    }
    if metadata.len() > limits::ZIP_BYTES as u64 {
        return Err(too_large(metadata.len(), &format!("`{written}`"), pointer));
    }
    let bytes = fs::read(path)
        .map_err(|reason| error(format!("cannot read `{written}`: {reason}"), "check the path and its permissions"))?;
    let sha256 = check(&bytes, &format!("`{written}`"), pointer)?;
    Ok(Archive { content: Content::File(path.to_owned()), sha256 })
}

/// Checks an archive and returns its digest.
fn check(zip: &[u8], name: &str, pointer: &'static str) -> Result<String, CodeError> {
    if zip.len() > limits::ZIP_BYTES {
        return Err(too_large(zip.len() as u64, name, pointer));
    }
    // Reads the list of entries at the archive's end; nothing is unpacked.
    let entries = ZipArchive::new(Cursor::new(zip)).map_err(|_| CodeError {
        rule: &rules::ARCHIVE,
        message: format!("{name} is not a zip archive"),
        help: "the service unpacks a .zip archive with the code in it",
        pointer,
    })?;
    let unzipped = entries.decompressed_size().unwrap_or_default();
    if unzipped >= u128::from(limits::UNZIPPED_BYTES) {
        return Err(CodeError {
            rule: &rules::ARCHIVE,
            message: format!("{name} unpacks to {unzipped} bytes, and must stay below {}", limits::UNZIPPED_BYTES),
            help: "leave out what the function does not need, or make it a container image",
            pointer,
        });
    }
    Ok(STANDARD.encode(Sha256::digest(zip)))
}

fn too_large(bytes: u64, name: &str, pointer: &'static str) -> CodeError {
    CodeError {
        rule: &rules::ARCHIVE,
        message: format!("{name} has {bytes} bytes, and a request may carry {}", limits::ZIP_BYTES),
        help: "put the archive into S3 and name it with `S3Bucket` and `S3Key`",
        pointer,
    }
}
