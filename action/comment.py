"""Keeps a plan as one comment on the pull request: the comment of the last run is replaced.

Needs GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_EVENT_PATH, and COMMENT_BODY, the file with the comment;
without one the comment says that there is no plan.

Only comments of the token's own author are changed: a marker can be written by anybody. Whatever goes wrong
with the API is a warning and no failure, and no text of the API is repeated: it is not ours.
"""

import hashlib
import json
import os
import re
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

MARKER = "<!-- lambdactl-plan -->"
# The author of what a workflow's own token writes. Nobody can register a name with brackets.
BOT = "github-actions[bot]"
MOST_PAGES = 50
A_PAGE = 100
# GitHub takes 65,536 characters.
MOST_CHARACTERS = 65_000
# A page of the longest comments, each character escaped, is about half of this.
MOST_BYTES = 64 * 1024 * 1024
SECONDS_OF_A_CALL = 15
SECONDS_OF_ALL = 60
SECONDS_TO_RETRY = 1
FAILED = f"{MARKER}\n### lambdactl plan failed\n\nThere is no plan for this commit; the job's log says why.\n"
REFUSED = (
    f"{MARKER}\n### lambdactl plan\n\nGitHub did not take the plan as a comment; the summary and the log of the job show it.\n"
)


class Failed(Exception):
    """What went wrong, in our own words, and GitHub's status where there is one."""

    def __init__(self, reason, status=None):
        super().__init__(reason)
        self.status = status


def main():
    """Returns what there is to warn about."""
    number = pull_request()
    if number is None:
        return "no pull request to comment on"
    marker = marker_of(os.environ.get("COMMENT_KEY", ""))
    api = Api()
    keep(api, number, marker, marked(plan(), marker))
    return None


def keep(api, number, marker, body):
    """Brings the pull request to exactly one comment of ours, with this body."""
    me = api.login()
    ours, others = [], []
    for comment in api.comments(number, marker):
        (ours if comment["login"] == me else others).append(comment)
    for comment in ours:
        if not api.replace(comment, body, marker):
            continue
        # An older plan must not stand beside the new one.
        for older in ours:
            if older is not comment:
                api.delete(older)
        return
    author = api.create(number, body, marker)
    if author is not None and author != me:
        # The token could not say whose it is; its first comment does.
        for older in others:
            if older["login"] == author:
                api.delete(older)


class Api:
    """GitHub's API, as far as it is needed here. Every failure is `Failed`."""

    def __init__(self):
        self.token = os.environ.get("GITHUB_TOKEN", "").strip()
        if not re.fullmatch(r"[!-~]+", self.token):
            raise Failed("there is no token that can be sent; the input `github-token` is it")
        self.base = os.environ.get("GITHUB_API_URL", "").strip() or "https://api.github.com"
        if urllib.parse.urlsplit(self.base).scheme not in ("https", "http"):
            raise Failed("GITHUB_API_URL is no address of HTTP")
        repository = os.environ.get("GITHUB_REPOSITORY", "")
        if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", repository):
            raise Failed("GITHUB_REPOSITORY is no OWNER/NAME")
        self.issues = f"/repos/{repository}/issues"
        self.opener = urllib.request.build_opener(NoRedirects)
        self.end = time.monotonic() + SECONDS_OF_ALL

    def login(self):
        """Returns whose the token is. A workflow's own may not ask, and GitHub writes its comments as `BOT`."""
        try:
            user = self.call("GET", "/user")
        except Failed:
            return BOT
        login = user.get("login") if isinstance(user, dict) else None
        return login if isinstance(login, str) and login else BOT

    def comments(self, number, marker):
        """Yields the comments that begin with the marker, whoever wrote them, oldest first."""
        for page in range(1, MOST_PAGES + 1):
            found = self.call("GET", f"{self.issues}/{number}/comments?per_page={A_PAGE}&page={page}")
            if not isinstance(found, list):
                raise Failed("GitHub's answer is no list of comments")
            for comment in found:
                comment = comment if isinstance(comment, dict) else {}
                user = comment.get("user") if isinstance(comment.get("user"), dict) else {}
                number_of_it, body, login = comment.get("id"), comment.get("body"), user.get("login")
                # Others may quote the marker: only a comment that begins with it can be this one.
                is_one = isinstance(login, str) and isinstance(body, str) and body.startswith(marker)
                if is_one and type(number_of_it) is int and number_of_it > 0:
                    yield {"id": number_of_it, "login": login}
            if len(found) < A_PAGE:
                return

    def create(self, number, body, marker):
        """Writes a new comment and returns its author, where the answer says one."""
        path = f"{self.issues}/{number}/comments"
        made = self.written("POST", path, body, marker)
        user = made.get("user")
        login = user.get("login") if isinstance(user, dict) else None
        return login if isinstance(login, str) else None

    def replace(self, comment, body, marker):
        """Replaces a comment; `False` when it is gone."""
        try:
            self.written("PATCH", f"{self.issues}/comments/{comment['id']}", body, marker)
            return True
        except Failed as failed:
            if failed.status in (404, 410):
                return False
            raise

    def delete(self, comment):
        """Takes away a comment of ours."""
        try:
            self.call("DELETE", f"{self.issues}/comments/{comment['id']}")
        except Failed as failed:
            if failed.status not in (404, 410):
                raise

    def written(self, method, path, body, marker):
        """Writes a text; one that GitHub does not take is replaced by one that says so."""
        try:
            made = self.call(method, path, body)
        except Failed as failed:
            if failed.status not in (413, 422):
                raise
            made = self.call(method, path, marked(REFUSED, marker))
        if not isinstance(made, dict):
            raise Failed("GitHub's answer is no comment")
        return made

    def call(self, method, path, body=None):
        """Sends a request and returns the answer's JSON, `None` where it has no body."""
        for is_last in (False, True):
            try:
                return self.sent(method, path, body)
            except Failed as failed:
                # Asking again does no harm, but a comment that is written twice does.
                if is_last or method == "POST" or failed.status is None or failed.status < 500:
                    raise
            time.sleep(SECONDS_TO_RETRY)

    def sent(self, method, path, body):
        seconds = min(SECONDS_OF_A_CALL, self.end - time.monotonic())
        if seconds <= 0:
            raise Failed("GitHub took too long")
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "User-Agent": "lambdactl-action",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        data = None if body is None else json.dumps({"body": body}).encode()
        try:
            request = urllib.request.Request(self.base + path, method=method, data=data, headers=headers)
            with self.opener.open(request, timeout=seconds) as answer:
                text = bounded(answer, time.monotonic() + seconds)
        except urllib.error.HTTPError as error:
            with error:
                raise Failed(f"GitHub answered {error.code}", error.code) from None
        except Failed:
            raise
        except TimeoutError:
            raise Failed("GitHub took too long") from None
        except urllib.error.URLError as error:
            late = isinstance(error.reason, TimeoutError)
            raise Failed("GitHub took too long" if late else "GitHub could not be reached") from None
        except Exception as error:  # What http.client raises has no common class.
            raise Failed(f"GitHub's answer could not be read ({type(error).__name__})") from None
        if not text.strip():
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise Failed("GitHub's answer is no JSON") from None


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: the token goes nowhere but where it was sent to."""

    def redirect_request(self, *_):
        return None


def bounded(answer, end):
    """Reads an answer to its end, unless that is too far or too late."""
    parts, size = [], 0
    while True:
        part = answer.read1(1 << 16)
        size += len(part)
        if not part and answer.length:
            raise Failed("GitHub's answer was cut off")
        if not part:
            return b"".join(parts)
        if size > MOST_BYTES:
            raise Failed("GitHub's answer does not end")
        if time.monotonic() > end:
            raise Failed("GitHub took too long")
        parts.append(part)


def pull_request():
    """Returns the number of the pull request that the workflow runs for."""
    try:
        with open(os.environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
            event = json.load(file)
    except (KeyError, OSError, ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    about = event.get("pull_request")
    if about is None and isinstance(event.get("issue"), dict) and isinstance(event["issue"].get("pull_request"), dict):
        about = event["issue"]
    number = about.get("number") if isinstance(about, dict) else None
    return number if type(number) is int and number > 0 else None


def plan():
    """Returns the text of the plan's file, or that there is none: an older plan must not stand as if it were this one."""
    path = os.environ.get("COMMENT_BODY", "")
    try:
        with open(path, "rb") as file:
            # Each character has four bytes at most.
            text = file.read(4 * MOST_CHARACTERS + 4).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return FAILED
    return text if text.strip() else FAILED


def marked(text, marker):
    """Puts the marker in front, and makes the text one that GitHub takes."""
    text = text[len(MARKER) :] if text.startswith(MARKER) else text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", text)
    return cut(f"{marker}\n{text.lstrip(chr(10))}")


def cut(text):
    """Shortens a text between two of its lines, and closes what is open there."""
    if len(text) <= MOST_CHARACTERS:
        return text
    note = "\n> The rest does not fit into a comment; the summary of the job shows more.\n"
    # What closes is a fence as long as the one that opens, and folds.
    kept, size, fence, folds = [], len(note), "", 0
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        opened = fence_after(fence, line)
        more = folds + (0 if fence or opened else line.count("<details>") - line.count("</details>"))
        closing = len(opened) + 1 + len("\n</details>\n") * max(more, 0)
        if size + len(line) + closing > MOST_CHARACTERS:
            break
        kept.append(line)
        size += len(line)
        fence, folds = opened, more
    if len(kept) < 2:
        # One line is longer than a comment.
        kept.append(text[sum(map(len, kept)) :][: (MOST_CHARACTERS - size) // 2])
        fence = fence_after(fence, kept[-1])
    end = "" if kept[-1].endswith("\n") else "\n"
    return "".join(kept) + end + (f"{fence}\n" if fence else "") + "\n</details>\n" * max(folds, 0) + note


def fence_after(fence, line):
    """Returns the fence that is open after a line, where `fence` was open before it."""
    found = re.match(r" {0,3}(`{3,}|~{3,})(.*)", line)
    if not found:
        return fence
    mark, rest = found.groups()
    if not fence:
        return "" if mark[0] == "`" and "`" in rest else mark
    return "" if mark[0] == fence[0] and len(mark) >= len(fence) and not rest.strip() else fence


def marker_of(key):
    """Returns the marker of a key. A key that could end the marker is written otherwise, and stays another than others."""
    safe = re.sub(r"[^A-Za-z0-9._/]+", "-", key).strip("-")[:64]
    if safe != key:
        safe = f"{safe}-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:8]}".lstrip("-")
    return f"<!-- lambdactl-plan {safe} -->" if key.strip() else MARKER


def warning(reason):
    """Prints a warning as the runner reads one."""
    print("::warning::lambdactl: " + reason.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"), flush=True)


def run():
    """Does the work in a time that is bounded, whatever the server does."""
    reasons = []

    def work():
        try:
            reasons.append(main())
        except Failed as failed:
            reasons.append(not_written(failed))
        except Exception as error:
            reasons.append(not_written(type(error).__name__))

    # A server that sends a byte now and then outlasts every time limit of a socket.
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(SECONDS_OF_ALL + 1)
    for reason in reasons or [not_written("GitHub took too long")]:
        if reason:
            warning(reason)


def not_written(reason):
    # Pull requests of forks have a token that may only read: the plan is in the job's summary all the same.
    return f"the comment could not be written: {reason}; a plan that stands there already may be of an earlier commit"


if __name__ == "__main__":
    run()
    sys.exit(0)
