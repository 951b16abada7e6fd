//! The members of a manifest by name, for those who ask about one.

use serde_json::Value;

use crate::json_schema::{entry_schema, head_schema, layer_schema, resolve};
use crate::kinds::Kind;
use crate::suggest::nearest;

/// A member of a function, at any depth, or a key of a manifest.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its names from the function down, such as `VpcConfig` and `SubnetIds`.
    pub path: Vec<String>,
    /// Its schema: description, type, limits.
    pub schema: Value,
    /// Whether what it stands in must have it.
    pub required: bool,
    /// Whether it stands in a function; otherwise it is a key of the manifest beside the functions.
    pub of_function: bool,
}

impl Member {
    /// Returns its name as people write it: `VpcConfig.SubnetIds`; `*` stands for a name of the user's own.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// Whether it stands beside the function: CreateFunction has no such member.
    pub fn is_beside(&self) -> bool {
        let is_key =
            |kind: &Kind| kind.is_beside() && kind.row().level.has_function() && kind.row().key == self.path[0];
        self.of_function && Kind::ALL.iter().any(is_key)
    }
}

/// Returns every member, the manifest's own keys last.
pub fn members() -> Vec<Member> {
    let mut found = Vec::new();
    let layers = ["layers".to_owned()];
    for (schema, path, of_function) in
        [(entry_schema(), &[][..], true), (head_schema(), &[], false), (layer_schema(), &layers, false)]
    {
        collect(&schema, &schema, path, of_function, &mut found);
    }
    found
}

/// Finds a member by its name in any case, `VpcConfig.SubnetIds`, `/VpcConfig/SubnetIds` or just `SubnetIds`. Where
/// there is none, returns the name that was probably meant.
///
/// # Errors
/// The likeliest name, if any is like it.
pub fn find_member(name: &str) -> Result<Member, Option<String>> {
    let wanted = name.trim_start_matches('/').replace('/', ".");
    let members = members();
    let is = |candidate: &str| candidate.eq_ignore_ascii_case(&wanted);
    let by_last = |member: &&Member| member.path.last().is_some_and(|last| is(last));
    let by_name = |member: &&Member| is(&member.name()) || is(&member.name().replace(".*", ""));
    // `layers` is a key of the manifest, `Layers` a member of a function.
    let as_written = members.iter().find(|member| member.name() == wanted);
    let found = as_written.or_else(|| members.iter().find(by_name)).or_else(|| members.iter().find(by_last));
    found.cloned().ok_or_else(|| {
        let names: Vec<String> = members.iter().map(Member::name).collect();
        nearest(&wanted, names.iter().map(String::as_str)).map(str::to_owned)
    })
}

fn collect(root: &Value, schema: &Value, path: &[String], of_function: bool, found: &mut Vec<Member>) {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let mut own = resolve(root, member).clone();
        // What a member says about itself goes before what its type says.
        if !member["description"].is_null() {
            own["description"] = member["description"].clone();
        }
        let path: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
        let entries = resolve(root, &own["additionalProperties"]).clone();
        let inner = if own["items"].is_object() { resolve(root, &own["items"]).clone() } else { own.clone() };
        found.push(Member { path: path.clone(), schema: own, required: required(name), of_function });
        collect(root, &inner, &path, of_function, found);
        let entry: Vec<String> = path.into_iter().chain(["*".to_owned()]).collect();
        collect(root, &entries, &entry, of_function, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_every_spelling() {
        for name in ["VpcConfig.SubnetIds", "/VpcConfig/SubnetIds", "subnetids", "vpcconfig.subnetids"] {
            assert_eq!(find_member(name).unwrap().path, ["VpcConfig", "SubnetIds"], "{name}");
        }
        for name in ["Aliases.*.FunctionVersion", "aliases.functionversion", "FunctionVersion"] {
            assert_eq!(find_member(name).unwrap().path, ["Aliases", "*", "FunctionVersion"], "{name}");
        }
        assert!(find_member("Aliases").unwrap().is_beside() && !find_member("Tags").unwrap().is_beside());
        assert!(find_member("Role").unwrap().required);
        assert!(find_member("FileSystemConfigs.LocalMountPath").unwrap().required);
        assert!(!find_member("Timeout").unwrap().required);
        assert!(!find_member("region").unwrap().of_function);
        for name in ["layers.CompatibleRuntimes", "/layers/CompatibleRuntimes", "compatibleruntimes"] {
            assert_eq!(find_member(name).unwrap().path, ["layers", "CompatibleRuntimes"], "{name}");
        }
        assert!(!find_member("layers").unwrap().of_function && find_member("Layers").unwrap().of_function);
        assert!(find_member("Description").unwrap().of_function);
        assert_eq!(find_member("Timout").unwrap_err().as_deref(), Some("Timeout"));
        assert!(find_member("Colour").is_err());
    }

    #[test]
    fn what_a_member_says_of_itself_goes_before_what_its_type_says() {
        let (description, schema) = (|schema: &Value| schema["description"].clone(), entry_schema());
        let own = find_member("EventInvokeConfig").unwrap().schema;
        assert_eq!(description(&own), description(&schema["properties"]["EventInvokeConfig"]));
        let of_type = &schema["$defs"]["EventInvokeConfig"];
        assert_ne!(description(&own), description(of_type));
        assert_eq!(own["properties"], of_type["properties"]);
    }

    #[test]
    fn every_member_of_a_function_explains_itself() {
        for member in members() {
            let undescribed = member.schema["description"].is_null();
            // What the manifest's own outer keys hold is described in the editors' schema.
            assert!(!undescribed || !member.of_function, "{}", member.name());
        }
    }
}
