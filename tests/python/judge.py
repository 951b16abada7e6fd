"""Judges documents by a JSON Schema with Python's jsonschema, for tests/schema_agreement.rs.

Reads an object with `schema` and `documents`; prints, for each document, the places that are wrong and the keyword that
says so. A schema that is none ends the script with an error.
"""

import json
import sys

from jsonschema import Draft202012Validator


def segment(key):
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def fault(error):
    pointer = "".join(segment(key) for key in error.absolute_path)
    # `false` in the place of a schema has no keyword.
    return f"{pointer} {error.validator or 'false'}"


if __name__ == "__main__":
    task = json.load(sys.stdin)
    Draft202012Validator.check_schema(task["schema"])
    validator = Draft202012Validator(task["schema"])
    print(json.dumps([sorted({fault(error) for error in validator.iter_errors(document)}) for document in task["documents"]]))
