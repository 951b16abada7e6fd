"""The tools beside which lambdactl is measured: how each declares N functions, applies them, and plans.

A tool is a class with `prepare(folder, count, memory)`, which writes its files, and `apply` and `plan`, which return command
lines. `memory` is the MemorySize of every function. `quota` is set before: whether the server has the service's quotas.
"""

import json
import os
import pathlib
import shutil

HERE = pathlib.Path(__file__).parent
ROLE = "arn:aws:iam::123456789012:role/lambda-role"
BUCKET, KEY = "my-bucket", "app.zip"


def request(index, memory):
    """A function as the API takes it; its code is in S3, so that every tool sends the same."""
    return {
        "FunctionName": f"function-{index:05}",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Role": ROLE,
        "Code": {"S3Bucket": BUCKET, "S3Key": KEY},
        "MemorySize": memory,
        "Timeout": 30,
        "Environment": {"Variables": {"STAGE": "test", "NUMBER": str(index)}},
    }


class Lambdactl:
    name = "lambdactl"

    def __init__(self, tools):
        self.program = tools["lambdactl"]

    def prepare(self, folder, count, memory):
        functions = [request(index, memory) for index in range(count)]
        manifest = {"version": 1, "region": "us-east-1", "functions": functions}
        (folder / "lambda.json").write_text(json.dumps(manifest))

    def pace(self):
        """By itself it keeps to the service's quotas, whether the server has them or not."""
        return ["--rate", "0", "--get-function-rate", "0"] if self.quota == "none" else []

    def apply(self):
        return [self.program, "apply", "--yes", "--quiet", "--format", "json", *self.pace()]

    def plan(self):
        return [self.program, "plan", "--format", "json", *self.pace()]


class Boto3:
    """What a careful engineer writes: GetFunction for each function, compare, create; 16 threads."""

    name = "boto3, 16 threads"

    def __init__(self, tools):
        self.python = tools["python"]

    def prepare(self, folder, count, memory):
        functions = [request(index, memory) for index in range(count)]
        (folder / "functions.json").write_text(json.dumps(functions))

    def apply(self):
        return [self.python, str(HERE / "with_boto3.py"), "apply", "functions.json"]

    def plan(self):
        return [self.python, str(HERE / "with_boto3.py"), "plan", "functions.json"]


class Shell:
    """A loop over the AWS CLI: look, and create what is not there."""

    name = "AWS CLI in a loop"

    def __init__(self, tools):
        self.aws = tools["aws"]

    def prepare(self, folder, count, memory):
        for index in range(count):
            function = request(index, memory)
            (folder / f"{function['FunctionName']}.json").write_text(json.dumps(function))

    def loop(self, otherwise):
        look = f'{self.aws} lambda get-function-configuration --function-name "$name"'
        return ["bash", "-c", f'for file in function-*.json; do name=${{file%.json}}; {look} >> seen 2>> log || {otherwise}; done']

    def apply(self):
        return self.loop(f'{self.aws} lambda create-function --cli-input-json "file://$file" >> log || exit 1')

    def plan(self):
        return self.loop("echo missing")


class Ansible:
    """One looped task of amazon.aws.lambda."""

    name = "ansible"

    def __init__(self, tools):
        self.program, self.python = tools["ansible-playbook"], tools["python"]

    def prepare(self, folder, count, memory):
        task = {
            "amazon.aws.lambda": {
                "name": "{{ item.FunctionName }}",
                "state": "present",
                "runtime": "{{ item.Runtime }}",
                "handler": "{{ item.Handler }}",
                "role": "{{ item.Role }}",
                "s3_bucket": BUCKET,
                "s3_key": KEY,
                "memory_size": "{{ item.MemorySize }}",
                "timeout": "{{ item.Timeout }}",
                "environment_variables": "{{ item.Environment.Variables }}",
            },
            "loop": [request(index, memory) for index in range(count)],
        }
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": self.python},
            "tasks": [task],
        }
        (folder / "play.json").write_text(json.dumps([play]))

    def apply(self):
        return [self.program, "--inventory", "localhost,", "play.json"]

    def plan(self):
        return [self.program, "--inventory", "localhost,", "--check", "play.json"]


class Chalice:
    """Packages its own code and names functions app-stage-name; it has no setting of code in S3."""

    name = "chalice"

    def __init__(self, tools):
        self.program = tools["chalice"]

    def prepare(self, folder, count, memory):
        shutil.rmtree(folder / ".chalice", ignore_errors=True)
        (folder / ".chalice").mkdir()
        functions = "".join(f"@app.lambda_function()\ndef f{index}(event, context): pass\n" for index in range(count))
        (folder / "app.py").write_text(f"from chalice import Chalice\napp = Chalice(app_name='bench')\n{functions}")
        (folder / "requirements.txt").write_text("")
        stage = {"manage_iam_role": False, "iam_role_arn": ROLE, "lambda_memory_size": memory, "lambda_timeout": 30}
        config = {"version": "2.0", "app_name": "bench", "automatic_layer": False, "stages": {"dev": stage}}
        (folder / ".chalice" / "config.json").write_text(json.dumps(config))

    def apply(self):
        return [self.program, "deploy"]

    def plan(self):
        return [self.program, "dev", "plan"]


ALL = [Lambdactl, Boto3, Shell, Ansible, Chalice]


def environment(endpoint, folder, python):
    """What every tool is started with: the same server, the same account, nothing of the user's."""
    return {
        "PATH": f"{pathlib.Path(python).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        # Whoever is throttled tries again: the tools' own default would give up.
        "AWS_RETRY_MODE": "standard",
        "AWS_MAX_ATTEMPTS": "20",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
    }
