use serde_json::Value;

use crate::error::EmulatorError;
use crate::store::code::Zip;
use crate::store::records::Store;

/// The bytes of the object that `S3Bucket` and `S3Key` name, if it was put here. Versions of objects are not kept, so a
/// version that is named is that one.
pub(crate) fn named(store: &Store, code: Option<&Value>) -> Result<Option<Zip>, EmulatorError> {
    let text = |member: &str| code.and_then(|code| code.get(member)).and_then(Value::as_str);
    let (Some(bucket), Some(key)) = (text("S3Bucket"), text("S3Key")) else { return Ok(None) };
    let Some(object) = store.object(bucket, key)? else { return Ok(None) };
    Ok(store.zip(&object.digest)?.map(|bytes| Zip { bytes, digest: object.digest }))
}
