"""Prints what botocore's model knows of operations, as JSON. Standard input: names by service."""

import json
import sys

import botocore.session
from botocore.exceptions import DataNotFoundError

session = botocore.session.get_session()
loader = session.get_component("data_loader")
found = {}
for service, names in json.load(sys.stdin).items():
    model = session.get_service_model(service)
    try:
        pages = loader.load_service_model(service, "paginators-1")["pagination"]
    except DataNotFoundError:
        pages = {}
    for name in names:
        operation = model.operation_model(name)
        members = operation.input_shape.members if operation.input_shape else {}
        query = [
            shape.serialization.get("name", member)
            for member, shape in members.items()
            if shape.serialization.get("location") == "querystring"
        ]
        headers = {
            member: shape.serialization["name"].lower()
            for member, shape in members.items()
            if shape.serialization.get("location") == "header"
        }
        page = pages.get(name, {})
        # An operation with several lists has its own first.
        items = page.get("result_key")
        items = items[0] if isinstance(items, list) else items
        found[name] = {
            "method": operation.http["method"],
            "path": operation.http["requestUri"],
            "status": operation.http.get("responseCode", 200),
            "query": sorted(query),
            "headers": headers,
            "revision": "RevisionId" in members,
            "signing": model.signing_name,
            "protocols": model.metadata.get("protocols", [model.metadata["protocol"]]),
            "json": model.metadata.get("jsonVersion"),
            "target": model.metadata.get("targetPrefix"),
            "paging": [items, page["input_token"], page["output_token"]] if page else None,
        }
json.dump(found, sys.stdout)
