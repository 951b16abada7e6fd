use schemars::JsonSchema;

use crate::limits;

/// Ids of statements (the service's model, AddPermission).
pub(crate) const STATEMENT_ID: &str = r"^[a-zA-Z0-9_-]+$";
const ACTION: &str = r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])$";
const PRINCIPAL: &str = r"^[^\s]+$";
const SOURCE_ARN: &str = r"^arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2,4}(-[a-z]+)+-\d{1})?:(\d{12})?:(.*)$";
const EVENT_SOURCE_TOKEN: &str = r"^[a-zA-Z0-9._\-]+$";
const ORGANIZATION: &str = r"^o-[a-z0-9]{10,32}$";

/// The members of a statement: who may call, and what; then what limits it.
pub const STATEMENT_MEMBERS: [&str; 8] = [
    "Principal",
    "Action",
    "SourceArn",
    "SourceAccount",
    "EventSourceToken",
    "PrincipalOrgID",
    "FunctionUrlAuthType",
    "InvokedViaFunctionUrl",
];

/// A statement that lets someone call a function, in the words of AddPermission.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Permission {
    /// Who: a service such as `s3.amazonaws.com`, an account, the ARN of a role or a user, or `*` for everyone.
    #[schemars(length(min = 1, max = 2048), regex(pattern = PRINCIPAL), example = "s3.amazonaws.com")]
    principal: String,

    /// What may be called. Default: `lambda:InvokeFunction`.
    #[schemars(length(max = 10000), regex(pattern = ACTION), example = "lambda:InvokeFunction")]
    action: Option<String>,

    /// For a service: the ARN of what calls, such as a bucket or a rule; `*` and `?` in it stand for any characters.
    #[schemars(length(max = 10000), regex(pattern = SOURCE_ARN), example = "arn:aws:s3:::uploads")]
    source_arn: Option<String>,

    /// For a service: the account that owns what calls. Twelve digits, in quotes.
    #[schemars(length(max = 12), regex(pattern = limits::ACCOUNT_ID), example = "123456789012")]
    source_account: Option<String>,

    /// For Alexa Smart Home: the id of the skill.
    #[schemars(length(max = 256), regex(pattern = EVENT_SOURCE_TOKEN))]
    event_source_token: Option<String>,

    /// With `Principal: "*"`: only accounts of this organization.
    #[serde(rename = "PrincipalOrgID")]
    #[schemars(length(min = 12, max = 34), regex(pattern = ORGANIZATION), example = "o-abc1234567")]
    principal_org_id: Option<String>,

    /// With `Action: lambda:InvokeFunctionUrl`: which kind of URL it is for.
    function_url_auth_type: Option<super::url::AuthType>,

    /// With `Action: lambda:InvokeFunction`: `true` lets calls in that come through the function URL only.
    invoked_via_function_url: Option<bool>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn members_are_those_of_the_type() {
        let schema = schemars::schema_for!(Permission).to_value();
        let declared: BTreeSet<&str> =
            schema["properties"].as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(declared, STATEMENT_MEMBERS.into());
    }
}
