use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_schema::ArchiveSource;
use sha2::{Digest, Sha256};

use crate::report::Failure;

/// Reads an archive or makes it. It must still be the one that was planned.
pub(crate) async fn load(source: &ArchiveSource, planned_sha256: Option<&str>) -> Result<Vec<u8>, Failure> {
    let (owned, path) = (source.clone(), source.path());
    let read = tokio::task::spawn_blocking(move || {
        let bytes = lambdactl_package::read(&owned).map_err(|error| error.to_string())?;
        Ok((STANDARD.encode(Sha256::digest(&bytes)), bytes))
    });
    let failure = |message: String| Failure {
        code: "Archive".to_owned(),
        message,
        help: Some("nothing was sent for this function; run apply again".to_owned()),
    };
    let (sha256, bytes) = read.await.unwrap_or_else(|error| Err(error.to_string())).map_err(failure)?;
    if planned_sha256.is_some_and(|planned| planned != sha256) {
        return Err(failure(format!("`{}` has changed since it was planned", path.display())));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn archive_is_read_only_as_it_was_planned() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.zip");
        std::fs::write(&path, b"PK").expect("a file");
        let planned = STANDARD.encode(Sha256::digest(b"PK"));
        assert_eq!(load(&ArchiveSource::File(path.clone()), Some(&planned)).await.expect("the same"), b"PK");
        std::fs::write(&path, b"PK2").expect("a file");
        let error = load(&ArchiveSource::File(path.clone()), Some(&planned)).await.expect_err("another one");
        assert!(error.message.ends_with("has changed since it was planned"), "{}", error.message);
        let error = load(&ArchiveSource::File(folder.path().join("none.zip")), None).await.expect_err("no file");
        assert!(error.message.starts_with("cannot read"), "{}", error.message);
    }
}
