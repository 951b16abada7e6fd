use std::collections::BTreeMap;

/// What is known beside a file's text.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The file's name, without its folder; empty where it has none.
    pub file: &'a str,
    /// The region that the functions are meant for, where the user says one.
    pub region: Option<&'a str>,
    /// The stack that was made of the file, where the user says one.
    pub stack: Option<&'a Stack>,
    /// Reads a text file by its path from the file's folder. It refuses what is not below that folder, and what is large.
    pub read: &'a dyn Fn(&str) -> Result<String, String>,
}

impl Surroundings<'_> {
    /// No name, no region, no stack, no other files.
    pub const NONE: Surroundings<'static> =
        Surroundings { file: "", region: None, stack: None, read: &|_| Err("other files are not read".to_owned()) };
}

/// A stack that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// What it has made, by logical ids: each physical id and type.
    pub resources: BTreeMap<String, (String, String)>,
}

impl Stack {
    /// Returns the physical id of what it made of a resource, and its type. `wanted` is the type that a template says, where it says
    /// one: SAM makes resources of other types, the main one under the same id.
    pub(crate) fn made(&self, id: &str, wanted: Option<&str>) -> Option<(&str, &str)> {
        let (physical, kind) = self.resources.get(id)?;
        let is_it = wanted.is_none_or(|wanted| wanted == kind || wanted.starts_with("AWS::Serverless::"));
        (is_it && !physical.chars().any(char::is_control)).then_some((physical.as_str(), kind.as_str()))
    }
}
