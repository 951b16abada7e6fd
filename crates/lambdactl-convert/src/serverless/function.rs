//! One function of a service.

use serde_json::{Map, Value, json};

use super::events;
use super::variables::Service;
use crate::beside::{self, Members, published_alias};
use crate::intrinsics::Template;
use crate::names::variable;
use crate::notes::{Notes, missing_role};
use crate::reference;

/// What there is to know about a function beside itself.
pub(super) struct Reader<'a> {
    pub(super) key: &'a str,
    pub(super) service: &'a Service<'a>,
    pub(super) service_name: &'a str,
    /// The provider, as it is written.
    pub(super) provider: &'a Value,
    pub(super) template: &'a Template<'a>,
    /// How the service is packaged.
    pub(super) package: &'a Value,
    /// Logical ids of layers, and their names in the manifest.
    pub(super) layers: &'a [(String, String)],
    pub(super) plugins: &'a [String],
    /// All functions of the service by their keys.
    pub(super) others: &'a [(String, Value)],
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

/// Members of a function that are read.
const READ: [&str; 33] = [
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
    "events",
    "url",
    "destinations",
    "reservedConcurrency",
    "provisionedConcurrency",
    "maximumRetryAttempts",
    "maximumEventAge",
    "runtimeManagement",
    "recursiveLoop",
];

/// Members of newer frameworks whose shape is theirs: members of the API by other names.
const BY_HAND: [(&str, &str); 3] =
    [("durableConfig", "DurableConfig"), ("tenancy", "TenancyConfig"), ("capacityProvider", "CapacityProviderConfig")];

impl Reader<'_> {
    pub(super) fn read(&self, function: &Value, notes: &mut Notes) -> Members {
        let mut members = Members::new();
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
        let name = format!("{}-{}-{}", self.service_name, self.service.stage, self.key);
        set("FunctionName", or(own("name", notes), json!(name)));
        let image = own("image", notes);
        if image.is_null() {
            set("Runtime", either("runtime", notes));
            set("Handler", own("handler", notes));
            set("Layers", self.layers(function, notes));
        } else {
            set("PackageType", json!("Image"));
            set("ImageConfig", renamed(&image, &IMAGE, "image", notes));
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
        let vpc = if is_out { Value::Null } else { self.structure("vpc", either("vpc", notes), notes) };
        set("VpcConfig", renamed(&vpc, &VPC, "vpc", notes));
        set("Architectures", within(either("architecture", notes), |architecture| json!([architecture])));
        set("KMSKeyArn", either("kmsKeyArn", notes));
        let of_provider = self.inside(&["tracing", "lambda"], notes);
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
        let files = self.structure("fileSystemConfig", either("fileSystemConfig", notes), notes);
        set("FileSystemConfigs", within(renamed(&files, &FILES, "fileSystemConfig", notes), |config| json!([config])));
        let logs = or(own("logs", notes), self.inside(&["logs", "lambda"], notes));
        let logs = if logs["lambda"].is_object() { logs["lambda"].clone() } else { logs };
        let logs = self.structure("logs", logs, notes);
        set("LoggingConfig", renamed(&logs, &LOGS, "logs", notes));
        let of_function = own("versionFunction", notes);
        if or(of_function, self.inside(&["versionFunctions"], notes)) != json!(false) {
            notes.guessed_of_file(
                "provider.versionFunctions",
                "the framework publishes a version at each deployment, and so will apply (`Publish: true`)",
            );
            set("Publish", json!(true));
        }
        self.beside(function, &mut members, notes);
        self.rest(function, notes);
        members
    }

    /// What the framework makes other resources of, or sets by other calls.
    fn beside(&self, function: &Value, members: &mut Members, notes: &mut Notes) {
        let own = |member: &str, notes: &mut Notes| self.value(&function[member], member, notes);
        let reserved = own("reservedConcurrency", notes);
        if !reserved.is_null() {
            members.insert("ReservedConcurrentExecutions".into(), reserved);
        }
        match own("recursiveLoop", notes) {
            Value::Null => {}
            recursive => _ = members.insert("RecursiveLoop".into(), recursive),
        }
        let runtime = or(own("runtimeManagement", notes), self.inside(&["runtimeManagement"], notes));
        let mode = runtime.as_str().or_else(|| runtime["mode"].as_str()).map(|mode| match mode {
            "auto" => "Auto",
            "onFunctionUpdate" => "FunctionUpdate",
            "manual" => "Manual",
            other => other,
        });
        if let Some(mode) = mode {
            let mut config = Map::from_iter([("UpdateRuntimeOn".to_owned(), json!(mode))]);
            if !runtime["arn"].is_null() {
                config.insert("RuntimeVersionArn".into(), runtime["arn"].clone());
            }
            members.insert("RuntimeManagementConfig".into(), Value::Object(config));
        }
        // The aliases that the framework makes (its naming.js), on which everything else hangs then.
        let provisioned = own("provisionedConcurrency", notes);
        let alias = if !provisioned.is_null() {
            let alias = published_alias(members, "provisioned");
            alias.insert("ProvisionedConcurrentExecutions".into(), provisioned);
            Some("provisioned")
        } else if function["snapStart"] == json!(true) {
            published_alias(members, "snapstart");
            Some("snapstart")
        } else {
            None
        };
        let place = beside::place(members, alias);
        let mut config = Members::new();
        for (member, api) in
            [("maximumRetryAttempts", "MaximumRetryAttempts"), ("maximumEventAge", "MaximumEventAgeInSeconds")]
        {
            let value = own(member, notes);
            if !value.is_null() {
                config.insert(api.into(), value);
            }
        }
        let destinations = self.destinations(&own("destinations", notes), notes);
        if !destinations.is_empty() {
            config.insert("DestinationConfig".into(), Value::Object(destinations));
        }
        if !config.is_empty() {
            place.insert("EventInvokeConfig".into(), Value::Object(config));
        }
        if let Some(url) = events::url(&own("url", notes), notes) {
            place.insert("FunctionUrlConfig".into(), url);
        }
        let written = self.service.shallow(&function["events"], "events", notes);
        let known: Vec<Value> = written
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(index, event)| {
                let event = self.service.shallow(event, &format!("events.{index}"), notes);
                // Of events that stay behind only the kind is looked at: notes about their values would puzzle.
                match event.as_object().and_then(|map| map.keys().next()) {
                    Some(kind) if !events::is_mapping(kind) => json!(kind),
                    _ => self.value(&event, &format!("events.{index}"), notes),
                }
            })
            .collect();
        if written.is_string() {
            notes.must(
                "events",
                "lost: they stand in a file that convert does not read; convert what `serverless print` writes",
            );
        }
        events::events(&Value::Array(known), place, notes);
    }

    fn destinations(&self, written: &Value, notes: &mut Notes) -> Members {
        let mut config = Members::new();
        let written = &self.structure("destinations", written.clone(), notes);
        for side in written.as_object().into_iter().flat_map(|sides| sides.keys()) {
            if side != "onSuccess" && side != "onFailure" {
                notes.left_out(format!("destinations.{side}"), "a manifest has no such member");
            }
        }
        for (side, api) in [("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")] {
            let target = match &written[side] {
                Value::Null => continue,
                Value::Object(map) if map.contains_key("arn") => map["arn"].clone(),
                other => other.clone(),
            };
            // A function of the service by its key.
            let other = target.as_str().and_then(|key| self.others.iter().find(|(other, _)| other == key));
            let target = match other {
                Some((key, function)) => {
                    let name = match self.value(&function["name"], "destinations", notes) {
                        Value::String(name) => name,
                        _ => format!("{}-{}-{key}", self.service_name, self.service.stage),
                    };
                    let (partition, region) = self.place();
                    json!(format!("arn:{partition}:lambda:{region}:{}:function:{name}", notes.account()))
                }
                None => target,
            };
            config.insert(api.into(), json!({ "Destination": target }));
        }
        config
    }

    /// Partition and region.
    fn place(&self) -> (&'static str, String) {
        let region = self.service.region.clone();
        let partition = lambdactl_schema::partitions::of(region.as_deref().unwrap_or_default()).name;
        (partition, region.unwrap_or_else(|| reference::environment("AWS_REGION", None).unwrap_or_default()))
    }

    /// Says what of a function was not carried over.
    fn rest(&self, function: &Value, notes: &mut Notes) {
        for member in function.as_object().into_iter().flat_map(|members| members.keys()) {
            if let Some((_, api)) = BY_HAND.iter().find(|(own, _)| own == member) {
                notes.must(member, format!("left out: write `{api}` into the manifest, in the words of the API"));
                continue;
            }
            let why = match member.as_str() {
                "disableLogs" | "logRetentionInDays" | "logDataProtectionPolicy" => "log groups are not managed",
                "iamRoleStatements" | "iamRoleStatementsName" | "iamRoleStatementsInherit" => {
                    "roles are not managed; the function's `Role` is"
                }
                "condition" | "dependsOn" => "a manifest has no such thing",
                "httpApi" => "the framework makes other resources of it; keep them in a template",
                member if READ.contains(&member) => continue,
                _ => "the CreateFunction API has no such member",
            };
            notes.left_out(member, why);
        }
    }

    /// Works out variables and CloudFormation's functions within a value.
    fn value(&self, written: &Value, path: &str, notes: &mut Notes) -> Value {
        if written.is_null() {
            return Value::Null;
        }
        let value = self.service.value(written, path, notes);
        self.template.resolve(&value, path, notes)
    }

    /// A member within the provider, where each step may stand in another file.
    fn inside(&self, path: &[&str], notes: &mut Notes) -> Value {
        let mut here = self.provider.clone();
        for name in path {
            here = self.service.shallow(&here[*name], &format!("provider.{name}"), notes);
        }
        self.value(&here, &format!("provider.{}", path.join(".")), notes)
    }

    /// A text or a list in the place of a map is one that nobody can look into.
    fn structure(&self, path: &str, value: Value, notes: &mut Notes) -> Value {
        if value.is_string() || value.is_array() {
            notes.must(path, "lost: it stands where convert does not read; convert what `serverless print` writes");
            return Value::Null;
        }
        value
    }

    fn layers(&self, function: &Value, notes: &mut Notes) -> Value {
        let (written, path) = match self.service.shallow(&function["layers"], "layers", notes) {
            Value::Null => {
                (self.service.shallow(&self.provider["layers"], "provider.layers", notes), "provider.layers")
            }
            own => (own, "layers"),
        };
        let Value::Array(items) = &written else { return self.value(&written, path, notes) };
        let referred = items.iter().map(|item| {
            let own = item["Ref"].as_str().and_then(|id| self.layers.iter().find(|(known, _)| known == id));
            own.map_or_else(|| item.clone(), |(_, name)| json!(reference::layer(name)))
        });
        self.value(&Value::Array(referred.collect()), path, notes)
    }

    fn role(&self, function: &Value, notes: &mut Notes) -> Value {
        let iam = self.service.shallow(&self.provider["iam"], "provider.iam", notes);
        let made = self.service.shallow(&iam["role"], "provider.iam.role", notes);
        let written = [&function["role"], &made, &self.provider["role"]].into_iter().find(|role| is_role(role));
        let Some(written) = written else {
            let has_own = !function["iamRoleStatements"].is_null();
            if has_own && self.plugins.iter().any(|plugin| plugin == "serverless-iam-roles-per-function") {
                return missing_role(self.key, notes, "a plugin makes one for each function");
            }
            return self.role_of_the_service(&made, notes);
        };
        let role = self.value(written, "role", notes);
        match role.as_str() {
            // An ARN, or something that becomes one.
            Some(arn) if arn.starts_with("arn:") || reference::is_in(arn) => role,
            Some(id) => self.template.resolve(&json!({ "Fn::GetAtt": [id, "Arn"] }), "role", notes),
            None => missing_role(self.key, notes, "it is of a kind that is not known here"),
        }
    }

    /// The role that the framework makes has a name that follows from the service (its naming.js).
    fn role_of_the_service(&self, made: &Value, notes: &mut Notes) -> Value {
        let (partition, region) = self.place();
        let name = match self.value(&made["name"], "provider.iam.role.name", notes) {
            Value::String(name) => name,
            _ => format!("{}-{}-{region}-lambdaRole", self.service_name, self.service.stage),
        };
        let folder = match self.value(&made["path"], "provider.iam.role.path", notes) {
            Value::String(path) => path,
            _ => "/".to_owned(),
        };
        notes.guessed_of_file("provider.iam", format!("the role that the framework makes, by its name: {name}"));
        json!(format!("arn:{partition}:iam::{}:role{folder}{name}", notes.account()))
    }

    fn code(&self, function: &Value, image: &Value, notes: &mut Notes) -> Value {
        match image {
            Value::Null => {}
            Value::String(uri) if uri.contains('/') || reference::is_in(uri) => return json!({ "ImageUri": uri }),
            image => return json!({ "ImageUri": self.image(image, notes) }),
        }
        let package = self.service.value(&function["package"], "package", notes);
        let artifact = package["artifact"].as_str().or_else(|| self.package["artifact"].as_str());
        if let Some(path) = artifact {
            return json!(if path.starts_with(['.', '/']) { path.to_owned() } else { format!("./{path}") });
        }
        let own: Vec<&str> =
            ["patterns", "include", "exclude"].into_iter().filter(|name| !package[*name].is_null()).collect();
        if !own.is_empty() {
            let what = "left out: functions that share a folder share its `.lambdaignore`; give this one a folder of its own, or put the lines there";
            notes.must(format!("package.{}", own.join(", ")), what);
        }
        json!(".")
    }

    fn image(&self, image: &Value, notes: &mut Notes) -> Value {
        if image["uri"].is_string() {
            return image["uri"].clone();
        }
        let name = image.as_str().or_else(|| image["name"].as_str()).unwrap_or_default();
        let images = self.inside(&["ecr", "images"], notes);
        let known = &images[name];
        match known.as_str().or_else(|| known["uri"].as_str()) {
            Some(uri) => json!(uri),
            None => {
                let what = format!(
                    "the image of {}, which the framework builds",
                    if name.is_empty() { self.key } else { name }
                );
                notes.unknown(
                    &format!("{}ImageUri", variable(if name.is_empty() { self.key } else { name })),
                    "URI",
                    what,
                    "image",
                )
            }
        }
    }

    /// The provider's map with the function's own entries over it; an entry that is null is taken out.
    fn together(&self, member: &str, function: &Value, notes: &mut Notes) -> Option<Members> {
        let mut map = Members::new();
        for (value, path) in
            [(&self.provider[member], format!("provider.{member}")), (&function[member], member.to_owned())]
        {
            let value = self.service.shallow(value, &path, notes);
            let value = self.structure(&path, value, notes);
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
        let mut tags = Members::new();
        if let Value::Object(of_stack) = self.inside(&["stackTags"], notes) {
            tags.extend(of_stack);
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
        Value::Object(map) => crate::intrinsics::is_call(map),
        _ => false,
    }
}

/// What says how an image is made or found, which `Code` does.
const OF_IMAGES: [&str; 9] =
    ["uri", "name", "path", "file", "buildArgs", "buildOptions", "cacheFrom", "platform", "provenance"];

/// Returns a structure in the words of the API; null when it has nothing of it. What it does not have is said.
fn renamed(structure: &Value, names: &Names, path: &str, notes: &mut Notes) -> Value {
    for name in structure.as_object().into_iter().flat_map(|members| members.keys()) {
        let is_known = names.iter().any(|(own, _)| own == name) || OF_IMAGES.contains(&name.as_str());
        if !is_known {
            notes.left_out(format!("{path}.{name}"), "the CreateFunction API has no such member");
        }
    }
    let members: Members =
        names.iter().filter_map(|(own, api)| Some(((*api).to_owned(), structure.get(*own)?.clone()))).collect();
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

/// Puts a value into a structure; nothing stays nothing.
fn within(value: Value, structure: impl FnOnce(Value) -> Value) -> Value {
    if value.is_null() { Value::Null } else { structure(value) }
}
