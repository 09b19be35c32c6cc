"""Firefox by WebDriver BiDi, which it speaks itself over a web socket: real keys, no driver program beside it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests import firefox
from tests.servers import die_with_us, stop

START_SECONDS, PATIENCE_SECONDS = 120, 120
KEYS = {
    "Enter": "\ue007",
    "Tab": "\ue004",
    "ArrowRight": "\ue014",
    "ArrowLeft": "\ue012",
    "Home": "\ue011",
    "Space": " ",
}
"""W3C WebDriver, section 17.4.2: keys that are no characters."""
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}
"""Nothing that calls home, and films that play without a gesture, as in the tests' Chromium."""


class Firefox:
    """One headless Firefox with one page. `errors` are the page's uncaught errors."""

    def __init__(self, folder: Path) -> None:
        """Start it with a profile of its own in `folder`."""
        profile = folder / "profile"
        profile.mkdir(parents=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("".join(lines))
        self.log = folder / "firefox.log"
        self.errors: list[str] = []
        self._next = 0
        command = [firefox.ensure(), "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=log,
                env={**os.environ, "HOME": str(folder), "MOZ_HEADLESS": "1"},
                preexec_fn=die_with_us,  # noqa: PLW1509 - as for the servers: nothing of ours runs in threads here
            )
        self._open = ExitStack()
        self._socket: ClientConnection = self._open.enter_context(connect(f"{self._address()}/session", max_size=None))
        self.version = str(self.send("session.new", capabilities={})["capabilities"]["browserVersion"])
        self.send("session.subscribe", events=["log.entryAdded"])
        self._context = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **params: Any) -> Any:
        """One command and its result; events that come meanwhile are noted."""
        self._next += 1
        self._socket.send(json.dumps({"id": self._next, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=PATIENCE_SECONDS))
            if message.get("method") == "log.entryAdded":
                entry = message["params"]
                if entry["type"] == "javascript" and entry["level"] == "error":
                    self.errors.append(entry["text"])
            elif message.get("id") == self._next:
                assert message["type"] == "success", f"{method}: {message}"
                return message["result"]

    def go(self, address: str) -> None:
        """Load a page."""
        self.send("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """What an expression or its promise gives, by way of JSON."""
        result = self.send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})) ?? 'null')()",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert result["type"] == "success", result["exceptionDetails"]["text"]
        return json.loads(result["result"]["value"])

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"not true within {PATIENCE_SECONDS} s: {expression}; {self.errors}"
            time.sleep(0.05)

    def press(self, *keys: str) -> None:
        """Real key presses, one after the other: characters, or names in KEYS."""
        strokes = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": strokes}]
        self.send("input.performActions", context=self._context, actions=actions)

    def close(self) -> None:
        """End it."""
        self._open.close()
        stop(self._process)

    def _address(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while True:
            said = self.log.read_text(errors="replace")
            found = re.search(r"WebDriver BiDi listening on (ws://\S+)", said)
            if found:
                return found[1]
            if self._process.poll() is not None or time.monotonic() > deadline:
                stop(self._process)
                raise RuntimeError(f"Firefox did not start: {said[-2000:]}")
            time.sleep(0.1)
