#!/usr/bin/env python3
"""Measures what a plan without a change costs where aliases, function URLs and permissions are declared.

    python3 tests/bench/beside.py [PROGRAM]

1,000 functions on an emulated Lambda with the service's quotas: once without any key beside the functions, once with 200
aliases, 200 URLs and 600 statements, once with 500 event source mappings, which one list of the account has. Prints seconds, requests by operation, and the seconds as a multiple of the floor: what
the fullest bucket needs, (requests - burst) / rate. Builds the release program where none is named. Ends what it started.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FUNCTIONS, FURNISHED, FED = 1000, 200, 500
# Buckets of one second, by the operations that count against each; all others count against the third.
RATES = {"GetFunction": 100, "GetPolicy": 15, "GetResources": 15, None: 15}
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
ENVIRONMENT = CLEAN | {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def main():
    program = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else build()
    print("| beside the functions | requests | seconds | floor | multiple | by operation |")
    print("|---|---|---|---|---|---|")
    for title, furnished, fed in [
        ("nothing", 0, 0),
        ("200 aliases, 200 URLs, 600 statements", FURNISHED, 0),
        ("500 event source mappings", 0, FED),
    ]:
        with tempfile.TemporaryDirectory() as folder:
            print(row(title, *measure(program, pathlib.Path(folder), furnished, fed)), flush=True)


def build():
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--package", "lambdactl"]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return str(target / "release" / "lambdactl")


def measure(program, folder, furnished, fed):
    """Creates the functions where nothing limits it, and plans where the quotas hold."""
    functions = [function(index, index < furnished, index < fed) for index in range(FUNCTIONS)]
    manifest = {"region": "us-east-1", "functions": functions}
    (folder / "lambda.json").write_text(json.dumps(manifest), encoding="utf-8")
    data = str(folder / "data")
    with Server(program, data, "none") as server:
        server.run(program, folder, ["apply", "--yes", "--quiet", "--rate", "0", "--get-function-rate", "0"])
    with Server(program, data, "aws") as server:
        began = time.monotonic()
        server.run(program, folder, ["plan", "--detailed-exitcode"])
        seconds = time.monotonic() - began
        counts = json.loads(urllib.request.urlopen(server.endpoint + "/_emulator/requests", timeout=30).read())
    return seconds, {name: count["answered"] for name, count in counts.items()}


def function(index, furnished, fed):
    declared = {
        "FunctionName": f"f{index:04}",
        "PackageType": "Image",
        "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": {"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:" + "0" * 64},
    }
    if furnished:
        statements = {f"s{number}": {"Principal": f"{number:012}"} for number in range(1, 4)}
        alias = {"FunctionVersion": "$LATEST", "FunctionUrlConfig": {"AuthType": "AWS_IAM"}, "Permissions": statements}
        declared["Aliases"] = {"live": alias}
    if fed:
        source = f"arn:aws:sqs:us-east-1:123456789012:q{index:04}"
        declared["EventSourceMappings"] = [{"EventSourceArn": source, "BatchSize": 5}]
    return declared


def row(title, seconds, counts):
    buckets = dict.fromkeys(RATES, 0)
    for name, count in counts.items():
        buckets[name if name in RATES else None] += count
    floor = max(max(0, count - RATES[bucket]) / RATES[bucket] for bucket, count in buckets.items())
    by_operation = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    multiple = f"{seconds / floor:.3f}" if floor else "-"
    return f"| {title} | {sum(counts.values())} | {seconds:.2f} | {floor:.2f} | {multiple} | {by_operation} |"


class Server:
    """An emulated Lambda on a free port, as a process of its own, that keeps its functions in a folder."""

    def __init__(self, program, data, quota):
        command = [program, "emulator", "--port", "0", "--quota", quota, "--data", data]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)

    def run(self, program, folder, arguments):
        environment = ENVIRONMENT | {"AWS_ENDPOINT_URL": self.endpoint}
        command = [program, *arguments]
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=600)


if __name__ == "__main__":
    main()
