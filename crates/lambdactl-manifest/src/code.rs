//! The code of a function: archives are read or made, checked and digested here, before any call.

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_schema::rules::{self, Rule};
use lambdactl_schema::{Anchor, ArchiveSource, Origins, Violation, limits};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::contents::Contents;
use crate::handlers::{self, Lack};
use crate::packages::{Broken, Checked, Digested};
use crate::reach::CodePlace;
use crate::surroundings::Surroundings;

/// A zip archive that travels in the request.
pub(crate) struct Archive {
    /// Where its bytes are.
    pub(crate) content: Content,
    /// `base64(sha256(zip))`, as the service computes it.
    pub(crate) sha256: String,
    /// Bytes.
    pub(crate) size: u64,
    /// What is in it.
    contents: Arc<Contents>,
    /// It was made elsewhere, with modes of its own.
    is_ready_made: bool,
    /// What a reviewer should know about it.
    pub(crate) note: Option<String>,
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

/// The member that holds an archive.
#[derive(Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) member: &'static str,
    /// Its pointer.
    pub(crate) whole: &'static str,
    /// The pointer of the archive itself.
    pub(crate) zip_file: &'static str,
}

impl Holder {
    /// That of a function.
    pub(crate) const CODE: Self = Self { member: "Code", whole: "/Code", zip_file: "/Code/ZipFile" };
    /// That of a layer.
    pub(crate) const CONTENT: Self = Self { member: "Content", whole: "/Content", zip_file: "/Content/ZipFile" };
}

/// Takes the archive out of a function's `Code` or a layer's `Content`, if it has one, reading it from its file or making it.
/// What stays there is what the schema can judge: a path becomes an archive with its content left out.
///
/// Of a path that a reference brought in, messages have the reference.
pub(crate) fn take_archive(
    owner: &mut Value,
    holder: Holder,
    origins: &Origins,
    surroundings: &Surroundings<'_>,
) -> Result<Option<Archive>, CodeError> {
    let Holder { member, whole, zip_file: pointer } = holder;
    let name = |pointer, path: &str| {
        let origin = origins.text(pointer).map(|origin| origin.strip_prefix(FROM_FILE).unwrap_or(origin));
        Name { shown: origin.unwrap_or(path).to_owned(), is_written: origin.is_none() }
    };
    if let Some(path) = owner[member].as_str().map(str::to_owned) {
        owner[member] = json!({ "ZipFile": "" });
        let is_own_runtime = owner["Runtime"].as_str().is_some_and(|runtime| runtime.starts_with("provided"));
        let code = Code { name: name(whole, &path), path, holder, is_in_file: false, is_own_runtime };
        return read_archive(&code, surroundings).map(Some);
    }
    let Some(Value::String(zip_file)) = owner.get_mut(member).and_then(|code| code.get_mut("ZipFile")) else {
        return Ok(None);
    };
    let zip_file = std::mem::take(zip_file);
    if let Some(path) = zip_file.strip_prefix(FROM_FILE) {
        let name = name(pointer, path);
        let code = Code { name, path: path.to_owned(), holder, is_in_file: true, is_own_runtime: false };
        return read_archive(&code, surroundings).map(Some);
    }
    let decoded = STANDARD.decode(zip_file.trim()).map_err(|_| CodeError {
        rule: &rules::CODE_FILE,
        message: format!("`{member}.ZipFile` is not base64"),
        help: "give the archive as base64, or `fileb://PATH` to read it from a file",
        pointer,
    })?;
    let own = Name { shown: format!("{member}.ZipFile"), is_written: true };
    let checked = check(&decoded, limits::ZIP_BYTES).map_err(|broken| own.wrong(&broken, Path::new(""), pointer))?;
    let Digested { sha256, size, contents } = checked;
    let content = Content::Base64(STANDARD.encode(decoded));
    Ok(Some(Archive { content, sha256, size, contents, is_ready_made: true, note: None }))
}

/// What begins a `ZipFile` that is in a file.
const FROM_FILE: &str = "fileb://";

/// Code in a file or folder.
struct Code {
    path: String,
    name: Name,
    holder: Holder,
    /// It is named as the file of an archive, which no folder can be.
    is_in_file: bool,
    /// The function brings its runtime, and the path may be the program itself.
    is_own_runtime: bool,
}

/// What messages call code by.
struct Name {
    /// The path as it is written, or the reference that brought it in.
    shown: String,
    /// The path stands in the manifest.
    is_written: bool,
}

impl Name {
    /// Says what is wrong with an archive at a path.
    fn wrong(&self, broken: &Broken, path: &Path, pointer: &'static str) -> CodeError {
        let (message, help) = match broken {
            Broken::Archive(rest, help) => (format!("`{}` {rest}", self.shown.escape_debug()), *help),
            Broken::Package(error, named) => {
                // The error may be that of another function, which calls the same folder by another name.
                let own = if self.is_written { path.display().to_string() } else { self.shown.clone() };
                (error.to_string().replace(&format!("`{}", named.display()), &format!("`{own}")), error.help())
            }
        };
        CodeError { rule: &rules::ARCHIVE, message, help, pointer }
    }
}

/// Joins paths without the `./` that people write.
fn joined(folder: &Path, path: &str) -> PathBuf {
    let written = folder.join(path);
    let joined: PathBuf = written.components().filter(|component| *component != Component::CurDir).collect();
    if joined.as_os_str().is_empty() { PathBuf::from(".") } else { joined }
}

fn read_archive(code: &Code, surroundings: &Surroundings<'_>) -> Result<Archive, CodeError> {
    let Code { path: written, name, holder, is_in_file, is_own_runtime } = code;
    let pointer = if *is_in_file { holder.zip_file } else { holder.whole };
    let reach = surroundings.values.reach;
    let path = joined(&reach.folder, written);
    let shown = name.shown.escape_debug();
    let error = |message: String, help| CodeError { rule: &rules::CODE_FILE, message, help, pointer };
    let found = path.canonicalize().and_then(|real| Ok((fs::metadata(&real)?, real)));
    let (metadata, real) = found.map_err(|reason| match reason.kind() {
        std::io::ErrorKind::NotFound => {
            error(format!("there is no file or folder `{shown}`"), "paths start from the manifest's folder")
        }
        _ => error(format!("cannot read `{shown}`: {reason}"), "check the path and its permissions"),
    })?;
    let place = reach.of_code(&real);
    if place == CodePlace::History {
        let message = format!("`{shown}` belongs to a repository's `.git`, which is never code");
        return Err(error(message, "name the folder that the code is in"));
    }
    // An object in S3 has no limit of its own; what it unpacks to has.
    let most = if surroundings.artifacts().is_some() { limits::UNZIPPED_BYTES as usize } else { limits::ZIP_BYTES };
    let source = if metadata.is_dir() {
        if *is_in_file {
            let help = match holder.member {
                "Code" => "name a .zip here, or write `Code: FOLDER`",
                _ => "name a .zip here, or write `Content: FOLDER`",
            };
            return Err(error(format!("`{shown}` is a folder"), help));
        }
        let manifest = Path::new(surroundings.file).canonicalize().ok().filter(|manifest| manifest.starts_with(&real));
        ArchiveSource::Folder { path, manifest }
    } else if !metadata.is_file() {
        let message = format!("`{shown}` is neither a file nor a folder");
        return Err(error(message, "name a .zip, a folder to package or a program"));
    } else if *is_own_runtime && !is_zip(&path) {
        ArchiveSource::Program(path)
    } else {
        if metadata.len() > most as u64 {
            return Err(name.wrong(&too_large(metadata.len()), &path, pointer));
        }
        ArchiveSource::File(path)
    };
    let checked = surroundings.packages.checked(&source, real, || {
        let bytes = lambdactl_package::read(&source)
            .map_err(|error| Broken::Package(Arc::new(error), source.path().to_owned()))?;
        check(&bytes, most)
    });
    let Digested { sha256, size, contents } = checked.map_err(|broken| name.wrong(&broken, source.path(), pointer))?;
    let note = (place == CodePlace::Outside)
        .then(|| format!("the code is packaged from outside of the manifest's folder: {shown}"));
    let is_ready_made = matches!(source, ArchiveSource::File(_));
    Ok(Archive { sha256, size, contents, is_ready_made, content: Content::Source(source), note })
}

/// Says what about a function's archive will likely keep it from running.
pub(crate) fn doubts(function: &Value, archive: &Archive, origins: &Origins) -> Vec<Violation> {
    let Archive { contents, is_ready_made, .. } = archive;
    let text = |member: &str| function[member].as_str().unwrap_or_default();
    let (runtime, handler) = (text("Runtime"), text("Handler"));
    let doubt = |rule: &'static Rule, pointer: &str, message: String, help: String| Violation {
        rule,
        severity: rule.severity,
        message,
        help: Some(help),
        pointer: pointer.to_owned(),
        anchor: Anchor::Value,
    };
    let mut found = Vec::new();
    // Layers may have what the package lacks.
    let has_layers = function["Layers"].as_array().is_some_and(|layers| !layers.is_empty());
    let is_known = origins.unknown().all(|pointer| !matches!(pointer, "/Handler" | "/Runtime" | "/Layers"));
    if is_known
        && !has_layers
        && let Some(lack) = handlers::lack(runtime, handler, contents)
    {
        let shown = origins.text("/Handler").unwrap_or(handler).escape_debug();
        let shown_runtime = origins.text("/Runtime").unwrap_or(runtime).escape_debug();
        let is_written = origins.text("/Handler").is_none();
        let is_own_runtime = runtime.starts_with("provided");
        let (message, help) = match lack {
            Lack::Form(form) => (
                format!("`Handler` is `{shown}`, and {shown_runtime} wants it in the form {form}"),
                "name the file and what is called in it".to_owned(),
            ),
            Lack::File(name) if is_own_runtime => (
                format!("the package has no `{name}` in its root, which {shown_runtime} starts"),
                "put it there, or name the program itself as `Code`; `.lambdaignore` may leave it out".to_owned(),
            ),
            // The name of the file is a part of what the reference brought in.
            Lack::File(_) if !is_written => (
                format!("`Handler` is `{shown}`, and the package lacks the file that it names"),
                "paths of a handler start from the package's root; `.lambdaignore` may leave it out".to_owned(),
            ),
            Lack::File(name) => (
                format!("`Handler` is `{shown}`, and the package has no `{}`", name.escape_debug()),
                match contents.folder_with(&name) {
                    Some(folder) => format!(
                        "the package has it in `{}`: package what is in that folder, or name it in the handler",
                        folder.escape_debug()
                    ),
                    None => {
                        "paths of a handler start from the package's root; `.lambdaignore` may leave it out".to_owned()
                    }
                },
            ),
        };
        let pointer = if is_own_runtime { "/Code" } else { "/Handler" };
        found.push(doubt(&rules::HANDLER, pointer, message, help));
    }
    if *is_ready_made {
        if runtime.starts_with("provided") && contents.has_dead_bootstrap {
            let message = "`bootstrap` in the archive has no executable bit, and cannot be started".to_owned();
            let help =
                "set it (`chmod +x bootstrap`) before you make the archive, or name the folder instead".to_owned();
            found.push(doubt(&rules::ARCHIVE_MODES, "/Code", message, help));
        }
        if let Some(name) = &contents.unreadable {
            let message = format!(
                "`{}` in the archive is for its owner only, and the function is another user",
                name.escape_debug()
            );
            let help = "give files mode 644 and programs 755 before you make the archive, or name the folder instead";
            found.push(doubt(&rules::ARCHIVE_MODES, "/Code", message, help.to_owned()));
        }
    }
    found
}

/// Returns a digest as part of an object's key: in lower-case hex.
pub(crate) fn file_name(sha256: &str) -> String {
    STANDARD.decode(sha256).unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a file begins as a zip archive does; one that cannot be read is an error when it is.
fn is_zip(path: &Path) -> bool {
    let mut start = [0; 2];
    lambdactl_package::open(path).is_ok_and(|(mut file, _)| file.read_exact(&mut start).is_ok()) && start == *b"PK"
}

/// Checks an archive and returns its digest.
fn check(zip: &[u8], most: usize) -> Checked {
    if zip.len() > most {
        return Err(too_large(zip.len() as u64));
    }
    // Reads the list of entries at the archive's end; nothing is unpacked.
    let mut entries = ZipArchive::new(Cursor::new(zip)).map_err(|_| {
        Broken::Archive(
            "is not a zip archive".to_owned(),
            "the service unpacks a .zip archive with the code in it; to have files packaged, name their folder",
        )
    })?;
    if entries.is_empty() {
        return Err(Broken::Archive(
            "is a zip archive with nothing in it".to_owned(),
            "the service says \"Uploaded file must be a non-empty zip\": put the code into it",
        ));
    }
    if let Some(entry) = lambdactl_package::check_names(&entries) {
        return Err(Broken::Archive(
            format!("has an entry that leads out of the function's folder: `{}`", entry.escape_debug()),
            "make the archive from inside the folder, with relative names",
        ));
    }
    if let Some((entry, what)) = lambdactl_package::unusable_name(&entries) {
        return Err(Broken::Archive(
            format!("has an entry that cannot be used: `{}`, {what}", entry.escape_debug()),
            "make the archive with another tool, or name the folder: `Code: FOLDER` is packaged by lambdactl",
        ));
    }
    let unzipped = entries.decompressed_size().unwrap_or_default();
    if unzipped >= u128::from(limits::UNZIPPED_BYTES) {
        return Err(Broken::Archive(
            format!("unpacks to {unzipped} bytes, and must stay below {}", limits::UNZIPPED_BYTES),
            "leave out what the function does not need, or make it a container image",
        ));
    }
    let contents = Arc::new(Contents::of(&mut entries));
    Ok(Digested { sha256: STANDARD.encode(Sha256::digest(zip)), size: zip.len() as u64, contents })
}

fn too_large(bytes: u64) -> Broken {
    Broken::Archive(
        format!("has {bytes} bytes, and a request may carry {}", limits::ZIP_BYTES),
        "give the manifest `artifacts: {bucket: …}`, and archives are put there; or name an object with `S3Bucket` and `S3Key`",
    )
}
