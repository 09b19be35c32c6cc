"""What a request leaves behind in the process that answered it: nothing that grows. An hour's soak finds it late."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from server.events import MemoryEvents
from server.operations import metrics, readiness
from tests.server.world import World, make_world, world

__all__ = ["make_world", "world"]

WARM, TIMES, ROUNDS = 12, 20, 2
KEEPS = 20.0
"""Small objects (of at most 512 bytes) that a request may leave behind: what is kept of each is told in each round,
what happens to be kept once in none."""


def kept_by(request: Callable[[], object]) -> float:
    """How many more small objects live after a request than before, in the best of some rounds."""
    for _ in range(WARM):
        request()
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(TIMES):
            request()
        gc.collect()
        found.append((sys.getallocatedblocks() - before) / TIMES)
    return min(found)


def fine(answer: Any) -> Any:
    assert answer.status_code < 400, answer.text
    return answer


def saving(world: World) -> Callable[[], object]:
    """Ann saves another caption each time."""
    world.add_task(world.add_video("saved.mp4"))
    task = fine(world["ann"].post(world.url("/tasks/next"), json={"kinds": ["stc_caption"]})).json()
    document = fine(world["ann"].get(f"/api/tasks/{task['id']}/document")).json()
    revisions = count(document["revision"])

    def save() -> None:
        event = {"id": "e1", "grid_start": 0, "grid_end": 5, "caption": uuid4().hex}
        edit = {"id": uuid4().hex, "verb": "put", "collection": "events", "record_id": "e1", "record": event}
        seen = {"If-Match": f'"{next(revisions)}"'}
        fine(world["ann"].patch(f"/api/documents/{document['id']}", json={"operations": [edit]}, headers=seen))

    return save


def leasing(world: World) -> Callable[[], object]:
    """Ben takes a task, says that he is there, and gives it back."""
    world.add_task(world.add_video("leased.mp4"))

    def lease() -> None:
        task = fine(world["ben"].post(world.url("/tasks/next"), json={"kinds": ["stc_caption"]})).json()
        fine(world["ben"].post(f"/api/tasks/{task['id']}/heartbeat", json={}))
        fine(world["ben"].post(f"/api/tasks/{task['id']}/release"))

    return lease


def looking(path: str) -> Callable[[World], Callable[[], object]]:
    """The lead looks at a page."""

    def make(world: World) -> Callable[[], object]:
        where = path.replace("{project}", world.url())
        return lambda: fine(world["lead"].get(where))

    return make


REQUESTS = {
    "ready": looking("/api/ready"), "tasks": looking("{project}/tasks"), "saves": saving, "leases": leasing,
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Each is asked in full: neither readiness nor metrics may answer from what they have kept for a moment."""
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    left = kept_by(REQUESTS[name](world))
    assert left < KEEPS, f"{left:.1f} objects of each request are kept"


def test_what_is_kept_is_found() -> None:
    """The proof that the test above can fail."""
    kept: list[object] = []
    assert kept_by(lambda: kept.append([object() for _ in range(40)])) > KEEPS


def test_topics_that_nobody_hears_are_forgotten() -> None:
    """A job's topic is new each time: a server that runs for months must not keep them all."""
    source = MemoryEvents()
    numbers = count()

    def publish() -> None:
        for _ in range(200):
            source.publish(f"job:{next(numbers)}", "job", {"n": 1})

    assert kept_by(publish) < KEEPS
