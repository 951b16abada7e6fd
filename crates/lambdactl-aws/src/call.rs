//! From calls to requests: where the members of a call stand in its path, its query, its headers and its body.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lambdactl_schema::operations::{Method, Protocol, Row};
use lambdactl_schema::{Call, Operation, Subject};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// What a path segment keeps as it is: the unreserved characters of RFC 3986.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A call, ready to be signed.
pub(crate) struct Outgoing {
    pub(crate) operation: Operation,
    /// Path and query, percent-encoded.
    pub(crate) path: String,
    /// Names and values of the headers that hold members.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Outgoing {
    /// Writes a call down as its service wants it.
    pub(crate) fn of(call: Call) -> Self {
        Self::with_archive(call, None)
    }

    /// Does the same with an archive that the call itself does not hold, as base64: of a large one nothing is in memory twice.
    pub(crate) fn with_archive(call: Call, archive: Option<&[u8]>) -> Self {
        let Call { operation, subject, members } = call;
        let row = operation.row();
        let (in_query, rest): (Map<String, Value>, Map<String, Value>) =
            members.into_iter().partition(|(member, _)| row.is_in_query(member));
        let (in_headers, in_body): (Map<String, Value>, Map<String, Value>) =
            rest.into_iter().partition(|(member, _)| row.header(member).is_some());
        let headers =
            in_headers.iter().filter_map(|(member, value)| Some((row.header(member)?, plain(value)))).collect();
        let body = match row.service.protocol() {
            Protocol::Query | Protocol::Ec2Query => form(operation, row, &in_body).into(),
            Protocol::RestJson if matches!(row.method, Method::Get | Method::Delete) => Bytes::new(),
            Protocol::RestJson | Protocol::RestXml | Protocol::Json(_) => json(operation, in_body, archive),
        };
        Self { operation, path: path(row, &subject, &in_query), headers, body }
    }

    /// The same with a body that is no list of members.
    pub(crate) fn with_body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }

    /// Returns how long the call may take in all, from the connection to the last byte of the answer: a server that sends
    /// one byte now and then must not hold anyone up.
    pub(crate) fn time_limit(&self) -> Duration {
        time_limit(self.operation, self.body.len())
    }
}

/// Returns how long an exchange may take that sends so many bytes.
pub(crate) fn time_limit(operation: Operation, sent: usize) -> Duration {
    /// Reads are answered in well under a second; creating a function with a large archive has taken 20 s and more.
    const READ: Duration = Duration::from_secs(30);
    const CHANGE: Duration = Duration::from_secs(120);
    /// A function may run for a quarter of an hour before it answers (AWS documentation).
    const INVOCATION: Duration = Duration::from_secs(15 * 60 + 30);
    /// Bytes a second of the slowest line that an archive can be sent on.
    const SLOWEST: u64 = 64 << 10;
    let least = match operation {
        Operation::Invoke => INVOCATION,
        operation if operation.is_repeatable() && sent < PLAIN => READ,
        _ => CHANGE,
    };
    least + Duration::from_secs(sent as u64 / SLOWEST)
}

/// Bytes of a body that holds no archive.
const PLAIN: usize = 64 << 10;

/// Fills in the labels of a path, and adds the query.
fn path(row: &Row, subject: &Subject, members: &Map<String, Value>) -> String {
    let (template, fixed) = row.path_and_query();
    let mut path = String::new();
    for segment in template.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
            Some("FunctionName") => path.push_str(&encoded(subject.function.as_deref().unwrap_or_default())),
            Some("LayerName") => path.push_str(&encoded(subject.layer.as_deref().unwrap_or_default())),
            Some(_) => path.push_str(&encoded(subject.id.as_deref().unwrap_or_default())),
            None => path.push_str(segment),
        }
    }
    let mut query: Vec<String> = (!fixed.is_empty()).then(|| fixed.to_owned()).into_iter().collect();
    query.extend(subject.qualifier.as_ref().map(|qualifier| format!("Qualifier={}", encoded(qualifier))));
    for (name, value) in members {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        query.extend(values.iter().map(|value| format!("{name}={}", encoded(&plain(value)))));
    }
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// The operation and its members as a form.
fn form(operation: Operation, row: &Row, members: &Map<String, Value>) -> String {
    let mut fields = vec![format!("Action={operation}")];
    fields.extend(row.service.version().map(|version| format!("Version={version}")));
    fields.extend(members.iter().map(|(name, value)| format!("{name}={}", encoded(&plain(value)))));
    fields.join("&")
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the members as JSON, with an archive where the operation has one.
fn json(operation: Operation, mut members: Map<String, Value>, archive: Option<&[u8]>) -> Bytes {
    /// What stands for the archive until it is there. In a text of the request the quotes would be escaped.
    const EMPTY: &str = "\"ZipFile\":\"\"";
    let Some(archive) = archive else { return Value::Object(members).to_string().into() };
    let place = match operation {
        Operation::CreateFunction => structure(&mut members, "Code"),
        Operation::PublishLayerVersion => structure(&mut members, "Content"),
        _ => Some(&mut members),
    };
    if let Some(place) = place {
        place.insert("ZipFile".to_owned(), Value::String(String::new()));
    }
    let text = Value::Object(members).to_string();
    let Some(at) = text.find(EMPTY).map(|at| at + EMPTY.len() - 1) else { return text.into() };
    let mut body = String::with_capacity(text.len() + archive.len().div_ceil(3) * 4);
    body.push_str(&text[..at]);
    STANDARD.encode_string(archive, &mut body);
    body.push_str(&text[at..]);
    body.into()
}

/// Returns a structure of the members, which is made where there is none.
fn structure<'m>(members: &'m mut Map<String, Value>, name: &str) -> Option<&'m mut Map<String, Value>> {
    members.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_travel_where_the_row_says() {
        let function = || Subject::function("a/b");
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
        let (get, put) = ("/2015-03-31/functions", "{\"Timeout\":3}");
        for (call, path, body) in [
            (Call::new(Operation::GetFunction, function()), format!("{get}/a%2Fb"), ""),
            (Call::new(Operation::GetFunction, Subject::qualified("f", "1")), format!("{get}/f?Qualifier=1"), ""),
            (
                Call::new(Operation::ListFunctions, Subject::default()).with("MaxItems", 50).with("Marker", "a b"),
                format!("{get}?MaxItems=50&Marker=a%20b"),
                "",
            ),
            (
                Call::new(Operation::UpdateFunctionConfiguration, Subject::function("f")).with("Timeout", 3),
                format!("{get}/f/configuration"),
                put,
            ),
            (Call::new(Operation::PublishVersion, Subject::function("f")), format!("{get}/f/versions"), "{}"),
            (
                Call::new(Operation::UntagResource, Subject::id(arn)).with("tagKeys", json!(["a b", "c"])),
                "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af?tagKeys=a%20b&tagKeys=c"
                    .to_owned(),
                "",
            ),
            (
                Call::new(Operation::GetLayerVersion, Subject::layer_version("l", 3)),
                "/2018-10-31/layers/l/versions/3".to_owned(),
                "",
            ),
            (
                Call::new(Operation::GetCallerIdentity, Subject::default()),
                "/".to_owned(),
                "Action=GetCallerIdentity&Version=2011-06-15",
            ),
            (
                Call::new(Operation::DescribeSubnets, Subject::default())
                    .with("Filter.1.Name", "subnet-id")
                    .with("Filter.1.Value.1", "subnet-1"),
                "/".to_owned(),
                "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=subnet-id&Filter.1.Value.1=subnet-1",
            ),
            (
                Call::new(Operation::GetResources, Subject::default()).with("PaginationToken", "t"),
                "/".to_owned(),
                "{\"PaginationToken\":\"t\"}",
            ),
        ] {
            let outgoing = Outgoing::of(call);
            assert_eq!(outgoing.path, path);
            assert_eq!(outgoing.body, body, "{path}");
        }
    }

    #[test]
    fn what_an_invocation_says_of_itself_is_in_headers_and_its_body_is_the_payload() {
        let call = Call::new(Operation::Invoke, Subject::qualified("f", "live")).with("InvocationType", "Event");
        let outgoing = Outgoing::of(call).with_body(Bytes::from_static(b"[1]"));
        assert_eq!(outgoing.path, "/2015-03-31/functions/f/invocations?Qualifier=live");
        assert_eq!(outgoing.headers, [("x-amz-invocation-type", "Event".to_owned())]);
        assert_eq!(outgoing.body, "[1]");
        assert!(outgoing.time_limit() > Duration::from_secs(900), "a function may run for so long");
    }

    #[test]
    fn archive_is_put_where_it_belongs() {
        let members = json!({ "Description": "\"ZipFile\":\"\"", "Code": { "S3Key": "k" }, "A": { "ZipFile": "x" } });
        let body = |operation, archive| -> Value {
            let members = members.as_object().cloned().expect("a map");
            let call = Call { operation, subject: Subject::function("f"), members };
            serde_json::from_slice(&Outgoing::with_archive(call, archive).body).expect("JSON")
        };
        let of_code = body(Operation::CreateFunction, Some(&b"PK"[..]));
        assert_eq!(of_code["Code"], json!({ "S3Key": "k", "ZipFile": "UEs=" }));
        assert_eq!(of_code["Description"], "\"ZipFile\":\"\"");
        assert_eq!(body(Operation::PublishLayerVersion, Some(b"PK"))["Content"], json!({ "ZipFile": "UEs=" }));
        assert_eq!(body(Operation::UpdateFunctionCode, Some(b"PK"))["ZipFile"], "UEs=");
        assert_eq!(body(Operation::UpdateFunctionCode, None), members);
    }
}
