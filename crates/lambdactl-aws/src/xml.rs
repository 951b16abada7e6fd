//! The little XML that is read: flat answers and errors of S3 and of the query protocol. A parser for it would be the crate's
//! largest dependency.

/// Returns the text of an element, the first of that name.
pub(crate) fn element(body: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(plain(value))
}

/// Returns what stands in the items of the first list of that name, each as it was written. Lists in items are left in them.
pub(crate) fn items(body: &[u8], list: &str) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(body);
    if text.contains(&format!("<{list}/>")) {
        return Some(Vec::new());
    }
    let (_, rest) = text.split_once(&format!("<{list}>"))?;
    let (inner, _) = rest.split_once(&format!("</{list}>"))?;
    let found = children(inner).filter(|(name, _)| matches!(*name, "item" | "member"));
    Some(found.map(|(_, item)| item.to_owned()).collect())
}

/// Returns the text of an element that stands in an item itself, and not in a list of it.
pub(crate) fn element_of(item: &str, name: &str) -> Option<String> {
    children(item).find(|(child, _)| *child == name).map(|(_, value)| plain(value.trim()))
}

/// Walks through the elements that stand side by side in a text, with what is in each. Ends where one has no end.
fn children(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, from) = rest.split_once('<')?;
            let (tag, after) = from.split_once('>')?;
            rest = after;
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            if name.is_empty() || name.starts_with(['?', '!']) {
                continue;
            }
            if tag.ends_with('/') {
                return Some((name, ""));
            }
            let end = end_of(after, name)?;
            rest = &after[end..];
            return Some((name, &after[..end]));
        }
    })
}

/// Finds where an element ends that has begun: others of its name may stand in it.
fn end_of(text: &str, name: &str) -> Option<usize> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let (mut at, mut depth) = (0, 0);
    loop {
        let end = at + text[at..].find(&close)?;
        depth += text[at..end].matches(&open).count();
        if depth == 0 {
            return Some(end);
        }
        depth -= 1;
        at = end + close.len();
    }
}

fn plain(text: &str) -> String {
    let text = text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#39;", "'").replace("&apos;", "'");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
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

    #[test]
    fn items_are_told_from_lists_within_them() {
        let body = b"<?xml version=\"1.0\"?><R><securityGroupInfo>
            <item><ipPermissions><item><groups><item><groupId>sg-other</groupId><vpcId>vpc-x</vpcId></item></groups></item>
            </ipPermissions><groupId> sg-1 </groupId><tagSet/><vpcId>vpc-1</vpcId></item>
            <item><vpcId>vpc-2</vpcId><groupId>sg-2</groupId></item></securityGroupInfo></R>";
        let items = items(body, "securityGroupInfo").expect("a list");
        let of = |index: usize, name| element_of(&items[index], name);
        assert_eq!(items.len(), 2);
        assert_eq!((of(0, "groupId").as_deref(), of(0, "vpcId").as_deref()), (Some("sg-1"), Some("vpc-1")));
        assert_eq!((of(1, "groupId").as_deref(), of(1, "vpcId").as_deref()), (Some("sg-2"), Some("vpc-2")));
        assert_eq!(of(1, "tagSet"), None);
        assert_eq!(super::items(b"<R><subnetSet/></R>", "subnetSet"), Some(Vec::new()));
        assert_eq!(
            super::items(b"<R><subnetSet><item><a></item></subnetSet></R>", "subnetSet"),
            Some(vec!["<a>".into()])
        );
        assert_eq!(super::items(b"<R></R>", "subnetSet"), None);
        assert_eq!(element_of("<a><b>", "a"), None);
    }
}
