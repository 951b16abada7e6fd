//! The little XML that is read: flat answers and errors of S3 and of the query protocol. A parser for it would be the crate's
//! largest dependency.

/// Returns the text of an element, the first of that name.
pub(crate) fn element(body: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found() {
        let body = b"<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>a &lt;b&gt;</Message></Error>";
        assert_eq!(element(body, "Code").as_deref(), Some("NoSuchBucket"));
        assert_eq!(element(body, "Message").as_deref(), Some("a <b>"));
        assert_eq!(element(body, "UploadId"), None);
    }
}
