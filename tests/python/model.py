"""Tells what botocore's model of CreateFunction says, and judges requests by it, for tests/service_model.rs.

`model.py members` prints the tree of members, or those of the operations that are named; `model.py judge` reads a list of request bodies and prints, for each,
what botocore has against it.
"""

import base64
import json
import sys

import botocore.session
from botocore.validate import ParamValidator

MODEL = botocore.session.get_session().get_service_model("lambda")
REQUEST = MODEL.operation_model("CreateFunction").input_shape


def tree(shape):
    node = {"type": shape.type_name}
    if shape.type_name == "structure":
        node["required"] = sorted(shape.required_members)
        node["members"] = {name: tree(member) for name, member in shape.members.items()}
    elif shape.type_name == "list":
        node["item"] = tree(shape.member)
    if getattr(shape, "enum", None):
        node["enum"] = shape.enum
    for limit in ("min", "max"):
        if limit in shape.metadata:
            node[limit] = shape.metadata[limit]
    return node


def judge(body):
    if "ZipFile" in body.get("Code", {}):
        body["Code"]["ZipFile"] = base64.b64decode(body["Code"]["ZipFile"], validate=True)
    report = ParamValidator().validate(body, REQUEST)
    # botocore passes over members that it does not know.
    unknown = sorted(set(body) - set(REQUEST.members))
    return {"errors": report.generate_report(), "unknown": unknown}


if __name__ == "__main__":
    if sys.argv[1] == "members" and len(sys.argv) > 2:
        shapes = {name: MODEL.operation_model(name).input_shape for name in sys.argv[2:]}
        print(json.dumps({name: tree(shape) for name, shape in shapes.items()}))
    elif sys.argv[1] == "members":
        print(json.dumps(tree(REQUEST)))
    else:
        print(json.dumps([judge(body) for body in json.load(sys.stdin)]))
