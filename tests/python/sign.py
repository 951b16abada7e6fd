"""Signs requests again with botocore, for tests/service_model.rs.

Reads a list of requests as they reached a server and prints, for each, botocore's signature of it.
"""

import json
import re
import sys

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def signature(endpoint, text):
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in headers.items()}
    pattern = r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+)"
    region, service, signed = re.search(pattern, headers["authorization"]).groups()
    kept = {name: headers[name] for name in signed.split(";")}
    request = AWSRequest(method=method, url=endpoint + target, headers=kept, data=body.encode())
    request.context["timestamp"] = headers["x-amz-date"]
    # S3 takes paths as they are, and bodies by the digest in a header.
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = signer(Credentials("test", "test", headers.get("x-amz-security-token")), service, region)
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)


if __name__ == "__main__":
    print(json.dumps([signature(sys.argv[1], text) for text in json.load(sys.stdin)]))
