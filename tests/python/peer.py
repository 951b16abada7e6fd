"""Sets up and reads a Lambda API server with boto3, for tests/servers.rs. Prints JSON."""

import io
import json
import sys
import zipfile

import boto3

ENDPOINT = sys.argv[2]


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name="us-east-1")


def archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("app.py", "def handler(event, context): pass\n")
    return content.getvalue()


def prepare():
    """Makes what functions refer to: a role, a bucket with an archive, a layer in two versions."""
    trust = {"Version": "2012-10-17", "Statement": []}
    client("iam").create_role(RoleName="lambda-role", AssumeRolePolicyDocument=json.dumps(trust))
    s3 = client("s3")
    s3.create_bucket(Bucket="my-bucket")
    s3.put_object(Bucket="my-bucket", Key="app.zip", Body=archive())
    layer = client("lambda").publish_layer_version(LayerName="tools", Content={"ZipFile": archive()})
    client("lambda").publish_layer_version(LayerName="tools", Content={"ZipFile": archive()})
    return {"layer": layer["LayerVersionArn"]}


def assumed(account, service, region="us-east-1"):
    """Returns a client with the credentials of a role of another account."""
    role = f"arn:aws:iam::{account}:role/deploy"
    taken = client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=region,
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )


def accounts(*names):
    """Makes the role of functions in other accounts."""
    trust = {"Version": "2012-10-17", "Statement": []}
    for name in names:
        assumed(name, "iam").create_role(RoleName="lambda-role", AssumeRolePolicyDocument=json.dumps(trust))
    return {}


def listed(*places):
    """Returns the ARNs of functions in each `ACCOUNT/REGION`."""
    arns = {}
    for place in places:
        account, region = place.split("/")
        functions = assumed(account, "lambda", region).list_functions()["Functions"]
        arns[place] = sorted(function["FunctionArn"] for function in functions)
    return arns


def lookups(count):
    """Makes what references are looked up in: parameters, secrets, a stack and a state."""
    for number in range(count):
        client("ssm").put_parameter(Name=f"/app/p{number}", Value=f"value-{number}", Type="String")
    client("ssm").put_parameter(Name="/app/token", Value="hunter2-parameter", Type="SecureString")
    secrets = client("secretsmanager")
    secrets.create_secret(Name="app/db", SecretString=json.dumps({"password": "hunter2-secret", "deep": {"port": 5432}}))
    secrets.create_secret(Name="app/binary", SecretBinary=b"hunter2-binary")
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}},
        "Outputs": {"Text": {"Value": "of the stack"}, "Other": {"Value": "a & b"}},
    }
    client("cloudformation").create_stack(StackName="network", TemplateBody=json.dumps(template))
    outputs = {
        "role": {"value": "arn:aws:iam::123456789012:role/lambda-role", "type": "string"},
        "token": {"value": "hunter2-state", "type": "string", "sensitive": True},
    }
    state = {"version": 4, "outputs": outputs}
    client("s3").put_object(Bucket="my-bucket", Key="states/app.tfstate", Body=json.dumps(state))
    return {}


def stack(name, template):
    """Makes a stack of a template file. Returns what it has made, and the configuration of its function `F`."""
    with open(template) as file:
        body = file.read()
    client("cloudformation").create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    pages = client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    made = {one["LogicalResourceId"]: one["PhysicalResourceId"] for page in pages for one in page["StackResourceSummaries"]}
    configuration = client("lambda").get_function_configuration(FunctionName=made["F"])
    queue = client("sqs").get_queue_attributes(QueueUrl=made["Queue"], AttributeNames=["QueueArn"])
    table = client("dynamodb").describe_table(TableName=made["Table"])["Table"]["TableArn"]
    arns = {"Queue": queue["Attributes"]["QueueArn"], "Table": table, "Role": configuration["Role"]}
    variables = configuration["Environment"]["Variables"]
    return {"made": made, "name": configuration["FunctionName"], "arns": arns, "variables": variables}


def sources():
    """Makes what mappings refer to: a queue and a stream."""
    client("sqs").create_queue(QueueName="orders")
    client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    return {}


def put(key, letter, checksum):
    """Puts an archive whose content is as long for every letter. Returns its version, where the bucket keeps versions."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(zipfile.ZipInfo("app.py"), f"def handler(event, context): return '{letter}'\n")
    more = {"ChecksumAlgorithm": "SHA256"} if checksum == "sha256" else {}
    answer = client("s3").put_object(Bucket="my-bucket", Key=key, Body=content.getvalue(), **more)
    return {"version": answer.get("VersionId")}


def keep_versions():
    """Makes the bucket keep the versions of its objects."""
    client("s3").put_bucket_versioning(Bucket="my-bucket", VersioningConfiguration={"Status": "Enabled"})
    return {}


def push(layers):
    """Gives the tag `1` of the repository `app` to an image with this many layers. Returns its digest."""
    ecr = client("ecr")
    try:
        ecr.create_repository(repositoryName="app")
    except ecr.exceptions.RepositoryAlreadyExistsException:
        pass
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    blob = {"mediaType": "application/octet-stream", "size": 1, "digest": "sha256:" + "0" * 64}
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": blob, "layers": [blob] * layers}
    image = ecr.put_image(repositoryName="app", imageTag="1", imageManifest=json.dumps(manifest))
    return {"digest": image["image"]["imageId"]["imageDigest"]}


def read(names):
    """Returns GetFunction's answer for each name."""
    functions = client("lambda")
    return {name: functions.get_function(FunctionName=name) for name in names}


def exercise():
    """Walks through the emulator's operations as a user of boto3 would."""
    functions = client("lambda")
    request = {
        "FunctionName": "from-boto3",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": {"ZipFile": archive()},
        "Tags": {"team": "x"},
    }
    created = functions.create_function(**request)
    try:
        functions.create_function(**request)
        duplicate = "accepted"
    except functions.exceptions.ResourceConflictException as error:
        duplicate = error.response["Error"]["Message"]
    functions.get_waiter("function_active_v2").wait(FunctionName="from-boto3")
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    listed = [function["FunctionName"] for page in pages for function in page["Functions"]]
    tags = functions.list_tags(Resource=created["FunctionArn"])["Tags"]
    functions.put_function_concurrency(FunctionName="from-boto3", ReservedConcurrentExecutions=5)
    reserved = [reserved_concurrency(functions)]
    functions.delete_function_concurrency(FunctionName="from-boto3")
    reserved.append(reserved_concurrency(functions))
    functions.delete_function(FunctionName="from-boto3")
    try:
        functions.get_function(FunctionName="from-boto3")
        gone = False
    except functions.exceptions.ResourceNotFoundException:
        gone = True
    state = created["State"]
    return {
        "state": state,
        "duplicate": duplicate,
        "listed": listed,
        "tags": tags,
        "reserved": reserved,
        "gone": gone,
    }


def reserved_concurrency(functions):
    answer = functions.get_function_concurrency(FunctionName="from-boto3")
    return answer.get("ReservedConcurrentExecutions")


def beside(name, alias, pointer):
    """Returns what stands at a place beside a function or an alias of it; nothing for what is not there."""
    functions = client("lambda")

    def ask(operation, **more):
        try:
            answer = getattr(functions, operation)(FunctionName=name, **more)
        except functions.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        answer.pop("ResponseMetadata")
        return json.loads(json.dumps(answer, default=str))

    operations = {
        "ReservedConcurrentExecutions": "get_function_concurrency",
        "RecursiveLoop": "get_function_recursion_config",
        "EventInvokeConfig": "get_function_event_invoke_config",
        "Permissions": "get_policy",
        "FunctionUrlConfig": "get_function_url_config",
        "ProvisionedConcurrentExecutions": "get_provisioned_concurrency_config",
    }
    keys = pointer.split("/")[1:]
    if keys[-1] == "EventSourceMappings":
        listed = functions.list_event_source_mappings()["EventSourceMappings"]
        own = [mapping for mapping in listed if mapping["FunctionArn"].split(":")[6] == name]
        return json.loads(json.dumps(own, default=str)) or None
    if keys[0] == "Aliases" and len(keys) == 2:
        return ask("get_alias", Name=alias)
    if keys[0] == "Aliases":
        return ask(operations[keys[2]], Qualifier=alias)
    return ask(operations[keys[0]])


if __name__ == "__main__":
    verb = sys.argv[1]
    if verb == "prepare":
        result = prepare()
    elif verb == "put":
        result = put(*sys.argv[3:6])
    elif verb == "keep-versions":
        result = keep_versions()
    elif verb == "push":
        result = push(int(sys.argv[3]))
    elif verb == "sources":
        result = sources()
    elif verb == "beside":
        result = beside(*sys.argv[3:6])
    elif verb == "accounts":
        result = accounts(*sys.argv[3:])
    elif verb == "lookups":
        result = lookups(int(sys.argv[3]))
    elif verb == "stack":
        result = stack(*sys.argv[3:5])
    elif verb == "listed":
        result = listed(*sys.argv[3:])
    elif verb == "read":
        result = read(sys.argv[3:])
    else:
        result = exercise()
    print(json.dumps(result, default=str))
