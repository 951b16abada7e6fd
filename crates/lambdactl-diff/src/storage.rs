//! Code storage: an account has 75 GB of it in a region, and every version of a function keeps a copy of its own (AWS
//! documentation, Lambda quotas).

use lambdactl_schema::{Kind, Operation, Slot};
use serde_json::Value;

use crate::action::{Action, Plan};
use crate::current::CurrentState;
use crate::found::Found;

/// Old versions of functions that a plan deletes: how many, and the bytes of their code as far as the account says them.
pub fn freed_by_versions(plan: &Plan, current: &CurrentState) -> (usize, u64) {
    let (mut count, mut bytes) = (0, 0);
    for function in &plan.functions {
        let Action::Update(calls) = &function.action else { continue };
        let found = current.functions.get(&function.name).and_then(|there| there.beside.get(&Kind::OldVersions));
        let deleted = calls.iter().filter(|call| call.operation == Operation::DeleteFunction);
        for number in deleted.filter_map(|call| call.subject.qualifier.as_deref()) {
            count += 1;
            if let Some(Found::Things(versions)) = found {
                let size = versions.get(&Slot::function().named(number)).and_then(Value::as_u64);
                bytes += size.unwrap_or_default();
            }
        }
    }
    (count, bytes)
}

/// Writes a number of bytes for people, in the units of the quota: 1 GB is 2^30 bytes.
pub fn shown_bytes(bytes: u64) -> String {
    const MEGABYTE: f64 = 1024.0 * 1024.0;
    let megabytes = bytes as f64 / MEGABYTE;
    match megabytes {
        few if few < 1.0 => format!("{bytes} bytes"),
        some if some < 1024.0 => format!("{some:.1} MB"),
        many => format!("{:.1} GB", many / 1024.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_the_unit_that_fits() {
        assert_eq!(shown_bytes(111), "111 bytes");
        assert_eq!(shown_bytes(3 << 19), "1.5 MB");
        assert_eq!(shown_bytes(80_530_636_800), "75.0 GB");
    }
}
