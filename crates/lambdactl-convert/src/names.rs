//! The members of the CreateFunction API, and names of variables.

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

/// Returns a reference to the environment, `${env:NAME}` or `${env:NAME:-default}`; nothing where it would not mean what it
/// says: a name or a default can end the reference, or begin another.
pub(crate) fn environment(name: &str, default: Option<&str>) -> Option<String> {
    let is_name = !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
    let is_default = default.is_none_or(|default| !default.contains('}') && !default.contains("${"));
    (is_name && is_default).then(|| match default {
        Some(default) => format!("${{env:{name}:-{default}}}"),
        None => format!("${{env:{name}}}"),
    })
}

/// Makes a text a variable's name: letters, digits and `_`.
pub(crate) fn variable(text: &str) -> String {
    let name: String = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    match name.trim_matches('_') {
        "" => "value".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_means_what_it_says_or_is_none() {
        assert_eq!(environment("A_1", None).as_deref(), Some("${env:A_1}"));
        assert_eq!(environment("A", Some("x y")).as_deref(), Some("${env:A:-x y}"));
        for (name, default) in [("A}B", None), ("A;b", None), ("", None), ("A", Some("a}b")), ("A", Some("${env:B"))] {
            assert_eq!(environment(name, default), None);
        }
        assert_eq!((variable("a-b"), variable("--")), ("a_b".to_owned(), "value".to_owned()));
    }
}
