//! What a role's trust policy says of Lambda, as far as it can be read without trying (AWS documentation, IAM JSON policy
//! elements and policy evaluation logic).

use serde_json::Value;

/// Who would assume the role.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    /// The account of the function.
    pub(super) account: &'a str,
    /// The function's ARN.
    pub(super) function_arn: &'a str,
}

/// Whether Lambda may assume a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It may.
    Yes,
    /// It may not, for this reason.
    No(&'static str),
    /// It depends on something that is not read here.
    Unclear(&'static str),
}

/// Whether a part of a statement is about Lambda's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Yes,
    No,
    Perhaps(&'static str),
}

impl Match {
    fn of(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) => other,
            (perhaps, _) => perhaps,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, other) => other,
            (perhaps, _) => perhaps,
        }
    }
}

/// The service that runs functions, by its name in policies; the same in every partition.
const LAMBDA: &str = "lambda.amazonaws.com";
const ASSUME: &str = "sts:assumerole";

/// Reads a trust policy. A denial that may be meant counts before everything else.
pub(super) fn trust(policy: &Value, asker: Asker<'_>) -> Trust {
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        statement @ Value::Object(_) => std::slice::from_ref(statement),
        _ => return Trust::Unclear("it has no statements that can be read"),
    };
    let (mut allowed, mut denied) = (Match::No, Match::No);
    let mut is_for_others = false;
    for statement in statements {
        let meant = who_and_what(statement);
        let matched = meant.and(conditions(&statement["Condition"], asker));
        match statement["Effect"].as_str() {
            Some("Allow") => {
                is_for_others |= meant != Match::No && matched == Match::No;
                allowed = allowed.or(matched);
            }
            Some("Deny") => denied = denied.or(matched),
            _ => allowed = allowed.or(Match::Perhaps("a statement has no `Effect` that is known")),
        }
    }
    match (denied, allowed) {
        (Match::Yes, _) => Trust::No("its trust policy denies it"),
        (_, Match::No) if is_for_others => {
            Trust::No("a condition of its trust policy is for another function or account")
        }
        (_, Match::No) => Trust::No("no statement of its trust policy allows it"),
        (Match::Perhaps(why), _) | (_, Match::Perhaps(why)) => Trust::Unclear(why),
        (Match::No, Match::Yes) => Trust::Yes,
    }
}

fn who_and_what(statement: &Value) -> Match {
    let action = match (&statement["Action"], &statement["NotAction"]) {
        (Value::Null, Value::Null) => Match::No,
        (Value::Null, _) => Match::Perhaps("a statement has `NotAction`"),
        (actions, _) => Match::of(texts(actions).any(|action| is_like(&action.to_lowercase(), ASSUME))),
    };
    let principal = match (&statement["Principal"], &statement["NotPrincipal"]) {
        (Value::Null, Value::Null) => Match::No,
        (Value::Null, _) => Match::Perhaps("a statement has `NotPrincipal`"),
        (Value::String(everyone), _) => Match::of(everyone == "*"),
        (principals, _) => {
            let services = texts(&principals["Service"]);
            let is_named = services.into_iter().any(|service| service == LAMBDA || service == "*");
            let is_everyone = texts(&principals["AWS"]).any(|principal| principal == "*");
            let everyone =
                if is_everyone { Match::Perhaps("a statement is for every AWS principal") } else { Match::No };
            Match::of(is_named).or(everyone)
        }
    };
    action.and(principal)
}

/// Whether all conditions are met. Those on the account and the function that ask are read, with the plain operators.
fn conditions(conditions: &Value, asker: Asker<'_>) -> Match {
    const OTHER: Match = Match::Perhaps("a statement has a condition that is not read here");
    let operators = match conditions {
        Value::Null => return Match::Yes,
        Value::Object(operators) => operators,
        _ => return OTHER,
    };
    let mut met = Match::Yes;
    for (operator, keys) in operators {
        let is_pattern = match operator.trim_end_matches("IfExists").to_lowercase().as_str() {
            "stringequals" => false,
            "stringlike" | "arnlike" | "arnequals" => true,
            _ => {
                met = met.and(OTHER);
                continue;
            }
        };
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            let actual = match key.to_lowercase().as_str() {
                "aws:sourceaccount" => asker.account,
                "aws:sourcearn" => asker.function_arn,
                _ => {
                    met = met.and(OTHER);
                    continue;
                }
            };
            // A variable of a policy stands for something that only the call itself knows.
            if texts(wanted).any(|text| text.contains("${")) {
                met = met.and(OTHER);
                continue;
            }
            let fits = |text: &str| if is_pattern { is_like(text, actual) } else { text == actual };
            met = met.and(Match::of(texts(wanted).any(fits)));
        }
    }
    met
}

/// Returns the texts of a value that is one text or a list of them.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter().filter_map(Value::as_str)
}

/// Whether a text fits a pattern, in which `*` stands for any text and `?` for any character.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(character) if *character == '?' || *character == text[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                // The last star takes one character more.
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                at = place + 1;
                from = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ASKER: Asker<'_> =
        Asker { account: "123456789012", function_arn: "arn:aws:lambda:us-east-1:123456789012:function:report" };

    fn of(statements: Value) -> Trust {
        trust(&json!({ "Version": "2012-10-17", "Statement": statements }), ASKER)
    }

    fn lambda(action: Value, principal: Value) -> Value {
        json!({ "Effect": "Allow", "Action": action, "Principal": principal })
    }

    #[test]
    fn services_actions_and_wildcards_are_read() {
        let named = json!({ "Service": LAMBDA });
        for action in [json!("sts:AssumeRole"), json!("sts:*"), json!("*"), json!(["sts:TagSession", "STS:assumerole"])]
        {
            assert_eq!(of(json!([lambda(action.clone(), named.clone())])), Trust::Yes, "{action}");
        }
        for principal in [json!("*"), json!({ "Service": ["ec2.amazonaws.com", LAMBDA] }), json!({ "Service": "*" })] {
            assert_eq!(of(json!([lambda(json!("sts:AssumeRole"), principal.clone())])), Trust::Yes, "{principal}");
        }
        assert_eq!(of(lambda(json!("sts:AssumeRole"), named.clone())), Trust::Yes, "one statement is no list");
        for (action, principal) in [
            (json!("sts:AssumeRoleWithSAML"), named.clone()),
            (json!("lambda:*"), named.clone()),
            (json!("sts:AssumeRole"), json!({ "Service": "ec2.amazonaws.com" })),
            (json!("sts:AssumeRole"), json!({ "AWS": "arn:aws:iam::123456789012:root" })),
        ] {
            let trust = of(json!([lambda(action, principal)]));
            assert!(matches!(trust, Trust::No(_)), "{trust:?}");
        }
        assert!(matches!(of(json!([lambda(json!("sts:AssumeRole"), json!({ "AWS": "*" }))])), Trust::Unclear(_)));
        assert!(matches!(of(json!("nothing")), Trust::Unclear(_)));
    }

    #[test]
    fn denial_counts_before_permission() {
        let allow = lambda(json!("sts:AssumeRole"), json!({ "Service": LAMBDA }));
        let deny = |change: Value| {
            let mut deny = allow.clone();
            deny["Effect"] = json!("Deny");
            for (key, value) in change.as_object().into_iter().flatten() {
                deny[key] = value.clone();
            }
            deny
        };
        assert!(matches!(of(json!([allow, deny(json!({}))])), Trust::No(why) if why.contains("denies")));
        let elsewhere = json!({ "Condition": { "StringEquals": { "aws:SourceAccount": "999999999999" } } });
        assert_eq!(of(json!([allow, deny(elsewhere)])), Trust::Yes);
        let unknown = json!({ "Condition": { "Bool": { "aws:SecureTransport": "false" } } });
        assert!(matches!(of(json!([allow, deny(unknown)])), Trust::Unclear(_)));
        let others = json!({ "Principal": null, "NotPrincipal": { "Service": LAMBDA } });
        assert!(matches!(of(json!([allow, deny(others)])), Trust::Unclear(why) if why.contains("NotPrincipal")));
    }

    #[test]
    fn conditions_on_account_and_function_are_read() {
        let with = |condition: Value| {
            let mut statement = lambda(json!("sts:AssumeRole"), json!({ "Service": LAMBDA }));
            statement["Condition"] = condition;
            of(json!([statement]))
        };
        for condition in [
            json!({ "StringEquals": { "aws:SourceAccount": "123456789012" } }),
            json!({ "StringEquals": { "AWS:SourceAccount": ["1", "123456789012"] } }),
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:lambda:*:123456789012:function:*" } }),
            json!({ "ArnLikeIfExists": { "aws:SourceArn": "arn:aws:lambda:us-east-1:123456789012:function:re?ort" } }),
        ] {
            assert_eq!(with(condition.clone()), Trust::Yes, "{condition}");
        }
        for condition in [
            json!({ "StringEquals": { "aws:SourceAccount": "999999999999" } }),
            json!({ "StringEquals": { "aws:SourceArn": "arn:aws:lambda:*" } }),
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:lambda:us-east-1:123456789012:function:other" } }),
        ] {
            assert!(matches!(with(condition.clone()), Trust::No(why) if why.contains("another")), "{condition}");
        }
        for condition in [
            json!({ "StringNotEquals": { "aws:SourceAccount": "1" } }),
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }),
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:lambda:*:${aws:PrincipalAccount}:*" } }),
        ] {
            assert!(matches!(with(condition.clone()), Trust::Unclear(_)), "{condition}");
        }
    }
}
