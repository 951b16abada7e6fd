use jsonschema::PatternOptions;
use serde_json::Value;

/// Makes the validator of a schema of ours.
pub(crate) fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options()
        // Linear time for every pattern, whatever the text.
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .expect("the generated schema is valid: a test builds it")
}
