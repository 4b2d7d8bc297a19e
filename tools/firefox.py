"""Firefox as it comes, without a window, driven over WebDriver BiDi, which it speaks itself.

Playwright drives only a Firefox of its own make, and that cannot be had everywhere.
"""

import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = "firefox-esr", "firefox"
PATIENCE = 30  # seconds
PREFS = {
    "browser.chrome.site_icons": False,  # else it asks every server for /favicon.ico
    "ui.useOverlayScrollbars": 1,  # as on a phone: they take no width
}
# https://w3c.github.io/webdriver/#keyboard-actions
KEYS = {
    "Tab": "\ue004", "Enter": "\ue006", "Shift": "\ue008", "Escape": "\ue00c", "Space": " ",
    "PageUp": "\ue00e", "PageDown": "\ue00f", "End": "\ue010", "Home": "\ue011",
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}  # fmt: skip
# What is asked for may be a value, a promise of one, or a function; JSON brings it over.
CALL = """async (...given) => {
    const asked = await (%s)
    const called = typeof asked === 'function' ? asked(...given.map(JSON.parse)) : asked
    return JSON.stringify(await called)
}"""


def find() -> str | None:
    """The path of a Firefox: $FIREFOX if set, else one on PATH."""
    names = [os.environ["FIREFOX"]] if os.environ.get("FIREFOX") else NAMES
    return next(filter(None, map(shutil.which, names)), None)


class Firefox:
    """One tab, and whatever went wrong in it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.numbers = itertools.count()
        self.failed: list[str] = []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded", "network"])
        self.tab = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask for something, and listen until the answer to it comes."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        deadline = time.monotonic() + PATIENCE
        while True:
            message = json.loads(self.socket.recv(timeout=deadline - time.monotonic()))
            if message["type"] == "event":
                self.hear(message["method"], message["params"])
            elif message["id"] == number:
                break
        assert message["type"] == "success", f"{method}: {message['error']}: {message['message']}"
        result: dict[str, Any] = message["result"]
        return result

    def hear(self, event: str, params: dict[str, Any]) -> None:
        url = params.get("request", {}).get("url")
        if event == "network.fetchError":
            self.failed.append(f"{params['errorText']} {url}")
        elif event == "network.responseCompleted" and params["response"]["status"] >= 400:
            self.failed.append(f"{params['response']['status']} {url}")
        elif event == "log.entryAdded" and params["level"] in ("error", "warn"):
            self.failed.append(params["text"])

    def goto(self, url: str) -> None:
        self.send("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def size(self, width: int, height: int = 900) -> None:
        viewport = {"width": width, "height": height}
        self.send("browsingContext.setViewport", context=self.tab, viewport=viewport)

    def evaluate(self, expression: str, *given: Any) -> Any:
        answer = self.send(
            "script.callFunction",
            functionDeclaration=CALL % expression,
            arguments=[{"type": "string", "value": json.dumps(value)} for value in given],
            target={"context": self.tab},
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"].get("value", "null"))

    def keys(self, *names: str) -> None:
        """Press keys one after another."""
        values = [KEYS.get(name, name) for name in names]
        self.act("key", [{"type": t, "value": v} for v in values for t in ("keyDown", "keyUp")])

    def drag(self, *points: tuple[float, float], pointer: str = "mouse") -> None:
        """Press at the first point and let go at the last; the pointer may be "touch" or "pen"."""
        first, *rest = [{"type": "pointerMove", "x": x, "y": y, "duration": 50} for x, y in points]
        down, up = [{"type": f"pointer{way}", "button": 0} for way in ("Down", "Up")]
        self.act("pointer", [first, down, *rest, up], pointer)

    def act(self, kind: str, actions: list[dict[str, Any]], pointer: str = "") -> None:
        source: dict[str, Any] = {"type": kind, "id": kind + pointer, "actions": actions}
        if pointer:
            source["parameters"] = {"pointerType": pointer}
        self.send("input.performActions", context=self.tab, actions=[source])


@contextmanager
def started(path: str) -> Iterator[Firefox]:
    """Start a Firefox with a profile of its own."""
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in PREFS.items()]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        Path(profile, "user.js").write_text("".join(lines))
        process = subprocess.Popen(
            [path, "--headless", "--remote-debugging-port=0", "--profile", profile],
            env=os.environ | {"HOME": profile},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            with connect(address(profile), proxy=None, max_size=None, compression=None) as socket:
                yield (page := Firefox(socket))
                page.send("browser.close")
            process.wait(PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def address(profile: str) -> str:
    """Where Firefox listens, as soon as it has written that down."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(FileNotFoundError, json.JSONDecodeError):
            found = json.loads(Path(profile, "WebDriverBiDiServer.json").read_text())
            return f"ws://{found['ws_host']}:{found['ws_port']}/session"
        assert time.monotonic() < deadline, "Firefox does not listen"
        time.sleep(0.02)
