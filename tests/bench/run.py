#!/usr/bin/env python3
"""Measures whole commands side by side: lambdactl and what people use instead, against one server.

    python3 tests/bench/run.py                     everything; hours, since some tools take a minute a hundred functions
    python3 tests/bench/run.py --sizes 10 --runs 1 a first look

Builds lambdactl, installs the others under target/bench, and starts `lambdactl emulator` anew for every case: it counts
requests by operation, and has the service's quotas on request. Prints a table, and writes it with the machine and the
versions where it is told to. Ends what it started and removes what it wrote, target/bench apart.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import peers
import report

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
# Functions above which a tool is left out, because it takes the better part of an hour; the table says so.
LARGEST = {"AWS CLI in a loop": 300, "ansible": 300, "terraform": 300}
TIMEOUT = 3600
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def main():
    arguments = parse()
    tools = install()
    rows = load(arguments)
    for quota in arguments.quotas:
        for count in arguments.sizes:
            for tool in [kind(tools) for kind in peers.ALL]:
                if arguments.tools and tool.name not in arguments.tools:
                    continue
                if count > LARGEST.get(tool.name, count):
                    new = [row(tool, count, quota, step, [], "takes too long") for step in arguments.steps]
                else:
                    new = measure(tool, tools, count, quota, arguments.runs, arguments.steps)
                rows = [old for old in rows if not any(same_case(old, each) for each in new)] + new
                print(report.table(new), flush=True)
                save(arguments, tools, rows)
    print(figures(tools, rows))


def same_case(one, other):
    return all(one[member] == other[member] for member in ["tool", "functions", "quota", "step"])


def load(arguments):
    """What was measured before: one case may be measured again without the others."""
    path = pathlib.Path(arguments.figures) if arguments.figures else None
    return json.loads(path.read_text(encoding="utf-8")) if path and path.exists() else []


def save(arguments, tools, rows):
    if arguments.figures:
        pathlib.Path(arguments.figures).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if arguments.page:
        page = pathlib.Path(arguments.page)
        before, rest = page.read_text(encoding="utf-8").split(BEGIN)
        _, after = rest.split(END)
        page.write_text(f"{before}{BEGIN}\n\n{figures(tools, rows)}\n{END}{after}", encoding="utf-8")


def figures(tools, rows):
    return "\n".join([heading(tools), report.ratios(rows), report.floors(rows), report.table(rows)]).strip() + "\n"


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--quotas", nargs="+", choices=["none", "aws"], default=["none", "aws"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", nargs="+", choices=report.STEPS, default=report.STEPS, help="the first apply is always made")
    parser.add_argument("--tools", nargs="+", help="by name; default: all")
    parser.add_argument("--figures", help="a JSON file for the figures; what is in it and not measured anew is kept")
    parser.add_argument("--page", help="a Markdown file, between whose marks the tables are put")
    return parser.parse_args()


def install():
    """Builds lambdactl and makes the virtual environment of the others. Returns the programs' paths."""
    build = ["cargo", "build", "--release", "--locked", "--quiet", "--package", "lambdactl"]
    subprocess.run(build, cwd=REPOSITORY, check=True)
    folder = TARGET / "bench"
    wanted = (pathlib.Path(__file__).parent / "requirements.txt").read_text(encoding="utf-8")
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--requirement"]
        subprocess.run([*pip, pathlib.Path(__file__).parent / "requirements.txt"], check=True, env=clean)
        stamp.write_text(wanted, encoding="utf-8")
    tools = {name: str(folder / "bin" / name) for name in ["python", "aws", "ansible-playbook", "chalice"]}
    tools["lambdactl"] = str(TARGET / "release" / "lambdactl")
    tools["terraform"] = shutil.which("terraform")
    return tools


class Server:
    """An emulated Lambda on a free port, as a process of its own; without or with the service's quotas."""

    def __init__(self, tools, quota):
        command = [tools["lambdactl"], "emulator", "--port", "0", "--quota", quota]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.endpoint + path, method=method, data=body)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def take_requests(self):
        """What came in since the last time, by operation."""
        counts = self.call("GET", "/_emulator/requests")
        self.call("DELETE", "/_emulator/requests")
        return counts

    def change(self, name):
        """Somebody changes a function by hand."""
        path = f"/2015-03-31/functions/{name}/configuration"
        self.call("PUT", path, json.dumps({"MemorySize": 512}).encode())

    def first_name(self):
        return self.call("GET", "/2015-03-31/functions")["Functions"][0]["FunctionName"]


def measure(tool, tools, count, quota, runs, steps):
    """Measures the steps of one case; each run of a first apply has a server of its own."""
    tool.quota = quota
    samples = {step: [] for step in report.STEPS}
    for run in range(runs):
        with tempfile.TemporaryDirectory() as folder, Server(tools, quota) as server:
            folder = pathlib.Path(folder)
            if tool.prepare(folder, count, 256) is False:
                return [row(tool, count, quota, step, [], "not on this machine") for step in steps]
            environment = peers.environment(server.endpoint, folder, tools["python"], getattr(tool, "settings", None))

            def take(step, command):
                # The quota's burst is whole again.
                time.sleep(1.1 if quota == "aws" else 0)
                server.take_requests()
                sample = timed(command, folder, environment)
                sample["requests"] = server.take_requests()
                samples[step].append(sample)

            take(report.STEPS[0], tool.apply())
            if samples[report.STEPS[0]][-1]["exit"] != 0:
                break
            if report.STEPS[1] in steps:
                take(report.STEPS[1], tool.plan())
            if report.STEPS[2] in steps:
                server.change(server.first_name())
                take(report.STEPS[2], tool.plan())
    return [row(tool, count, quota, step, samples[step]) for step in steps]


def timed(command, folder, environment):
    """Runs a command; its memory is that of its largest process."""
    with open(folder / "output.txt", "ab") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
        signal.alarm(TIMEOUT)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        signal.alarm(0)
        seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        print((folder / "output.txt").read_text(encoding="utf-8", errors="replace")[-2000:], file=sys.stderr)
    return {
        "seconds": seconds,
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / 1024,
        "exit": process.returncode,
    }


def row(tool, count, quota, step, samples, left_out="failed"):
    result = {"tool": tool.name, "functions": count, "quota": quota, "step": step, "runs": len(samples)}
    if not samples or any(sample["exit"] != 0 for sample in samples):
        return {**result, "left_out": left_out}
    for member in ["seconds", "processor_seconds", "megabytes"]:
        result[member] = statistics.median(sample[member] for sample in samples)
    result["fastest"] = min(sample["seconds"] for sample in samples)
    result["slowest"] = max(sample["seconds"] for sample in samples)
    # Requests are the same in every run, but for those that were throttled.
    last = samples[-1]["requests"]
    result["by_operation"] = {name: counts["answered"] for name, counts in last.items()}
    result["requests"] = statistics.median(total(sample, "answered") for sample in samples)
    result["throttled"] = statistics.median(total(sample, "throttled") for sample in samples)
    return result


def total(sample, member):
    return sum(counts[member] for counts in sample["requests"].values())


def heading(tools):
    def version(command):
        printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return printed.splitlines()[0].strip() if printed else "?"

    processor = platform.processor() or platform.machine()
    if pathlib.Path("/proc/cpuinfo").exists():
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next((line.split(": ")[1] for line in lines if line.startswith("model name")), processor)
    pinned = (pathlib.Path(__file__).parent / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in pinned if "==" in line]
    if chosen := provider(tools):
        pinned.append(f"{version([tools['terraform'], 'version'])}, hashicorp/aws {chosen}")
    lines = [
        f"Measured {datetime.date.today()} on {processor}, {os.cpu_count()} cores, {platform.system()}; each figure is the "
        "median of as many runs as its row says.",
        f"{version([tools['lambdactl'], 'version'])}; Python {platform.python_version()}; {', '.join(pinned)}.",
    ]
    return "\n".join(lines) + "\n"


def provider(tools):
    """The version of Terraform's provider, which `terraform init` chooses; None where the machine has none."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if not peers.Terraform(tools).prepare(folder, 1, 256):
            return None
        lock = (folder / ".terraform.lock.hcl").read_text(encoding="utf-8")
        return re.search(r'version\s*=\s*"([^"]+)"', lock)[1]


if __name__ == "__main__":
    main()
