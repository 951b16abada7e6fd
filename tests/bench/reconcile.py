"""What `lambdactl reconcile` takes over time: memory with an edit a minute, and the cost of more locations.

Usage: python3 tests/bench/reconcile.py PROGRAM [MINUTES]

Prints the memory at each minute of a run over 300 functions with faults, and the processor's time a second with one to ten
locations of 100 functions each, with a pass a second. Everything stays on this machine.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
MINUTES = int(sys.argv[2]) if len(sys.argv) > 2 else 60
REGIONS = [
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1",
    "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "ap-south-1",
]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
    "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_EC2_METADATA_DISABLED": "true",
}
FUNCTION = (
    "  - {{FunctionName: f{index}, Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/r', "
    "Code: {{S3Bucket: my-bucket, S3Key: k}}, Timeout: {timeout}}}\n"
)


def emulator(*arguments):
    child = subprocess.Popen(
        [PROGRAM, "emulator", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return child, child.stdout.readline().strip().rsplit(" ", 1)[1]


def start(folder, endpoint, *arguments):
    flags = ["--update", "--endpoint-url", endpoint, "--rate", "0", "--get-function-rate", "0", *arguments]
    log = open(folder / "log", "w")
    return subprocess.Popen([PROGRAM, "reconcile", *flags], cwd=folder, env=ENVIRONMENT, stdout=log, stderr=log)


def write(folder, count, timeout, locations=()):
    text = "name: shop\n"
    if locations:
        text += "locations:\n" + "".join(f"  - {{name: {name}, region: {name}}}\n" for name in locations)
    else:
        text += "region: us-east-1\n"
    text += "functions:\n"
    text += "".join(FUNCTION.format(index=index, timeout=timeout if index == 0 else 3) for index in range(count))
    beside = folder / "lambda.yaml.new"
    beside.write_text(text)
    beside.rename(folder / "lambda.yaml")


def memory(process):
    pages = int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def processor(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def over_time(folder):
    server, endpoint = emulator("--fault", "throttle=0.02", "--fault", "error=0.01", "--fault", "drop-after=0.01")
    write(folder, 300, 3)
    process = start(folder, endpoint, "--interval", "20s", "--settle", "2s")
    try:
        for minute in range(1, MINUTES + 1):
            time.sleep(60)
            # A run over nothing says nothing.
            told = (folder / "log").read_text()
            assert "not valid" not in told, told[:2000]
            print(f"minute {minute}: {memory(process):.1f} MB, {told.count('f0: updated')} edits applied", flush=True)
            write(folder, 300, 4 + minute % 800)
    finally:
        process.terminate()
        print(f"ended with {process.wait(30)}")
        server.terminate()


def over_locations(folder):
    server, endpoint = emulator()
    try:
        for count in (1, 2, 5, 10):
            write(folder, 100, 3, REGIONS[:count])
            process = start(folder, endpoint, "--interval", "1s")
            time.sleep(10)
            told = (folder / "log").read_text()
            assert "created" in told or count > 1, told[:2000]
            before = processor(process)
            time.sleep(20)
            each = (processor(process) - before) / 20 * 1000
            print(f"{count} locations: {each:.0f} ms of the processor a second, {memory(process):.1f} MB", flush=True)
            process.terminate()
            process.wait(30)
    finally:
        server.terminate()


with tempfile.TemporaryDirectory() as name:
    over_locations(pathlib.Path(name))
with tempfile.TemporaryDirectory() as name:
    over_time(pathlib.Path(name))
