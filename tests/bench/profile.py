#!/usr/bin/env python3
"""Where the time of a command on 10,000 functions goes, part by part (Linux, with `perf` installed).

    python3 tests/bench/profile.py
    python3 tests/bench/profile.py --program old --program new

Builds lambdactl with names (`cargo build --profile profiling`) unless told which programs to take, and prints one table:
samples of `validate` and of `plan` against an emulator that has all of the functions, as shares of the first program's.
"""

import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import run

FUNCTIONS = 10_000
HERTZ = 997
# A stack belongs to the part of its innermost frame that one of these knows.
PARTS = [
    ("scanning YAML", r"granit_parser"),
    ("YAML events to values", r"serde_saphyr"),
    ("the tree with places", r"lambdactl_manifest::(yaml|node|masks|source)"),
    ("references and defaults", r"lambdactl_manifest::(references|defaults|function::merge)"),
    ("schema and rules", r"jsonschema|lambdactl_schema::(validate|checks|messages|conditions)"),
    ("the typed request", r"lambdactl_schema|lambdactl_manifest"),
    ("comparing", r"lambdactl_diff"),
    ("requests and answers", r"lambdactl_aws|hyper|reqwest|rustls|tokio|aws_"),
    ("printing", r"lambdactl::render"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", action="append", help="a lambdactl with names; the first one is what others are shares of")
    programs = parser.parse_args().program
    if not shutil.which("perf"):
        sys.exit("`perf` is missing: Debian has it in the package linux-perf")
    programs = programs or [build()]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "lambda.yaml").write_text(manifest(), encoding="utf-8")
        for command in ["validate", "plan"]:
            counted = [profile(program, command, folder) for program in programs]
            print(table(command, counted))


def build():
    command = ["cargo", "build", "--profile", "profiling", "--locked", "--quiet", "--package", "lambdactl"]
    subprocess.run(command, cwd=run.REPOSITORY, check=True)
    return str(run.TARGET / "profiling" / "lambdactl")


def manifest():
    """Functions as they are in real repositories, the same as in pure.rs but for their text."""
    lines = ["version: 1", "region: us-east-1", "defaults:", "  Runtime: python3.13"]
    lines += ["  Role: arn:aws:iam::123456789012:role/lambda-role", "  Tags: {team: payments}", "functions:"]
    for index in range(FUNCTIONS):
        lines.append(f"""\
  - FunctionName: function-{index:05}
    Description: Handles events of kind {index} and passes them on to the next stage
    Handler: app.handlers.kind{index}.handle
    MemorySize: {128 + index % 1000}
    Code:
      S3Bucket: my-artifacts-bucket
      S3Key: releases/2026/11/function-{index:05}.zip
    Environment:
      Variables:
        TABLE_NAME: table-{index:05}
        QUEUE_URL: https://sqs.us-east-1.amazonaws.com/123456789012/queue-{index:05}
        LOG_LEVEL: info
    VpcConfig:
      SubnetIds: [subnet-0a1b2c3d4e5f, subnet-1a1b2c3d4e5f]
      SecurityGroupIds: [sg-0a1b2c3d4e5f]
    Layers:
      - arn:aws:lambda:us-east-1:123456789012:layer:shared-tools:12
    LoggingConfig: {{LogFormat: JSON, ApplicationLogLevel: INFO}}
    Tags:
      service: service-{index % 50}
    Architectures: [arm64]""")
    return "\n".join(lines) + "\n"


def profile(program, command, folder):
    """Samples of one command, by part."""
    program = os.path.abspath(program)
    pace = ["--rate", "0", "--get-function-rate", "0"]
    with run.Server({"lambdactl": program}, "none") as server:
        environment = run.peers.environment(server.endpoint, folder, program)
        if command == "plan":
            apply = [program, "apply", "--yes", "--quiet", *pace]
            subprocess.run(apply, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        else:
            pace = []
        record = ["perf", "record", "--quiet", f"--freq={HERTZ}", "--event=cpu-clock", "--call-graph=dwarf,24576"]
        record += ["--output=samples"]
        subprocess.run([*record, program, command, *pace], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    script = ["perf", "script", "--input=samples", "--no-inline", "--fields=ip,sym"]
    printed = subprocess.run(script, cwd=folder, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    stacks = [stack.splitlines() for stack in printed.split("\n\n") if stack.strip()]
    return collections.Counter(part_of(stack) for stack in stacks)


def part_of(stack):
    for frame in stack:
        for part, pattern in PARTS:
            if re.search(pattern, frame):
                return part
    return "the rest"


def table(command, counted):
    whole = sum(counted[0].values())
    lines = [f"{command:<26}" + "".join(f"{'program ' + str(number + 1):>12}" for number in range(len(counted)))]
    for part in [*(part for part, _ in PARTS), "the rest"]:
        if any(counts[part] for counts in counted):
            lines.append(f"{part:<26}" + "".join(f"{100 * counts[part] / whole:>11.1f}%" for counts in counted))
    lines.append(f"{'all':<26}" + "".join(f"{100 * sum(counts.values()) / whole:>11.1f}%" for counts in counted))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
