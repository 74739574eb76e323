# SPDX-License-Identifier: MIT
"""Chromium, driven over a pipe by its DevTools protocol: nothing but Python's own library is
needed, and no port is opened."""
import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
         "--no-first-run", "--disable-background-networking", "--disable-extensions",
         "--hide-scrollbars", "--force-color-profile=srgb", "about:blank"]
KEYS = {"Tab": (9, None), "Enter": (13, "\r"), "Escape": (27, None), "/": (191, "/"),
        "ArrowUp": (38, None), "ArrowDown": (40, None), "ArrowRight": (39, None), " ": (32, " ")}


class Chromium:
    """One tab. Everything that takes longer than `patience` seconds is a TimeoutError."""

    def __init__(self, patience=60):
        self.patience, self.number, self.bytes, self.events = patience, 0, b"", []
        self.profile = tempfile.mkdtemp(prefix="cck-chromium-")
        ours, theirs = [], []
        for _ in range(2):
            read, write = os.pipe()
            ours.append(read), theirs.append(write)
        # Numbers above those that Chromium wants, so that neither is overwritten by the other.
        inner = [fcntl.fcntl(ours[0], fcntl.F_DUPFD_CLOEXEC, 20),
                 fcntl.fcntl(theirs[1], fcntl.F_DUPFD_CLOEXEC, 20)]
        self.write_fd, self.read_fd = theirs[0], ours[1]

        def move():
            os.dup2(inner[0], 3)
            os.dup2(inner[1], 4)

        self.process = subprocess.Popen(
            ["chromium", f"--user-data-dir={self.profile}", *FLAGS], pass_fds=(3, 4),
            preexec_fn=move, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (*inner, ours[0], theirs[1]):
            os.close(fd)
        self.session = None
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(t["targetId"] for t in targets if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.write_fd)
        os.close(self.read_fd)
        shutil.rmtree(self.profile, ignore_errors=True)

    def cpu_seconds(self):
        """CPU time of all of Chromium's processes so far: what a busy machine does not change much."""
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    # ---- the protocol ----

    def receive(self, deadline):
        while b"\0" not in self.bytes:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.read_fd], [], [], left)[0]:
                raise TimeoutError("chromium does not answer")
            got = os.read(self.read_fd, 1 << 20)
            if not got:
                raise RuntimeError("chromium ended")
            self.bytes += got
        message, self.bytes = self.bytes.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write_fd, data):]
        deadline = time.monotonic() + self.patience
        while True:
            answer = self.receive(deadline)
            if "method" in answer:
                self.events.append(answer)
            elif answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def wait_for(self, method):
        deadline = time.monotonic() + self.patience
        while not any(e["method"] == method for e in self.events):
            answer = self.receive(deadline)
            if "method" in answer:
                self.events.append(answer)

    # ---- the page ----

    def look(self, width=1280, height=900, dark=False, media="", scripts=True):
        """How the page is looked at, from the next opening on."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)

    def open(self, path):
        """Returns the seconds until everything is laid out and painted."""
        self.events.clear()
        start = time.monotonic()
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        self.wait_for("Page.loadEventFired")
        self.call("Page.getLayoutMetrics")
        return time.monotonic() - start

    def run(self, script):
        """The value of an expression; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", script))
        return answer["result"].get("value")

    def painted(self):
        """Wait until what was done is on the screen."""
        self.run("new Promise(d=>requestAnimationFrame(()=>setTimeout(d,0)))")

    def press(self, key, shift=False):
        code, text = KEYS.get(key, (ord(key[0].upper()), key))
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        down = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common, **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        for letter in text:
            self.press(letter)

    def screenshot(self, path, whole=True, clip=None):
        parameters = {"format": "png", "captureBeyondViewport": whole}
        if clip:
            parameters["clip"] = {**clip, "scale": 1}
        elif whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            parameters["clip"] = {"x": 0, "y": 0, "width": size["width"],
                                  "height": min(size["height"], 12000), "scale": 1}
        data = self.call("Page.captureScreenshot", **parameters)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def complaints(self):
        """What the console says since the page was opened, and what it asked the network for."""
        said = []
        for event in self.events:
            about = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                said.append("exception: " + about["exceptionDetails"]["text"])
            if event["method"] == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning"):
                said.append("console: " + str(about["args"][:1]))
            if event["method"] == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
                said.append("log: " + about["entry"]["text"])
            if event["method"] == "Network.requestWillBeSent":
                url = about["request"]["url"]
                if not url.startswith(("file:", "about:", "data:")):
                    said.append("asks the network: " + url[:80])
        return said
