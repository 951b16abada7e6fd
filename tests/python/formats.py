"""Reads the output of `lambdactl validate` with other people's readers, for tests/formats.rs. Prints JSON."""

import json
import sys

from junitparser import JUnitXml
from sarif_kit import validation_errors


def junit(text):
    """Returns what a reader of JUnit XML sees."""
    xml = JUnitXml.fromstring(text.encode())
    return {"tests": xml.tests, "failures": xml.failures, "suites": [suite(found) for found in xml]}


def suite(found):
    cases = [
        {
            "name": case.name,
            "classname": case.classname,
            "failures": [[entry.type, entry.message, entry.text] for entry in case.result],
        }
        for case in found
    ]
    failed = sum(case.is_failure for case in found)
    assert (found.tests, found.failures, found.errors, found.skipped) == (len(cases), failed, 0, 0)
    return {"name": found.name, "cases": cases}


if __name__ == "__main__":
    # Each takes a list of outputs and prints a list of what it makes of them.
    read = {"sarif": validation_errors, "junit": junit}[sys.argv[1]]
    print(json.dumps([read(output) for output in json.load(sys.stdin)]))
