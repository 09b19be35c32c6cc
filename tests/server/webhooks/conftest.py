"""A receiver of webhooks: a real HTTP server that a test lets answer as it likes."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select, update

from server.jobs import enqueue
from server.parts import Parts
from server.settings import Settings
from server.tables.webhooks import EventKind, Webhook, WebhookDelivery
from server.webhooks.note import DELIVER, note
from tests.server.conftest import clips, site
from tests.server.test_outbound import answer
from tests.server.world import World, make_world, world

__all__ = ["clips", "make_world", "site", "world"]

EVENTS = ["release.ready", "run.finished", "task.submitted"]


@dataclass
class Receiver:
    """`got` are the paths, headers (in lower case) and bodies that came; `says` answers, 204 where it says nothing."""

    port: int
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    says: Callable[[http.server.BaseHTTPRequestHandler], None] | None = None

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def status(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.says = lambda handler: answer(handler, status, body, **headers)


def _serve() -> tuple[Receiver, http.server.ThreadingHTTPServer]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if found.says is None:
                answer(self, 204, b"")
            else:
                found.says(self)

        def do_GET(self) -> None:
            found.got.append((self.path, {}, b"GET"))
            answer(self, 200, b"inner words")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Receiver(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return found, server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that the settings let webhooks be sent to."""
    found, server = _serve()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def inner() -> Iterator[Receiver]:
    """Another server on the loopback, which the settings do not name."""
    found, server = _serve()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    """The receiver may be sent to."""
    more: dict[str, Any] = {"webhook_private_hosts": f"127.0.0.1:{receiver.port}", "public_url": "http://site.test"}
    return Settings(**{**settings.model_dump(), **more})


@pytest.fixture
def hooked(world: World, receiver: Receiver) -> dict[str, Any]:
    """A webhook of the world's project, with its secret."""
    return add(world, receiver.url())


def add(world: World, url: str, events: list[str] = EVENTS, who: str = "lead") -> dict[str, Any]:
    made = world[who].post(world.url("/webhooks"), json={"url": url, "events": events, "name": "tests"})
    assert made.status_code == 201, made.text
    return made.json()  # type: ignore[no-any-return]


def happen(world: World, many: int = 1) -> None:
    """Somebody hands in so many tasks."""
    for number in range(many):
        with world.parts.database.begin() as session:
            note(session, EventKind.TASK_SUBMITTED, world.project, f"/api/tasks/{number}", task_id=number)


def deliver(parts: Parts, run_jobs: Callable[..., int]) -> None:
    """What the recurring job does: look for what is due."""
    with parts.database.begin() as session:
        enqueue(session, DELIVER, {})
    run_jobs(("light",))


def come_due(parts: Parts) -> None:
    """Time passes: whatever waits is due, nobody rests, and whoever sent is long dead."""
    with parts.database.begin() as session:
        session.execute(update(WebhookDelivery).values(next_at=WebhookDelivery.created_at))
        session.execute(update(Webhook).values(rests_until=None, sending_until=None))


def listed(world: World, hook: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """Deliveries, newest first."""
    found = world["lead"].get(f"/api/webhooks/{hook['id']}/deliveries", params=query)
    assert found.status_code == 200, found.text
    return found.json()["items"]  # type: ignore[no-any-return]


def row(parts: Parts, hook: dict[str, Any]) -> Webhook:
    with parts.database.read() as session:
        return session.scalars(select(Webhook).where(Webhook.url == hook["url"])).one()
