//! Event source mappings through their whole life.

mod common;

use std::time::Duration;

use common::mappings::{
    ARN, INVALID, MISSING, PATH, QUEUE, STREAM, create, created, delete, in_memory, kafka, listed, plain, prepared,
    read, slow, update, updated, uuid,
};
use common::{FUNCTIONS, Service, with, zip_function};
use lambdactl_emulator::{EmulatorOptions, Setup};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(start_paused = true)]
async fn states_follow_each_other() {
    let service = slow(&[]).await;
    let state = async |uuid: &str| read(&service, uuid).await["State"].clone();
    let wait = async |seconds: u64| tokio::time::advance(Duration::from_secs(seconds)).await;
    let in_use = async |uuid: &str| {
        for (answer, verb) in [
            (update(&service, uuid, json!({ "BatchSize": 1 })).await, "update"),
            (delete(&service, uuid).await, "delete"),
        ] {
            let text = format!("Cannot {verb} the event source mapping because it is in use.");
            answer.expect_error(400, "ResourceInUseException", &text);
        }
    };
    let body = json!({ "FunctionName": "f", "EventSourceArn": QUEUE });
    let mapping = created(&service, &body).await;
    let id = uuid(&mapping);
    assert_eq!((&mapping["State"], state(id).await), (&json!("Creating"), json!("Creating")));
    in_use(id).await;
    wait(6).await;
    assert_eq!(state(id).await, "Enabled");

    for (change, during, after) in [
        (json!({ "BatchSize": 5 }), "Updating", "Enabled"),
        (json!({ "Enabled": false }), "Disabling", "Disabled"),
        (json!({ "BatchSize": 6 }), "Updating", "Disabled"),
        (json!({ "Enabled": false, "BatchSize": 7 }), "Updating", "Disabled"),
        (json!({ "Enabled": true }), "Enabling", "Enabled"),
        (json!({ "FunctionName": "g" }), "Updating", "Enabled"),
    ] {
        assert_eq!(updated(&service, id, change.clone()).await["State"], during, "{change}");
        assert_eq!(state(id).await, during);
        in_use(id).await;
        wait(4).await;
        assert_eq!(state(id).await, after, "{change}");
    }
    assert_eq!(read(&service, id).await["FunctionArn"], format!("{ARN}:g"));

    let deleted = delete(&service, id).await;
    assert_eq!((deleted.status.as_u16(), &deleted.json()["State"]), (202, &json!("Deleting")));
    assert_eq!(state(id).await, "Deleting");
    assert_eq!(listed(&service, "").await.len(), 1);
    in_use(id).await;
    let again = json!({ "FunctionName": "g", "EventSourceArn": QUEUE });
    create(&service, &again).await.expect_error(409, "ResourceConflictException", id);
    wait(4).await;
    service.get(&format!("{PATH}/{id}")).await.expect_error(404, MISSING, "The resource you requested does not exist.");
    assert_eq!(listed(&service, "").await, [Value::Null; 0]);
    // One that is not to run is so at once.
    let stopped = created(&service, &with(again, json!({ "Enabled": false }))).await;
    assert_eq!((&stopped["State"], state(uuid(&stopped)).await), (&json!("Disabled"), json!("Disabled")));
    assert_eq!(stopped.get("Enabled"), None);
}

#[tokio::test]
async fn nothing_has_to_be_waited_for_where_nothing_takes_time() {
    let service = in_memory().await;
    let mapping = created(&service, &json!({ "FunctionName": "f", "EventSourceArn": QUEUE })).await;
    let id = uuid(&mapping);
    assert_eq!(updated(&service, id, json!({ "Enabled": false })).await["State"], "Disabling");
    assert_eq!(read(&service, id).await["State"], "Disabled");
    assert_eq!(delete(&service, id).await.json()["State"], "Deleting");
    let missing = "The resource you requested does not exist.";
    for answer in
        [service.get(&format!("{PATH}/{id}")).await, update(&service, id, json!({})).await, delete(&service, id).await]
    {
        answer.expect_error(404, MISSING, missing);
        assert_eq!(answer.json(), json!({ "Type": "User", "Message": missing }));
    }
    service.get(&format!("{PATH}/none")).await.expect_error(400, "ValidationException", "'uuid'");
}

#[tokio::test]
async fn update_keeps_what_it_does_not_name_and_resets_what_it_empties() {
    let service = in_memory().await;
    let filters = json!({ "Filters": [{ "Pattern": "{\"body\":[1]}" }] });
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    let queue = created(
        &service,
        &json!({
            "FunctionName": "f", "EventSourceArn": QUEUE, "FilterCriteria": filters, "KMSKeyArn": key,
            "ScalingConfig": { "MaximumConcurrency": 5 }, "MetricsConfig": { "Metrics": ["EventCount"] },
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }),
    )
    .await;
    let id = uuid(&queue);
    let other = updated(&service, id, json!({ "BatchSize": 3 })).await;
    assert_eq!(plain(other), with(plain(queue.clone()), json!({ "BatchSize": 3, "State": "Updating" })));
    for (change, gone) in [
        (json!({ "FilterCriteria": {} }), "FilterCriteria"),
        (json!({ "KMSKeyArn": "" }), "KMSKeyArn"),
        (json!({ "ScalingConfig": {} }), "ScalingConfig"),
        (json!({ "MetricsConfig": { "Metrics": [] } }), "MetricsConfig"),
    ] {
        assert_eq!(updated(&service, id, change).await.get(gone), None, "{gone}");
    }
    assert_eq!(updated(&service, id, json!({ "FunctionResponseTypes": [] })).await["FunctionResponseTypes"], json!([]));
    // What only a creation has is no member of the request.
    let fixed =
        json!({ "EventSourceArn": STREAM, "StartingPosition": "LATEST", "Topics": ["t"], "Tags": { "a": "b" } });
    let same = updated(&service, id, fixed).await;
    assert_eq!((&same["EventSourceArn"], same.get("StartingPosition")), (&json!(QUEUE), None));
    let window = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10";
    update(&service, id, json!({ "BatchSize": 11 })).await.expect_error(400, INVALID, window);
    let both = json!({ "BatchSize": 11, "MaximumBatchingWindowInSeconds": 1 });
    assert_eq!(updated(&service, id, both).await["BatchSize"], 11);
    let back = update(&service, id, json!({ "MaximumBatchingWindowInSeconds": 0 })).await;
    back.expect_error(400, INVALID, window);
    update(&service, id, json!({ "FunctionName": "none" })).await.expect_error(400, INVALID, "Function does not exist");
    assert_eq!(
        updated(&service, id, json!({ "FunctionName": "f:live" })).await["FunctionArn"],
        format!("{ARN}:f:live")
    );

    let to = json!({ "OnFailure": { "Destination": QUEUE } });
    let stream = json!({
        "FunctionName": "f", "EventSourceArn": STREAM, "StartingPosition": "LATEST", "DestinationConfig": to,
    });
    let stream = created(&service, &stream).await;
    assert_eq!(stream["DestinationConfig"], to);
    let reset = updated(&service, uuid(&stream), json!({ "DestinationConfig": {} })).await;
    assert_eq!(reset["DestinationConfig"], json!({ "OnFailure": {} }));

    let config = json!({ "ConsumerGroupId": "group", "SchemaRegistryConfig": { "EventRecordFormat": "JSON" } });
    let kafka = created(
        &service,
        &with(
            kafka(),
            json!({ "SelfManagedKafkaEventSourceConfig": config, "LoggingConfig": { "SystemLogLevel": "INFO" } }),
        ),
    )
    .await;
    let sent = json!({
        "SelfManagedKafkaEventSourceConfig": { "ConsumerGroupId": "other" }, "LoggingConfig": {},
    });
    let changed = updated(&service, uuid(&kafka), sent).await;
    assert_eq!(
        changed["SelfManagedKafkaEventSourceConfig"],
        json!({ "ConsumerGroupId": "group" }),
        "the rest is sent whole"
    );
    assert_eq!(changed["LoggingConfig"], json!({ "SystemLogLevel": "INFO" }), "nothing takes it away");
    let host = json!({ "SourceAccessConfigurations": [{ "Type": "VIRTUAL_HOST", "URI": "/" }] });
    update(&service, uuid(&kafka), host).await.expect_error(400, INVALID, "VIRTUAL_HOST");
}

#[tokio::test]
async fn lists_come_in_pages_and_hide_encrypted_filters() {
    let service = in_memory().await;
    let filters = json!({ "Filters": [{ "Pattern": "{\"body\":[1]}" }] });
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    let mut uuids = Vec::new();
    for number in 0..105 {
        let name = ["f", "g", "f:live"][number % 3];
        let body = json!({
            "FunctionName": name, "EventSourceArn": format!("{QUEUE}-{number}"), "FilterCriteria": filters,
            "KMSKeyArn": if number == 0 { key } else { "" },
        });
        uuids.push(uuid(&created(&service, &body).await).to_owned());
    }
    let (mut found, mut sizes, mut query) = (Vec::new(), Vec::new(), "?MaxItems=10000".to_owned());
    loop {
        let page = service.get(&format!("{PATH}/{query}")).await.json();
        let rows = page["EventSourceMappings"].as_array().expect("rows");
        sizes.push(rows.len());
        found.extend(rows.iter().map(|row| uuid(row).to_owned()));
        let Some(marker) = page["NextMarker"].as_str() else { break };
        query = format!("?Marker={marker}");
    }
    assert_eq!((sizes, found), (vec![100, 5], uuids.clone()));
    for (query, count) in [
        ("?FunctionName=g", 35),
        ("?FunctionName=f", 70),
        ("?FunctionName=f:live", 35),
        ("?FunctionName=none", 0),
        ("?MaxItems=7", 7),
        (&format!("?EventSourceArn={QUEUE}-1"), 1),
        (&format!("?EventSourceArn={QUEUE}-1&FunctionName=f"), 0),
        ("?EventSourceArn=arn:aws:sqs:us-east-1:123456789012:none", 0),
    ] {
        assert_eq!(listed(&service, query).await.len(), count, "{query}");
    }
    let rows = listed(&service, "?MaxItems=2").await;
    assert_eq!((rows[0].get("FilterCriteria"), &rows[1]["FilterCriteria"]), (None, &filters));
    assert_eq!(read(&service, &uuids[0]).await["FilterCriteria"], filters);
    for query in ["?MaxItems=0", "?MaxItems=10001"] {
        service.get(&format!("{PATH}{query}")).await.expect_error(400, "ValidationException", "'maxItems'");
    }
    let elsewhere = service.send_as("eu-west-1", Method::GET, PATH, "").await;
    assert_eq!(elsewhere.json(), json!({ "EventSourceMappings": [] }));
}

#[tokio::test]
async fn mappings_have_tags_of_their_own() {
    let service = in_memory().await;
    let body = json!({ "FunctionName": "f", "EventSourceArn": QUEUE, "Tags": { "team": "a" } });
    let mapping = created(&service, &body).await;
    let arn = mapping["EventSourceMappingArn"].as_str().expect("an ARN").to_owned();
    let path = |arn: &str| format!("/2017-03-31/tags/{}", arn.replace(':', "%3A"));
    assert_eq!(service.get(&path(&arn)).await.json(), json!({ "Tags": { "team": "a" } }));
    let tagged = service.send(Method::POST, &path(&arn), json!({ "Tags": { "n": "1" } }).to_string()).await;
    assert_eq!(tagged.status.as_u16(), 204, "{}", tagged.text());
    let untagged = service.send(Method::DELETE, &format!("{}?tagKeys=team", path(&arn)), "").await;
    assert_eq!(untagged.status.as_u16(), 204);
    assert_eq!(service.get(&path(&arn)).await.json(), json!({ "Tags": { "n": "1" } }));
    assert_eq!(read(&service, uuid(&mapping)).await.get("Tags"), None);

    let other = arn.replace(uuid(&mapping), "11111111-2222-3333-4444-555555555555");
    let text = format!("Event source mapping not found: {other}");
    for (method, query, body) in
        [(Method::GET, "", ""), (Method::POST, "", r#"{"Tags":{"a":"b"}}"#), (Method::DELETE, "?tagKeys=a", "")]
    {
        let missing = service.send(method, &format!("{}{query}", path(&other)), body).await;
        missing.expect_error(404, MISSING, &text);
    }
    let many: Value = (0..51).map(|number| (format!("k{number}"), json!("v"))).collect();
    let refused = service.send(Method::POST, &path(&arn), json!({ "Tags": many }).to_string()).await;
    refused.expect_error(400, INVALID, "Number of tags exceeds resource tag limit.");
}

#[tokio::test]
async fn tagged_mappings_are_found_behind_the_functions() {
    let service = in_memory().await;
    service.created(&with(zip_function("tagged"), json!({ "Tags": { "team": "a" } }))).await;
    let mut arns = Vec::new();
    for number in 0..4 {
        let tags = if number == 3 { json!({}) } else { json!({ "team": "a", "n": number.to_string() }) };
        let body = json!({ "FunctionName": "f", "EventSourceArn": format!("{QUEUE}{number}"), "Tags": tags });
        arns.push(created(&service, &body).await["EventSourceMappingArn"].clone());
    }
    let ask = async |body: Value| {
        let answer = service.target("ResourceGroupsTaggingAPI_20170126.GetResources", body.to_string()).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        answer.json()
    };
    let found = |answer: &Value| {
        let rows = answer["ResourceTagMappingList"].as_array().expect("rows");
        rows.iter().map(|row| row["ResourceARN"].clone()).collect::<Vec<_>>()
    };
    let mut mappings = arns[..3].to_vec();
    mappings.sort_by_key(ToString::to_string);
    let all = [vec![json!(format!("{ARN}:tagged"))], mappings.clone()].concat();
    for (types, expected) in [
        (json!(["lambda:event-source-mapping"]), mappings.as_slice()),
        (json!(["lambda:function"]), &all[..1]),
        (json!(["lambda"]), &all),
        (json!([]), &all),
        (json!(["s3"]), &[]),
    ] {
        let (mut rows, mut token) = (Vec::new(), json!(""));
        loop {
            let body = json!({ "ResourceTypeFilters": types, "ResourcesPerPage": 2, "PaginationToken": token });
            let page = ask(body).await;
            rows.extend(found(&page));
            token = page["PaginationToken"].clone();
            if token == "" {
                break;
            }
        }
        assert_eq!(rows, expected, "{types}");
    }
    let one = ask(json!({ "TagFilters": [{ "Key": "n", "Values": ["2"] }] })).await;
    assert_eq!(found(&one), [arns[2].clone()]);
    let named = ask(json!({ "ResourceARNList": [arns[0], arns[3], format!("{ARN}:tagged")] })).await;
    assert_eq!(found(&named), [json!(format!("{ARN}:tagged")), arns[0].clone()]);
}

#[tokio::test(start_paused = true)]
async fn service_disables_mappings_by_itself() {
    let service = slow(&["mapping=f:AccessDenied"]).await;
    for (body, has_result) in [
        (json!({ "FunctionName": "f", "EventSourceArn": QUEUE }), false),
        (json!({ "FunctionName": "f", "EventSourceArn": STREAM, "StartingPosition": "LATEST" }), true),
    ] {
        let mapping = created(&service, &body).await;
        let id = uuid(&mapping);
        assert_eq!(read(&service, id).await["State"], "Creating");
        tokio::time::advance(Duration::from_secs(6)).await;
        let expect_problem = async || {
            let disabled = read(&service, id).await;
            let reason = disabled["StateTransitionReason"].as_str().unwrap_or_default().to_owned();
            assert_eq!(disabled["State"], "Disabled");
            assert!(reason.starts_with("PROBLEM: ") && reason.contains("AccessDenied"), "{reason}");
            let result = disabled.get("LastProcessingResult").and_then(Value::as_str);
            assert_eq!(result, has_result.then_some(reason.as_str()));
        };
        expect_problem().await;
        assert_eq!(updated(&service, id, json!({ "Enabled": true })).await["State"], "Enabling");
        tokio::time::advance(Duration::from_secs(4)).await;
        expect_problem().await;
    }
    let other = created(&service, &json!({ "FunctionName": "g", "EventSourceArn": QUEUE })).await;
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(read(&service, uuid(&other)).await["State"], "Enabled");
}

#[tokio::test]
async fn mappings_outlive_a_restart_and_their_function() {
    let folder = tempfile::tempdir().expect("a folder");
    let setup = Setup { update: Duration::from_secs(3600), ..Setup::default() };
    let options = || EmulatorOptions { data: Some(folder.path().to_owned()), setup, ..EmulatorOptions::default() };
    let service = Service::start(options()).await;
    prepared(&service).await;
    let body = json!({ "FunctionName": "f", "EventSourceArn": QUEUE, "Tags": { "team": "a" } });
    let mapping = created(&service, &body).await;
    let going = created(&service, &json!({ "FunctionName": "g", "EventSourceArn": QUEUE })).await;
    assert_eq!(delete(&service, uuid(&going)).await.status.as_u16(), 202);
    assert_eq!(service.send(Method::DELETE, &format!("{FUNCTIONS}/f"), "").await.status.as_u16(), 204);
    let left = read(&service, uuid(&mapping)).await;
    assert_eq!(left, with(mapping.clone(), json!({ "State": "Enabled" })));
    assert_eq!(listed(&service, "").await.len(), 2, "one of them on its way out");
    service.emulator.stop().await.expect("stops");

    let service = Service::start(options()).await;
    assert_eq!(listed(&service, "").await, [left], "a restart ends what was going on");
    let arn = mapping["EventSourceMappingArn"].as_str().expect("an ARN").replace(':', "%3A");
    assert_eq!(service.get(&format!("/2017-03-31/tags/{arn}")).await.json(), json!({ "Tags": { "team": "a" } }));
    // A function of that name is mapped again.
    service.created(&zip_function("f")).await;
    let again = create(&service, &body).await;
    again.expect_error(409, "ResourceConflictException", uuid(&mapping));
}
