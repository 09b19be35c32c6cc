"""Server-sent events over HTTP: who may listen, going on after a break, what a page that missed some is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.access import COOKIE
from server.db import new_id
from server.events import REPLAY
from server.jobs import enqueue
from server.parts import Parts
from tests.server.world import World, make_world, world

__all__ = ["make_world", "world"]


@pytest.fixture
def address(app: FastAPI, parts: Parts) -> Iterator[str]:
    """The app behind a real server."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1, access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    parts.events.close()
    server.should_exit = True
    thread.join(10)


class Listener:
    """An open connection to /api/events."""

    def __init__(self, address: str, cookie: str, topics: list[str], **more: Any) -> None:
        headers = {"cookie": f"{COOKIE}={cookie}", **more.pop("headers", {})}
        params = [("topic", topic) for topic in topics] + list(more.pop("params", {}).items())
        self._client = httpx2.Client(base_url=address, timeout=20)
        self._open = self._client.stream("GET", "/api/events", params=params, headers=headers)
        self.answer = self._open.__enter__()
        self._lines = self.answer.iter_lines() if self.answer.status_code == 200 else iter(())
        if self.answer.status_code == 200:
            assert next(self._lines) == ": listening"
            assert next(self._lines).startswith("retry:")

    def take(self, count: int) -> list[dict[str, str]]:
        """The next events, each as its fields."""
        found: list[dict[str, str]] = []
        entry: dict[str, str] = {}
        until = time.monotonic() + 20  # pings come for ever
        while len(found) < count:
            line = next(self._lines)
            assert time.monotonic() < until, f"only {len(found)} of {count} events came"
            if not line and entry:
                found.append(entry)
                entry = {}
            elif line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                entry[name] = value
        return found

    def close(self) -> None:
        self._client.close()


def cookie_of(client: TestClient) -> str:
    cookie: str = client.cookies[COOKIE]
    return cookie


def test_going_on_after_a_break(address: str, world: World) -> None:
    topic = f"project:{world.project}"
    cookie = cookie_of(world["ann"])
    publish = world.parts.events.publish
    first = Listener(address, cookie, [topic])
    assert first.answer.headers["content-type"].startswith("text/event-stream")
    assert first.answer.headers["cache-control"] == "no-store"
    assert first.answer.headers["x-content-type-options"] == "nosniff"
    for number in range(3):
        publish(topic, "news", {"n": number, "text": "a\nb <script>"})
    told = first.take(3)
    assert [e["data"] for e in told] == [f'{{"n":{n},"text":"a\\nb <script>"}}' for n in range(3)]
    first.close()
    for number in range(3, 6):
        publish(topic, "news", {"n": number})
    wanted = [(e["id"], e["data"]) for e in told]
    for given in ({"headers": {"last-event-id": told[0]["id"]}}, {"params": {"last_event_id": told[0]["id"]}}):
        again = Listener(address, cookie, [topic], **given)
        rest = again.take(5)
        assert [(e["id"], e["data"]) for e in rest[:2]] == wanted[1:]
        assert [e["data"] for e in rest[2:]] == [f'{{"n":{n}}}' for n in range(3, 6)]
        again.close()


@pytest.mark.parametrize("seen", ["nonsense", "²-²", "1-99999999999999999999", "0" * 9000])
def test_whoever_missed_events_is_told_to_fetch(address: str, world: World, seen: str) -> None:
    topic = f"project:{world.project}"
    heard = Listener(address, cookie_of(world["ann"]), [topic], params={"last_event_id": seen})
    assert heard.take(1)[0]["event"] == "reset"
    world.parts.events.publish(topic, "news", {})
    assert heard.take(1)[0]["event"] == "news"
    heard.close()


def test_more_events_than_are_kept(address: str, world: World) -> None:
    topic = f"project:{world.project}"
    cookie = cookie_of(world["ann"])
    heard = Listener(address, cookie, [topic])
    world.parts.events.publish(topic, "news", {})
    seen = heard.take(1)[0]["id"]
    heard.close()
    for _ in range(REPLAY + 1):
        world.parts.events.publish(topic, "news", {})
    late = Listener(address, cookie, [topic], headers={"last-event-id": seen})
    assert late.take(1)[0]["event"] == "reset"
    late.close()


def test_who_may_listen(world: World, client: TestClient) -> None:
    video = world.add_video()
    with world.parts.database.begin() as session:
        job = enqueue(session, "open_tasks", {}, project_id=world.project).id
        alone = enqueue(session, "open_tasks", {}, created_by=world.users["ben"].id).id
    world.parts.events.close()  # a stream that is allowed ends at once
    members = [f"project:{world.project}", f"video:{video}", f"job:{job}"]
    for topic in members:
        assert client.get("/api/events", params={"topic": topic}).status_code == 401
        assert world["ann"].get("/api/events", params={"topic": topic}).status_code == 200, topic
        refused = world["eve"].get("/api/events", params={"topic": topic})
        assert (refused.status_code, refused.json()["field"]) == (404, "topic"), topic
    assert world["ben"].get("/api/events", params={"topic": f"job:{alone}"}).status_code == 200
    assert world["ann"].get("/api/events", params={"topic": f"job:{alone}"}).status_code == 404
    mixed = {"topic": [members[0], f"job:{alone}"]}
    assert world["ann"].get("/api/events", params=mixed).status_code == 404, "one foreign topic refuses all"
    for topic in (f"job:{new_id()}", "job:", "job", "", "users:all", "release:1", f"JOB:{job}", "job:\0", "x" * 5000):
        assert world["ann"].get("/api/events", params={"topic": topic}).status_code in (404, 422), topic
    assert world["ann"].get("/api/events").status_code == 422
    assert world["ann"].get("/api/events", params={"topic": members[:1] * 51}).status_code == 422
