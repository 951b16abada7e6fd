//! The rules of what stands beside a function, each with its neighbours on both sides.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_schema::{Home, Origins, Validator};
use serde_json::{Value, json};

/// A function with these members; `null` takes one away.
fn function(members: &Value) -> Value {
    let mut function = json!({
        "FunctionName": "resize-image",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }
    });
    let all = function.as_object_mut().unwrap();
    all.extend(members.as_object().unwrap().clone());
    all.retain(|_, value| !value.is_null());
    function
}

/// The codes of what is wrong with a function, of which some values are not known.
fn codes_without(members: &Value, unknown: &[&str]) -> Vec<&'static str> {
    let mut origins = Origins::default();
    for pointer in unknown {
        origins.insert_unknown(*pointer);
    }
    let found = Validator::default().check_resolved(&function(members), &Home::default(), &origins);
    found.into_iter().map(|violation| violation.rule.code).collect()
}

const NONE: [&str; 0] = [];

/// Checks that some members are taken, and others refused by one rule.
fn expect(code: &str, taken: &[Value], refused: &[Value]) {
    for members in taken {
        assert_eq!(codes_without(members, &[]), NONE, "{members}");
    }
    for members in refused {
        assert_eq!(codes_without(members, &[]), [code], "{members}");
    }
}

#[test]
fn urls_say_who_may_call_them() {
    let url = |url: Value| json!({ "FunctionUrlConfig": url });
    let let_in = |action: Value| {
        let statement = json!({ "Principal": "123456789012", "Action": action });
        json!({ "FunctionUrlConfig": { "AuthType": "NONE" }, "Permissions": { "partner": statement } })
    };
    let of_alias = |alias: Value| json!({ "Aliases": { "live": alias } });
    let statements = json!({ "partner": { "Principal": "123456789012", "Action": "lambda:InvokeFunctionUrl" } });
    let (open, version) = (json!({ "AuthType": "NONE" }), "7");
    expect(
        "L061",
        &[
            url(json!({ "AuthType": "AWS_IAM" })),
            url(json!({ "AuthType": "AWS_IAM", "public": false })),
            url(json!({ "AuthType": "NONE", "public": true })),
            url(json!({ "AuthType": "NONE", "public": false })),
            let_in(json!("lambda:InvokeFunctionUrl")),
            let_in(json!("lambda:*")),
            let_in(json!("*")),
            of_alias(json!({ "FunctionVersion": version, "FunctionUrlConfig": open, "Permissions": statements })),
        ],
        &[
            url(json!({ "AuthType": "AWS_IAM", "public": true })),
            url(open.clone()),
            let_in(json!("lambda:InvokeFunction")),
            // Statements let callers in where they stand.
            json!({
                "Permissions": statements,
                "Aliases": { "live": { "FunctionVersion": version, "FunctionUrlConfig": open } }
            }),
            json!({
                "FunctionUrlConfig": open,
                "Aliases": { "live": { "FunctionVersion": version, "Permissions": statements } }
            }),
        ],
    );
}

#[test]
fn browsers_get_rules_that_the_service_takes() {
    let cors = |cors: Value| json!({ "FunctionUrlConfig": { "AuthType": "AWS_IAM", "Cors": cors } });
    let site = json!(["https://example.com"]);
    expect(
        "L063",
        &[
            cors(json!({})),
            cors(json!({ "AllowOrigins": site, "AllowMethods": ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE"] })),
            cors(json!({ "AllowOrigins": ["*"], "AllowMethods": ["*"] })),
        ],
        &[
            cors(json!({ "MaxAge": 60 })),
            cors(json!({ "AllowOrigins": [] })),
            cors(json!({ "AllowOrigins": site, "AllowMethods": ["GET", "TRACE"] })),
        ],
    );
    expect(
        "L064",
        &[
            cors(json!({ "AllowOrigins": site, "AllowCredentials": true })),
            cors(json!({ "AllowOrigins": ["*"], "AllowCredentials": false })),
        ],
        &[cors(json!({ "AllowOrigins": ["https://example.com", "*"], "AllowCredentials": true }))],
    );
}

#[test]
fn statements_say_for_whom_they_are() {
    let statement = |statement: Value| json!({ "Permissions": { "s": statement } });
    let url_auth = |action: Value| {
        statement(json!({ "Principal": "123456789012", "FunctionUrlAuthType": "NONE", "Action": action }))
    };
    let url = "lambda:InvokeFunctionUrl";
    expect("L062", &[url_auth(json!(url))], &[url_auth(json!("lambda:InvokeFunction")), url_auth(json!("lambda:*"))]);
    let without_action = json!({ "Principal": "123456789012", "FunctionUrlAuthType": "NONE" });
    expect("L062", &[], &[statement(without_action)]);
    let via_url = |via: bool, action: &str| {
        statement(json!({ "Principal": "123456789012", "InvokedViaFunctionUrl": via, "Action": action }))
    };
    expect(
        "L062",
        &[
            via_url(true, "lambda:InvokeFunction"),
            via_url(true, "lambda:*"),
            via_url(true, "*"),
            via_url(false, url),
            statement(json!({ "Principal": "123456789012", "InvokedViaFunctionUrl": true })),
        ],
        &[via_url(true, url)],
    );

    let organization = "o-abc1234567";
    expect(
        "L071",
        &[statement(json!({ "Principal": "*", "PrincipalOrgID": organization }))],
        &[statement(json!({ "Principal": "123456789012", "PrincipalOrgID": organization }))],
    );

    let everyone = |limit: Value| {
        let mut all = json!({ "Principal": "*" });
        all.as_object_mut().unwrap().extend(limit.as_object().unwrap().clone());
        statement(all)
    };
    expect(
        "L073",
        &[
            everyone(json!({ "SourceArn": "arn:aws:s3:::uploads" })),
            everyone(json!({ "SourceAccount": "123456789012" })),
            everyone(json!({ "EventSourceToken": "token" })),
            everyone(json!({ "FunctionUrlAuthType": "NONE", "Action": url })),
            everyone(json!({ "InvokedViaFunctionUrl": true })),
            statement(json!({ "Principal": "123456789012" })),
        ],
        &[everyone(json!({})), everyone(json!({ "Action": "lambda:GetFunction" }))],
    );

    let api = "apigateway.amazonaws.com";
    expect(
        "L072",
        &[
            statement(json!({ "Principal": "s3.amazonaws.com", "SourceAccount": "123456789012" })),
            statement(json!({ "Principal": api, "SourceAccount": "123456789012" })),
            statement(json!({ "Principal": api, "SourceArn": "arn:aws:execute-api:us-west-2:123456789012:abc/*" })),
        ],
        &[
            // The ARN of a bucket has no account in it.
            statement(json!({ "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::uploads" })),
            statement(json!({ "Principal": api })),
        ],
    );
}

#[test]
fn aliases_divide_calls_between_two_versions() {
    let alias = |version: &str, weights: Value| {
        let routing = json!({ "AdditionalVersionWeights": weights });
        json!({ "Publish": true, "Aliases": { "live": { "FunctionVersion": version, "RoutingConfig": routing } } })
    };
    expect(
        "L065",
        &[alias("7", json!({ "8": 0.1 })), alias("7", json!({})), alias("$LATEST", json!({}))],
        &[
            alias("7", json!({ "8": 0.1, "9": 0.1 })),
            alias("7", json!({ "7": 0.1 })),
            alias("published", json!({ "published": 0.1 })),
            alias("$LATEST", json!({ "7": 0.1 })),
        ],
    );

    let newest = |publish: Value, version: &str, weights: Value| {
        let routing = json!({ "AdditionalVersionWeights": weights });
        json!({ "Publish": publish, "Aliases": { "live": { "FunctionVersion": version, "RoutingConfig": routing } } })
    };
    let none = Value::Null;
    expect(
        "L066",
        &[
            newest(json!(true), "published", json!({})),
            newest(json!(false), "published", json!({})),
            newest(json!(true), "7", json!({ "published": 0.1 })),
            newest(none.clone(), "7", json!({ "8": 0.1 })),
        ],
        &[
            newest(none.clone(), "published", json!({})),
            newest(none.clone(), "7", json!({ "published": 0.1 })),
            json!({ "Aliases": { "live": { "FunctionVersion": "published" } } }),
        ],
    );
}

#[test]
fn instances_are_kept_ready_for_one_alias_of_a_version() {
    let aliases = |reserved: Value, aliases: &[(&str, &str, u32)]| {
        let mut function = json!({ "Publish": true, "ReservedConcurrentExecutions": reserved, "Aliases": {} });
        for (name, version, count) in aliases {
            function["Aliases"][name] = json!({ "FunctionVersion": version, "ProvisionedConcurrentExecutions": count });
        }
        function
    };
    let unreserved = Value::Null;
    expect(
        "L067",
        &[
            aliases(unreserved.clone(), &[("live", "published", 5)]),
            aliases(unreserved.clone(), &[("live", "published", 5), ("old", "7", 5), ("older", "6", 5)]),
            aliases(json!(10), &[("live", "8", 4), ("old", "7", 6)]),
        ],
        &[
            aliases(unreserved.clone(), &[("live", "$LATEST", 5)]),
            aliases(unreserved.clone(), &[("live", "published", 5), ("new", "published", 5)]),
            aliases(json!(10), &[("live", "8", 5), ("old", "7", 6)]),
        ],
    );
    let weighted = |provisioned: Value| {
        let routing = json!({ "AdditionalVersionWeights": { "8": 0.1 } });
        let mut alias = json!({ "FunctionVersion": "7", "RoutingConfig": routing });
        if !provisioned.is_null() {
            alias["ProvisionedConcurrentExecutions"] = provisioned;
        }
        json!({ "Aliases": { "live": alias } })
    };
    expect("L068", &[weighted(Value::Null)], &[weighted(json!(5))]);
}

#[test]
fn functions_of_some_kinds_have_neither_urls_nor_instances_kept_ready() {
    let managed = json!({ "LambdaManagedInstancesCapacityProviderConfig": {
        "CapacityProviderArn": "arn:aws:lambda:us-west-2:123456789012:capacity-provider:pool"
    } });
    for (member, config) in
        [("TenancyConfig", json!({ "TenantIsolationMode": "PER_TENANT" })), ("CapacityProviderConfig", managed)]
    {
        let with = |more: Value| {
            let mut members = json!({ member: config });
            members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            members
        };
        expect(
            "L069",
            &[
                with(json!({ "Aliases": { "live": { "FunctionVersion": "7" } } })),
                with(json!({ "Permissions": { "s": { "Principal": "123456789012" } } })),
            ],
            &[
                with(json!({ "FunctionUrlConfig": { "AuthType": "AWS_IAM" } })),
                with(json!({ "Aliases": { "live": {
                    "FunctionVersion": "7", "FunctionUrlConfig": { "AuthType": "AWS_IAM" }
                } } })),
                with(json!({ "Aliases": { "live": {
                    "FunctionVersion": "7", "ProvisionedConcurrentExecutions": 5
                } } })),
            ],
        );
    }
}

#[test]
fn records_of_calls_go_where_the_service_puts_them() {
    let on = |when: &str, destination: &str| json!({ "EventInvokeConfig": { "DestinationConfig": { when: { "Destination": destination } } } });
    let arn = |rest: &str| format!("arn:aws:{}", rest.replace("HERE", "us-west-2:123456789012"));
    let mut taken = vec![
        json!({ "EventInvokeConfig": { "MaximumRetryAttempts": 0 } }),
        on("OnFailure", &arn("s3:::failed")),
        on("OnFailure", ""),
        on("OnFailure", "kafka://cluster"),
        on("OnFailure", &arn("lambda:HERE:function:other.fifo")),
    ];
    for destination in ["sqs:HERE:done", "sns:HERE:done", "lambda:HERE:function:other", "events:HERE:event-bus/bus"] {
        taken.extend(["OnSuccess", "OnFailure"].map(|when| on(when, &arn(destination))));
    }
    expect(
        "L070",
        &taken,
        &[
            json!({ "EventInvokeConfig": {} }),
            on("OnSuccess", &arn("s3:::done")),
            on("OnFailure", &arn("kinesis:HERE:stream/s")),
            on("OnFailure", &arn("sqs:HERE:failed.fifo")),
            on("OnSuccess", &arn("sns:HERE:done.fifo")),
            on("OnFailure", &arn("lambda:HERE:function:resize-image")),
            on("OnFailure", &arn("lambda:HERE:function:resize-image:live")),
        ],
    );
}

#[test]
fn runtimes_are_updated_in_a_way_that_fits() {
    let version = "arn:aws:lambda:us-west-2::runtime:0123456789abcdef";
    let managed = |config: Value| json!({ "RuntimeManagementConfig": config });
    let mode = |mode: &str| managed(json!({ "UpdateRuntimeOn": mode }));
    let pinned = |mode: &str| managed(json!({ "UpdateRuntimeOn": mode, "RuntimeVersionArn": version }));
    let mut image = mode("Auto");
    image["PackageType"] = json!("Image");
    image["Code"] = json!({ "ImageUri": "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1" });
    (image["Runtime"], image["Handler"]) = (Value::Null, Value::Null);
    expect(
        "L075",
        &[mode("Auto"), mode("FunctionUpdate"), pinned("Manual")],
        &[mode("Manual"), pinned("Auto"), pinned("FunctionUpdate"), image],
    );
    let recursion = |mode: &str| json!({ "RecursiveLoop": mode });
    expect("L076", &[recursion("Terminate")], &[recursion("Allow")]);
}

#[test]
fn what_is_not_known_breaks_no_rule() {
    let statement = |statement: Value| json!({ "Permissions": { "s": statement } });
    let url = json!({ "AuthType": "NONE" });
    for (members, unknown) in [
        (
            statement(json!({ "Principal": "123456789012", "FunctionUrlAuthType": "NONE", "Action": "?" })),
            "/Permissions/s/Action",
        ),
        (
            statement(json!({ "Principal": "123456789012", "InvokedViaFunctionUrl": true, "Action": "?" })),
            "/Permissions/s/Action",
        ),
        (statement(json!({ "Principal": "?", "PrincipalOrgID": "o-abc1234567" })), "/Permissions/s/Principal"),
        (json!({ "FunctionUrlConfig": { "AuthType": "NONE", "public": "?" } }), "/FunctionUrlConfig/public"),
        (
            json!({ "FunctionUrlConfig": url, "Permissions": { "s": { "Principal": "123456789012", "Action": "?" } } }),
            "/Permissions/s/Action",
        ),
        (
            json!({ "FunctionUrlConfig": { "AuthType": "AWS_IAM", "Cors": { "AllowOrigins": "?" } } }),
            "/FunctionUrlConfig/Cors/AllowOrigins",
        ),
        (
            json!({ "FunctionUrlConfig": {
                "AuthType": "AWS_IAM", "Cors": { "AllowOrigins": ["*"], "AllowMethods": ["?"] }
            } }),
            "/FunctionUrlConfig/Cors/AllowMethods/0",
        ),
        (
            json!({ "Aliases": { "live": {
                "FunctionVersion": "?", "RoutingConfig": { "AdditionalVersionWeights": { "7": 0.1 } }
            } } }),
            "/Aliases/live/FunctionVersion",
        ),
    ] {
        assert_eq!(codes_without(&members, &[unknown]), NONE, "{members}");
    }
}
