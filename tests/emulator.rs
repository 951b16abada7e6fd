//! The emulator's command against boto3, which knows nothing of emulators: pages of tags, and patience with a throttle.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_tests::Emulator;
use lambdactl_tests::python::Python;
use serde_json::{Value, json};

#[test]
fn boto3_pages_through_tags_and_is_patient_with_the_quotas() {
    let Some(python) = Python::provision() else { return };
    let emulator = Emulator::start_with(&["--quota", "aws", "--latency", "1ms"]);
    let result = python.run("throttled.py", &[&emulator.endpoint], &Value::Null);

    assert_eq!(result["pages"], json!([["tagged-0"], ["tagged-1"], ["tagged-2"]]));
    assert_eq!(result["tags"], json!([{ "Key": "number", "Value": "0" }]));
    // Every call came through in the end, and boto3 tried again exactly where it was refused. How often that was is a
    // question of the machine's speed.
    let requests = emulator.take_requests();
    for (operation, calls) in [("ListFunctions", "listed"), ("GetResources", "searched")] {
        let (calls, counted) = (&result[calls], &requests[operation]);
        assert_eq!(calls["done"], counted["answered"], "{operation}: {requests}");
        assert_eq!(calls["repeated"], counted["throttled"], "{operation}: {requests}");
    }
}
