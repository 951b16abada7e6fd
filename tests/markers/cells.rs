//! What is done to which answer: every leaf, key and header of whatever the control plane has answered, and refusals.

use serde_json::{Map, Value, json};

use crate::proxy::Answer;

/// Where a text is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere: the run as it is.
    Nowhere,
    /// Instead of one leaf of an answer, which need not have been a text.
    Leaf(String),
    /// Instead of a key.
    Key(String),
    /// In a header.
    Header(String),
    /// In headers and members that no answer has today.
    Novelties,
    /// Instead of all texts of an answer, but for those by which the program finds its way.
    Texts,
    /// Instead of all texts.
    AllTexts,
    /// In all texts and headers of an error of this kind.
    Refusal(usize),
    /// In the class of an error, in this form.
    Class(usize),
    /// In a body that is not what it should be, in this form.
    Body(usize),
}

/// What makes the text for a place: the words around it, or nothing where it has to stand alone.
pub(crate) type Text<'a> = dyn Fn(Option<&str>) -> String + Send + Sync + 'a;

/// Members by which the program knows what an answer is about, and how far a function is.
const GUIDES: [&str; 17] = [
    "FunctionName",
    "FunctionArn",
    "State",
    "LastUpdateStatus",
    "RevisionId",
    "CodeSha256",
    "Location",
    "NextMarker",
    "Marker",
    "PaginationToken",
    "ResourceARN",
    "PackageType",
    "Version",
    "lambdactl:manifest",
    "RepositoryType",
    "CodeSigningConfigArn",
    "imageDigest",
];

/// The errors of the table in `retry.rs`, others that the program knows, and some that nobody does.
const REFUSALS: &[(u16, &str, &str)] = &[
    (429, "TooManyRequestsException", "Rate exceeded"),
    (400, "ThrottlingException", "Rate exceeded"),
    (503, "SlowDown", "Please reduce your request rate"),
    (400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
    (400, "InvalidParameterValueException", "The provided execution role does not have permissions to call X"),
    (400, "InvalidParameterValueException", "Your request has been throttled by EC2, please wait"),
    (400, "InvalidParameterValueException", "The provided KMS key is invalid for CreateGrant: not yet"),
    (400, "InvalidParameterValueException", "Could not unzip uploaded file"),
    (400, "InvalidParameterValueException", "environment variables exceeded the 4KB limit. String measured:"),
    (400, "ValidationException", "1 validation error detected: Value at 'environment' failed to satisfy constraint"),
    (
        409,
        "ResourceConflictException",
        "The operation cannot be performed at this time. An update is in progress for resource",
    ),
    (409, "ResourceConflictException", "Function already exist: f"),
    (412, "PreconditionFailedException", "The RevisionId provided does not match the latest"),
    (404, "ResourceNotFoundException", "Function not found"),
    (403, "AccessDeniedException", "User is not authorized to perform: lambda:X on resource"),
    (403, "ExpiredTokenException", "The security token included in the request is expired"),
    (403, "InvalidSignatureException", "The request signature we calculated does not match"),
    (400, "CodeStorageExceededException", "Code storage limit exceeded"),
    (500, "ServiceException", "An error occurred"),
    (502, "ServiceException", "An error occurred"),
    (418, "SomethingNobodyKnowsException", "short and stout"),
    (302, "Moved", "elsewhere"),
];
const CLASSES: usize = 6;
const BODIES: usize = 9;

/// Every place of an answer.
pub(crate) fn places(answer: &Answer) -> Vec<Place> {
    let mut places = Vec::new();
    if let Some(body) = answer.json() {
        let mut pointers = Vec::new();
        walk(&body, String::new(), &mut pointers);
        places.extend(pointers);
        places.push(Place::Texts);
        places.push(Place::AllTexts);
    }
    places.extend(answer.headers.iter().map(|(name, _)| Place::Header(name.clone())));
    places.push(Place::Novelties);
    places.extend((0..REFUSALS.len()).map(Place::Refusal));
    places.extend((0..CLASSES).map(Place::Class));
    places.extend((0..BODIES).map(Place::Body));
    places
}

/// Finds the leaves and keys of a value. Of a list, two items stand for the others.
fn walk(value: &Value, pointer: String, found: &mut Vec<Place>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                // The values themselves are where they belong; what stands beside them is not.
                if pointer.contains("/Environment/Variables/") {
                    continue;
                }
                found.push(Place::Key(pointer.clone()));
                walk(value, pointer, found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate().take(2) {
                walk(item, format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push(Place::Leaf(pointer)),
    }
}

/// Puts a text into a place of an answer.
pub(crate) fn put(answer: &mut Answer, place: &Place, text: &Text<'_>) {
    let header =
        |text: &str| text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    match place {
        Place::Nowhere => {}
        Place::Leaf(pointer) => edit(answer, |body| {
            if let Some(leaf) = body.pointer_mut(pointer) {
                *leaf = json!(text(leaf.as_str()));
            }
        }),
        Place::Key(pointer) => edit(answer, |body| {
            let Some((parent, key)) = pointer.rsplit_once('/') else { return };
            let key = key.replace("~1", "/").replace("~0", "~");
            if let Some(Value::Object(members)) = body.pointer_mut(parent) {
                let renamed = std::mem::take(members).into_iter();
                *members =
                    renamed.map(|(other, value)| (if other == key { text(None) } else { other }, value)).collect();
            }
        }),
        Place::Header(name) => {
            for (other, value) in &mut answer.headers {
                if other == name {
                    *value = header(&text(Some(value)));
                }
            }
        }
        Place::Novelties => {
            for name in
                ["x-amzn-novelty", "x-amzn-remapped-date", "warning", "server", "etag", "location", "set-cookie"]
            {
                answer.headers.push((name.into(), header(&text(None))));
            }
            edit(answer, |body| novelties(body, text));
        }
        Place::Texts => edit(answer, |body| texts(body, text, &GUIDES)),
        Place::AllTexts => edit(answer, |body| texts(body, text, &[])),
        Place::Refusal(kind) => {
            let (status, class, message) = REFUSALS[*kind];
            refuse(answer, status, class, &header(class), &text(Some(message)), text);
        }
        Place::Class(form) => {
            let class = match form {
                0 => format!("Bad-{}", text(None)),
                1 => format!("{}:http://internal.amazon.com/", text(None)),
                2 => format!("InvalidParameterValueException:{}", text(None)),
                3 => format!("com.amazonaws#{}", text(None)),
                4 => format!("{}#ThrottlingException", text(None)),
                _ => text(None),
            };
            refuse(answer, 400, &class, &header(&class), "no", text);
            if *form >= 3 {
                answer.headers.retain(|(name, _)| name != "x-amzn-errortype");
            }
        }
        Place::Body(form) => {
            let message = text(Some("no"));
            answer.status = if form % 2 == 0 { 400 } else { 200 };
            answer.headers.retain(|(name, _)| !name.starts_with("content"));
            answer.body = match form {
                0 | 1 => format!("<html><title>{message}</title></html>"),
                2 => format!("<ErrorResponse><Error><Code>{0}</Code><Message>{0}</Message></Error><RequestId>{0}</RequestId></ErrorResponse>", message),
                3 => message,
                4 => format!("{{\"message\": {}, \"__type\": \"X", json!(message)),
                5 => format!("{{\"Configuration\": {{\"FunctionName\": {}, ", json!(message)),
                6 => format!("[{}]", json!(message)),
                7 => json!({ "Configuration": { "FunctionName": message, "FunctionArn": message } }).to_string(),
                _ => format!("{{\"{0}\": \"\u{0}\\x {0}\"}}", message),
            }
            .into_bytes();
        }
    }
}

fn edit(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    if let Some(mut body) = answer.json() {
        change(&mut body);
        answer.set_json(&body);
    }
}

/// Makes an answer an error that says the text wherever an error can say something.
fn refuse(answer: &mut Answer, status: u16, class: &str, header: &str, message: &str, text: &Text<'_>) {
    let plain =
        |text: String| text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let is_xml = answer.operation.ends_with("an object") || answer.operation == "GetCallerIdentity";
    answer.status = status;
    answer.headers = vec![
        ("content-type".into(), if is_xml { "application/xml" } else { "application/json" }.into()),
        ("x-amzn-errortype".into(), header.into()),
        ("x-amzn-requestid".into(), plain(format!("id-{}", text(None)))),
        ("x-amz-request-id".into(), plain(text(None))),
        ("x-amz-id-2".into(), plain(text(None))),
        ("location".into(), plain(format!("http://127.0.0.1:9/{}", text(None)))),
        ("retry-after".into(), plain(text(None))),
    ];
    let more = text(None);
    answer.body = if is_xml {
        format!(
            "<ErrorResponse><Error><Code>{class}</Code><Message>{message}</Message><Resource>{more}</Resource></Error>\
             <RequestId>{more}</RequestId><Code>{class}</Code><Message>{message}</Message></ErrorResponse>"
        )
    } else {
        json!({
            "__type": class, "code": class, "message": message, "Message": message, "Type": more, "Reason": more,
            "detail": { "message": more, "list": [more] },
        })
        .to_string()
    }
    .into_bytes();
}

/// Adds members that no answer has, to every object.
fn novelties(value: &mut Value, text: &Text<'_>) {
    match value {
        Value::Object(members) => {
            members.iter_mut().filter(|(key, _)| *key != "Variables").for_each(|(_, value)| novelties(value, text));
            members.insert("Novelty".into(), json!(text(None)));
            members.insert("NoveltyError".into(), json!({ "ErrorCode": text(None), "Message": text(None) }));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| novelties(item, text)),
        _ => {}
    }
}

fn texts(value: &mut Value, text: &Text<'_>, but: &[&str]) {
    match value {
        Value::Object(members) => {
            let others = |key: &str| key != "Variables" && !but.contains(&key);
            let chosen: Map<String, Value> = std::mem::take(members)
                .into_iter()
                .map(|(key, mut value)| {
                    if others(&key) {
                        texts(&mut value, text, but);
                    }
                    (key, value)
                })
                .collect();
            *members = chosen;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, text, but)),
        Value::String(old) => *old = text(Some(old)),
        _ => {}
    }
}
