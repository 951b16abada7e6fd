use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use crate::json_schema::{entry_schema, head_schema, layer_schema, resolve};
use crate::kinds::{Kind, Nature};
use crate::manifest::NOT_OF_STAGES;

/// What is known of a place in a manifest, as far as it decides whether a value there can be shown.
///
/// Whatever does not fit is not shown: nobody knows whether an unknown member, or a map where a text is wanted, holds a
/// secret. What stands under `Environment` fits nowhere.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// A text, number or boolean belongs here.
    pub scalar: bool,
    /// Of texts only the name of a file belongs here, `fileb://PATH`; any other may be anything.
    pub file_only: bool,
    /// Anything belongs here, as deep as it goes: the pattern of a filter.
    pub anything: bool,
    /// The members that belong here.
    pub members: BTreeMap<String, Shape>,
    /// What belongs under every key of the user's own, as in `Tags`.
    pub entries: Option<Box<Shape>>,
    /// What belongs in a list here.
    pub items: Option<Box<Shape>>,
}

static FUNCTION: LazyLock<Shape> = LazyLock::new(function);
static LAYER: LazyLock<Shape> = LazyLock::new(layer);
static MANIFEST: LazyLock<Shape> = LazyLock::new(manifest);
static WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let mut words = BTreeSet::new();
    MANIFEST.collect_words(&mut words);
    words
});

impl Shape {
    /// The shape of a function.
    pub fn of_function() -> &'static Self {
        &FUNCTION
    }

    /// The shape of a layer.
    pub fn of_layer() -> &'static Self {
        &LAYER
    }

    /// The shape of a manifest with its functions.
    pub fn of_manifest() -> &'static Self {
        &MANIFEST
    }

    /// Whether a word is the name of a member or key, anywhere in a manifest.
    pub fn is_name(word: &str) -> bool {
        WORDS.contains(word)
    }

    /// Returns what is known of the place under a key.
    pub fn under(&self, key: &str) -> Option<&Self> {
        self.members.get(key).or(self.entries.as_deref())
    }

    /// Whether a text that stands here can be shown.
    pub fn can_show_text(&self, text: &str) -> bool {
        self.scalar || (self.file_only && text.starts_with("fileb://"))
    }

    /// Whether the value at a JSON pointer is known to be no secret.
    pub fn can_show(&self, pointer: &str, value: &Value) -> bool {
        let mut here = self;
        for segment in pointer.split('/').skip(1) {
            if here.anything {
                return true;
            }
            let next = if segment.contains('~') {
                here.under(&segment.replace("~1", "/").replace("~0", "~"))
            } else {
                here.under(segment)
            };
            match next.or(here.items.as_deref()) {
                Some(next) => here = next,
                None => return false,
            }
        }
        here.fits(value)
    }

    /// Whether a value has this shape, and so has nothing in it that is not known.
    fn fits(&self, value: &Value) -> bool {
        match value {
            _ if self.anything => true,
            Value::Null => true,
            Value::Bool(_) | Value::Number(_) => self.scalar,
            Value::String(text) => self.can_show_text(text),
            Value::Array(items) => self.items.as_ref().is_some_and(|shape| items.iter().all(|item| shape.fits(item))),
            Value::Object(members) => {
                members.iter().all(|(key, value)| self.under(key).is_some_and(|shape| shape.fits(value)))
            }
        }
    }

    fn collect_words<'a>(&'a self, words: &mut BTreeSet<&'a str>) {
        for (name, member) in &self.members {
            words.insert(name);
            member.collect_words(words);
        }
        for inner in self.entries.iter().chain(&self.items) {
            inner.collect_words(words);
        }
    }
}

fn function() -> Shape {
    let schema = entry_schema();
    let mut function = shape(&schema, &schema);
    // The names are known, the values are not.
    let environment = function.members.entry("Environment".into()).or_default();
    *environment = Shape { members: BTreeMap::from([("Variables".into(), Shape::default())]), ..Shape::default() };
    with_path(&mut function, "Code");
    let aliases = function.members.get_mut(Kind::Aliases.row().key);
    if let Some(alias) = aliases.and_then(|aliases| aliases.entries.as_mut()) {
        allow_lists(alias);
    }
    allow_lists(&mut function);
    function
}

fn layer() -> Shape {
    let schema = layer_schema();
    let mut layer = shape(&schema, &schema);
    with_path(&mut layer, "Content");
    layer
}

/// Lets what holds an archive be a path, and hides the archive.
fn with_path(shape: &mut Shape, member: &str) {
    if let Some(code) = shape.members.get_mut(member) {
        code.scalar = true;
        code.members.insert("ZipFile".into(), Shape { file_only: true, ..Shape::default() });
    }
}

/// Several things of a kind may be a list as well, in which each says its name.
fn allow_lists(owner: &mut Shape) {
    for row in Kind::ALL.map(Kind::row).into_iter().filter(|row| row.nature.has_several()) {
        let Some(things) = owner.members.get_mut(row.key) else { continue };
        things.items.clone_from(&things.entries);
        if let (Some(item), Nature::Things { name }) = (&mut things.items, row.nature) {
            item.members.insert(name.to_owned(), Shape { scalar: true, ..Shape::default() });
        }
    }
}

fn manifest() -> Shape {
    let schema = head_schema();
    let mut manifest = shape(&schema, &schema);
    let functions =
        Shape { entries: Some(Box::new(function())), items: Some(Box::new(function())), ..Shape::default() };
    manifest.members.insert("functions".into(), functions);
    let layers = Shape { entries: Some(Box::new(layer())), items: Some(Box::new(layer())), ..Shape::default() };
    manifest.members.insert("layers".into(), layers);
    manifest.members.insert("defaults".into(), function());
    // The names are known; what a variable stands for may get anywhere.
    let hidden = Shape { entries: Some(Box::default()), ..Shape::default() };
    manifest.members.insert("variables".into(), hidden);
    let mut stage = manifest.clone();
    stage.members.retain(|key, _| !NOT_OF_STAGES.contains(&key.as_str()));
    manifest.members.insert("stages".into(), Shape { entries: Some(Box::new(stage)), ..Shape::default() });
    manifest.members.insert("$schema".into(), Shape { scalar: true, ..Shape::default() });
    manifest
}

fn shape(root: &Value, schema: &Value) -> Shape {
    let schema = resolve(root, schema);
    let inner = |schema: &Value| schema.is_object().then(|| Box::new(shape(root, schema)));
    // A text or a map.
    let anything = schema["type"].is_array();
    match schema["type"].as_str() {
        Some("object") => Shape {
            members: schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, member)| (name.clone(), shape(root, member)))
                .collect(),
            entries: inner(&schema["additionalProperties"]),
            ..Shape::default()
        },
        Some("array") => Shape { items: inner(&schema["items"]), ..Shape::default() },
        _ => Shape { scalar: true, anything, ..Shape::default() },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn can_show(pointer: &str, value: Value) -> bool {
        Shape::of_function().can_show(pointer, &value)
    }

    #[test]
    fn only_what_is_known_can_be_shown() {
        assert!(can_show("/Timeout", json!(3)));
        assert!(can_show("/Tags/a~1b", json!("x")));
        assert!(can_show("/Layers", json!(["arn"])));
        assert!(can_show("/Layers/0", json!("arn")));
        assert!(can_show("/VpcConfig", json!({ "SubnetIds": ["s"] })));
        assert!(can_show("/FileSystemConfigs", json!([{ "Arn": "a", "LocalMountPath": "/m" }])));
        assert!(can_show("/Code/S3Key", json!("k")));
        let filters = "/EventSourceMappings/orders/FilterCriteria/Filters";
        assert!(can_show(filters, json!([{ "Pattern": { "body": { "kind": ["a"] } } }])));
        assert!(can_show(&format!("{filters}/0/Pattern/body"), json!({ "kind": ["a"] })));
        assert!(!can_show(&format!("{filters}/0/Secret"), json!("a")));
        let provider = "/CapacityProviderConfig/LambdaManagedInstancesCapacityProviderConfig";
        assert!(can_show(&format!("{provider}/ExecutionEnvironmentMemoryGiBPerVCpu"), json!(2.0)));

        let listed = json!([{ "Name": "live", "Permissions": [{ "StatementId": "s", "Principal": "p" }],
            "EventSourceMappings": [{ "EventSourceArn": "a" }] }]);
        assert!(can_show("/Aliases", listed));
        assert!(can_show("/EventSourceMappings", json!([{ "Topics": ["t"] }])));
        assert!(!can_show("/EventSourceMappings", json!([{ "Secret": "t" }])));

        assert!(!can_show("/Environment/Variables/A", json!("x")));
        assert!(!can_show("/Environment", json!("x")));
        assert!(!can_show("/Environment/Vars", json!({ "A": "x" })));
        assert!(!can_show("/Secrets/A", json!("x")));
        assert!(!can_show("/DB_PASSWORD", json!("x")));
        assert!(!can_show("/Description", json!({ "A": "x" })));
        assert!(!can_show("/Tags/a", json!(["x"])));
        assert!(!can_show("/FileSystemConfigs", json!([{ "Arn": "a", "Key": "x" }])));
        assert!(!can_show("/VpcConfig/Key", json!("x")));
        assert!(!can_show("/Code/ZipFile", json!("x")));
    }

    #[test]
    fn every_member_is_a_word_and_fits() {
        let is_list = |path: &[String]| {
            let listed = crate::members().into_iter().find(|member| member.path == path);
            listed.is_some_and(|member| member.schema["type"] == "array")
        };
        for member in crate::members() {
            assert!(Shape::is_name(member.path.last().expect("a name")), "{}", member.name());
            let hidden = ["Environment", "Code.ZipFile"].iter().any(|hidden| member.name().starts_with(hidden));
            if member.of_function && !hidden {
                let mut pointer = String::new();
                for (at, name) in member.path.iter().enumerate() {
                    pointer += &format!("/{name}");
                    if at + 1 < member.path.len() && is_list(&member.path[..=at]) {
                        pointer += "/0";
                    }
                }
                let is_scalar = !matches!(member.schema["type"].as_str(), Some("object" | "array"));
                if is_scalar {
                    assert!(can_show(&pointer, json!("x")), "{pointer}");
                }
            }
        }
    }
}
