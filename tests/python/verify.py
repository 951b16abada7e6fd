"""Makes what functions lean on, good and bad, in moto, for tests/verify.rs. Prints the names as JSON."""

import io
import json
import sys
import zipfile

import boto3

ENDPOINT = sys.argv[1]
HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name="us-east-1")


def statement(**changes):
    plain = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    return {**plain, **changes}


def role(name, *statements, path="/"):
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=policy)


def roles():
    role("good", statement())
    role("wild", statement(Action="sts:*"), path="/team/")
    account = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    role("mine", statement(Condition=account))
    role("ec2", statement(Principal={"Service": "ec2.amazonaws.com"}))
    role("denied", statement(), statement(Effect="Deny"))
    role("theirs", statement(Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}}))
    role("unclear", statement(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))


def layers():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("python/tools.py", "x = 1\n")
    names = {}
    for name, more in [
        ("tools", {"CompatibleArchitectures": ["x86_64"], "CompatibleRuntimes": ["python3.13"]}),
        ("arm", {"CompatibleArchitectures": ["arm64"], "CompatibleRuntimes": ["python3.13"]}),
        ("older", {"CompatibleArchitectures": ["x86_64"], "CompatibleRuntimes": ["python3.12"]}),
    ]:
        answer = client("lambda").publish_layer_version(
            LayerName=name, Content={"ZipFile": content.getvalue()}, **more
        )
        names[name] = answer["LayerVersionArn"]
    return names


def networks():
    ec2 = client("ec2")
    names = {}
    for index, letter in enumerate("ab"):
        vpc = ec2.create_vpc(CidrBlock=f"10.{index}.0.0/16")["Vpc"]["VpcId"]
        for number in (1, 2):
            subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{index}.{number}.0/24")
            names[f"subnet_{letter}{number}"] = subnet["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName=f"group-{letter}", Description="d", VpcId=vpc)
        names[f"group_{letter}"] = group["GroupId"]
        # A rule that names another group puts further ids into the answer.
        pair = [{"GroupId": group["GroupId"]}]
        ec2.authorize_security_group_ingress(
            GroupId=group["GroupId"],
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "UserIdGroupPairs": pair}],
        )
    return names


def keys():
    kms = client("kms")
    made = {
        "good": kms.create_key(),
        "disabled": kms.create_key(),
        "rsa": kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"),
    }
    names = {name: key["KeyMetadata"]["Arn"] for name, key in made.items()}
    kms.disable_key(KeyId=made["disabled"]["KeyMetadata"]["KeyId"])
    return names


def images():
    # A repository for each: to the server all images of one have the same digest.
    ecr = client("ecr")
    kind = "application/vnd.oci.image.index.v1+json"
    for tag, architectures in [("amd", ["amd64", "unknown"]), ("arm", ["arm64"]), ("both", ["amd64", "arm64"])]:
        manifests = [
            {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": f"sha256:{index}{'0' * 63}",
                "size": 1,
                "platform": {"architecture": architecture, "os": "linux"},
            }
            for index, architecture in enumerate(architectures)
        ]
        manifest = {"schemaVersion": 2, "mediaType": kind, "manifests": manifests}
        layers = [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 1, "digest": f"sha256:{'a' * 64}"}]
        # What the server wants to see in every manifest.
        manifest["layers"] = layers
        manifest["config"] = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 1, "digest": tag}
        ecr.create_repository(repositoryName=tag)
        ecr.put_image(
            repositoryName=tag, imageTag="1", imageManifest=json.dumps(manifest), imageManifestMediaType=kind
        )
    return {"none": f"{HOST}/amd:2", **{tag: f"{HOST}/{tag}:1" for tag in ("amd", "arm", "both")}}


def queues():
    sqs = client("sqs")
    for name, seconds in [("long", 180), ("short", 10), ("middle", 60)]:
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": str(seconds)})


def objects():
    s3 = client("s3")
    s3.create_bucket(Bucket="my-bucket")
    s3.put_object(Bucket="my-bucket", Key="app.zip", Body=b"not looked into")


roles()
queues()
objects()
json.dump({"layers": layers(), "networks": networks(), "keys": keys(), "images": images()}, sys.stdout)
