"""Keeps a plan as one comment on the pull request: the comment of the last run is replaced.

Needs GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_EVENT_PATH, and COMMENT_BODY, the file with the comment;
without one the comment says that there is no plan.
"""

import json
import os
import sys
import urllib.error
import urllib.request

MARKER = "<!-- lambdactl-plan -->"
MOST_PAGES = 50


def main():
    number = pull_request()
    if number is None:
        return "no pull request to comment on"
    key = os.environ.get("COMMENT_KEY", "")
    marker = f"<!-- lambdactl-plan {key} -->" if key else MARKER
    body = plan().replace(MARKER, marker, 1)
    comments = f"/repos/{os.environ['GITHUB_REPOSITORY']}/issues/{number}/comments"
    try:
        for page in range(1, MOST_PAGES + 1):
            found = call("GET", f"{comments}?per_page=100&page={page}")
            for comment in found:
                # Others may quote the marker: only a comment that begins with it is this one.
                if (comment.get("body") or "").startswith(marker):
                    call("PATCH", f"/repos/{os.environ['GITHUB_REPOSITORY']}/issues/comments/{comment['id']}", body)
                    return None
            if len(found) < 100:
                break
        call("POST", comments, body)
        return None
    except urllib.error.HTTPError as error:
        # Pull requests of forks have a token that may only read: the plan is in the job's summary all the same.
        return f"the comment could not be written: GitHub answered {error.code}"
    except urllib.error.URLError as error:
        return f"the comment could not be written: {error.reason}"


def plan():
    path = os.environ.get("COMMENT_BODY", "")
    if not path:
        # The step before failed: an older plan must not stand there as if it were this one.
        return f"{MARKER}\n### lambdactl plan failed\n\nThe manifest could not be validated; the job's log says why.\n"
    with open(path, encoding="utf-8") as file:
        return file.read()


def pull_request():
    with open(os.environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
        event = json.load(file)
    return (event.get("pull_request") or event.get("issue") or {}).get("number")


def call(method, path, body=None):
    request = urllib.request.Request(
        os.environ.get("GITHUB_API_URL", "https://api.github.com") + path,
        method=method,
        data=None if body is None else json.dumps({"body": body}).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    reason = main()
    if reason:
        print(f"::warning::lambdactl: {reason}")
    sys.exit(0)
