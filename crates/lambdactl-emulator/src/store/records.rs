//! Functions by region and name, each change in one durable transaction.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{
    Database, DatabaseError, MultimapTableDefinition, ReadableDatabase, ReadableMultimapTable, ReadableTable,
    TableDefinition, WriteTransaction,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{EmulatorError, at};
use crate::service_error::ServiceError;
use crate::store::attached::Attached;
use crate::store::code::{CodeFiles, Zip};
use crate::store::folder::Folder;
use crate::store::function::Function;
use crate::store::layer::Layer;
use crate::store::mapping::{Mapping, MappingChange};

/// Records as JSON, by region and name, so that a range is a region's functions in the order of
/// their names.
const FUNCTIONS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("functions");
/// Which functions and objects use a zip, by its digest: the last one to go takes the file along.
const CODE_USES: MultimapTableDefinition<&str, (&str, &str)> = MultimapTableDefinition::new("code-uses");

/// What is known of an object as JSON, by bucket and key.
const OBJECTS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("objects");

/// Layers as JSON, by region and name.
const LAYERS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("layers");

/// Event source mappings as JSON, by region and UUID: they stay when their function goes (recorded answers).
const MAPPINGS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("mappings");

/// Things of a region that are kept as they are answered, as JSON, by region and name.
pub(crate) type Things = TableDefinition<'static, (&'static str, &'static str), &'static [u8]>;

/// Code signing configurations, by ARN.
pub(crate) const SIGNING: Things = TableDefinition::new("code-signing");

/// Alarms, by name.
pub(crate) const ALARMS: Things = TableDefinition::new("alarms");

/// Enough for tens of thousands of records; the library's default is a gigabyte.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
const DATABASE: &str = "functions.redb";
const CODE: &str = "code";
const GITIGNORE: &str = ".gitignore";
const LOCK_RETRY: Duration = Duration::from_millis(50);

/// The emulator's state. Calls block on the disk, so they belong on a blocking thread.
pub(crate) struct Store {
    /// `None` once closed; connections may outlive the server by a moment.
    database: RwLock<Option<Database>>,
    code: CodeFiles,
    /// Held over a transaction and the code files that belong to it.
    writer: Mutex<()>,
    /// The system's error that the database gave up after: later calls are told no more than that there was one.
    lost: OnceLock<String>,
}

/// What is known of an object in a bucket.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    /// Of its bytes, which are kept like the zips of functions.
    pub(crate) digest: String,
    /// Bytes.
    pub(crate) size: u64,
    /// `base64(sha256)`, where the object was put with this checksum.
    pub(crate) checksum: Option<String>,
}

/// What becomes of a function.
pub(crate) enum Change {
    Keep,
    /// The record, and the zip that it refers to when it is a new one.
    Put(Box<Function>, Option<Zip>),
    Remove,
}

impl Store {
    /// Opens or creates the state in a folder, waiting at most `lock_wait` for a process that has
    /// it open.
    pub(crate) async fn open(folder: PathBuf, lock_wait: Duration) -> Result<Self, EmulatorError> {
        let folder =
            tokio::task::spawn_blocking(move || private_folder(&folder)).await.map_err(EmulatorError::Task)??;
        let path = folder.path_of(DATABASE);
        let deadline = Instant::now() + lock_wait;
        let database = loop {
            match create_database(folder.open_file(DATABASE)?).await? {
                Ok(database) => break database,
                Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < deadline => {
                    tokio::time::sleep(LOCK_RETRY).await;
                }
                Err(DatabaseError::DatabaseAlreadyOpen) => {
                    return Err(EmulatorError::InUse { path });
                }
                Err(error) => return Err(failed(error)),
            }
        };
        Self::new(database, CodeFiles::folder(folder.folder(CODE)?)?)
    }

    pub(crate) fn in_memory() -> Result<Self, EmulatorError> {
        let backend = InMemoryBackend::new();
        let database = Database::builder().create_with_backend(backend).map_err(failed)?;
        Self::new(database, CodeFiles::in_memory())
    }

    fn new(database: Database, code: CodeFiles) -> Result<Self, EmulatorError> {
        // A read of a table that was never written is an error, so all exist from the start.
        let transaction = database.begin_write().map_err(failed)?;
        transaction.open_table(FUNCTIONS).map_err(failed)?;
        transaction.open_multimap_table(CODE_USES).map_err(failed)?;
        transaction.open_table(OBJECTS).map_err(failed)?;
        transaction.open_table(LAYERS).map_err(failed)?;
        transaction.open_table(MAPPINGS).map_err(failed)?;
        transaction.open_table(SIGNING).map_err(failed)?;
        transaction.open_table(ALARMS).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(Store { database: RwLock::new(Some(database)), code, writer: Mutex::new(()), lost: OnceLock::new() })
    }

    /// Waits for running transactions and releases the file; later calls fail.
    pub(crate) fn close(&self) {
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn function(&self, region: &str, name: &str) -> Result<Option<Function>, EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            let functions = transaction.open_table(FUNCTIONS).map_err(failed)?;
            let record = functions.get((region, name)).map_err(failed)?;
            record.map(|record| Function::from_record(name, record.value())).transpose()
        })
    }

    /// Visits a region's functions by name, from the given one on, until the visitor breaks.
    pub(crate) fn visit(
        &self,
        region: &str,
        from: &str,
        mut visitor: impl FnMut(Function) -> ControlFlow<()>,
    ) -> Result<(), EmulatorError> {
        self.visit_records(region, from, |name, record| Ok(visitor(Function::from_record(name, record)?)))
    }

    /// Visits names and tags as [`Store::visit`] does functions; the rest of a record is skipped.
    pub(crate) fn visit_tags(
        &self,
        region: &str,
        from: &str,
        mut visitor: impl FnMut(&str, Map<String, Value>) -> ControlFlow<()>,
    ) -> Result<(), EmulatorError> {
        self.visit_records(region, from, |name, record| Ok(visitor(name, Function::tags_of_record(name, record)?)))
    }

    /// Visits what goes with a region's functions; the rest of a record is skipped.
    pub(crate) fn visit_attached(
        &self,
        region: &str,
        mut visitor: impl FnMut(&str, &Attached),
    ) -> Result<(), EmulatorError> {
        self.visit_records(region, "", |name, record| {
            visitor(name, &Function::attached_of_record(name, record)?);
            Ok(ControlFlow::Continue(()))
        })
    }

    fn visit_records(
        &self,
        region: &str,
        from: &str,
        mut visitor: impl FnMut(&str, &[u8]) -> Result<ControlFlow<()>, EmulatorError>,
    ) -> Result<(), EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            let functions = transaction.open_table(FUNCTIONS).map_err(failed)?;
            for entry in functions.range((region, from)..).map_err(failed)? {
                let (key, record) = entry.map_err(failed)?;
                let (found_region, name) = key.value();
                if found_region != region || visitor(name, record.value())?.is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Shows `decide` the function as it is, or `None`, and makes its decision durable, with no
    /// other change in between.
    pub(crate) fn change<T>(
        &self,
        region: &str,
        name: &str,
        decide: impl FnOnce(Option<Function>) -> Result<(Change, T), ServiceError>,
    ) -> Result<T, ServiceError> {
        self.with_database(|database| {
            let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = database.begin_write().map_err(failed)?;
            let before = read_in(&transaction, region, name)?;
            let used = before.as_ref().map(Function::zip_digests).unwrap_or_default();
            let (change, answer) = match decide(before) {
                Ok(decision) => decision,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let (after, zip) = match change {
                Change::Keep => return Ok(Ok(answer)),
                Change::Put(function, zip) => (Some(function), zip),
                Change::Remove => (None, None),
            };
            if let Some(zip) = zip {
                self.code.write(&zip)?;
            }
            let key = (region, name);
            write_in(&transaction, key, after.as_deref())?;
            let uses = after.map(|function| function.zip_digests()).unwrap_or_default();
            let unused = replace_uses(&transaction, key, &used, &uses)?;
            transaction.commit().map_err(failed)?;
            self.remove_unused(unused);
            Ok(Ok(answer))
        })?
    }

    pub(crate) fn object(&self, bucket: &str, key: &str) -> Result<Option<Object>, EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            let objects = transaction.open_table(OBJECTS).map_err(failed)?;
            let record = objects.get((bucket, key)).map_err(failed)?;
            record.map(|record| object_of(key, record.value())).transpose()
        })
    }

    /// Puts an object, or takes it away where there is none to put. Durable on return.
    pub(crate) fn put_object(
        &self,
        bucket: &str,
        key: &str,
        new: Option<(&Object, &Zip)>,
    ) -> Result<(), EmulatorError> {
        self.with_database(|database| {
            let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = database.begin_write().map_err(failed)?;
            let mut used = Vec::new();
            {
                let mut objects = transaction.open_table(OBJECTS).map_err(failed)?;
                let before = match new {
                    Some((object, zip)) => {
                        self.code.write(zip)?;
                        let record = serde_json::to_vec(object).expect("string keys and plain values are always JSON");
                        objects.insert((bucket, key), record.as_slice()).map_err(failed)?
                    }
                    None => objects.remove((bucket, key)).map_err(failed)?,
                };
                if let Some(record) = before {
                    used.push(object_of(key, record.value())?.digest);
                }
            }
            let uses: Vec<String> = new.map(|(object, _)| object.digest.clone()).into_iter().collect();
            // No region has such a name.
            let user = format!("s3://{bucket}");
            let unused = replace_uses(&transaction, (&user, key), &used, &uses)?;
            transaction.commit().map_err(failed)?;
            self.remove_unused(unused);
            Ok(())
        })
    }

    pub(crate) fn layer(&self, region: &str, name: &str) -> Result<Option<Layer>, EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            let layers = transaction.open_table(LAYERS).map_err(failed)?;
            let record = layers.get((region, name)).map_err(failed)?;
            record.map(|record| Layer::from_record(name, record.value())).transpose()
        })
    }

    /// Visits a region's layers by name.
    pub(crate) fn visit_layers(&self, region: &str, mut visitor: impl FnMut(&str, Layer)) -> Result<(), EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            let layers = transaction.open_table(LAYERS).map_err(failed)?;
            for entry in layers.range((region, "")..).map_err(failed)? {
                let (key, record) = entry.map_err(failed)?;
                let (found_region, name) = key.value();
                if found_region != region {
                    break;
                }
                visitor(name, Layer::from_record(name, record.value())?);
            }
            Ok(())
        })
    }

    /// Shows `decide` a layer as it is, or `None`, and makes the layer that it returns durable, with the zip that it refers to
    /// when it is a new one. `None`: nothing changes.
    pub(crate) fn change_layer<T>(
        &self,
        region: &str,
        name: &str,
        decide: impl FnOnce(Option<Layer>) -> Result<(Option<Layer>, Option<Zip>, T), ServiceError>,
    ) -> Result<T, ServiceError> {
        self.with_database(|database| {
            let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = database.begin_write().map_err(failed)?;
            let mut used = Vec::new();
            let (after, answer) = {
                let mut layers = transaction.open_table(LAYERS).map_err(failed)?;
                let before = layers.get((region, name)).map_err(failed)?;
                let before = before.map(|record| Layer::from_record(name, record.value())).transpose()?;
                used.extend(before.iter().flat_map(Layer::zip_digests));
                let (after, zip, answer) = match decide(before) {
                    Ok(decision) => decision,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                let Some(after) = after else { return Ok(Ok(answer)) };
                if let Some(zip) = zip {
                    self.code.write(&zip)?;
                }
                let record = serde_json::to_vec(&after).expect("string keys and plain values are always JSON");
                layers.insert((region, name), record.as_slice()).map_err(failed)?;
                (after, answer)
            };
            // No function has such a name.
            let user = format!("layer:{name}");
            let unused = replace_uses(&transaction, (region, &user), &used, &after.zip_digests())?;
            transaction.commit().map_err(failed)?;
            self.remove_unused(unused);
            Ok(Ok(answer))
        })?
    }

    /// Returns a region's things by name.
    pub(crate) fn things(&self, table: Things, region: &str) -> Result<BTreeMap<String, Value>, EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            let things = transaction.open_table(table).map_err(failed)?;
            let mut found = BTreeMap::new();
            for entry in things.range((region, "")..).map_err(failed)? {
                let (key, record) = entry.map_err(failed)?;
                let (found_region, name) = key.value();
                if found_region != region {
                    break;
                }
                let thing = serde_json::from_slice(record.value())
                    .map_err(|source| EmulatorError::Record { name: name.to_owned(), source })?;
                found.insert(name.to_owned(), thing);
            }
            Ok(found)
        })
    }

    /// Keeps a thing, or drops it.
    pub(crate) fn put_thing(
        &self,
        table: Things,
        region: &str,
        name: &str,
        thing: Option<&Value>,
    ) -> Result<(), EmulatorError> {
        self.with_database(|database| {
            let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = database.begin_write().map_err(failed)?;
            {
                let mut things = transaction.open_table(table).map_err(failed)?;
                match thing {
                    Some(thing) => {
                        things.insert((region, name), thing.to_string().as_bytes()).map_err(failed)?;
                    }
                    None => _ = things.remove((region, name)).map_err(failed)?,
                }
            }
            transaction.commit().map_err(failed)
        })
    }

    pub(crate) fn mapping(&self, region: &str, uuid: &str) -> Result<Option<Mapping>, EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            let mappings = transaction.open_table(MAPPINGS).map_err(failed)?;
            let record = mappings.get((region, uuid)).map_err(failed)?;
            record.map(|record| mapping_of(uuid, record.value())).transpose()
        })
    }

    /// Returns a region's mappings by UUID.
    pub(crate) fn mappings(&self, region: &str) -> Result<Vec<Mapping>, EmulatorError> {
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(failed)?;
            mappings_in(&transaction.open_table(MAPPINGS).map_err(failed)?, region)
        })
    }

    /// Shows `decide` a region's mappings, and makes its decision durable, with no other change in between.
    pub(crate) fn change_mappings<T>(
        &self,
        region: &str,
        decide: impl FnOnce(Vec<Mapping>) -> Result<(Vec<MappingChange>, T), ServiceError>,
    ) -> Result<T, ServiceError> {
        self.with_database(|database| {
            let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = database.begin_write().map_err(failed)?;
            let answer = {
                let mut mappings = transaction.open_table(MAPPINGS).map_err(failed)?;
                let (changes, answer) = match decide(mappings_in(&mappings, region)?) {
                    Ok(decision) => decision,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                for change in changes {
                    match change {
                        MappingChange::Put(mapping) => {
                            let record =
                                serde_json::to_vec(&mapping).expect("string keys and plain values are always JSON");
                            mappings.insert((region, mapping.uuid.as_str()), record.as_slice()).map_err(failed)?;
                        }
                        MappingChange::Remove(uuid) => {
                            mappings.remove((region, uuid.as_str())).map_err(failed)?;
                        }
                    }
                }
                answer
            };
            transaction.commit().map_err(failed)?;
            Ok(Ok(answer))
        })?
    }

    fn remove_unused(&self, digests: Vec<String>) {
        for digest in digests {
            // The change is done; a file that stays behind does no harm.
            if let Err(error) = self.code.remove(&digest) {
                tracing::warn!(error = &error as &dyn std::error::Error, "unused code stays");
            }
        }
    }

    /// The bytes of a stored zip.
    pub(crate) fn zip(&self, digest: &str) -> Result<Option<Vec<u8>>, EmulatorError> {
        self.code.read(digest)
    }

    fn with_database<T>(&self, work: impl FnOnce(&Database) -> Result<T, EmulatorError>) -> Result<T, EmulatorError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        work(database.as_ref().ok_or(EmulatorError::Closed)?).map_err(|error| self.explained(error))
    }

    /// Puts the system's error in the place of a mention of it.
    fn explained(&self, error: EmulatorError) -> EmulatorError {
        match error {
            EmulatorError::Store(error) => match *error {
                redb::Error::PreviousIo => match self.lost.get() {
                    Some(cause) => EmulatorError::StoreLost(cause.clone()),
                    None => EmulatorError::Store(error),
                },
                redb::Error::Io(ref cause) => {
                    self.lost.get_or_init(|| cause.to_string());
                    EmulatorError::Store(error)
                }
                _ => EmulatorError::Store(error),
            },
            error => error,
        }
    }
}

fn object_of(key: &str, record: &[u8]) -> Result<Object, EmulatorError> {
    serde_json::from_slice(record).map_err(|source| EmulatorError::Record { name: key.to_owned(), source })
}

fn mapping_of(uuid: &str, record: &[u8]) -> Result<Mapping, EmulatorError> {
    serde_json::from_slice(record).map_err(|source| EmulatorError::Record { name: uuid.to_owned(), source })
}

fn mappings_in(
    mappings: &impl ReadableTable<(&'static str, &'static str), &'static [u8]>,
    region: &str,
) -> Result<Vec<Mapping>, EmulatorError> {
    let mut found = Vec::new();
    for entry in mappings.range((region, "")..).map_err(failed)? {
        let (key, record) = entry.map_err(failed)?;
        let (found_region, uuid) = key.value();
        if found_region != region {
            break;
        }
        found.push(mapping_of(uuid, record.value())?);
    }
    Ok(found)
}

/// Opens the folder of the state, and keeps it out of git: it holds values of environment variables.
fn private_folder(path: &Path) -> Result<Folder, EmulatorError> {
    let folder = Folder::open(path)?;
    let failed = || at(&folder.path_of(GITIGNORE));
    // In a folder that holds other things, too, the file would hide those.
    if folder.names()?.iter().all(|name| [DATABASE, CODE, GITIGNORE].contains(&name.as_str())) {
        let mut file = folder.open_file(GITIGNORE)?;
        if file.metadata().map_err(failed())?.len() == 0 {
            file.write_all(b"*\n").map_err(failed())?;
        }
    }
    Ok(folder)
}

/// The database takes an empty file for a new one.
async fn create_database(file: File) -> Result<Result<Database, DatabaseError>, EmulatorError> {
    let create = move || {
        let backend = FileBackend::new(file)?;
        Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(backend)
    };
    tokio::task::spawn_blocking(create).await.map_err(EmulatorError::Task)
}

fn read_in(transaction: &WriteTransaction, region: &str, name: &str) -> Result<Option<Function>, EmulatorError> {
    let functions = transaction.open_table(FUNCTIONS).map_err(failed)?;
    let record = functions.get((region, name)).map_err(failed)?;
    record.map(|record| Function::from_record(name, record.value())).transpose()
}

fn write_in(
    transaction: &WriteTransaction,
    key: (&str, &str),
    function: Option<&Function>,
) -> Result<(), EmulatorError> {
    let mut functions = transaction.open_table(FUNCTIONS).map_err(failed)?;
    match function.map(Function::to_record) {
        Some(record) => functions.insert(key, record.as_slice()).map_err(failed)?,
        None => functions.remove(key).map_err(failed)?,
    };
    Ok(())
}

/// Notes which zips a function uses now, and returns those that no function uses any more.
fn replace_uses(
    transaction: &WriteTransaction,
    key: (&str, &str),
    before: &[String],
    after: &[String],
) -> Result<Vec<String>, EmulatorError> {
    let mut uses = transaction.open_multimap_table(CODE_USES).map_err(failed)?;
    for digest in after {
        uses.insert(digest.as_str(), key).map_err(failed)?;
    }
    let mut unused = Vec::new();
    for digest in before.iter().filter(|digest| !after.contains(digest)) {
        uses.remove(digest.as_str(), key).map_err(failed)?;
        if uses.get(digest.as_str()).map_err(failed)?.is_empty() {
            unused.push(digest.clone());
        }
    }
    Ok(unused)
}

fn failed(error: impl Into<redb::Error>) -> EmulatorError {
    EmulatorError::Store(Box::new(error.into()))
}
