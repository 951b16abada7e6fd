"""Translates templates of AWS SAM as the service does, for tests/sam.rs. Reads and prints JSON."""

import json
import sys

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class Policies:
    """Managed policies, of which the templates have none."""

    def load(self):
        return {}


def translated(template):
    """Returns CloudFormation's template, or why there is none."""
    try:
        return {"template": transform(template, {}, Policies())}
    except InvalidDocumentException as error:
        return {"error": [cause.message for cause in error.causes]}


if __name__ == "__main__":
    print(json.dumps([translated(template) for template in json.load(sys.stdin)]))
