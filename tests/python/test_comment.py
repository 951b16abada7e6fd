"""Runs action/comment.py against a GitHub on this machine that answers well, badly, or not at all."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "action" / "comment.py"
BOT = "github-actions[bot]"
MARKER = "<!-- lambdactl-plan -->"
TOKEN = "tok-CANARY"
# Short times, so that a test of a server that never ends does.
RUN = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("comment", {str(SCRIPT)!r})
comment = importlib.util.module_from_spec(spec)
spec.loader.exec_module(comment)
comment.SECONDS_OF_A_CALL, comment.SECONDS_OF_ALL, comment.SECONDS_TO_RETRY, comment.MOST_BYTES = 2, 4, 0.1, 1 << 20
comment.run()
"""


class GitHub:
    """Comments of one pull request, and answers that stand for what else can come."""

    def __init__(self):
        self.comments, self.asked, self.tokens = [], [], []
        # Whose the token is: a workflow's own may not ask.
        self.login, self.author = None, BOT
        # A status, or a function that answers for itself, by the beginning of METHOD and path; each once or for ever.
        self.instead, self.once = {}, {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    def add(self, body, login=BOT, **more):
        number = len(self.comments) + 1
        self.comments.append({"id": number, "body": body, "user": {"login": login}, **more})
        return self.comments[-1]

    def answer(self, method, path, body):
        if path == "/user":
            return (200, {"login": self.login}) if self.login else (403, {"message": "no"})
        if method == "GET":
            page = int(re.search(r"&page=(\d+)", path)[1])
            return 200, self.comments[(page - 1) * 100 : page * 100]
        if method == "POST":
            return 201, self.add(body["body"], self.author)
        number = int(path.rsplit("/", 1)[1])
        found = next((comment for comment in self.comments if comment["id"] == number), None)
        if found is None:
            return 404, {}
        if method == "DELETE":
            self.comments.remove(found)
            return 204, None
        found["body"] = body["body"]
        return 200, found


def handler(github):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def respond(self):
            asked = f"{self.command} {self.path}"
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            github.asked.append(asked)
            github.tokens.append(self.headers.get("authorization"))
            self.close_connection = True
            for answers in (github.once, github.instead):
                for start in answers:
                    if asked.startswith(start):
                        special = answers.pop(start) if answers is github.once else answers[start]
                        return special(self) if callable(special) else self.send(special, b"{}")
            status, answer = github.answer(self.command, self.path, json.loads(body or b"null"))
            self.send(status, b"" if answer is None else json.dumps(answer).encode())

        def send(self, status, body, **headers):
            self.send_response(status)
            for name, value in {"content-length": len(body), **headers}.items():
                self.send_header(name.replace("_", "-"), str(value))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = respond

    return Handler


def endless(part, pause):
    """Answers with the head, and with parts until nobody listens."""

    def answer(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                request.wfile.write(part)
                time.sleep(pause)

    return answer


def dripping_head(request):
    with contextlib.suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000:
            request.wfile.write(bytes([byte]))
            time.sleep(0.2)


def says(body, status=200, **headers):
    return lambda request: request.send(status, body, **headers)


class Case(unittest.TestCase):
    def setUp(self):
        self.github = GitHub()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.addCleanup(self.github.server.server_close)
        self.addCleanup(self.github.server.shutdown)
        self.write("event.json", b'{"pull_request": {"number": 3}}')
        self.write("comment.md", f"{MARKER}\nthe plan\n".encode())

    def write(self, name, data):
        path = pathlib.Path(self.folder.name, name)
        path.write_bytes(data)
        return str(path)

    def run_it(self, **environment):
        """Runs the script: never a red job, nothing on standard error, and no more than one warning."""
        known = {
            "COMMENT_BODY": f"{self.folder.name}/comment.md",
            "GITHUB_EVENT_PATH": f"{self.folder.name}/event.json",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": self.github.address,
            "PATH": os.environ["PATH"],
        }
        began = time.monotonic()
        ran = subprocess.run(
            [sys.executable, "-I", "-B", "-c", RUN], env={**known, **environment}, capture_output=True, timeout=60, check=False
        )
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual((ran.returncode, ran.stderr), (0, b""), ran.stderr.decode())
        printed = ran.stdout.decode()
        self.assertNotIn(TOKEN, printed)
        self.assertRegex(printed, r"\A(::warning::lambdactl: [^\n]*\n)?\Z")
        return printed

    def bodies(self):
        return [comment["body"] for comment in self.github.comments]

    def written(self):
        return [asked for asked in self.github.asked if not asked.startswith("GET")]


class Author(Case):
    """Whose comments are changed, and how one is told from others."""

    def test_a_marker_of_somebody_else_is_left_alone(self):
        for login in ("attacker", "github-actions", "Github-Actions[bot]", "other[bot]"):
            self.github.add(MARKER, login)
        self.assertEqual(self.run_it(), "")
        self.assertEqual(self.bodies(), [MARKER] * 4 + [f"{MARKER}\nthe plan\n"])
        self.assertEqual(self.written(), ["POST /repos/o/r/issues/3/comments"])
        self.run_it()
        self.assertEqual(self.written()[1:], ["PATCH /repos/o/r/issues/comments/5"])

    def test_the_own_comment_is_replaced_on_whatever_page_it_is(self):
        for number in range(250):
            self.github.add(f"said {number}; {MARKER}", "somebody")
        mine = self.github.add(f"{MARKER}\nold")
        self.assertEqual(self.run_it(), "")
        self.assertEqual((mine["body"], len(self.github.comments)), (f"{MARKER}\nthe plan\n", 251))

    def test_the_token_of_a_person_changes_what_that_person_wrote(self):
        self.github.login = self.github.author = "maintainer"
        self.github.add(f"{MARKER}\nof the bot")
        self.github.add(f"{MARKER}\nold", "maintainer")
        self.assertEqual(self.run_it(), "")
        self.assertEqual(self.bodies(), [f"{MARKER}\nof the bot", f"{MARKER}\nthe plan\n"])

    def test_an_app_of_its_own_learns_its_name_from_what_it_wrote(self):
        self.github.author = "our-app[bot]"
        self.github.add(MARKER, "attacker")
        for _ in range(3):
            self.assertEqual(self.run_it(), "")
        self.assertEqual(self.bodies(), [MARKER, f"{MARKER}\nthe plan\n"])

    def test_older_plans_of_the_same_author_go(self):
        for text in ("one", "two", "three"):
            self.github.add(f"{MARKER}\n{text}")
        self.assertEqual(self.run_it(), "")
        self.assertEqual(self.bodies(), [f"{MARKER}\nthe plan\n"])

    def test_a_comment_that_goes_in_between_is_written_anew(self):
        self.github.add(f"{MARKER}\nold")
        self.github.instead["PATCH"] = 404
        self.assertEqual(self.run_it(), "")
        self.assertEqual(self.bodies()[-1], f"{MARKER}\nthe plan\n")

    def test_a_key_is_part_of_the_marker(self):
        self.run_it(COMMENT_KEY="shop/eu-1.a_b")
        self.assertEqual(self.bodies(), ["<!-- lambdactl-plan shop/eu-1.a_b -->\nthe plan\n"])
        self.run_it(COMMENT_KEY="shop")
        self.assertEqual(len(self.bodies()), 2)

    def test_a_key_cannot_end_the_marker(self):
        keys = ["a --><img src=x>", "a --!><b>", "-->", "a\n::warning::b", "a--b", "-", "ü", "x" * 300, "\x1b[31m", "a b", "a_b -"]
        for _ in range(2):
            for key in keys:
                self.assertEqual(self.run_it(COMMENT_KEY=key), "")
        markers = [body.split("\n")[0] for body in self.bodies()]
        self.assertEqual(len(set(markers)), len(keys), markers)
        for marker in markers:
            self.assertRegex(marker, r"\A<!-- lambdactl-plan [A-Za-z0-9._/]+(-[A-Za-z0-9._/]+)* -->\Z")


class Body(Case):
    """What stands in the file."""

    def test_any_byte_can_stand_in_the_file(self):
        for data in (bytes(range(256)) * 20, b"\xa9" * 500, b"\xef\xbb\xbf" + MARKER.encode(), b"\x00", b"\xed\xa0\x80 \xff\xfe"):
            self.write("comment.md", data)
            self.assertEqual(self.run_it(), "")
            self.assertEqual(len(self.bodies()), 1)
            self.assertTrue(self.bodies()[0].startswith(MARKER + "\n"))
            self.assertNotRegex(self.bodies()[0], r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

    def test_a_cut_character_is_no_reason_to_leave_the_old_plan(self):
        self.github.add(f"{MARKER}\nold")
        self.write("comment.md", MARKER.encode() + b"\n" + ("é" * 30000).encode()[-19999:])
        self.assertEqual(self.run_it(), "")
        self.assertIn("é" * 9999, self.bodies()[0])

    def test_without_a_file_the_comment_says_that_there_is_no_plan(self):
        empty = self.write("empty.md", b"")
        for path in ("", empty, f"{self.folder.name}/missing", self.folder.name, f"{self.folder.name}/\udcff"):
            self.github.comments = [{"id": 1, "body": f"{MARKER}\nold", "user": {"login": BOT}}]
            self.assertEqual(self.run_it(COMMENT_BODY=path), "")
            self.assertTrue(self.bodies()[0].startswith(f"{MARKER}\n### lambdactl plan failed\n"), self.bodies())
            self.assertEqual(len(self.bodies()), 1)

    def test_what_is_too_long_is_cut_by_characters_and_closed(self):
        fence, other, line = "`````", "~~~~", "+ é→\U0001f4a5 ``` ~~~~ text\n"
        folded = f"<details><summary>f</summary>\n\n{fence}diff\n{line * 9000}{fence}\n\n</details>\n"
        for text, ends in (
            (folded, f"\n{fence}\n\n</details>\n\n> The rest"),
            (f"{other}text\n{line * 9000}{other}\n", f"\n{other}\n\n> The rest"),
            (f"{fence}\nshort\n{fence}\n" + "plain\n" * 20000, "\nplain\n\n> The rest"),
            ("é" * 100_000, "é\n\n> The rest"),
            ("```" + "x" * 100_000, "x\n```\n\n> The rest"),
            ("\U0001f4a5" * 300_000, "\U0001f4a5\n\n> The rest"),
        ):
            self.write("comment.md", f"{MARKER}\n{text}".encode())
            self.assertEqual(self.run_it(), "")
            body = self.bodies()[0]
            self.assertTrue(body.startswith(MARKER + "\n"))
            self.assertLessEqual(len(body), 65_536)
            self.assertGreater(len(body), 30_000)
            self.assertIn(ends, body[-200:])
            self.assertNotIn("\N{REPLACEMENT CHARACTER}", body)

    def test_what_github_does_not_take_is_said_in_its_place(self):
        self.github.add(f"{MARKER}\nold")
        for status in (413, 422):
            self.github.once["PATCH"] = status
            self.run_it()
            self.assertIn("GitHub did not take the plan", self.bodies()[0])


class Answers(Case):
    """What GitHub answers."""

    def test_every_bad_answer_is_a_warning_that_names_the_old_plan(self):
        deep = b"[" * 100_000
        bad = {
            "closes": lambda request: None,
            "closes within the body": lambda request: request.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[]"),
            "garbage": lambda request: request.wfile.write(b"SSH-2.0-x\r\n\r\n"),
            "hangs": lambda request: time.sleep(20),
            "drips in the head": dripping_head,
            "drips in the body": endless(b" ", 0.2),
            "never ends": endless(b" " * 65536, 0),
            "continues for ever": endless(b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
            "html": says(b"<html>::error::x ##[error]y</html>"),
            "empty": says(b""),
            "no utf-8": says(b"\xff\xfe\x00"),
            "deep": says(deep),
            "digits": says(b"9" * 100_000),
            "gzip": says(b"\x1f\x8b\x08", content_encoding="gzip"),
            "text": says(b'"x"'),
            "number": says(b"7"),
            "null": says(b"null"),
            "object": says(b'{"message": "::error::x"}'),
            "no status": lambda request: request.wfile.write(b"HTTP/1.1 abc x\r\n\r\n"),
            "header without an end": lambda request: request.wfile.write(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 200_000),
            "many headers": lambda request: request.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5000 + b"\r\n[]"),
            **{str(status): status for status in (301, 304, 400, 401, 403, 404, 410, 418, 429, 451, 500, 502, 503, 599)},
        }
        for name, answer in bad.items():
            with self.subTest(name):
                self.github.comments, self.github.asked = [], []
                self.github.add(f"{MARKER}\nold")
                self.github.instead = {"GET /repos": answer}
                printed = self.run_it()
                self.assertIn("the comment could not be written", printed)
                self.assertIn("may be of an earlier commit", printed)
                self.assertNotIn("::error", printed)
                self.assertEqual(self.written(), [])

    def test_a_bad_answer_to_who_the_token_is_does_not_matter(self):
        for answer in (says(b"<html>"), says(b"[]"), says(b"null"), says(b'{"login": 7}'), says(b'{"login": ""}'), 404, 500, lambda request: None):
            self.github.comments = []
            self.github.add(f"{MARKER}\nold")
            self.github.instead = {"GET /user": answer}
            self.assertEqual(self.run_it(), "")
            self.assertEqual(self.bodies(), [f"{MARKER}\nthe plan\n"])

    def test_members_of_wrong_types_are_no_comment_of_ours(self):
        odd = [None, 7, "x", [], {}, {"id": 1}, {"id": 1, "body": None, "user": None}, {"id": 1, "body": 7, "user": {"login": BOT}}]
        odd += [{"id": 1, "body": MARKER, "user": user} for user in (None, [], "x", {}, {"login": None}, {"login": [BOT]})]
        odd += [{"id": id, "body": MARKER, "user": {"login": BOT}} for id in (None, "../../x", "1", 1.5, True, -1, 0, [1])]
        self.github.once["GET /repos"] = says(json.dumps(odd).encode())
        self.assertEqual(self.run_it(), "")
        self.assertEqual(self.written(), ["POST /repos/o/r/issues/3/comments"])

    def test_pages_that_never_end_do(self):
        page = json.dumps([{"id": 1, "body": "x", "user": {"login": BOT}}] * 100).encode()
        self.github.instead["GET /repos"] = says(page)
        self.run_it()
        self.assertLessEqual(len(self.github.asked), 60)


class Writing(Case):
    """What happens when writing fails."""

    def test_writing_that_fails_is_a_warning(self):
        for method, own in (("POST", False), ("PATCH", True)):
            for answer in (403, 500, says(b"<html>"), says(b"null"), says(b"[]"), lambda request: None, lambda request: time.sleep(20)):
                self.github.comments = []
                if own:
                    self.github.add(f"{MARKER}\nold")
                self.github.instead = {method: answer}
                self.assertIn("could not be written", self.run_it())

    def test_a_passing_fault_is_tried_again_but_nothing_is_written_twice(self):
        self.github.add(f"{MARKER}\nold")
        self.github.once = {"GET /repos": 502, "PATCH": 503}
        self.assertEqual(self.run_it(), "")
        self.assertEqual(self.bodies(), [f"{MARKER}\nthe plan\n"])
        self.github.comments, self.github.asked, self.github.once = [], [], {"POST": 502}
        self.assertIn("GitHub answered 502", self.run_it())
        self.assertEqual(len(self.written()), 1)

    def test_a_fork_that_may_not_write_is_told(self):
        self.github.instead["POST"] = 403
        self.assertIn("the comment could not be written: GitHub answered 403", self.run_it())


class Token(Case):
    """Where the token goes, and settings that cannot be used."""

    def test_the_token_follows_no_redirect(self):
        other = GitHub()
        self.addCleanup(other.server.server_close)
        self.addCleanup(other.server.shutdown)
        elsewhere = other.address.replace("127.0.0.1", "localhost")
        places = [f"{elsewhere}/", "//localhost/", f"{self.github.address}/else", "file:///etc/passwd", "::", ""]
        statuses = [(status, places[0]) for status in (301, 302, 303, 307, 308)] + [(302, place) for place in places]
        for asked in ("GET", "POST", "PATCH"):
            self.github.comments = []
            if asked == "PATCH":
                self.github.add(f"{MARKER}\nold")
            for status, place in statuses:
                self.github.instead = {asked: says(b"", status, location=place)}
                self.assertIn("could not be written", self.run_it())
        self.assertEqual(other.asked, [])
        self.assertEqual({asked for asked in self.github.asked if "else" in asked}, set())

    def test_settings_that_cannot_be_used_are_a_warning_and_no_token_is_shown(self):
        for name, value in (
            ("GITHUB_TOKEN", ""),
            ("GITHUB_TOKEN", f"{TOKEN}\r\nx: y"),
            ("GITHUB_TOKEN", f"{TOKEN}é"),
            ("GITHUB_REPOSITORY", "o/r/../../x"),
            ("GITHUB_REPOSITORY", ""),
            ("GITHUB_API_URL", "file:///etc"),
            ("GITHUB_API_URL", "http://127.0.0.1:1"),
            ("GITHUB_API_URL", "http://[::"),
            ("GITHUB_API_URL", "http://127.0.0.1:port"),
            ("GITHUB_EVENT_PATH", "/missing"),
        ):
            with self.subTest(name=name, value=value):
                self.assertIn("::warning::lambdactl: ", self.run_it(**{name: value}))
        self.assertEqual(self.github.asked, [])

    def test_an_event_of_another_shape_is_no_pull_request(self):
        for event in (b"", b"{", b"[]", b"null", b"7", b"{}", b"[" * 100_000, b'{"pull_request": 7}', b'{"pull_request": {"number": "3/../4"}}',
                      b'{"pull_request": {"number": true}}', b'{"issue": {"number": 3}}', b"\xff"):  # fmt: skip
            self.write("event.json", event)
            self.assertEqual(self.run_it(), "::warning::lambdactl: no pull request to comment on\n")
        self.write("event.json", b'{"issue": {"number": 3, "pull_request": {}}}')
        self.assertEqual(self.run_it(), "")


if __name__ == "__main__":
    unittest.main()
