"""Asks an emulator with quotas for more than they allow, for tests/emulator.rs. Prints JSON."""

import io
import json
import sys
import zipfile

import boto3

ENDPOINT = sys.argv[1]
CALLS = 40


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name="us-east-1")


def archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("app.py", "def handler(event, context): pass\n")
    return content.getvalue()


def create(functions, name, tags):
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role="arn:aws:iam::123456789012:role/lambda-role",
        Code={"ZipFile": archive()},
        Tags=tags,
    )


def count(answers):
    repeated = [answer["ResponseMetadata"]["RetryAttempts"] for answer in answers]
    return {"done": len(repeated), "repeated": sum(repeated)}


def main():
    functions = client("lambda")
    create(functions, "plain", {})
    for number in range(3):
        create(functions, f"tagged-{number}", {"number": str(number)})

    tagging = client("resourcegroupstaggingapi")
    paginator = tagging.get_paginator("get_resources")
    pages = list(paginator.paginate(ResourceTypeFilters=["lambda:function"], PaginationConfig={"PageSize": 1}))
    rows = [page["ResourceTagMappingList"] for page in pages]
    return {
        # The last page may be empty.
        "pages": [[row["ResourceARN"].split(":")[6] for row in page] for page in rows if page],
        "tags": rows[0][0]["Tags"],
        "listed": count(functions.list_functions() for _ in range(CALLS)),
        "searched": count(pages + [tagging.get_resources() for _ in range(CALLS)]),
    }


print(json.dumps(main()))
