use super::*;

#[test]
fn severities_and_codes_are_words() {
    assert_eq!([Severity::Error, Severity::Warning].map(Severity::as_str), ["error", "warning"]);
    assert_eq!(by_code("l012").map(|rule| rule.code), Some("L012"));
    assert!(by_code("L999").is_none());
}

#[test]
fn codes_are_unique_and_in_order() {
    let codes: Vec<_> = ALL.iter().map(|rule| rule.code).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted);
    assert_eq!(by_code("l020"), Some(&ZIP_NEEDS_RUNTIME));
}

#[test]
fn rules_name_members_that_exist() {
    let schema = crate::json_schema::entry_schema();
    for rule in ALL {
        for member in rule.members {
            assert!(!schema["properties"][member].is_null(), "{}: {member}", rule.code);
        }
    }
}
