//! Whether the pointers of `ignore` name something: one that does not protects nothing, and nobody would notice.

use serde_json::Value;

use crate::json_schema::resolve;
use crate::origins::Origins;
use crate::rules;
use crate::rules::Severity;
use crate::suggest::nearest;
use crate::violation::{Anchor, Policy, Violation};

/// What a comparison knows of code beside the members of `Code`.
const OF_CODE: [&str; 2] = ["/Code/CodeSha256", "/Code/CodeSize"];

/// Returns the pointers that name nothing in the function's schema. Those without the form of one are the schema's business.
///
/// Of a pointer that a reference brought in, messages have the reference.
pub(crate) fn check(function: &Value, schema: &Value, policy: &Policy, origins: &Origins) -> Vec<Violation> {
    let pointers = function["ignore"].as_array().into_iter().flatten().enumerate();
    let pointers = pointers.filter_map(|(index, pointer)| Some((index, pointer.as_str()?)));
    pointers
        .filter(|(_, pointer)| pointer.starts_with('/') && !OF_CODE.contains(pointer))
        .filter_map(|(index, pointer)| {
            let place = format!("/ignore/{index}");
            let wrong = misses(pointer, schema)?;
            let wrong = origins.text(&place).map(Wrong::of_reference).unwrap_or(wrong);
            let severity = if policy.allow_unknown { Severity::Warning } else { rules::IGNORE.severity };
            Some(Violation {
                rule: &rules::IGNORE,
                severity,
                message: wrong.message,
                help: Some(wrong.help),
                pointer: place,
                anchor: Anchor::Value,
            })
        })
        .collect()
}

struct Wrong {
    message: String,
    help: String,
}

impl Wrong {
    /// Says what is wrong without the pointer that a reference stands for.
    fn of_reference(origin: &str) -> Self {
        Self {
            message: format!("`{}` names nothing of a function that is compared", origin.escape_debug()),
            help: MEMBERS.to_owned(),
        }
    }
}

/// What a pointer can be.
const MEMBERS: &str = "pointers name members of the function, such as `/Environment/Variables/TOKEN`";

/// Says where a pointer leaves the schema.
fn misses(pointer: &str, schema: &Value) -> Option<Wrong> {
    let mut here = schema;
    let mut known = String::new();
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        here = resolve(schema, here);
        let shown = pointer.escape_debug();
        if let Some(next) = here["properties"].get(&name) {
            here = next;
        } else if here["additionalProperties"].is_object() {
            // The entries of a map are the user's own.
            here = &here["additionalProperties"];
        } else if let Some(members) = here["properties"].as_object() {
            let near = nearest(&name, members.keys().map(String::as_str));
            return Some(Wrong {
                message: format!("`{shown}` names nothing of a function"),
                help: match near {
                    Some(near) => format!("did you mean `{known}/{near}`?"),
                    None => MEMBERS.to_owned(),
                },
            });
        } else {
            let outer = known.trim_start_matches('/').replace('/', ".");
            return Some(Wrong {
                message: format!("`{shown}` names a part of `{outer}`, which is compared as a whole"),
                help: format!("ignore `{known}`"),
            });
        }
        known = format!("{known}/{segment}");
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json_schema::function_schema;
    use crate::origins::Origin;

    fn helps(pointer: &str) -> Option<String> {
        misses(pointer, &function_schema()).map(|wrong| wrong.help)
    }

    #[test]
    fn what_can_be_compared_can_be_ignored() {
        for pointer in [
            "/Environment",
            "/Environment/Variables",
            "/Environment/Variables/ANY~1thing",
            "/Tags/team",
            "/Code",
            "/Code/S3Key",
            "/Layers",
            "/VpcConfig/SubnetIds",
            "/LoggingConfig/LogGroup",
            "/Publish",
        ] {
            assert_eq!(helps(pointer), None, "{pointer}");
        }
    }

    #[test]
    fn what_names_nothing_is_said() {
        for (pointer, help) in [
            ("/Environment/Variable", "did you mean `/Environment/Variables`?"),
            ("/Environmnt", "did you mean `/Environment`?"),
            ("/Timeout/x", "ignore `/Timeout`"),
            ("/Layers/0", "ignore `/Layers`"),
            ("/Environment/Variables/A/b", "ignore `/Environment/Variables/A`"),
        ] {
            assert_eq!(helps(pointer).as_deref(), Some(help), "{pointer}");
        }
        assert!(helps("/Foo/Bar").is_some_and(|help| help.starts_with("pointers name members")));
        let policy = Policy { allow_unknown: true, ..Policy::default() };
        let function = json!({ "ignore": ["/Foo", "/Code/CodeSha256", "x"] });
        let found = check(&function, &function_schema(), &policy, Default::default());
        assert_eq!((found.len(), found[0].severity, found[0].pointer.as_str()), (1, Severity::Warning, "/ignore/0"));
    }

    #[test]
    fn what_a_reference_stands_for_is_not_said() {
        let mut origins = Origins::default();
        origins
            .insert("/ignore/0", Origin { text: "${env:POINTER}".to_owned(), from_outside: true, ..Origin::default() });
        for pointer in ["/hidden", "/Environment/Variables/HIDDEN/hidden", "/Timeout/hidden"] {
            let function = json!({ "ignore": [pointer] });
            let found = check(&function, &function_schema(), &Policy::default(), &origins);
            let text = format!("{} {}", found[0].message, found[0].help.as_deref().unwrap_or_default());
            assert!(text.contains("${env:POINTER}") && !text.to_lowercase().contains("hidden"), "{text}");
        }
    }
}
