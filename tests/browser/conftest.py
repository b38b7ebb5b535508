"""Headless Chromium over the DevTools pipe: no driver program, no port, no library."""

import base64
import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest

PROGRAM = hasattr(os, "posix_spawn") and next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en", "--remote-debugging-pipe"),
)
_KEYS = {
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Escape": 27,
    "Tab": 9,
    " ": 32,
}
PATIENCE = 30.0


class Chromium:
    """One browser with one page; ``requests``: addresses it asked for, ``errors``: what it said."""

    def __init__(self, profile: Path, downloads: Path, *, width=1280, height=900, dark=False):
        to_browser, ours = os.pipe()
        theirs, from_browser = os.pipe()
        self._process = _spawn(profile, to_browser, from_browser)
        self._write, self._read = os.fdopen(ours, "wb", 0), os.fdopen(theirs, "rb", 0)
        self._rest, self._count, self._session = b"", 0, ""
        self.requests, self.errors, self.downloads = [], [], downloads
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(each["targetId"] for each in targets if each["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")
        self.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
        self.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def ask(self, method, **values):
        """Send one command and return its answer; events that come before it are kept."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": values}
        if self._session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def open(self, path: Path):
        """Load a local page and wait until it stands."""
        self.ask("Page.navigate", url=path.as_uri())
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def reload(self):
        """Load the page again, once the browser has put away what the page stored."""
        self.run("window.old = true")
        self.ask("Page.reload")
        self.until("document.readyState === 'complete' && !window.old")

    def run(self, script):
        """The value of an expression in the page."""
        found = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, script):
        """Wait for an expression to hold."""
        end = time.monotonic() + PATIENCE
        while not self.run(script):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.02)

    def press(self, key):
        """Press a key: a letter or a name of the DOM ("ArrowRight")."""
        code = _KEYS.get(key, ord(key[0].upper()))
        text = key if len(key) == 1 else ""
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent", type=kind, key=key, text=text, windowsVirtualKeyCode=code
            )

    def write(self, words):
        """Type into what has the focus."""
        self.ask("Input.insertText", text=words)

    def box(self, selector):
        """Left, top, width, height of an element on the screen."""
        return self.run(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()"
        )

    def click(self, selector):
        """Click in an element's middle, scrolled into view first."""
        self.run(
            f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})"
        )
        x, y, w, h = self.box(selector)
        self.drag((x + w / 2, y + h / 2), (x + w / 2, y + h / 2))

    def drag(self, start, end):
        """Press the mouse at one point, move to another, let go."""
        for kind, (x, y), buttons in (
            ("mousePressed", start, 1),
            ("mouseMoved", end, 1),
            ("mouseReleased", end, 0),
        ):
            self.ask(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                buttons=buttons,
                clickCount=1,
            )

    def resize(self, width, height, scale=1):
        """Change the window; ``scale``: device pixels per pixel."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )

    def downloaded(self, name):
        """Wait for a file to come down and return its path."""
        end = time.monotonic() + PATIENCE
        while not (self.downloads / name).exists():
            assert time.monotonic() < end, f"{name} never came"
            self.run("new Promise(done => setTimeout(done, 20))")
        return self.downloads / name

    def picture(self, path: Path):
        """Save what is on the screen as PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def close(self):
        """End the browser."""
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        self._write.close()
        self._read.close()

    def _message(self):
        while b"\0" not in self._rest:
            more = os.read(self._read.fileno(), 1 << 20)
            assert more, "the browser has gone"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(line)
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            case "Runtime.exceptionThrown":
                self.errors.append(message["params"]["exceptionDetails"]["text"])
            case "Log.entryAdded" if message["params"]["entry"]["level"] == "error":
                self.errors.append(message["params"]["entry"]["text"])
        return message


def _spawn(profile, to_browser, from_browser):
    """Start the browser; it reads commands from descriptor 3 and answers on 4."""
    import fcntl  # not on Windows

    ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_browser, from_browser)]
    quiet = [(os.POSIX_SPAWN_OPEN, out, os.devnull, os.O_WRONLY, 0) for out in (1, 2)]
    pipes = [(os.POSIX_SPAWN_DUP2, end, place) for end, place in zip(ends, (3, 4), strict=True)]
    words = [PROGRAM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = os.posix_spawn(PROGRAM, words, os.environ, file_actions=[*quiet, *pipes])
    for end in (to_browser, from_browser, *ends):
        os.close(end)
    return process


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A running browser; the test is skipped where there is none."""
    if not PROGRAM:
        pytest.skip("there is no Chromium here")
    folder = tmp_path_factory.mktemp("browser")
    (folder / "downloads").mkdir()
    running = Chromium(folder / "profile", folder / "downloads")
    yield running
    running.close()
