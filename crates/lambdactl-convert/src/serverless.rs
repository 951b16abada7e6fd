//! `serverless.yml` of the Serverless Framework (version 3, and forks of it).

use serde_json::{Map, Value, json};

use crate::intrinsics::Template;
use crate::names::variable;
use crate::notes::{Found, Notes, missing_role};
use crate::variables::{Service, resolve};

pub(crate) fn functions(document: &Value, notes: &mut Notes) -> Found {
    let service = Service::of(document, notes);
    resolve(&document["provider"], &service, "provider", notes);
    let region = resolve(&document["provider"]["region"], &service, "provider.region", notes);
    let region = region.as_str().filter(|region| !region.contains("${")).map(str::to_owned);
    // The notes of other parts of the file, nobody asked for; those of each function are made below.
    let document = resolve(document, &service, "", &mut Notes::none());
    let template = Template {
        parameters: &Value::Null,
        mappings: &document["resources"]["Mappings"],
        resources: &document["resources"]["Resources"],
        region: region.as_deref(),
        has_references: true,
        depth: Default::default(),
    };
    let mut functions = Vec::new();
    for (key, function, written) in each(&document["functions"], &service.document["functions"]) {
        let name = format!("{}-{}-{key}", service_name(&document), service.stage);
        notes.about(Some(key));
        // A second time, for the notes of what this function needs.
        resolve(written, &service, "", notes);
        functions
            .push(Reader { key, name, provider: &document["provider"], template: &template }.read(function, notes));
    }
    notes.about(None);
    for (section, _) in document.as_object().into_iter().flatten() {
        let why = match section.as_str() {
            "service" | "provider" | "functions" | "custom" | "params" | "stages" => continue,
            // About the framework itself.
            "app" | "org" | "tenant" | "frameworkVersion" | "configValidationMode" | "variablesResolutionMode" => {
                continue;
            }
            "resources" => "not Lambda functions; keep them in a template",
            "plugins" => "lambdactl has none",
            "layers" => "layers are not managed; name the ARNs of published ones",
            "package" => "put what stays out of the archive into .lambdaignore",
            "useDotenv" => "variables come from the environment: `set -a; . ./.env; set +a`",
            _ => "a manifest has no such thing",
        };
        notes.left_out(section, why);
    }
    for (member, _) in document["provider"].as_object().into_iter().flatten() {
        if !PROVIDER.contains(&member.as_str()) {
            notes.left_out(format!("provider.{member}"), "nothing of a function");
        }
    }
    Found { region, functions }
}

/// Returns each function with its key, resolved and as it is written: `functions` is a map, or a list of maps.
fn each<'a>(resolved: &'a Value, written: &'a Value) -> Vec<(&'a String, &'a Value, &'a Value)> {
    match (resolved, written) {
        (Value::Array(resolved), Value::Array(written)) => {
            resolved.iter().zip(written).flat_map(|(resolved, written)| each(resolved, written)).collect()
        }
        (Value::Object(functions), written) => {
            functions.iter().map(|(key, function)| (key, function, written.get(key).unwrap_or(&Value::Null))).collect()
        }
        _ => Vec::new(),
    }
}

/// The members of `provider` that are read, or say nothing about functions.
const PROVIDER: [&str; 22] = [
    "name",
    "runtime",
    "stage",
    "region",
    "memorySize",
    "timeout",
    "environment",
    "tags",
    "stackTags",
    "vpc",
    "iam",
    "role",
    "architecture",
    "tracing",
    "kmsKeyArn",
    "layers",
    "profile",
    "stackName",
    "logs",
    "deploymentBucket",
    "versionFunctions",
    "fileSystemConfig",
];

fn service_name(document: &Value) -> String {
    let service = &document["service"];
    service.as_str().or_else(|| service["name"].as_str()).unwrap_or_default().to_owned()
}

struct Reader<'a> {
    key: &'a str,
    name: String,
    provider: &'a Value,
    template: &'a Template<'a>,
}

impl Reader<'_> {
    fn read(&self, function: &Value, notes: &mut Notes) -> Map<String, Value> {
        let mut members = Map::new();
        let mut set = |member: &str, value: Value| {
            if !value.is_null() {
                members.insert(member.into(), value);
            }
        };
        let own = |member: &str, notes: &mut Notes| self.value(&function[member], member, notes);
        let either = |member: &str, notes: &mut Notes| match own(member, notes) {
            Value::Null => self.value(&self.provider[member], &format!("provider.{member}"), notes),
            value => value,
        };
        set("FunctionName", or(own("name", notes), json!(self.name)));
        let image = own("image", notes);
        if image.is_null() {
            set("Runtime", either("runtime", notes));
            set("Handler", own("handler", notes));
            set("Layers", either("layers", notes));
        } else {
            set("PackageType", json!("Image"));
            set("ImageConfig", renamed(&image, &IMAGE));
        }
        set("Role", self.role(function, notes));
        set("Code", self.code(function, &image, notes));
        set("Description", own("description", notes));
        // The framework's own defaults, which are not the service's.
        set("MemorySize", or(either("memorySize", notes), json!(1024)));
        set("Timeout", or(either("timeout", notes), json!(6)));
        let variables = self.together("environment", function, notes);
        set("Environment", variables.map_or(Value::Null, |variables| json!({ "Variables": variables })));
        set("Tags", self.tags(function, notes));
        // Nothing, `~` and `false` take a function out of the provider's VPC (documentation of the framework).
        let is_out = function.get("vpc").is_some_and(|vpc| vpc.is_null() || *vpc == json!(false));
        set("VpcConfig", if is_out { Value::Null } else { renamed(&either("vpc", notes), &VPC) });
        set("Architectures", within(either("architecture", notes), |architecture| json!([architecture])));
        set("KMSKeyArn", either("kmsKeyArn", notes));
        let of_provider = self.value(&self.provider["tracing"]["lambda"], "provider.tracing", notes);
        let tracing = match or(own("tracing", notes), of_provider) {
            Value::Bool(true) => json!("Active"),
            Value::Bool(false) => Value::Null,
            mode => mode,
        };
        set("TracingConfig", within(tracing, |mode| json!({ "Mode": mode })));
        set("EphemeralStorage", within(own("ephemeralStorageSize", notes), |size| json!({ "Size": size })));
        if function["snapStart"] == json!(true) {
            set("SnapStart", json!({ "ApplyOn": "PublishedVersions" }));
        }
        set("DeadLetterConfig", within(own("onError", notes), |target| json!({ "TargetArn": target })));
        set("FileSystemConfigs", within(renamed(&either("fileSystemConfig", notes), &FILES), |config| json!([config])));
        let logs = or(function["logs"]["lambda"].clone(), self.provider["logs"]["lambda"].clone());
        set("LoggingConfig", renamed(&logs, &LOGS));
        let publishes = or(function["versionFunction"].clone(), self.provider["versionFunctions"].clone());
        if publishes != json!(false) {
            notes.add(
                "versionFunction",
                "the framework publishes a version at each deployment, and so will apply (`Publish: true`)",
            );
            set("Publish", json!(true));
        }
        self.rest(function, notes);
        members
    }

    /// Says what of a function was not carried over.
    fn rest(&self, function: &Value, notes: &mut Notes) {
        const READ: [&str; 24] = [
            "name",
            "handler",
            "runtime",
            "image",
            "role",
            "description",
            "memorySize",
            "timeout",
            "environment",
            "tags",
            "vpc",
            "architecture",
            "kmsKeyArn",
            "tracing",
            "ephemeralStorageSize",
            "snapStart",
            "onError",
            "fileSystemConfig",
            "logs",
            "versionFunction",
            "layers",
            "package",
            "module",
            "iamRoleStatements",
        ];
        for (member, _) in function.as_object().into_iter().flatten() {
            let why = match member.as_str() {
                "events" | "url" | "destinations" | "httpApi" => {
                    "the framework makes other resources of it; keep them in a template"
                }
                "reservedConcurrency"
                | "provisionedConcurrency"
                | "maximumRetryAttempts"
                | "maximumEventAge"
                | "recursiveLoop"
                | "runtimeManagement" => {
                    "not part of CreateFunction; set it once with the AWS CLI, lambdactl leaves it alone"
                }
                "disableLogs" | "logRetentionInDays" | "logDataProtectionPolicy" => "log groups are not managed",
                "condition" | "dependsOn" => "a manifest has no such thing",
                member if READ.contains(&member) => continue,
                _ => "the CreateFunction API has no such member",
            };
            notes.left_out(member, why);
        }
        if !function["iamRoleStatements"].is_null() {
            notes.left_out("iamRoleStatements", "roles are not managed; the function's `Role` is");
        }
    }

    /// Works out CloudFormation's functions within a value.
    fn value(&self, value: &Value, path: &str, notes: &mut Notes) -> Value {
        if has_calls(value) { self.template.resolve(value, path, notes) } else { value.clone() }
    }

    fn role(&self, function: &Value, notes: &mut Notes) -> Value {
        let provider = [&self.provider["iam"]["role"], &self.provider["role"]];
        let written = std::iter::once(&function["role"]).chain(provider).find(|role| is_role(role));
        let Some(role) = written else {
            return missing_role(self.key, notes, "the framework makes a role for the service");
        };
        let role = self.value(role, "role", notes);
        match role.as_str() {
            // An ARN, or something that becomes one.
            Some(arn) if arn.starts_with("arn:") || arn.contains("${") => role,
            Some(id) => self.template.resolve(&json!({ "Fn::GetAtt": [id, "Arn"] }), "role", notes),
            None => missing_role(self.key, notes, "the role is of a kind that is not known here"),
        }
    }

    fn code(&self, function: &Value, image: &Value, notes: &mut Notes) -> Value {
        match image {
            Value::Null => {}
            Value::String(uri) if uri.contains('/') => return json!({ "ImageUri": uri }),
            image => {
                if let Some(uri) = image["uri"].as_str() {
                    return json!({ "ImageUri": uri });
                }
                let name = format!("{}ImageUri", variable(self.key));
                notes.add("image", format!("the framework builds this image; pass --var {name}=URI"));
                return json!({ "ImageUri": format!("${{var:{name}}}") });
            }
        }
        for (member, _) in function["package"].as_object().into_iter().flatten().filter(|(name, _)| *name != "artifact")
        {
            notes.left_out(format!("package.{member}"), "put what stays out of the archive into .lambdaignore");
        }
        let artifact = &function["package"]["artifact"];
        if let Some(path) = artifact.as_str() {
            return json!(if path.starts_with(['.', '/']) { path.to_owned() } else { format!("./{path}") });
        }
        notes.add(
            "package",
            "the framework packages the service's folder: `Code: .`; put what stays out into .lambdaignore",
        );
        json!(".")
    }

    /// The provider's map with the function's own entries over it; an entry that is null is taken out.
    fn together(&self, member: &str, function: &Value, notes: &mut Notes) -> Option<Map<String, Value>> {
        let mut map = Map::new();
        for (value, path) in
            [(&self.provider[member], format!("provider.{member}")), (&function[member], member.to_owned())]
        {
            for (name, written) in value.as_object().into_iter().flatten() {
                match self.value(written, &format!("{path}.{name}"), notes) {
                    Value::Null => _ = map.shift_remove(name),
                    Value::String(text) => _ = map.insert(name.clone(), json!(text)),
                    other => _ = map.insert(name.clone(), json!(other.to_string())),
                }
            }
        }
        (!map.is_empty()).then_some(map)
    }

    fn tags(&self, function: &Value, notes: &mut Notes) -> Value {
        let mut tags = Map::new();
        for (name, value) in self.provider["stackTags"].as_object().into_iter().flatten() {
            tags.insert(name.clone(), value.clone());
        }
        tags.extend(self.together("tags", function, notes).unwrap_or_default());
        if tags.is_empty() { Value::Null } else { Value::Object(tags) }
    }
}

fn or(value: Value, other: Value) -> Value {
    if value.is_null() { other } else { value }
}

fn is_role(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Object(map) => map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::")),
        _ => false,
    }
}

fn has_calls(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            map.iter().any(|(key, value)| key == "Ref" || key.starts_with("Fn::") || has_calls(value))
        }
        Value::Array(items) => items.iter().any(has_calls),
        _ => false,
    }
}

/// Members of the framework's structures, and what the API calls them.
type Names = [(&'static str, &'static str)];

const IMAGE: [(&str, &str); 3] =
    [("command", "Command"), ("entryPoint", "EntryPoint"), ("workingDirectory", "WorkingDirectory")];
const VPC: [(&str, &str); 3] = [
    ("subnetIds", "SubnetIds"),
    ("securityGroupIds", "SecurityGroupIds"),
    ("ipv6AllowedForDualStack", "Ipv6AllowedForDualStack"),
];
const FILES: [(&str, &str); 2] = [("arn", "Arn"), ("localMountPath", "LocalMountPath")];
const LOGS: [(&str, &str); 4] = [
    ("logFormat", "LogFormat"),
    ("applicationLogLevel", "ApplicationLogLevel"),
    ("systemLogLevel", "SystemLogLevel"),
    ("logGroup", "LogGroup"),
];

/// Returns a structure in the words of the API; null when it has nothing of it.
fn renamed(structure: &Value, names: &Names) -> Value {
    let members: Map<String, Value> =
        names.iter().filter_map(|(own, api)| Some(((*api).to_owned(), structure.get(*own)?.clone()))).collect();
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

/// Puts a value into a structure; nothing stays nothing.
fn within(value: Value, structure: impl FnOnce(Value) -> Value) -> Value {
    if value.is_null() { Value::Null } else { structure(value) }
}
