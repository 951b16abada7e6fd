"""Creates what is missing, or counts what differs, with boto3 and 16 threads: what a careful engineer would write."""

import concurrent.futures
import json
import sys

import boto3
import botocore.config

COMPARED = ["Runtime", "Handler", "Role", "MemorySize", "Timeout", "Environment"]
CLIENT = boto3.client("lambda", config=botocore.config.Config(max_pool_connections=16))


def current(function):
    try:
        return CLIENT.get_function(FunctionName=function["FunctionName"])["Configuration"]
    except CLIENT.exceptions.ResourceNotFoundException:
        return None


def plan(function):
    there = current(function)
    if there is None:
        return "create"
    return "drift" if any(there.get(member) != function[member] for member in COMPARED) else "unchanged"


def apply(function):
    there = current(function)
    if there is None:
        CLIENT.create_function(**function)
        CLIENT.get_waiter("function_active_v2").wait(FunctionName=function["FunctionName"])
        return "created"
    return "unchanged"


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        functions = json.load(file)
    work = apply if sys.argv[1] == "apply" else plan
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = list(pool.map(work, functions))
    print(json.dumps({result: results.count(result) for result in sorted(set(results))}))


if __name__ == "__main__":
    main()
