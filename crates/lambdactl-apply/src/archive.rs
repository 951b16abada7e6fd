//! The archives of a run: many functions may share one, which is made once and put into S3 once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_aws::{Client, Object};
use lambdactl_diff::{Action, FunctionPlan, Plan};
use lambdactl_schema::{ArchiveSource, Operation};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::options::Event;
use crate::report::Failure;

/// Bytes of archives that are kept for functions that have not had their turn yet.
const KEPT: usize = 64 << 20;

/// The archives that functions of a run share.
pub(crate) struct Archives {
    /// By digest.
    shared: HashMap<String, AsyncMutex<Shared>>,
    /// Bytes of those that are kept.
    kept: Mutex<usize>,
    /// By bucket and key.
    uploads: Mutex<HashMap<(String, String), Arc<Upload>>>,
}

/// Whose archive is sent, and how.
#[derive(Clone, Copy)]
pub(crate) struct Carrying<'a> {
    pub(crate) client: &'a Client,
    /// The name of the function or the layer.
    pub(crate) name: &'a str,
    pub(crate) source: Option<&'a ArchiveSource>,
    /// The digest that was planned.
    pub(crate) sha256: Option<&'a str>,
    /// The KMS key that encrypts archives in S3.
    pub(crate) kms_key: Option<&'a str>,
    /// The account that the bucket of archives must belong to.
    pub(crate) bucket_owner: Option<&'a str>,
    pub(crate) watch: &'a (dyn Fn(Event<'_>) + Sync),
}

/// What became of an upload, once it is over.
type Upload = OnceCell<Result<(), Failure>>;

/// An archive that several functions have.
struct Shared {
    /// How many of them have not asked for it yet.
    waiting: usize,
    bytes: Option<Arc<Vec<u8>>>,
}

impl Archives {
    /// Counts the functions of each archive. One that only one function has is not kept.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for function in plan.functions.iter().filter(|function| function.archive.is_some() && sends_code(function)) {
            *counts.entry(function.code_sha256.as_deref().unwrap_or_default()).or_default() += 1;
        }
        let shared = counts.into_iter().filter(|(sha256, count)| !sha256.is_empty() && *count > 1);
        let shared =
            shared.map(|(sha256, waiting)| (sha256.to_owned(), AsyncMutex::new(Shared { waiting, bytes: None })));
        Self { shared: shared.collect(), kept: Mutex::default(), uploads: Mutex::default() }
    }

    /// Reads an archive or makes it, unless another function has just done so.
    pub(crate) async fn load(
        &self,
        source: &ArchiveSource,
        planned_sha256: Option<&str>,
    ) -> Result<Arc<Vec<u8>>, Failure> {
        let Some(shared) = planned_sha256.and_then(|sha256| self.shared.get(sha256)) else {
            return load(source, planned_sha256).await.map(Arc::new);
        };
        // Whoever comes while it is made waits for it.
        let mut shared = shared.lock().await;
        shared.waiting = shared.waiting.saturating_sub(1);
        let bytes = match &shared.bytes {
            Some(bytes) => Arc::clone(bytes),
            None => Arc::new(load(source, planned_sha256).await?),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match (&shared.bytes, shared.waiting) {
            (Some(_), 0) => {
                *kept -= bytes.len();
                shared.bytes = None;
            }
            (None, 1..) if *kept + bytes.len() <= KEPT => {
                *kept += bytes.len();
                shared.bytes = Some(Arc::clone(&bytes));
            }
            _ => {}
        }
        Ok(bytes)
    }

    /// Returns the archive that a request carries, where the plan has it in a file. Where the call names an object in S3 instead, the
    /// archive is put there, and there is nothing to carry.
    pub(crate) async fn carried(
        &self,
        carrying: Carrying<'_>,
        bucket: Option<&str>,
        key: Option<&str>,
    ) -> Result<Option<Arc<Vec<u8>>>, Failure> {
        let Carrying { client, name, source, sha256, kms_key, bucket_owner, watch } = carrying;
        let Some(source) = source else { return Ok(None) };
        let load = self.load(source, sha256);
        let (Some(bucket), Some(key)) = (bucket, key) else { return load.await.map(Some) };
        let put = async {
            let bytes = load.await?;
            let object = Object { bucket, key, kms_key, owner: bucket_owner };
            let total = bytes.len() as u64;
            let sent = |sent: u64| watch(Event::Uploading { name, sent, total });
            let put = client.put_archive(object, &bytes, &sent).await;
            put.map(drop).map_err(|error| {
                let mut failure = Failure::from(&error);
                failure.message = format!("{}: bucket `{bucket}`", failure.message);
                failure
            })
        };
        self.put_once(bucket, key, put).await?;
        Ok(None)
    }

    /// Puts an archive into S3, unless another function has done so or is about to: then its result is waited for.
    pub(crate) async fn put_once(
        &self,
        bucket: &str,
        key: &str,
        put: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let upload = {
            let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(uploads.entry((bucket.to_owned(), key.to_owned())).or_default())
        };
        upload.get_or_init(|| put).await.clone()
    }
}

/// Whether carrying a function's plan out takes its archive.
pub(crate) fn sends_code(function: &FunctionPlan) -> bool {
    match &function.action {
        Action::Create(_) | Action::Replace(_) => true,
        Action::Update(calls) => calls.iter().any(|call| call.operation == Operation::UpdateFunctionCode),
        Action::Delete { .. } | Action::Drift | Action::Refused(_) | Action::Unchanged => false,
    }
}

/// Reads an archive or makes it. It must still be the one that was planned.
async fn load(source: &ArchiveSource, planned_sha256: Option<&str>) -> Result<Vec<u8>, Failure> {
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
    use lambdactl_schema::{Call, Subject};

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

    fn plan(sha256: &str, count: usize) -> Plan {
        let functions = (0..count).map(|_| FunctionPlan {
            archive: Some(ArchiveSource::File("x".into())),
            code_sha256: Some(sha256.to_owned()),
            action: Action::Update(vec![Call::new(Operation::UpdateFunctionCode, Subject::function("f"))]),
            ..FunctionPlan::default()
        });
        Plan { functions: functions.collect(), ..Plan::default() }
    }

    #[tokio::test]
    async fn shared_archive_is_read_once_and_kept_no_longer_than_needed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.zip");
        std::fs::write(&path, b"PK").expect("a file");
        let planned = STANDARD.encode(Sha256::digest(b"PK"));
        let archives = Archives::of(&plan(&planned, 3));
        let source = ArchiveSource::File(path.clone());
        archives.load(&source, Some(&planned)).await.expect("the archive");
        // Whatever becomes of the file: what was read is what is sent.
        std::fs::remove_file(&path).expect("a file");
        archives.load(&source, Some(&planned)).await.expect("the archive that was read");
        archives.load(&source, Some(&planned)).await.expect("the archive that was read");
        assert_eq!(*archives.kept.lock().expect("no thread has failed"), 0);
        assert!(archives.load(&source, Some(&planned)).await.is_err(), "the last one has had it");
    }

    #[tokio::test]
    async fn upload_is_done_once_and_its_failure_is_everybodys() {
        let archives = Archives::of(&Plan::default());
        let mut count = 0;
        for _ in 0..3 {
            let put = async {
                count += 1;
                Err(Failure { code: "NoSuchBucket".into(), message: "no bucket".into(), help: None })
            };
            let failure = archives.put_once("b", "k", put).await.expect_err("the failure");
            assert_eq!(failure.code, "NoSuchBucket");
        }
        assert_eq!(count, 1);
        assert!(archives.put_once("b", "other", async { Ok(()) }).await.is_ok());
    }
}
