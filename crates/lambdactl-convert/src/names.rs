//! The members of the CreateFunction API, and names that are made of texts.

use std::sync::OnceLock;

use lambdactl_schema::members;

/// Whether the API has a member of this name at the top of a function.
pub(crate) fn is_member(name: &str) -> bool {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let top =
            members().into_iter().filter(|member| member.of_function && !member.is_beside() && member.path.len() == 1);
        top.filter_map(|mut member| member.path.pop()).collect()
    });
    names.iter().any(|known| known == name)
}

/// Makes a text a variable's name: letters, digits and `_`.
pub(crate) fn variable(text: &str) -> String {
    let name: String = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    match name.trim_matches('_') {
        "" => "value".to_owned(),
        name => name.chars().take(100).collect(),
    }
}

/// Makes a text a key that a manifest takes for an alias, a statement or a mapping: letters, digits, `-` and `_`.
pub(crate) fn label(text: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    let name: String = text.chars().take(64).map(letter).collect();
    if name.is_empty() { "one".to_owned() } else { name }
}

/// Makes a name that a folder can have: letters, digits and `_`.
pub(crate) fn folder(text: &str) -> String {
    variable(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_anything() {
        assert_eq!((variable("a-b"), variable("--")), ("a_b".to_owned(), "value".to_owned()));
        assert_eq!((label("a b-c"), label("")), ("a_b-c".to_owned(), "one".to_owned()));
        assert_eq!(folder("../../etc"), "etc");
        assert!(is_member("KMSKeyArn") && !is_member("Aliases") && !is_member("Events"));
    }
}
