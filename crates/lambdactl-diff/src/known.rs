//! Which members of an answer are looked at: the service adds members all the time, and what neither this build nor the
//! manifest has heard of is no difference.

use std::collections::HashSet;

use lambdactl_schema::{Pointer, members};
use serde_json::{Map, Value};

/// The members of a function that this build knows.
pub(crate) struct Known {
    top: Vec<String>,
    /// Every member by its path, such as `/VpcConfig/SubnetIds`.
    paths: HashSet<String>,
    /// Those that have members themselves. The entries of other maps are data.
    structures: HashSet<String>,
}

impl Known {
    /// Collects the members of the request types.
    pub(crate) fn new() -> Self {
        let mut known = Self { top: Vec::new(), paths: HashSet::new(), structures: HashSet::new() };
        for member in members().into_iter().filter(|member| member.of_function && !member.is_beside()) {
            let pointer = |path: &[String]| path.iter().map(|name| format!("/{name}")).collect::<String>();
            if let [top] = member.path.as_slice() {
                known.top.push(top.clone());
            }
            known.structures.insert(pointer(&member.path[..member.path.len() - 1]));
            known.paths.insert(pointer(&member.path));
        }
        known
    }

    /// Returns the names of a function's members.
    pub(crate) fn members(&self) -> impl Iterator<Item = &str> {
        self.top.iter().map(String::as_str)
    }

    /// Takes the members out of an answer that neither this build knows nor the request has.
    pub(crate) fn forget_others(&self, answer: &mut Map<String, Value>, request: &Map<String, Value>) {
        self.forget(answer, Some(request), &mut Pointer::default());
    }

    fn forget(&self, answer: &mut Map<String, Value>, request: Option<&Map<String, Value>>, path: &mut Pointer) {
        let is_structure = self.structures.contains(path.as_str());
        answer.retain(|name, value| {
            let wanted = request.and_then(|request| request.get(name));
            let outer = path.enter(name);
            let is_ours = !is_structure || wanted.is_some() || self.paths.contains(path.as_str());
            if is_ours {
                match value {
                    Value::Object(inner) => self.forget(inner, wanted.and_then(Value::as_object), path),
                    Value::Array(items) => {
                        for (index, item) in items.iter_mut().enumerate() {
                            if let Value::Object(inner) = item {
                                let wanted = wanted.and_then(|wanted| wanted[index].as_object());
                                self.forget(inner, wanted, path);
                            }
                        }
                    }
                    _ => {}
                }
            }
            path.leave(outer);
            is_ours
        });
    }
}
