//! The members of the CreateFunction API, and names of variables.

use std::sync::OnceLock;

use lambdactl_schema::members;

/// Whether the API has a member of this name at the top of a function.
pub(crate) fn is_member(name: &str) -> bool {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let top = members().into_iter().filter(|member| member.of_function && member.path.len() == 1);
        top.filter_map(|mut member| member.path.pop()).collect()
    });
    names.iter().any(|known| known == name)
}

/// Makes a text a variable's name: letters, digits and `_`.
pub(crate) fn variable(text: &str) -> String {
    let name: String = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    name.trim_matches('_').to_owned()
}
