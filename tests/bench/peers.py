"""The tools beside which lambdactl is measured: how each declares N functions, applies them, and plans.

A tool is a class with `prepare(folder, count, memory)`, which writes its files (and returns False where the machine does not
have the tool), and `apply` and `plan`, which return command lines. `settings`, if it has them, go into their environment.
`memory` is the MemorySize of every function. `quota` is set before: whether the server has the service's quotas.
"""

import json
import os
import pathlib
import shutil
import subprocess

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


class Boto3Adaptive(Boto3):
    """The same, slowing itself down when throttled: the other retry modes give up after some hundred throttles."""

    name = "boto3, adaptive"
    settings = {"AWS_RETRY_MODE": "adaptive"}


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
        each = f"name=${{file%.json}}; {look} >> seen 2>> log || {otherwise}"
        return ["bash", "-c", f"for file in function-*.json; do {each}; done"]

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


class Terraform:
    """One aws_lambda_function with for_each. Its provider is no package of Python: used where the machine has it."""

    name = "terraform"

    def __init__(self, tools):
        self.program = tools["terraform"]

    def prepare(self, folder, count, memory):
        (folder / "functions.json").write_text(json.dumps([request(index, memory) for index in range(count)]))
        (folder / "main.tf").write_text(TERRAFORM)
        if self.program is None:
            return False
        init = [self.program, "init", "-input=false", "-no-color"]
        # It looks for its provider, and not at the server.
        of_none = environment("http://127.0.0.1:9", folder, "")
        return subprocess.run(init, cwd=folder, env=of_none, capture_output=True, check=False).returncode == 0

    def apply(self):
        return [self.program, "apply", "-auto-approve", "-input=false", "-no-color"]

    def plan(self):
        return [self.program, "plan", "-input=false", "-no-color"]


TERRAFORM = f"""\
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}

# Everything else comes from the environment, as for the other tools.
provider "aws" {{
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}}

resource "aws_lambda_function" "all" {{
  for_each      = {{ for each in jsondecode(file("functions.json")) : each.FunctionName => each }}
  function_name = each.key
  runtime       = each.value.Runtime
  handler       = each.value.Handler
  role          = each.value.Role
  s3_bucket     = each.value.Code.S3Bucket
  s3_key        = each.value.Code.S3Key
  memory_size   = each.value.MemorySize
  timeout       = each.value.Timeout
  environment {{
    variables = each.value.Environment.Variables
  }}
}}
"""


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


ALL = [Lambdactl, Boto3, Boto3Adaptive, Shell, Ansible, Chalice, Terraform]


def environment(endpoint, folder, python, settings=None):
    """What every tool is started with: the same server, the same account, nothing of the user's but where providers are."""
    return {
        **{name: value for name, value in os.environ.items() if name == "TF_CLI_CONFIG_FILE"},
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
        **(settings or {}),
    }
