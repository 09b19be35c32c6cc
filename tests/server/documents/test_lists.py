"""What another program reads to keep a copy up to date: lists of tasks and documents, sparse, since a moment."""

from __future__ import annotations

from typing import Any

import pytest

from server.db import now
from server.tables.tasks import TaskKind
from tests.server.world import World, make_world, world

__all__ = ["make_world", "world"]


def read(world: World, what: str, status: int = 200, **query: Any) -> Any:
    found = world["lead"].get(world.url(f"/{what}"), params=query)
    assert found.status_code == status, found.text
    return found.json()


def test_tasks_since_a_moment_with_few_fields(world: World) -> None:
    first, second = (world.add_task(world.add_video(name)) for name in ("a.mp4", "b.mp4"))
    moment = now().isoformat()
    assert read(world, "tasks", updated_since=moment)["items"] == []
    taken = world["ann"].post(world.url("/tasks/next"), json={}).json()["id"]
    assert taken == str(first)
    found = read(world, "tasks", updated_since=moment, fields="id,state")
    assert found == {"items": [{"id": taken, "state": "leased"}], "next": None}
    [whole] = read(world, "tasks", updated_since=moment, state="leased")["items"]
    assert moment <= whole["changed_at"] and read(world, "tasks", updated_since=moment, state="ready")["items"] == []
    later = now().isoformat()
    world["lead"].post(world.url("/tasks/bulk"), json={"task_ids": [str(second)], "verb": "priority", "priority": 2})
    assert [row["id"] for row in read(world, "tasks", updated_since=later)["items"]] == [str(second)]
    page = read(world, "tasks", updated_since=moment, limit=1, fields="id")
    rest = read(world, "tasks", updated_since=moment, limit=1, fields="id", cursor=page["next"])
    assert [row["id"] for row in page["items"] + rest["items"]] == [str(first), str(second)]


def test_documents_since_a_moment_with_few_fields(world: World) -> None:
    documents = []
    for name in ("a.mp4", "b.mp4"):
        world.add_task(world.add_video(name), TaskKind.STC_SUBJECT)
    for who in ("ann", "ben"):
        task = world[who].post(world.url("/tasks/next"), json={}).json()["id"]
        documents.append(world[who].get(f"/api/tasks/{task}/document").json()["id"])
    begun = read(world, "documents")["items"]
    assert [(row["id"], row["revision"], row["body"]) for row in begun] == [(each, 0, None) for each in documents]
    moment = now().isoformat()
    assert read(world, "documents", updated_since=moment)["items"] == []
    note = {"id": "n1", "text": "A remark."}
    sent = {"id": "o1", "verb": "put", "collection": "notes", "record_id": "n1", "record": note}
    saved = world["ben"].patch(
        f"/api/documents/{documents[1]}", json={"operations": [sent]}, headers={"If-Match": '"0"'}
    )
    assert saved.status_code == 200, saved.text
    [row] = read(world, "documents", updated_since=moment, fields="id,revision,updated_at,body")["items"]
    assert (row["id"], row["revision"], row["body"]["notes"]["n1"]["text"]) == (documents[1], 1, "A remark.")
    assert row["updated_at"] >= moment
    assert read(world, "documents", updated_since=now().isoformat())["items"] == []
    page = read(world, "documents", limit=1)
    assert [row["id"] for row in read(world, "documents", limit=1, cursor=page["next"])["items"]] == [documents[1]]


@pytest.mark.parametrize("what", ["tasks", "documents", "releases"])
def test_what_is_wrong_is_named(world: World, what: str) -> None:
    for fields in ("id,burnt", "", " , "):
        assert read(world, what, 422, fields=fields)["field"] == "fields"
    for moment in ("yesterday", "2026-01-01T00:00:00"):
        assert read(world, what, 422, updated_since=moment)["field"] == "updated_since"
    assert world["rhea"].get(world.url(f"/{what}")).status_code == 403
