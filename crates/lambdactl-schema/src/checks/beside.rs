//! Rules of what stands beside a function that JSON Schema cannot say.

use serde_json::{Map, Value};

use super::mappings;
use crate::beside::{Beside, Declared, NEWEST, ROLLOUT, STATEMENT_MEMBERS, Slot};
use crate::kinds::Kind;
use crate::rules;
use crate::violation::{Policy, Violation};

/// Services that records of asynchronous calls can go to (AWS documentation, destinations).
const DESTINATIONS: [&str; 5] = ["sqs", "sns", "lambda", "events", "s3"];
/// What AddPermission grants where a manifest does not say it.
const INVOKE: &str = "lambda:InvokeFunction";

/// Returns what is wrong beside a function. What is not known is an empty text, and breaks no rule.
pub(super) fn check(function: &Value, policy: &Policy) -> Vec<Violation> {
    let is_beside = |kind: &Kind| kind.is_beside() && !function[kind.row().key].is_null();
    if !Kind::ALL.iter().any(is_beside) {
        return Vec::new();
    }
    let beside = Beside(function.as_object().cloned().unwrap_or_default());
    let mut check = Check { function, beside: &beside, found: Vec::new() };
    for declared in beside.declared() {
        let Declared { kind, slot, value: Some(value) } = declared else { continue };
        let path = slot.path(kind);
        match kind {
            Kind::Recursion if value == "Allow" => check.say(
                &rules::RECURSION_ALLOWED,
                &path,
                "a function that calls itself without end is not stopped".to_owned(),
            ),
            Kind::RuntimeManagement => check.runtime_management(&path, value),
            Kind::Aliases => check.alias(&path, value),
            Kind::EventInvoke => check.event_invoke(&path, value),
            Kind::Permissions => check.statement(&path, value),
            Kind::Urls => check.url(&path, &slot, value),
            _ => {}
        }
    }
    check.provisioned();
    check.unsupported();
    let mut found = check.found;
    found.extend(mappings::check(&beside, policy.as_of));
    found
}

struct Check<'a> {
    function: &'a Value,
    beside: &'a Beside,
    found: Vec<Violation>,
}

impl Check<'_> {
    fn say(&mut self, rule: &'static rules::Rule, pointer: &str, message: String) {
        self.found.push(Violation::of(rule, pointer, message));
    }

    fn say_with_help(&mut self, rule: &'static rules::Rule, pointer: &str, message: &str, help: &str) {
        let violation = Violation::of(rule, pointer, message.to_owned());
        self.found.push(Violation { help: Some(help.to_owned()), ..violation });
    }

    fn runtime_management(&mut self, path: &str, value: &Value) {
        let has_version = !value["RuntimeVersionArn"].is_null();
        match value["UpdateRuntimeOn"].as_str() {
            Some("Manual") if !has_version => {
                self.say(&rules::RUNTIME_MANAGEMENT, path, "`Manual` needs a `RuntimeVersionArn`".to_owned());
            }
            Some(mode @ ("Auto" | "FunctionUpdate")) if has_version => {
                let message = format!("`RuntimeVersionArn` says nothing with `{mode}`");
                self.say(&rules::RUNTIME_MANAGEMENT, &format!("{path}/RuntimeVersionArn"), message);
            }
            _ => {}
        }
        if self.function["PackageType"] == "Image" {
            let message = "an image has its own runtime, which AWS does not update".to_owned();
            self.say(&rules::RUNTIME_MANAGEMENT, path, message);
        }
    }

    fn alias(&mut self, path: &str, alias: &Value) {
        let version = alias["FunctionVersion"].as_str().unwrap_or_default();
        let weights = alias["RoutingConfig"]["AdditionalVersionWeights"].as_object();
        let at = format!("{path}/RoutingConfig/AdditionalVersionWeights");
        if let Some(weights) = weights.filter(|weights| !weights.is_empty()) {
            if weights.len() > 1 {
                let message = format!("{} versions have weights, and one can have one", weights.len());
                self.say(&rules::ALIAS_WEIGHTS, &at, message);
            }
            if !version.is_empty() && weights.contains_key(version) {
                let message = format!("version {version} is the alias's own, and has a weight as well");
                self.say(&rules::ALIAS_WEIGHTS, &at, message);
            }
            if version.starts_with("$LATEST") {
                let message = format!("an alias of `{version}` can have no weights");
                self.say(&rules::ALIAS_WEIGHTS, &at, message);
            }
            if !alias["ProvisionedConcurrentExecutions"].is_null() {
                let message = "the service refuses to change instances that are kept ready while the alias has weights";
                self.say(&rules::PROVISIONED_WEIGHTS, &at, message.to_owned());
            }
        }
        self.rollout(path, alias);
        let names_newest = version == NEWEST || weights.is_some_and(|weights| weights.contains_key(NEWEST));
        if names_newest && self.function["Publish"].is_null() {
            let message = "`published` names the newest version, and the manifest publishes none".to_owned();
            self.say(&rules::ALIAS_NEWEST, &format!("{path}/FunctionVersion"), message);
        }
    }

    fn rollout(&mut self, path: &str, alias: &Value) {
        let rollout = &alias[ROLLOUT];
        if !rollout.is_object() {
            return;
        }
        let at = format!("{path}/{ROLLOUT}");
        if alias["FunctionVersion"].as_str().is_some_and(|version| version.starts_with("$LATEST")) {
            let message = "`$LATEST` changes at once: there are no two versions to divide calls between";
            let help = "let the alias name a version, or `published`; or take `rollout` out";
            self.say_with_help(&rules::ROLLOUT, &at, message, help);
        }
        if !alias["ProvisionedConcurrentExecutions"].is_null() {
            let message = "the alias keeps instances ready, and cannot have weights";
            let help = "take `ProvisionedConcurrentExecutions` or `rollout` out of this alias";
            self.say_with_help(&rules::ROLLOUT, &at, message, help);
        }
        let weights: Vec<f64> =
            rollout["steps"].as_array().into_iter().flatten().filter_map(|step| step["weight"].as_f64()).collect();
        if let Some(index) = weights.windows(2).position(|pair| pair[1] <= pair[0]) {
            let message = "this step sends no more calls to the new version than the one before";
            let help = "let the weights of `steps` grow, such as 0.1, then 0.5";
            self.say_with_help(&rules::ROLLOUT, &format!("{at}/steps/{}/weight", index + 1), message, help);
        }
        let is_said = |member: &str| alias.get(member).is_some_and(|value| !value.is_null());
        if is_said("RoutingConfig") {
            let message = "`rollout` sets the weights of the alias itself";
            let help = "leave `RoutingConfig` out";
            self.say_with_help(&rules::ROLLOUT_BESIDE, &format!("{path}/RoutingConfig"), message, help);
        }
        if self.beside.kept_versions().is_some_and(|keep| keep < 2) {
            let message = "a rollout needs the version before the newest one to go back to";
            let help = "keep at least two versions";
            let key = Kind::OldVersions.row().key;
            self.say_with_help(&rules::ROLLOUT_BESIDE, &format!("/{key}"), message, help);
        }
    }

    /// What is kept ready must be of a version, of each version once, and fit into what is reserved.
    fn provisioned(&mut self) {
        let mut sum = 0;
        let mut of_newest: Option<&str> = None;
        let beside = self.beside;
        for (name, alias) in beside.aliases() {
            let Some(wanted) = alias.get("ProvisionedConcurrentExecutions").and_then(Value::as_u64) else { continue };
            let path = Slot::of(name).path(Kind::ProvisionedConcurrency);
            sum += wanted;
            let version = alias.get("FunctionVersion").and_then(Value::as_str).unwrap_or_default();
            if version.starts_with("$LATEST") {
                let message = format!("no instances can be kept ready for `{version}`, which can change");
                self.say(&rules::PROVISIONED, &path, message);
            }
            if version == NEWEST {
                match of_newest {
                    Some(other) => {
                        let message = format!("alias `{other}` keeps instances ready for the newest version already");
                        self.say(&rules::PROVISIONED, &path, message);
                    }
                    None => of_newest = Some(name),
                }
            }
        }
        let key = Kind::ReservedConcurrency.row().key;
        if let Some(reserved) = self.function[key].as_u64()
            && sum > reserved
        {
            let message =
                format!("{sum} instances are kept ready for aliases, and {reserved} are reserved for the function");
            self.say(&rules::PROVISIONED, &format!("/{key}"), message);
        }
    }

    fn event_invoke(&mut self, path: &str, value: &Value) {
        if value.as_object().is_some_and(Map::is_empty) {
            let message = "it says nothing".to_owned();
            self.say(&rules::EVENT_INVOKE, path, message);
        }
        for on in ["OnSuccess", "OnFailure"] {
            let Some(destination) = value["DestinationConfig"][on]["Destination"].as_str() else { continue };
            let at = format!("{path}/DestinationConfig/{on}/Destination");
            let parts: Vec<&str> = destination.split(':').collect();
            let ["arn", _, service, _, _, rest @ ..] = parts.as_slice() else { continue };
            let message = match (*service, rest) {
                (service, _) if !DESTINATIONS.contains(&service) => {
                    format!("records of calls cannot go to `{}`", service.escape_debug())
                }
                ("lambda", ["function", name, ..]) if self.function["FunctionName"] == *name => {
                    "the function's own records cannot go to itself".to_owned()
                }
                ("sqs" | "sns", [.., name]) if name.ends_with(".fifo") => {
                    "records of calls cannot go to what keeps an order (.fifo)".to_owned()
                }
                ("s3", _) if on == "OnSuccess" => "a bucket takes records of calls that failed only".to_owned(),
                _ => continue,
            };
            self.say(&rules::EVENT_INVOKE, &at, message);
        }
    }

    fn statement(&mut self, path: &str, value: &Value) {
        let action = value["Action"].as_str().unwrap_or(INVOKE);
        let takes = |wanted: &str| [wanted, "lambda:*", "*", ""].contains(&action);
        if !value["FunctionUrlAuthType"].is_null() && action != "lambda:InvokeFunctionUrl" && !action.is_empty() {
            let message =
                format!("`FunctionUrlAuthType` goes with `lambda:InvokeFunctionUrl`, and `Action` is `{action}`");
            self.say(&rules::URL_STATEMENT, &format!("{path}/FunctionUrlAuthType"), message);
        }
        if value["InvokedViaFunctionUrl"] == true && !takes(INVOKE) {
            let message = format!("`InvokedViaFunctionUrl` goes with `{INVOKE}`, and `Action` is `{action}`");
            self.say(&rules::URL_STATEMENT, &format!("{path}/InvokedViaFunctionUrl"), message);
        }
        let principal = value["Principal"].as_str().unwrap_or_default();
        if !value["PrincipalOrgID"].is_null() && !["*", ""].contains(&principal) {
            let message = "`PrincipalOrgID` limits everyone (`*`), and `Principal` names someone".to_owned();
            self.say(&rules::STATEMENT_ORGANIZATION, &format!("{path}/PrincipalOrgID"), message);
        }
        // Whoever may call, and what: the others say when.
        let (_, limits) = STATEMENT_MEMBERS.split_at(2);
        let has = |member: &str| !value[member].is_null();
        if principal == "*" && !limits.iter().any(|member| has(member)) {
            let message = "everyone can call the function".to_owned();
            self.say(&rules::STATEMENT_EVERYONE, &format!("{path}/Principal"), message);
        }
        if principal.ends_with(".amazonaws.com") && !has("SourceAccount") {
            if principal == "s3.amazonaws.com" {
                let message = "names of buckets have no account: one that is deleted can be somebody else's".to_owned();
                self.say(&rules::STATEMENT_SOURCE, &format!("{path}/Principal"), message);
            } else if !has("SourceArn") {
                let message = format!("`{principal}` can call the function in anybody's name");
                self.say(&rules::STATEMENT_SOURCE, &format!("{path}/Principal"), message);
            }
        }
    }

    fn url(&mut self, path: &str, slot: &Slot, value: &Value) {
        match (value["AuthType"].as_str(), value["public"].as_bool()) {
            (Some("AWS_IAM"), Some(true)) => {
                let message = "requests are signed with `AWS_IAM`, so that not everyone can call it".to_owned();
                self.say(&rules::URL_ACCESS, &format!("{path}/public"), message);
            }
            (Some("NONE"), None) if value["public"].is_null() && !self.lets_url_callers_in(slot) => {
                let message = "nothing says who may call a URL with `AuthType: NONE`".to_owned();
                self.say(&rules::URL_ACCESS, &format!("{path}/AuthType"), message);
            }
            _ => {}
        }
        let Some(cors) = value["Cors"].as_object().filter(|cors| !cors.is_empty()) else { return };
        let path = format!("{path}/Cors");
        let texts = |member: &str| -> Vec<&str> {
            cors.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
        };
        if cors.get("AllowOrigins").is_none_or(|origins| origins.as_array().is_some_and(Vec::is_empty)) {
            let message = "`AllowOrigins` is needed where anything else of `Cors` is set".to_owned();
            self.say(&rules::CORS, &path, message);
        }
        // The service's enumeration (CloudFormation's model); OPTIONS needs no permission.
        let methods = ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*", ""];
        for method in texts("AllowMethods") {
            if !methods.contains(&method) {
                let message = format!("`{}` is no method that can be allowed", method.escape_debug());
                self.say(&rules::CORS, &format!("{path}/AllowMethods"), message);
            }
        }
        if cors.get("AllowCredentials").is_some_and(|allow| *allow == true) && texts("AllowOrigins").contains(&"*") {
            let message = "browsers send no credentials to a URL that every origin may call".to_owned();
            self.say(&rules::CORS_CREDENTIALS, &format!("{path}/AllowCredentials"), message);
        }
    }

    /// Whether a place has statements for those who call its URL.
    fn lets_url_callers_in(&self, slot: &Slot) -> bool {
        let declared = self.beside.declared();
        let mut statements = declared
            .iter()
            .filter(|statement| statement.kind == Kind::Permissions && statement.slot.qualifier == slot.qualifier);
        statements.any(|statement| {
            let action = statement.value.map(|value| &value["Action"]);
            action.is_some_and(|action| {
                ["lambda:InvokeFunctionUrl", "lambda:*", "*", ""].iter().any(|word| action == word)
            })
        })
    }

    /// What functions of other kinds cannot have (AWS documentation; the texts of the service could not be verified).
    fn unsupported(&mut self) {
        for (member, kinds) in [
            ("TenancyConfig", &[Kind::ProvisionedConcurrency, Kind::Urls, Kind::EventSourceMappings][..]),
            ("CapacityProviderConfig", &[Kind::ProvisionedConcurrency, Kind::Urls][..]),
        ] {
            if self.function[member].is_null() {
                continue;
            }
            let declared = self.beside.declared();
            for declared in
                declared.iter().filter(|declared| kinds.contains(&declared.kind) && declared.value.is_some())
            {
                let message = format!("a function with `{member}` can have no {}", declared.kind.row().title);
                self.say(&rules::UNSUPPORTED_BESIDE, &declared.slot.path(declared.kind), message);
            }
        }
    }
}
