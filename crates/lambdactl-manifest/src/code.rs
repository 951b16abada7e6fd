//! The code of a function: archives are read or made, checked and digested here, before any call.

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_schema::rules::{self, Rule};
use lambdactl_schema::{Anchor, ArchiveSource, Violation, limits};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::document::Surroundings;
use crate::packages::Checked;

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
    /// In a file or to be made of one, again when it is sent.
    Source(ArchiveSource),
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

/// Takes the archive out of a function's `Code`, if it has one, reading it from its file or making it. What stays in
/// `Code` is what the schema can judge: a path becomes an archive with its content left out.
pub(crate) fn take_archive(
    function: &mut Value,
    surroundings: &Surroundings<'_>,
) -> Result<Option<Archive>, CodeError> {
    let folder = surroundings.values.folder;
    if let Some(path) = function["Code"].as_str().map(str::to_owned) {
        function["Code"] = json!({ "ZipFile": "" });
        let is_own_runtime = function["Runtime"].as_str().is_some_and(|runtime| runtime.starts_with("provided"));
        return read_archive(&joined(folder, &path), &path, "/Code", is_own_runtime, surroundings).map(Some);
    }
    let Some(Value::String(zip_file)) = function.get_mut("Code").and_then(|code| code.get_mut("ZipFile")) else {
        return Ok(None);
    };
    let zip_file = std::mem::take(zip_file);
    const POINTER: &str = "/Code/ZipFile";
    if let Some(path) = zip_file.strip_prefix("fileb://") {
        return read_archive(&joined(folder, path), path, POINTER, false, surroundings).map(Some);
    }
    let decoded = STANDARD.decode(zip_file.trim()).map_err(|_| CodeError {
        rule: &rules::CODE_FILE,
        message: "`Code.ZipFile` is not base64".to_owned(),
        help: "give the archive as base64, or `fileb://PATH` to read it from a file",
        pointer: POINTER,
    })?;
    let sha256 = check(&decoded, "`Code.ZipFile`", limits::ZIP_BYTES).map_err(wrong_archive(POINTER))?;
    Ok(Some(Archive { content: Content::Base64(STANDARD.encode(decoded)), sha256 }))
}

/// Joins paths without the `./` that people write.
fn joined(folder: &Path, path: &str) -> PathBuf {
    let written = folder.join(path);
    let joined: PathBuf = written.components().filter(|component| *component != Component::CurDir).collect();
    if joined.as_os_str().is_empty() { PathBuf::from(".") } else { joined }
}

fn read_archive(
    path: &Path,
    written: &str,
    pointer: &'static str,
    is_own_runtime: bool,
    surroundings: &Surroundings<'_>,
) -> Result<Archive, CodeError> {
    let error = |message: String, help| CodeError { rule: &rules::CODE_FILE, message, help, pointer };
    let metadata = fs::metadata(path).map_err(|reason| match reason.kind() {
        std::io::ErrorKind::NotFound => {
            error(format!("there is no file or folder `{written}`"), "paths start from the manifest's folder")
        }
        _ => error(format!("cannot read `{written}`: {reason}"), "check the path and its permissions"),
    })?;
    let path = path.to_owned();
    // An object in S3 has no limit of its own; what it unpacks to has.
    let most = if surroundings.artifacts.is_some() { limits::UNZIPPED_BYTES as usize } else { limits::ZIP_BYTES };
    let source = if metadata.is_dir() {
        if pointer != "/Code" {
            return Err(error(format!("`{written}` is a folder"), "name a .zip here, or write `Code: FOLDER`"));
        }
        ArchiveSource::Folder(path)
    } else if is_own_runtime && !is_zip(&path) {
        ArchiveSource::Program(path)
    } else {
        if metadata.len() > most as u64 {
            let (message, help) = too_large(metadata.len(), &format!("`{written}`"));
            return Err(CodeError { rule: &rules::ARCHIVE, message, help, pointer });
        }
        ArchiveSource::File(path)
    };
    let sha256 = surroundings.packages.checked(&source, || {
        let bytes = lambdactl_package::read(&source).map_err(|error| (error.to_string(), error.help()))?;
        check(&bytes, &format!("`{written}`"), most)
    });
    Ok(Archive { sha256: sha256.map_err(wrong_archive(pointer))?, content: Content::Source(source) })
}

/// Returns a digest as part of an object's key: in lower-case hex.
pub(crate) fn file_name(sha256: &str) -> String {
    STANDARD.decode(sha256).unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a file begins as a zip archive does; one that cannot be read is an error when it is.
fn is_zip(path: &Path) -> bool {
    let mut start = [0; 2];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"PK"
}

fn wrong_archive(pointer: &'static str) -> impl FnOnce((String, &'static str)) -> CodeError {
    move |(message, help)| CodeError { rule: &rules::ARCHIVE, message, help, pointer }
}

/// Checks an archive and returns its digest.
fn check(zip: &[u8], name: &str, most: usize) -> Checked {
    if zip.len() > most {
        return Err(too_large(zip.len() as u64, name));
    }
    // Reads the list of entries at the archive's end; nothing is unpacked.
    let entries = ZipArchive::new(Cursor::new(zip)).map_err(|_| {
        (format!("{name} is not a zip archive"), "the service unpacks a .zip archive with the code in it")
    })?;
    if let Some(entry) = lambdactl_package::check_names(&entries) {
        return Err((
            format!("{name} has an entry that leads out of the function's folder: `{}`", entry.escape_debug()),
            "make the archive from inside the folder, with relative names",
        ));
    }
    let unzipped = entries.decompressed_size().unwrap_or_default();
    if unzipped >= u128::from(limits::UNZIPPED_BYTES) {
        return Err((
            format!("{name} unpacks to {unzipped} bytes, and must stay below {}", limits::UNZIPPED_BYTES),
            "leave out what the function does not need, or make it a container image",
        ));
    }
    Ok(STANDARD.encode(Sha256::digest(zip)))
}

fn too_large(bytes: u64, name: &str) -> (String, &'static str) {
    (
        format!("{name} has {bytes} bytes, and a request may carry {}", limits::ZIP_BYTES),
        "give the manifest `artifacts: {bucket: …}`, and archives are put there; or name an object with `S3Bucket` and `S3Key`",
    )
}
