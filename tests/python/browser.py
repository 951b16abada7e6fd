"""Opens a page in headless Chromium, and says what it does there or takes a picture of it.

    browser.py check PAGE               prints what was found as JSON
    browser.py picture PAGE FILE.png [--width N] [--height N] [--scale N] [--dark] [--whole]

Talks to Chromium through its pipe for debugging: needs no port, and nothing but Python.
"""

import argparse
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# Seconds that one answer may take: machines are shared.
LONGEST = 60


def program():
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One tab of a browser."""

    def __init__(self):
        self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs, self.commands = os.pipe()
        self.answers, their_answers = os.pipe()
        shell = f'exec "$0" "$@" 3<&{theirs} 4>&{their_answers}'
        flags = ["--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.home.name}", "--no-first-run"]
        flags += ["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--disable-background-networking"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        self.process = subprocess.Popen(
            ["bash", "-c", shell, program(), *flags, "about:blank"],
            pass_fds=(theirs, their_answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(their_answers)
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        tabs = self.call("Target.getTargets")["targetInfos"]
        tab = next(tab for tab in tabs if tab["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=tab["targetId"], flatten=True)
        self.session = attached["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.commands)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.answers)
        self.home.cleanup()

    def read(self):
        end = time.monotonic() + LONGEST
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.answers], [], [], max(0, end - time.monotonic()))
            part = os.read(self.answers, 1 << 20) if ready else b""
            if not part:
                sys.exit("the browser does not answer")
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self.commands, text):]
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def wait(self, method):
        while not any(event["method"] == method for event in self.events):
            answer = self.read()
            if "method" in answer:
                self.events.append(answer)

    def show(self, page, width, height, scale=1, is_dark=False):
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=width < 600)
        self.events = [event for event in self.events if event["method"] != "Page.loadEventFired"]
        self.call("Page.navigate", url=pathlib.Path(page).resolve().as_uri())
        self.wait("Page.loadEventFired")

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            sys.exit(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def complaints(self):
        """What the console says, and what was asked of a network."""
        said = []
        for event in self.events:
            parameters = event["params"]
            if event["method"] == "Log.entryAdded":
                said.append(parameters["entry"]["text"])
            elif event["method"] in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                said.append(json.dumps(parameters)[:500])
            elif event["method"] == "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                if not url.startswith(("file:", "data:")):
                    said.append(f"asked for {url}")
        return said


# What stands out at the right of the window, were somebody to scroll there.
WIDE = """(() => {
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll('body *:not(.skip)')]
    .filter(node => node.getClientRects().length && node.getBoundingClientRect().right > width + 0.5);
  return { width, page: document.documentElement.scrollWidth, wide: wide.slice(0, 5).map(node => node.outerHTML.slice(0, 200)) };
})()"""

SHOWN = "[...document.querySelectorAll('.group > ul > li')].filter(row => row.checkVisibility()).length"

SEARCH = """(text => {
  const field = document.getElementById('search');
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
})"""

# Names of what can be used, as a screen reader has them.
NAMELESS = """[...document.querySelectorAll('input, a, summary, main, nav, section, form, fieldset')].filter(node => {
  const labels = [...(node.labels ?? [])].map(label => label.textContent).join('');
  const by = node.getAttribute('aria-labelledby');
  const named = by ? document.getElementById(by)?.textContent : node.getAttribute('aria-label');
  const legend = node.querySelector(':scope > legend')?.textContent;
  const own = ['A', 'SUMMARY'].includes(node.tagName) ? node.textContent : '';
  return node.tagName !== 'MAIN' && ![labels, named, legend, own].some(text => text?.trim());
}).map(node => node.outerHTML.slice(0, 200))"""


def check(page):
    found = {}
    with Browser() as browser:
        browser.show(page, 1200, 900)
        light = browser.run("getComputedStyle(document.body).backgroundColor")
        found["title"] = browser.run("document.title")
        found["rows"] = browser.run("document.querySelectorAll('.group > ul > li').length")
        found["nameless"] = browser.run(NAMELESS)
        found["ids"] = browser.run(
            "[...document.querySelectorAll('[id]')].length - new Set([...document.querySelectorAll('[id]')].map(node => node.id)).size"
        )
        browser.run(f"{SEARCH}('CHECKOUT timeout')")
        found["searched"] = browser.run(SHOWN)
        found["said"] = browser.run("document.getElementById('found').textContent")
        found["address"] = browser.run("location.hash")
        browser.run(f"{SEARCH}('there is no such function')")
        found["nothing"] = browser.run(SHOWN)
        found["nothing_said"] = browser.run("document.querySelector('.nothing').checkVisibility()")
        browser.run(f"{SEARCH}('')")
        found["failed"] = browser.run(f"document.getElementById('show-failed')?.click(), {SHOWN}")
        found["in_step"] = browser.run(f"document.getElementById('show-in-step')?.click(), {SHOWN}")
        browser.run("document.getElementById('show-all').click()")
        # A script of others does not run, whatever puts it there.
        browser.run("""(() => {
          const script = document.createElement('script');
          try { script.textContent = 'window.evil = 1'; document.body.append(script); } catch { /* refused */ }
        })()""")
        found["evil"] = browser.run("window.evil ?? null")
        found["refused"] = len(browser.complaints()) > 0
        browser.events = []
        # The search stands in the address, and holds after another load.
        browser.run(f"{SEARCH}('checkout')")
        browser.call("Page.reload")
        browser.wait("Page.loadEventFired")
        found["reloaded"] = [browser.run("document.getElementById('search').value"), browser.run(SHOWN)]
        browser.run(f"{SEARCH}('')")
        for width in [320, 390, 1200]:
            browser.show(page, width, 844)
            browser.run("document.querySelectorAll('details').forEach(node => { node.open = true; })")
            found[f"wide_{width}"] = browser.run(WIDE)
        browser.show(page, 1200, 900, is_dark=True)
        found["schemes"] = [light, browser.run("getComputedStyle(document.body).backgroundColor")]
        found["complaints"] = browser.complaints()
        # Without scripts the filters work as well, and there is no field that does nothing.
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.show(page, 1200, 900)
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
        found["plain"] = [browser.run("document.querySelector('.search').checkVisibility()"), browser.run(
            f"document.getElementById('show-failed')?.click(), {SHOWN}")]
    print(json.dumps(found))


def picture(arguments):
    with Browser() as browser:
        if arguments.now:
            # Pictures of one page are alike, whenever they are taken.
            now = f"Date.now = () => Date.parse({json.dumps(arguments.now)})"
            browser.call("Page.addScriptToEvaluateOnNewDocument", source=now)
        browser.show(arguments.page, arguments.width, arguments.height, arguments.scale, arguments.dark)
        browser.run("Promise.all([document.fonts.ready, new Promise(requestAnimationFrame)]).then(() => null)")
        more = {"captureBeyondViewport": True} if arguments.whole else {}
        shot = browser.call("Page.captureScreenshot", format="png", **more)
    pathlib.Path(arguments.file).write_bytes(base64.b64decode(shot["data"]))


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check").add_argument("page")
    pictures = commands.add_parser("picture")
    pictures.add_argument("page")
    pictures.add_argument("file")
    for name, value in [("width", 1100), ("height", 900), ("scale", 1)]:
        pictures.add_argument(f"--{name}", type=int, default=value)
    pictures.add_argument("--now", help="the moment that it is to be, in RFC 3339")
    pictures.add_argument("--dark", action="store_true")
    pictures.add_argument("--whole", action="store_true")
    arguments = parser.parse_args()
    if not program():
        sys.exit(f"none of {', '.join(NAMES)} is here")
    check(arguments.page) if arguments.command == "check" else picture(arguments)


main()
