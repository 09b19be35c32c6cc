"""The wire between API and Redis is cut: saving, reading and logging in go on; work is done; then all is as before.

| what                                    | while cut                     | afterwards                      |
|-----------------------------------------|-------------------------------|---------------------------------|
| autosave, reading                       | as ever, nobody waits         | as ever                         |
| log-in                                  | counted by the process alone  | counted together                |
| a new job                               | a worker's sweeper finds it   | rung for                        |
| an open stream of events                | stays open                    | `reset`, then news              |
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from server.events_redis import RedisEvents
from tests.faults.people import Annotator
from tests.faults.site import PASSWORD, Production
from tests.faults.work import Ground, clear, draw

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]


@contextmanager
def listening(site: Production, topic: str) -> Iterator[list[tuple[str, Any]]]:
    """The events of one open connection, as they come."""
    body = json.dumps({"email": "lead@test.local", "password": PASSWORD}).encode()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    request = urllib.request.Request(
        f"{site.address}/api/session", data=body, headers={"Content-Type": "application/json"}
    )
    opener.open(request, timeout=20).close()
    stream = opener.open(f"{site.address}/api/events?topic={topic}", timeout=120)
    heard: list[tuple[str, Any]] = []

    def listen() -> None:
        name = ""
        try:
            for raw in stream:
                line = raw.decode().strip()
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    heard.append((name, json.loads(line[5:])))
        except (OSError, ValueError, AttributeError):
            heard.append(("closed", None))

    threading.Thread(target=listen, daemon=True).start()
    yield heard
    stream.close()


def until(what: str, true: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)


def test_the_wire_to_redis_is_cut(site: Production, ground: Ground) -> None:
    lead = site.client("lead")
    person = Annotator(site.client("ben"), ground.tasks["ben"], "ben")
    clip = draw(ground.folder / "uncut.mp4", 30, 7000)
    topic = f"video:{ground.videos[0]}"
    # As a worker does, whose own wire is whole.
    elsewhere = RedisEvents(site.redis_url)

    def hears(name: str) -> bool:
        elsewhere.publish(topic, name, {})
        return any(told == name for told, _ in heard)

    with listening(site, topic) as heard:
        until("it hears", lambda: hears("before"))
        site.redis_wire.cut()
        try:
            person.start()
            begun = time.monotonic()
            assert site.client("cho").get("/me")["email"] == "cho@test.local"
            assert time.monotonic() - begun < 15, "a log-in waits for Redis for a moment only"
            begun = time.monotonic()
            for _ in range(10):
                lead.get(f"/projects/{ground.fgqa}")
            assert time.monotonic() - begun < 10
            video = lead.upload(ground.stc, clip)
            ready = lead.wait(f"/videos/{video['id']}", until=lambda v: v["state"] == "ready", seconds=120)
            assert ready["pictures"] == 30
            saved = len(person.ledger.acknowledged)
            until("saves go on", lambda: len(person.ledger.acknowledged) > saved + 5)
            assert ("closed", None) not in heard
        finally:
            site.redis_wire.mend()
        until("the listener is told that it missed something", lambda: any(name == "reset" for name, _ in heard))
        until("it hears again", lambda: hears("after"))
    elsewhere.close()
    ledger = person.finish()
    clear(ledger.refusals)
    assert not ledger.broken and not ledger.unreachable
