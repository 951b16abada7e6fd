//! `serverless.yml` of the Serverless Framework (version 3, and forks of it).

mod events;
mod function;
mod packaging;
mod sources;
mod variables;

use serde_json::{Map, Value, json};

use crate::beside::Members;
use crate::cloudformation::{Owner, attach, carries, read_functions};
use crate::converted::ConvertError;
use crate::intrinsics::Template;
use crate::notes::{Found, Notes};
use crate::reference::by_defaults;
use crate::surroundings::Surroundings;

use function::Reader;
use variables::Service;

/// Sections of the file that are read, or are about the framework itself.
const READ: [&str; 14] = [
    "service",
    "provider",
    "functions",
    "custom",
    "params",
    "stages",
    "resources",
    "layers",
    "package",
    "plugins",
    "app",
    "org",
    "tenant",
    "frameworkVersion",
];
const SILENT: [&str; 4] =
    ["configValidationMode", "variablesResolutionMode", "deprecationNotificationMode", "disabledDeprecations"];

/// Sections of a service's template that are read, or say nothing about functions.
const OF_TEMPLATES: [&str; 7] =
    ["AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Outputs", "Parameters", "Resources"];

/// The members of `provider` that are read, or say nothing about functions.
const PROVIDER: [&str; 28] = [
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
    "iamRoleStatements",
    "iamManagedPolicies",
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
    "ecr",
    "runtimeManagement",
    "deploymentMethod",
    "lambdaHashingVersion",
];

pub(crate) fn functions(
    document: &Value,
    surroundings: &Surroundings<'_>,
    notes: &mut Notes,
) -> Result<Found, ConvertError> {
    let service = Service::of(document, surroundings, notes);
    let provider = part(&service, &document["provider"], "provider", notes);
    if let Some(cloud) =
        service.value(&provider["name"], "provider.name", notes).as_str().filter(|cloud| *cloud != "aws")
    {
        return Err(ConvertError::OtherCloud(cloud.to_owned()));
    }
    let written = each(&service, &document["functions"], notes)?;
    let resources = resources(&service, &document["resources"], notes);
    let template = Template {
        parameters: &resources["Parameters"],
        mappings: &resources["Mappings"],
        conditions: &resources["Conditions"],
        resources: &resources["Resources"],
        region: service.region.as_deref(),
        stack: surroundings.stack,
        depth: Default::default(),
        steps: Default::default(),
        is_endless: Default::default(),
    };
    let name = name(&service, notes);
    let package = part(&service, &document["package"], "package", notes);
    let package = service.value(&package, "package", notes);
    let plugins = plugins(&service, document, notes);
    let (layers, layer_ids) = layers(&service, &template, notes);
    let mut owners = Vec::new();
    for (key, function) in &written {
        notes.about(Some(key));
        let members = Reader {
            key,
            service: &service,
            service_name: &name,
            provider: &provider,
            template: &template,
            package: &package,
            layers: &layer_ids,
            plugins: &plugins,
            others: &written,
        }
        .read(function, notes);
        owners.push(Owner { id: format!("{}LambdaFunction", logical(key)), members, alias: None });
    }
    notes.about(None);
    if owners.iter().any(|owner| owner.members.get("Code").is_some_and(|code| code == ".")) {
        notes.ignored = packaging::lines(&package, surroundings.file);
        let is_node = |owner: &Owner| {
            owner.members.get("Runtime").and_then(Value::as_str).is_some_and(|name| name.starts_with("nodejs"))
        };
        if package["excludeDevDependencies"] != json!(false) && owners.iter().any(is_node) {
            notes.guessed(
                "package",
                "the framework leaves development dependencies of Node.js out: install without them before you apply",
            );
        }
    }
    let (others, other_layers) = read_functions(&Value::Null, &template, notes);
    owners.extend(others);
    attach(&mut owners, &template, notes);
    notes.about(None);
    rest(document, &provider, &resources, notes);
    let layers = layers.into_iter().chain(other_layers).collect();
    let functions = owners.into_iter().map(|owner| owner.members).collect();
    let name = (!name.is_empty()).then(|| format!("{name}-{}", service.stage));
    Ok(Found { name, region: service.region.clone(), layers, functions })
}

/// A section that must be a map. A text in its place that nobody can read is lost, and that is said.
fn part(service: &Service<'_>, written: &Value, path: &str, notes: &mut Notes) -> Value {
    match service.shallow(written, path, notes) {
        Value::String(_) => {
            notes.must(
                path,
                "lost: it stands in a file that convert does not read; convert what `serverless print` writes",
            );
            Value::Null
        }
        found => found,
    }
}

/// Returns each function with its key, as it is written: `functions` is a map, or a list of maps.
fn each(service: &Service<'_>, written: &Value, notes: &mut Notes) -> Result<Vec<(String, Value)>, ConvertError> {
    let shown = written.to_string();
    let lost = |place: &Value| ConvertError::Elsewhere(place.as_str().unwrap_or(&shown).to_owned());
    let groups = match service.shallow(written, "functions", notes) {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let mut functions = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let Value::Object(map) = service.shallow(group, &format!("functions.{index}"), notes) else {
            let place = if groups.len() == 1 && written.is_string() { written } else { group };
            return Err(lost(place));
        };
        for (key, function) in map {
            match service.shallow(&function, &key, notes) {
                Value::Object(members) => functions.push((key, Value::Object(members))),
                Value::Null => notes.left_out(key, "it is empty"),
                _ => return Err(lost(&function)),
            }
        }
    }
    Ok(functions)
}

/// The service's name.
fn name(service: &Service<'_>, notes: &mut Notes) -> String {
    let written = service.shallow(&service.document["service"], "service", notes);
    let written = if written.is_object() { written["name"].clone() } else { written };
    service.value(&written, "service", notes).as_str().unwrap_or_default().to_owned()
}

/// CloudFormation's resources: a map, or a list of maps.
fn resources(service: &Service<'_>, written: &Value, notes: &mut Notes) -> Value {
    let mark = notes.mark();
    let found = service.value(written, "resources", notes);
    notes.without_notes_since(&mark);
    let mut merged = Map::new();
    let parts = match found {
        Value::Array(parts) => parts,
        one => vec![one],
    };
    for part in parts {
        let Value::Object(sections) = part else {
            if !part.is_null() {
                notes.must("resources", "lost in part: they stand in a file that convert does not read");
            }
            continue;
        };
        for (section, value) in sections {
            match (merged.get_mut(&section).and_then(Value::as_object_mut), value) {
                (Some(own), Value::Object(more)) => own.extend(more),
                (_, value) => _ = merged.insert(section, value),
            }
        }
    }
    Value::Object(merged)
}

/// The plugins' names; those that make the code are said.
fn plugins(service: &Service<'_>, document: &Value, notes: &mut Notes) -> Vec<String> {
    let found = service.value(&document["plugins"], "plugins", notes);
    let list = if found.is_object() { &found["modules"] } else { &found };
    let names: Vec<String> =
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let mut others = Vec::new();
    for name in &names {
        match packaging::builds(name) {
            Some(what) => notes.must(
                "plugins",
                format!("{name} {what}: run `serverless package`, and let `Code` name the archives that it puts into .serverless"),
            ),
            None => others.push(name.as_str()),
        }
    }
    if !others.is_empty() {
        notes.left_out("plugins", format!("lambdactl has none: {}", others.join(", ")));
    }
    names
}

/// Logical ids of layers, and their names in the manifest.
type LayerNames = Vec<(String, String)>;

/// Layers of the service, and their names by logical ids.
fn layers(service: &Service<'_>, template: &Template<'_>, notes: &mut Notes) -> (Vec<Members>, LayerNames) {
    const MEMBERS: [(&str, &str); 4] = [
        ("description", "Description"),
        ("compatibleRuntimes", "CompatibleRuntimes"),
        ("compatibleArchitectures", "CompatibleArchitectures"),
        ("licenseInfo", "LicenseInfo"),
    ];
    let (mut layers, mut ids) = (Vec::new(), Vec::new());
    let found = part(service, &service.document["layers"], "layers", notes);
    let found = service.value(&found, "layers", notes);
    for (key, layer) in found.as_object().into_iter().flatten() {
        let path = format!("layers.{key}");
        let name = layer["name"].as_str().unwrap_or(key);
        let Some((name, _)) = by_defaults(name).filter(|(name, _)| lambdactl_schema::is_layer_name(name)) else {
            notes.must(path, "left out: its name is not known here");
            continue;
        };
        let content = match (layer["path"].as_str(), layer["package"]["artifact"].as_str()) {
            (_, Some(artifact)) => artifact,
            (Some(path), None) => path,
            (None, None) => {
                notes.must(path, "left out: it has no path");
                continue;
            }
        };
        let content = if content.starts_with(['.', '/']) { content.to_owned() } else { format!("./{content}") };
        let mut members =
            Map::from_iter([("LayerName".to_owned(), json!(name)), ("Content".to_owned(), json!(content))]);
        for (member, value) in layer.as_object().into_iter().flatten() {
            match member.as_str() {
                "name" | "path" => {}
                "package" if value["artifact"].is_string() => {}
                own => match MEMBERS.iter().find(|(written, _)| *written == own) {
                    Some((_, api)) => _ = members.insert((*api).to_owned(), template.resolve(value, &path, notes)),
                    None => notes.left_out(format!("{path}.{own}"), "a layer of a manifest has no such member"),
                },
            }
        }
        ids.push((format!("{}LambdaLayer", logical(key)), name));
        layers.push(members);
    }
    (layers, ids)
}

/// How the framework makes logical ids.
fn logical(key: &str) -> String {
    let spelt = key.replace('-', "Dash").replace('_', "Underscore");
    let mut letters = spelt.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Says what of the service was not carried over.
fn rest(document: &Value, provider: &Value, resources: &Value, notes: &mut Notes) {
    for section in document.as_object().into_iter().flat_map(|sections| sections.keys()) {
        match section.as_str() {
            section if READ.contains(&section) || SILENT.contains(&section) => {}
            "useDotenv" => notes.must(section, "variables come from the environment: `set -a; . ./.env; set +a`"),
            _ => notes.left_out(section, "a manifest has no such thing"),
        }
    }
    for member in provider.as_object().into_iter().flat_map(|members| members.keys()) {
        if !PROVIDER.contains(&member.as_str()) {
            notes.left_out(format!("provider.{member}"), "nothing of a function");
        }
    }
    let is_made = |path: &[&str]| !path.iter().fold(provider, |value, name| &value[*name]).is_null();
    if is_made(&["iamRoleStatements"])
        || is_made(&["iamManagedPolicies"])
        || is_made(&["iam", "role", "statements"])
        || is_made(&["iam", "role", "managedPolicies"])
    {
        notes.left_out("provider.iam", "roles are not managed; the function's `Role` is");
    }
    for section in resources.as_object().into_iter().flat_map(|sections| sections.keys()) {
        match section.as_str() {
            section if OF_TEMPLATES.contains(&section) => {}
            "extensions" => notes
                .must("resources.extensions", "not applied: what they change of functions is to be written by hand"),
            _ => notes.left_out(format!("resources.{section}"), "a manifest has no such thing"),
        }
    }
    let mut kinds: Vec<&str> = Vec::new();
    for kind in resources["Resources"]
        .as_object()
        .into_iter()
        .flat_map(|all| all.values())
        .filter_map(|one| one["Type"].as_str())
    {
        if !carries(kind) && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if !kinds.is_empty() {
        notes.left_out("resources", format!("not managed by lambdactl, keep them in a template: {}", kinds.join(", ")));
    }
}
