use lambdactl_schema::CreateFunctionRequest;

const HIDDEN: &str = "(sensitive)";

/// Takes the values of a function's environment variables out of a text of the service.
///
/// The service repeats them: its error for an environment over 4 KB holds the whole map ("String measured: …").
pub fn redact(text: &str, request: &CreateFunctionRequest) -> String {
    let variables = request.environment.iter().flat_map(|environment| &environment.variables).flatten();
    redact_values(text, variables.map(|(_, value)| value.expose()).collect())
}

/// Takes these values out of a text of the service.
pub(crate) fn redact_values(text: &str, mut values: Vec<&str>) -> String {
    let mut text = match text.find("String measured:") {
        Some(at) => format!("{}String measured: {HIDDEN}", &text[..at]),
        None => text.to_owned(),
    };
    values.retain(|value| !value.is_empty());
    // A value may contain another one.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in values {
        text = replace(&text, value);
        let escaped = serde_json::to_string(value).unwrap_or_default();
        // Without the quotes around it; the value may end with one of its own.
        if let Some(escaped) = escaped.get(1..escaped.len().saturating_sub(1)).filter(|escaped| *escaped != value) {
            text = replace(&text, escaped);
        }
    }
    text
}

/// Replaces a value; a short one only where it stands alone, since `a` and `1` are part of every text.
fn replace(text: &str, value: &str) -> String {
    const SHORT: usize = 4;
    if value.len() >= SHORT {
        return text.replace(value, HIDDEN);
    }
    let alone = |character: Option<char>| !character.is_some_and(char::is_alphanumeric);
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.find(value) {
        let (head, tail) = rest.split_at(at);
        let after = tail[value.len()..].chars().next();
        result.push_str(head);
        if alone(head.chars().next_back().or(before)) && alone(after) {
            result.push_str(HIDDEN);
        } else {
            result.push_str(value);
        }
        before = value.chars().next_back();
        rest = &tail[value.len()..];
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(values: &[&str]) -> CreateFunctionRequest {
        let variables: serde_json::Map<_, _> =
            values.iter().enumerate().map(|(index, value)| (format!("V{index}"), (*value).into())).collect();
        serde_json::from_value(serde_json::json!({
            "FunctionName": "f", "Role": "r", "Code": {}, "Environment": { "Variables": variables }
        }))
        .unwrap()
    }

    #[test]
    fn values_are_taken_out_of_the_services_words() {
        let request = request(&["hunter2", "hunter", "a \"b\"", "", "7"]);
        let text = "the 4KB limit. String measured: {\"V0\":\"hunter2\"}";
        assert_eq!(redact(text, &request), "the 4KB limit. String measured: (sensitive)");
        assert_eq!(redact("bad value hunter2!", &request), "bad value (sensitive)!");
        assert_eq!(redact("{V2: a \\\"b\\\"}", &request), "{V2: (sensitive)}");
        assert_eq!(redact("Value '7' of 1757", &request), "Value '(sensitive)' of 1757");
    }
}
