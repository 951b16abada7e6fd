use schemars::JsonSchema;

use crate::open_enum::open_enum;

open_enum! {
    /// Who may call a URL: everyone whom a permission names, or those who sign their requests.
    AuthType {
        None = "NONE",
        AwsIam = "AWS_IAM",
    }
}

open_enum! {
    /// How a URL answers: when the answer is complete, or as it comes.
    InvokeMode {
        Buffered = "BUFFERED",
        ResponseStream = "RESPONSE_STREAM",
    }
}

/// The address by which a function is called over HTTPS, in the words of CreateFunctionUrlConfig.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct FunctionUrlConfig {
    /// `AWS_IAM`: requests are signed. `NONE`: they are not, and `public: true` or the permissions say who may call.
    auth_type: AuthType,

    /// lambdactl's own: `true` keeps the two statements in the resource policy that a public URL needs, `false` takes them
    /// away. Left out: not looked at.
    #[serde(rename = "public")]
    public: Option<bool>,

    /// `BUFFERED` answers when the answer is complete, `RESPONSE_STREAM` as it comes. Default: `BUFFERED`.
    invoke_mode: Option<InvokeMode>,

    /// What browsers are told about requests from other sites. Default: nothing.
    cors: Option<Cors>,
}

/// Cross-origin resource sharing: what browsers are told about requests from other sites.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Cors {
    /// Whether they send cookies and credentials. Default: `false`.
    allow_credentials: Option<bool>,

    /// Headers that requests may have, or `*`.
    #[schemars(length(max = 100), inner(length(max = 1024)))]
    allow_headers: Option<Vec<String>>,

    /// Methods that requests may use, or `*`.
    #[schemars(length(max = 6), inner(length(max = 6)))]
    allow_methods: Option<Vec<String>>,

    /// Sites that requests may come from, or `*`.
    #[schemars(length(max = 100), inner(length(min = 1, max = 253)))]
    allow_origins: Option<Vec<String>>,

    /// Headers of an answer that a page may see, or `*`.
    #[schemars(length(max = 100), inner(length(max = 1024)))]
    expose_headers: Option<Vec<String>>,

    /// Seconds that a browser may remember it, up to 86,400.
    #[schemars(range(min = 0, max = 86400))]
    max_age: Option<u32>,
}
