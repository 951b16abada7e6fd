//! What is not plain about the members of CreateFunction.
//!
//! A plain member is absent until it is sent, comes back as it was sent, and is compared as it is. Every member that
//! differs from that has one row here, and nowhere else in the diff.

use lambdactl_schema::Kind;
use serde_json::{Map, Value, json};

/// Makes a member's default of the other members; null means none.
pub type DefaultOf = fn(&Map<String, Value>) -> Value;

/// One member's exceptions.
pub struct FieldRule {
    /// The member.
    pub member: &'static str,
    /// Whether it is part of the state that is compared.
    pub compared: Compared,
    /// What the service fills in when the member, or a part of it, is absent. Given the other members.
    pub default: Option<DefaultOf>,
    /// Where an answer has it, when not under its own name: a member, and the member of that.
    pub answered_at: Option<(&'static str, &'static str)>,
    /// Makes the answer's shape the request's.
    pub from_answer: Option<fn(Value) -> Value>,
    /// How a change of it is carried out.
    pub changed_by: ChangedBy,
    /// What UpdateFunctionConfiguration takes for "none": a member that is left out of the call stays as it is.
    pub removed_as: Option<fn() -> Value>,
    /// Lists within it whose order means nothing, as JSON pointers from the member.
    pub sets: &'static [&'static str],
}

/// How a member takes part in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Member by member.
    Yes,
    /// By code of its own.
    Apart,
    /// Not at all: it names the function, or is an instruction to the call.
    Never,
}

/// How a change of a member is carried out (AWS documentation of the calls).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedBy {
    /// UpdateFunctionConfiguration, in place.
    Configuration,
    /// UpdateFunctionCode, in place.
    Code,
    /// The operations of what stands beside the function, in place.
    Beside(Kind),
    /// Only by deleting the function and creating it again.
    Replacement,
    /// What is in it in place, by UpdateFunctionConfiguration; adding or removing it only by replacement.
    ReplacementWhenAddedOrRemoved,
    /// Nothing: it is the function's identity, or an instruction to the call that creates it.
    Nothing,
}

const PLAIN: FieldRule = FieldRule {
    member: "",
    compared: Compared::Yes,
    default: None,
    answered_at: None,
    from_answer: None,
    changed_by: ChangedBy::Configuration,
    removed_as: None,
    sets: &[],
};

/// The exceptions. Defaults and shapes are those of recorded answers of the service, unless a row says otherwise.
pub const RULES: &[FieldRule] = &[
    FieldRule { member: "FunctionName", compared: Compared::Never, changed_by: ChangedBy::Nothing, ..PLAIN },
    FieldRule { member: "Publish", compared: Compared::Never, changed_by: ChangedBy::Nothing, ..PLAIN },
    FieldRule { member: "PublishTo", compared: Compared::Never, changed_by: ChangedBy::Nothing, ..PLAIN },
    FieldRule { member: "Code", compared: Compared::Apart, changed_by: ChangedBy::Code, ..PLAIN },
    FieldRule { member: "Tags", compared: Compared::Apart, changed_by: ChangedBy::Beside(Kind::Tags), ..PLAIN },
    // Never in a configuration: it takes a call of its own.
    FieldRule {
        member: "CodeSigningConfigArn",
        compared: Compared::Apart,
        changed_by: ChangedBy::Beside(Kind::CodeSigning),
        ..PLAIN
    },
    FieldRule { member: "Timeout", default: Some(|_| json!(3)), ..PLAIN },
    // 2,048 for functions of a capacity provider: read from an emulator's source, nobody could verify it.
    FieldRule { member: "MemorySize", default: Some(|all| json!(if is_managed(all) { 2048 } else { 128 })), ..PLAIN },
    FieldRule { member: "PackageType", default: Some(|_| json!("Zip")), changed_by: ChangedBy::Replacement, ..PLAIN },
    FieldRule { member: "Architectures", default: Some(|_| json!(["x86_64"])), changed_by: ChangedBy::Code, ..PLAIN },
    FieldRule { member: "EphemeralStorage", default: Some(|_| json!({ "Size": 512 })), ..PLAIN },
    FieldRule { member: "TracingConfig", default: Some(|_| json!({ "Mode": "PassThrough" })), ..PLAIN },
    FieldRule {
        member: "SnapStart",
        default: Some(|_| json!({ "ApplyOn": "None" })),
        from_answer: Some(|answer| without(answer, &["OptimizationStatus"])),
        ..PLAIN
    },
    FieldRule { member: "LoggingConfig", default: Some(logging_default), ..PLAIN },
    FieldRule {
        member: "VpcConfig",
        from_answer: Some(|answer| without(answer, &["VpcId"])),
        // Ipv6AllowedForDualStack would otherwise stay where only the lists are sent.
        removed_as: Some(|| json!({ "SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false })),
        sets: &["/SubnetIds", "/SecurityGroupIds"],
        ..PLAIN
    },
    FieldRule { member: "Layers", from_answer: Some(layer_arns), removed_as: Some(|| json!([])), ..PLAIN },
    FieldRule {
        member: "ImageConfig",
        answered_at: Some(("ImageConfigResponse", "ImageConfig")),
        removed_as: Some(|| json!({})),
        ..PLAIN
    },
    FieldRule { member: "Description", removed_as: Some(|| json!("")), ..PLAIN },
    FieldRule { member: "KMSKeyArn", removed_as: Some(|| json!("")), ..PLAIN },
    FieldRule { member: "Environment", removed_as: Some(|| json!({ "Variables": {} })), ..PLAIN },
    FieldRule { member: "DeadLetterConfig", removed_as: Some(|| json!({ "TargetArn": "" })), ..PLAIN },
    FieldRule { member: "FileSystemConfigs", removed_as: Some(|| json!([])), ..PLAIN },
    // How these two are removed nobody could verify.
    FieldRule { member: "RuntimeConfig", removed_as: Some(|| json!({})), ..PLAIN },
    FieldRule { member: "AcceleratorConfig", removed_as: Some(|| json!({})), ..PLAIN },
    // 16 and 2.0 were read from an emulator's source, nobody could verify them.
    FieldRule {
        member: "CapacityProviderConfig",
        default: Some(capacity_provider_default),
        changed_by: ChangedBy::ReplacementWhenAddedOrRemoved,
        ..PLAIN
    },
    FieldRule { member: "TenancyConfig", changed_by: ChangedBy::Replacement, ..PLAIN },
    // AWS documentation.
    FieldRule {
        member: "DurableConfig",
        default: Some(|all| {
            if all.contains_key("DurableConfig") { json!({ "RetentionPeriodInDays": 14 }) } else { Value::Null }
        }),
        changed_by: ChangedBy::ReplacementWhenAddedOrRemoved,
        ..PLAIN
    },
];

/// Returns a member's rule, when it is not plain.
pub fn rule(member: &str) -> Option<&'static FieldRule> {
    RULES.iter().find(|rule| rule.member == member)
}

/// Returns how a change of a member is carried out.
pub fn changed_by(member: &str) -> ChangedBy {
    rule(member).unwrap_or(&PLAIN).changed_by
}

/// Returns what UpdateFunctionConfiguration takes for the absence of a member; null where the service fills in a default,
/// which is sent instead.
pub(crate) fn removed_as(member: &str) -> Value {
    rule(member).and_then(|rule| rule.removed_as).map_or(Value::Null, |removed_as| removed_as())
}

/// Returns what the service fills in where a function named `NAME` leaves a member out; null for nothing.
pub fn default_of(member: &str) -> Value {
    let others = Map::from_iter([("FunctionName".to_owned(), json!("NAME"))]);
    rule(member).and_then(|rule| rule.default).map_or(Value::Null, |default| default(&others))
}

/// Maps whose entries are data: an empty text in them is a value like any other.
pub(crate) fn is_data(path: &str) -> bool {
    path == "/Environment/Variables"
}

fn is_managed(all: &Map<String, Value>) -> bool {
    all.contains_key("CapacityProviderConfig")
}

fn logging_default(all: &Map<String, Value>) -> Value {
    let name = all.get("FunctionName").and_then(Value::as_str).unwrap_or_default();
    let group = format!("/aws/lambda/{name}");
    let format = all.get("LoggingConfig").and_then(|config| config.get("LogFormat")).and_then(Value::as_str);
    // For functions of a capacity provider the format is JSON: read from an emulator's source.
    match format.unwrap_or(if is_managed(all) { "JSON" } else { "Text" }) {
        "Text" => json!({ "LogFormat": "Text", "LogGroup": group }),
        format => json!({
            "LogFormat": format, "LogGroup": group, "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"
        }),
    }
}

fn capacity_provider_default(all: &Map<String, Value>) -> Value {
    if !is_managed(all) {
        return Value::Null;
    }
    json!({ "LambdaManagedInstancesCapacityProviderConfig": {
        "PerExecutionEnvironmentMaxConcurrency": 16,
        "ExecutionEnvironmentMemoryGiBPerVCpu": 2.0
    } })
}

fn without(mut answer: Value, members: &[&str]) -> Value {
    if let Value::Object(map) = &mut answer {
        for member in members {
            map.remove(*member);
        }
    }
    answer
}

fn layer_arns(answer: Value) -> Value {
    match answer {
        Value::Array(layers) => {
            layers.into_iter().map(|mut layer| layer.get_mut("Arn").map(Value::take).unwrap_or(layer)).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_a_member_of_the_request() {
        let schema = lambdactl_schema::function_schema();
        let mut members: Vec<_> = RULES.iter().map(|rule| rule.member).collect();
        for member in &members {
            assert!(!schema["properties"][member].is_null(), "{member}");
        }
        members.sort_unstable();
        members.dedup();
        assert_eq!(members.len(), RULES.len());
    }

    /// Every member of CreateFunction: how it is compared and changed, what the service fills in, and what an update sends for
    /// its absence. A second opinion to the rows, written down from AWS's documentation and recorded answers.
    #[test]
    fn every_member_is_compared_changed_and_removed_as_the_service_does() {
        use ChangedBy::{Beside, Code, Configuration, Nothing, Replacement, ReplacementWhenAddedOrRemoved};
        use Compared::{Apart, Never, Yes};
        let vpc = json!({ "SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false });
        let logs = json!({ "LogFormat": "Text", "LogGroup": "/aws/lambda/NAME" });
        let none = Value::Null;
        let expected = [
            ("FunctionName", Never, Nothing, none.clone(), none.clone()),
            ("Publish", Never, Nothing, none.clone(), none.clone()),
            ("PublishTo", Never, Nothing, none.clone(), none.clone()),
            ("Code", Apart, Code, none.clone(), none.clone()),
            ("Tags", Apart, Beside(Kind::Tags), none.clone(), none.clone()),
            ("CodeSigningConfigArn", Apart, Beside(Kind::CodeSigning), none.clone(), none.clone()),
            ("Runtime", Yes, Configuration, none.clone(), none.clone()),
            ("Handler", Yes, Configuration, none.clone(), none.clone()),
            ("Role", Yes, Configuration, none.clone(), none.clone()),
            ("Timeout", Yes, Configuration, json!(3), none.clone()),
            ("MemorySize", Yes, Configuration, json!(128), none.clone()),
            ("EphemeralStorage", Yes, Configuration, json!({ "Size": 512 }), none.clone()),
            ("TracingConfig", Yes, Configuration, json!({ "Mode": "PassThrough" }), none.clone()),
            ("SnapStart", Yes, Configuration, json!({ "ApplyOn": "None" }), none.clone()),
            ("LoggingConfig", Yes, Configuration, logs, none.clone()),
            ("VpcConfig", Yes, Configuration, none.clone(), vpc),
            ("Layers", Yes, Configuration, none.clone(), json!([])),
            ("ImageConfig", Yes, Configuration, none.clone(), json!({})),
            ("Description", Yes, Configuration, none.clone(), json!("")),
            ("KMSKeyArn", Yes, Configuration, none.clone(), json!("")),
            ("Environment", Yes, Configuration, none.clone(), json!({ "Variables": {} })),
            ("DeadLetterConfig", Yes, Configuration, none.clone(), json!({ "TargetArn": "" })),
            ("FileSystemConfigs", Yes, Configuration, none.clone(), json!([])),
            ("PackageType", Yes, Replacement, json!("Zip"), none.clone()),
            ("TenancyConfig", Yes, Replacement, none.clone(), none.clone()),
            ("Architectures", Yes, Code, json!(["x86_64"]), none.clone()),
            ("CapacityProviderConfig", Yes, ReplacementWhenAddedOrRemoved, none.clone(), none.clone()),
            ("DurableConfig", Yes, ReplacementWhenAddedOrRemoved, none.clone(), none),
        ];
        let own = ["RuntimeConfig", "AcceleratorConfig"];
        let schema = lambdactl_schema::function_schema();
        for member in schema["properties"].as_object().expect("members").keys() {
            let is_ours = member.starts_with(char::is_lowercase);
            let is_told = expected.iter().any(|row| row.0 == member) || own.contains(&member.as_str());
            assert!(is_told || is_ours, "{member} is not in this table");
        }
        for (member, compared, changed, default, removed) in expected {
            assert_eq!(rule(member).map_or(Yes, |rule| rule.compared), compared, "{member}");
            assert_eq!(changed_by(member), changed, "{member}");
            assert_eq!(default_of(member), default, "{member}");
            assert_eq!(removed_as(member), removed, "{member}");
        }
        for member in own.into_iter().filter(|member| rule(member).is_some()) {
            assert_eq!((changed_by(member), removed_as(member)), (Configuration, json!({})), "{member}");
        }
    }

    #[test]
    fn answers_of_another_shape_become_requests() {
        for (member, answer, request) in [
            ("SnapStart", json!({ "ApplyOn": "None", "OptimizationStatus": "Off" }), json!({ "ApplyOn": "None" })),
            ("VpcConfig", json!({ "SubnetIds": ["s"], "VpcId": "v" }), json!({ "SubnetIds": ["s"] })),
            ("Layers", json!([{ "Arn": "l", "CodeSize": 1 }, "plain"]), json!(["l", "plain"])),
        ] {
            let from_answer = rule(member).and_then(|rule| rule.from_answer).expect("a shape of its own");
            assert_eq!(from_answer(answer), request, "{member}");
        }
        let image = rule("ImageConfig").expect("a row");
        assert_eq!(image.answered_at, Some(("ImageConfigResponse", "ImageConfig")));
        assert_eq!(rule("VpcConfig").expect("a row").sets, ["/SubnetIds", "/SecurityGroupIds"]);
    }

    #[test]
    fn defaults_depend_on_other_members() {
        let members = |value: Value| value.as_object().cloned().expect("a map");
        let default = |member: &str, others: Value| {
            rule(member).and_then(|rule| rule.default).map_or(Value::Null, |default| default(&members(others)))
        };
        let managed = json!({ "FunctionName": "f", "CapacityProviderConfig": {} });
        assert_eq!(default("MemorySize", managed.clone()), json!(2048));
        let levels = json!({ "LogFormat": "JSON", "LogGroup": "/aws/lambda/f", "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO" });
        assert_eq!(default("LoggingConfig", managed.clone()), levels);
        assert_eq!(
            default("LoggingConfig", json!({ "FunctionName": "f", "LoggingConfig": { "LogFormat": "JSON" } })),
            levels
        );
        assert_eq!(
            default("CapacityProviderConfig", managed),
            json!({ "LambdaManagedInstancesCapacityProviderConfig": {
                "PerExecutionEnvironmentMaxConcurrency": 16, "ExecutionEnvironmentMemoryGiBPerVCpu": 2.0 } })
        );
        assert_eq!(default("DurableConfig", json!({ "DurableConfig": {} })), json!({ "RetentionPeriodInDays": 14 }));
        assert_eq!(default("DurableConfig", json!({})), Value::Null);
    }
}
