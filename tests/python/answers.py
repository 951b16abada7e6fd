"""Asks an emulator for every operation of Lambda that it has, and judges each answer by botocore's newest model.

Prints, as JSON: which operations were asked for with success, what is wrong with answers, what the paginators found and which
waiters came to an end. For tests/emulator_answers.rs.
"""

import base64
import io
import json
import re
import sys
import zipfile

import botocore.config
import botocore.session
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda-role"
SIGNING = f"arn:aws:lambda:us-east-1:{ACCOUNT}:code-signing-config:csc-0123456789abcdef0"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:events"
# What every operation may answer though the model does not have it.
UNMODELLED = {"ValidationException"}
# What the service answers though its model has no such value: recorded.
RECORDED = {"UpdateFunctionConfiguration.LastUpdateStatusReasonCode": "Creating"}

session = botocore.session.get_session()
config = botocore.config.Config(parameter_validation=False, retries={"total_max_attempts": 1})
client = session.create_client("lambda", endpoint_url=ENDPOINT, config=config)
model = client.meta.service_model
faults, succeeded, refused = [], set(), set()


def judge(shape, value, path):
    """Compares a value with its shape: types, members, enumerations, lengths, patterns and what is required."""
    kind = shape.type_name
    wanted = {
        "structure": dict, "map": dict, "list": list, "string": str, "boolean": bool, "integer": int, "long": int,
        "double": (int, float), "float": (int, float), "timestamp": (int, float), "blob": str,
    }[kind]
    if shape.serialization.get("timestampFormat") == "iso8601":
        wanted = str
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
        faults.append(f"{path}: {json.dumps(value)[:80]} is no {kind}")
        return
    if kind == "structure":
        names = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        for name, (own, _) in names.items():
            if own in shape.required_members and name not in value:
                faults.append(f"{path}: {name} is missing")
        for name, inner in value.items():
            if name not in names:
                faults.append(f"{path}: {name} is not in the model")
            else:
                judge(names[name][1], inner, f"{path}.{name}")
    elif kind == "map":
        for key, inner in value.items():
            judge(shape.key, key, f"{path} key {key}")
            judge(shape.value, inner, f"{path}[{key}]")
    elif kind == "list":
        for number, inner in enumerate(value):
            judge(shape.member, inner, f"{path}[{number}]")
    elif kind == "string":
        if shape.enum and value not in shape.enum and RECORDED.get(path) != value:
            faults.append(f"{path}: {value} is none of {shape.enum}")
        pattern = shape.metadata.get("pattern", "")
        # Classes of characters that Python's expressions do not know: those of tags.
        if pattern and r"\p{" not in pattern and not re.fullmatch(pattern, value):
            faults.append(f"{path}: {value} does not match {pattern}")
    size = value if kind in ("integer", "long", "double", "float") else len(value) if kind in ("string", "list", "map") else None
    if size is not None:
        if size < shape.metadata.get("min", size) or size > shape.metadata.get("max", size):
            faults.append(f"{path}: {size} is not within {shape.metadata}")


def before_parse(operation_model, response_dict, **_):
    name, shape = operation_model.name, operation_model.output_shape
    if response_dict["status_code"] >= 300:
        code = response_dict["headers"].get("x-amzn-errortype", "")
        errors = {error.name: error for error in operation_model.error_shapes}
        if code not in errors and code not in UNMODELLED:
            faults.append(f"{name}: {code} is no error of it")
        elif code in errors:
            status = errors[code].metadata["error"]["httpStatusCode"]
            if status != response_dict["status_code"]:
                faults.append(f"{name}: {code} has status {response_dict['status_code']} instead of {status}")
            body = json.loads(response_dict["body"])
            # Under which key the text stands depends on the class, and is not what the model says of all of them.
            names = {member.lower() for member in errors[code].members}
            faults.extend(f"{name}: {code} has {member}" for member in body if member.lower() not in names)
        refused.add(name)
        return
    status = operation_model.http.get("responseCode", 200)
    # Invoke has one for each type of invocation, and DeleteFunction says which it had.
    if response_dict["status_code"] != status and name not in ("Invoke", "DeleteFunction"):
        faults.append(f"{name}: status {response_dict['status_code']} instead of {status}")
    succeeded.add(name)
    if shape is None or operation_model.has_streaming_output:
        return
    body = response_dict["body"]
    members = {name for name, member in shape.members.items() if member.serialization.get("location") is None}
    if not members:
        if body:
            faults.append(f"{name}: a body, {body[:80]}")
        return
    judge(shape, json.loads(body), name)


client.meta.events.register("before-parse.lambda", before_parse)


def ask(name, **members):
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    try:
        return getattr(client, method)(**members)
    except ClientError as error:
        faults.append(f"{name} with {json.dumps(members, default=str)[:200]}: {error}")
        return {}


def refuse(name, **members):
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    try:
        getattr(client, method)(**members)
        faults.append(f"{name} with {json.dumps(members, default=str)[:200]}: not refused")
    except ClientError:
        pass


def archive(text):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("app.py", text)
    return content.getvalue()


def create(name, **members):
    plain = {
        "FunctionName": name, "Role": ROLE, "Runtime": "python3.13", "Handler": "app.handler",
        "Code": {"ZipFile": archive(name)}, "Publish": True,
    }
    return ask("CreateFunction", **{**plain, **members})


def change_everything():
    arn = create("f", Tags={"team": "a"}, Environment={"Variables": {"A1": "b"}})["FunctionArn"]
    create("g", CodeSigningConfigArn=SIGNING)
    create("image", Runtime=None, Handler=None, PackageType="Image",
           Code={"ImageUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app:1"})
    f = {"FunctionName": "f"}
    for timeout in (9, 10):
        ask("UpdateFunctionConfiguration", **f, Timeout=timeout)
        ask("PublishVersion", **f, Description="d")
    ask("UpdateFunctionCode", **f, ZipFile=archive("other"), Publish=True)
    for name, version in (("a", "1"), ("b", "2"), ("c", "3")):
        ask("CreateAlias", **f, Name=name, FunctionVersion=version)
    ask("UpdateAlias", **f, Name="a", RoutingConfig={"AdditionalVersionWeights": {"4": 0.25}})
    ask("GetAlias", **f, Name="a")
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "b"}):
        ask("GetFunction", **f, **qualifier)
        ask("GetFunctionConfiguration", **f, **qualifier)
        ask("AddPermission", **f, StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
            SourceArn="arn:aws:s3:::bucket", **qualifier)
        ask("GetPolicy", **f, **qualifier)
        ask("RemovePermission", **f, StatementId="s", **qualifier)
        ask("PutFunctionEventInvokeConfig", **f, MaximumRetryAttempts=1, **qualifier)
        ask("UpdateFunctionEventInvokeConfig", **f, MaximumEventAgeInSeconds=60,
            DestinationConfig={"OnFailure": {"Destination": QUEUE}}, **qualifier)
        ask("GetFunctionEventInvokeConfig", **f, **qualifier)
        ask("Invoke", **f, Payload=b"{}", LogType="Tail", **qualifier)
        ask("Invoke", **f, InvocationType="Event", Payload=b"{}", **qualifier)
        ask("Invoke", **f, InvocationType="DryRun", **qualifier)
    for qualifier in ({}, {"Qualifier": "b"}, {"Qualifier": "c"}):
        ask("CreateFunctionUrlConfig", **f, AuthType="NONE", Cors={"AllowOrigins": ["*"]}, **qualifier)
        ask("UpdateFunctionUrlConfig", **f, AuthType="AWS_IAM", InvokeMode="RESPONSE_STREAM", **qualifier)
        ask("GetFunctionUrlConfig", **f, **qualifier)
    for qualifier in ({}, {"Qualifier": "1"}):
        ask("PutRuntimeManagementConfig", **f, UpdateRuntimeOn="FunctionUpdate", **qualifier)
        ask("GetRuntimeManagementConfig", **f, **qualifier)
    ask("PutFunctionConcurrency", **f, ReservedConcurrentExecutions=10)
    ask("GetFunctionConcurrency", **f)
    for qualifier in ("1", "b", "c"):
        ask("PutProvisionedConcurrencyConfig", **f, Qualifier=qualifier, ProvisionedConcurrentExecutions=2)
        ask("GetProvisionedConcurrencyConfig", **f, Qualifier=qualifier)
    ask("PutFunctionRecursionConfig", **f, RecursiveLoop="Allow")
    ask("GetFunctionRecursionConfig", **f)
    ask("PutFunctionCodeSigningConfig", **f, CodeSigningConfigArn=SIGNING)
    ask("GetFunctionCodeSigningConfig", **f)
    ask("TagResource", Resource=arn, Tags={"b": "c"})
    ask("ListTags", Resource=arn)
    ask("UntagResource", Resource=arn, TagKeys=["b"])
    map_everything()
    ask("GetAccountSettings")
    change_layers()
    return arn


def map_everything():
    """A mapping of each kind of source, with every member that the source takes."""
    def arn(service, rest):
        return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{rest}"
    access = [{"Type": "BASIC_AUTH", "URI": arn("secretsmanager", "secret:s")}]
    registry = {"SchemaRegistryURI": "https://registry.example.com", "EventRecordFormat": "JSON",
                "AccessConfigs": [{"Type": "BASIC_AUTH", "URI": access[0]["URI"]}],
                "SchemaValidationConfigs": [{"Attribute": "VALUE"}]}
    filters = {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]}
    failed = {"OnFailure": {"Destination": QUEUE}}
    of_stream = {"ParallelizationFactor": 2, "BisectBatchOnFunctionError": True, "MaximumRecordAgeInSeconds": 60,
                 "MaximumRetryAttempts": 3, "TumblingWindowInSeconds": 30, "DestinationConfig": failed}
    of_kafka = {"Topics": ["topic"], "SourceAccessConfigurations": access, "LoggingConfig": {"SystemLogLevel": "INFO"},
                "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 5, "PollerGroupName": "g"}}
    uuids = []
    for members in (
        {"EventSourceArn": QUEUE},
        {"EventSourceArn": QUEUE, "FunctionName": "g", "Tags": {"team": "a"}, "FilterCriteria": filters,
         "KMSKeyArn": arn("kms", "key/k"), "ScalingConfig": {"MaximumConcurrency": 2}, "BatchSize": 100,
         "MaximumBatchingWindowInSeconds": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"],
         "MetricsConfig": {"Metrics": ["EventCount"]}},
        {"EventSourceArn": QUEUE + ".fifo", "FunctionName": "f:a", "Enabled": False},
        {"EventSourceArn": arn("kinesis", "stream/s"), "StartingPosition": "AT_TIMESTAMP",
         "StartingPositionTimestamp": 1700000000, **of_stream},
        {"EventSourceArn": arn("dynamodb", "table/t/stream/1"), "StartingPosition": "LATEST", "FunctionName": "f:$LATEST"},
        {"EventSourceArn": arn("kafka", "cluster/c/0"), "StartingPosition": "LATEST", **of_kafka,
         "AmazonManagedKafkaEventSourceConfig": {"SchemaRegistryConfig": registry}},
        {"SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}, **of_kafka,
         "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": "g", "ConsumptionMode": "Stream"}},
        {"EventSourceArn": arn("mq", "broker:b:b-1"), "Queues": ["q"], "SourceAccessConfigurations": access},
        {"EventSourceArn": arn("rds", "cluster:d"), "SourceAccessConfigurations": access, "StartingPosition": "LATEST",
         "DocumentDBEventSourceConfig": {"DatabaseName": "d", "CollectionName": "c", "FullDocument": "Default"}},
    ):
        mapping = ask("CreateEventSourceMapping", **{"FunctionName": "f", **members})
        uuids.append(mapping["UUID"])
        ask("GetEventSourceMapping", UUID=mapping["UUID"])
        ask("UpdateEventSourceMapping", UUID=mapping["UUID"], BatchSize=7)
        ask("ListTags", Resource=mapping["EventSourceMappingArn"])
    ask("UpdateEventSourceMapping", UUID=uuids[1], FilterCriteria={}, ScalingConfig={}, KMSKeyArn="", Enabled=False)
    ask("DeleteEventSourceMapping", UUID=uuids[2])
def sign_everything():
    """A code signing configuration through its life."""
    publishers = {"SigningProfileVersionArns": [f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/p"]}
    answer = ask("CreateCodeSigningConfig", AllowedPublishers=publishers, Description="d")
    arn = answer["CodeSigningConfig"]["CodeSigningConfigArn"]
    ask("GetCodeSigningConfig", CodeSigningConfigArn=arn)
    ask("UpdateCodeSigningConfig", CodeSigningConfigArn=arn,
        CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})
    refuse("GetCodeSigningConfig", CodeSigningConfigArn=SIGNING)
    refuse("PutFunctionCodeSigningConfig", FunctionName="f", CodeSigningConfigArn=SIGNING)
    ask("DeleteCodeSigningConfig", CodeSigningConfigArn=arn)


def change_layers():
    for text in ("a", "b"):
        layer = ask("PublishLayerVersion", LayerName="layer", Content={"ZipFile": archive(text)}, Description=text,
                    LicenseInfo="MIT", CompatibleRuntimes=["python3.13"], CompatibleArchitectures=["arm64"])
    ask("PublishLayerVersion", LayerName="other", Content={"ZipFile": archive("c")})
    version = {"LayerName": "layer", "VersionNumber": 2}
    ask("GetLayerVersion", **version)
    ask("GetLayerVersionByArn", Arn=layer["LayerVersionArn"])
    ask("AddLayerVersionPermission", **version, StatementId="s", Action="lambda:GetLayerVersion", Principal=ACCOUNT)
    ask("GetLayerVersionPolicy", **version)
    ask("RemoveLayerVersionPermission", **version, StatementId="s")
    create("layered", Layers=[layer["LayerVersionArn"]])
    ask("DeleteFunction", FunctionName="layered")


LISTS = {
    "ListFunctions": {}, "ListVersionsByFunction": {"FunctionName": "f"}, "ListAliases": {"FunctionName": "f"},
    "ListFunctionUrlConfigs": {"FunctionName": "f"}, "ListProvisionedConcurrencyConfigs": {"FunctionName": "f"},
    "ListFunctionEventInvokeConfigs": {"FunctionName": "f"}, "ListEventSourceMappings": {},
    "ListLayers": {}, "ListLayerVersions": {"LayerName": "layer"}, "ListCodeSigningConfigs": {}, "ListFunctionsByCodeSigningConfig": {"CodeSigningConfigArn": SIGNING},
}


def pages():
    """Reads each list as a whole and row by row."""
    found = {}
    for name, members in LISTS.items():
        paginator = client.get_paginator(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())
        key = paginator.result_keys[0].parsed["value"]
        whole = [row for page in paginator.paginate(**members) for row in page[key]]
        single = [page[key] for page in paginator.paginate(**members, PaginationConfig={"PageSize": 1})]
        rows = [row for page in single for row in page]
        if rows != whole or any(len(page) > 1 for page in single):
            faults.append(f"{name}: {len(whole)} rows as a whole, {[len(page) for page in single]} in pages")
        found[name] = len(rows)
    return found


def refuse_everything():
    """Asks for what is not there: each answer is an error that the operation has."""
    nobody, none = {"FunctionName": "none"}, {"FunctionName": "f", "Qualifier": "none"}
    for name in ("GetFunction", "GetFunctionConfiguration", "GetPolicy", "GetFunctionEventInvokeConfig", "DeleteFunction",
                 "DeleteFunctionEventInvokeConfig", "GetFunctionUrlConfig", "GetFunctionConcurrency", "ListAliases",
                 "DeleteFunctionUrlConfig", "DeleteFunctionConcurrency", "GetFunctionRecursionConfig", "PublishVersion",
                 "ListFunctionEventInvokeConfigs", "ListProvisionedConcurrencyConfigs", "GetRuntimeManagementConfig",
                 "ListVersionsByFunction", "ListFunctionUrlConfigs", "Invoke", "GetFunctionCodeSigningConfig",
                 "DeleteFunctionCodeSigningConfig"):
        refuse(name, **nobody)
    for name in ("GetFunction", "GetPolicy", "GetFunctionUrlConfig", "Invoke", "GetProvisionedConcurrencyConfig",
                 "DeleteProvisionedConcurrencyConfig", "GetFunctionEventInvokeConfig"):
        refuse(name, **none)
    refuse("GetProvisionedConcurrencyConfig", FunctionName="f", Qualifier="4")
    refuse("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="2", ProvisionedConcurrentExecutions=1)
    refuse("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="4", ProvisionedConcurrentExecutions=9)
    refuse("PutFunctionConcurrency", FunctionName="g", ReservedConcurrentExecutions=1000)
    refuse("PutFunctionEventInvokeConfig", FunctionName="f")
    refuse("UpdateFunctionEventInvokeConfig", FunctionName="g", MaximumRetryAttempts=1)
    refuse("PutRuntimeManagementConfig", FunctionName="f", UpdateRuntimeOn="Manual")
    refuse("PutFunctionRecursionConfig", FunctionName="f", RecursiveLoop="Never")
    refuse("CreateAlias", FunctionName="f", Name="a", FunctionVersion="1")
    refuse("UpdateAlias", FunctionName="f", Name="a", FunctionVersion="1", RevisionId="0" * 36)
    refuse("GetAlias", FunctionName="f", Name="none")
    refuse("CreateFunctionUrlConfig", FunctionName="f", AuthType="NONE")
    refuse("AddPermission", FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="nonsense")
    refuse("RemovePermission", FunctionName="f", StatementId="none")
    refuse("DeleteFunction", FunctionName="f", Qualifier="1")
    refuse("Invoke", FunctionName="f", Payload=b"{")
    for name in ("GetEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"):
        refuse(name, UUID="11111111-2222-3333-4444-555555555555")
    refuse("CreateEventSourceMapping", FunctionName="f", EventSourceArn=QUEUE)
    refuse("CreateEventSourceMapping", FunctionName="none", EventSourceArn=QUEUE)
    refuse("CreateEventSourceMapping", FunctionName="f")
    version, nothing = {"LayerName": "layer", "VersionNumber": 1}, {"LayerName": "layer", "VersionNumber": 9}
    for name in ("GetLayerVersion", "GetLayerVersionPolicy"):
        refuse(name, **nothing)
    refuse("PublishLayerVersion", LayerName="layer", Content={"ZipFile": b"no zip"})
    refuse("GetLayerVersionPolicy", **version)
    refuse("AddLayerVersionPermission", **nothing, StatementId="s", Action="lambda:GetLayerVersion", Principal=ACCOUNT)
    refuse("RemoveLayerVersionPermission", **version, StatementId="none")
    ask("PutFunctionConcurrency", FunctionName="g", ReservedConcurrentExecutions=0)
    refuse("Invoke", FunctionName="g", Payload=b"{}")


def remove_everything():
    f = {"FunctionName": "f"}
    ask("DeleteProvisionedConcurrencyConfig", **f, Qualifier="1")
    ask("DeleteFunctionEventInvokeConfig", **f)
    ask("DeleteFunctionUrlConfig", **f)
    ask("DeleteFunctionConcurrency", **f)
    ask("DeleteFunctionCodeSigningConfig", **f)
    ask("DeleteAlias", **f, Name="c")
    ask("DeleteFunction", **f, Qualifier="3")
    ask("DeleteFunction", **f)
    ask("DeleteLayerVersion", LayerName="layer", VersionNumber=1)
    refuse("ListAliases", **f)


def wait():
    """Waits for functions in each way that botocore knows of."""
    plain = session.create_client("lambda", endpoint_url=ENDPOINT)
    done = []
    for name in plain.waiter_names:
        waiter = plain.get_waiter(name)
        members = {"Qualifier": "1"} if name == "published_version_active" else {}
        waiter.wait(FunctionName="g", WaiterConfig={"Delay": 0, "MaxAttempts": 5}, **members)
        done.append(name)
    return done


change_everything()
found = pages()
refuse_everything()
sign_everything()
waited = wait()
remove_everything()
json.dump({"succeeded": sorted(succeeded), "refused": sorted(refused), "faults": faults, "pages": found, "waiters": waited}, sys.stdout)
