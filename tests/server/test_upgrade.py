"""A site of the first or of the last revision, with open drafts, leases and jobs, is brought to the newest tables, and
people work on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Boolean, Connection, Double, Integer, String, Uuid, column, insert, inspect, select, table
from sqlalchemy.types import TypeEngine

from annotator.records import Body
from migrations import run
from server.access import COOKIE, hash_token
from server.app import install_parts
from server.backup import keep
from server.db import Database, Json, UtcDateTime, new_id, now
from server.jobs.claims import claim_next
from server.jobs.run import run_claimed
from server.jobs.worker import load_kinds
from server.parts import Parts, make_parts
from server.settings import LANES, Settings
from server.storage import open_storage
from server.tables.documents import DocumentOperation
from server.tables.jobs import Job, JobState
from server.tables.tasks import Task, TaskState
from tests import servers
from tests.conftest import DATABASES
from tests.server.workflow import ok

TYPES: dict[type, TypeEngine[Any]] = {
    bool: Boolean(), int: Integer(), float: Double(), str: String(), UUID: Uuid(), datetime: UtcDateTime(),
    dict: Json, list: Json,
}  # fmt: skip
KEY = b"the key of the upgraded site, 32 bytes and more"


FIRST = "0001"
LAST = sorted(run.known())[-2]
"""The revision before the newest: whoever kept up comes from there."""
from_each = pytest.mark.parametrize("revision", list(dict.fromkeys((FIRST, LAST))))


@pytest.fixture
def revision() -> str:
    """The revision that the old site is at."""
    return FIRST


@pytest.fixture(params=DATABASES)
def old_site(request: pytest.FixtureRequest, revision: str, tmp_path: Path) -> Iterator[Settings]:
    """The settings of a site whose database is at an old revision, without rows."""
    settings = Settings(data_folder=tmp_path / "data", embedded_worker=False)
    settings.data_folder.mkdir()
    (settings.data_folder / "secret").write_bytes(KEY)
    if request.param == "sqlite":
        run.upgrade(settings.database, revision)
        yield settings
        return
    server: servers.Postgres = request.getfixturevalue("postgres_server")
    name = f"upgraded_{new_id().hex}"
    server.run(f"CREATE DATABASE {name}")
    settings = settings.model_copy(update={"database_url": server.url(name)})
    run.upgrade(settings.database, revision)
    yield settings
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


def put(connection: Connection, name: str, /, **values: Any) -> UUID:
    """A row as the old version wrote it: only its columns, not today's defaults."""
    row = {"id": new_id(), "created_at": now(), **values}
    clause = table(name, *(column(key, TYPES[type(value)]) for key, value in row.items()))
    connection.execute(insert(clause).values(**row))
    return row["id"]  # type: ignore[no-any-return]


def remark(number: int) -> dict[str, Any]:
    record = {"id": f"n{number}", "text": f"Remark {number}."}
    return {"id": f"o{number}", "verb": "put", "collection": "notes", "record_id": record["id"], "record": record}


def body_with(numbers: range) -> dict[str, Any]:
    notes = {f"n{n}": {"id": f"n{n}", "text": f"Remark {n}.", "picture": None} for n in numbers}
    return {"schema_version": 1, "subjects": {}, "events": {}, "questions": {}, "answers": {}, "notes": notes}


def fill(settings: Settings) -> dict[str, UUID]:
    """Three people: Ann in the middle of a draft, Ben whose lease has run out, and jobs that wait, run and are done."""
    database = Database.of(settings)
    moment = now()
    ids: dict[str, UUID] = {}
    with database.engine.begin() as db:
        for name in ("ann", "ben", "lead"):
            ids[name] = put(
                db, "users", email=f"{name}@example.org", name=name.title(), is_admin=False, active=True, locale="en",
                theme="system",
            )  # fmt: skip
            put(
                db, "user_sessions", user_id=ids[name], token_hash=hash_token(KEY, f"cookie-{name}"),
                expires_at=moment + timedelta(hours=8), last_seen_at=moment,
            )  # fmt: skip
        ids["project"] = put(
            db, "projects", name="Old", kind="stc", description="", guideline_version=1, review_share=1.0,
            lease_minutes=30, propagator="flow", archived=False,
        )  # fmt: skip
        put(db, "guidelines", project_id=ids["project"], version=1, text="Be exact.", created_by=ids["lead"])
        for name, role in (("ann", "annotator"), ("ben", "annotator"), ("lead", "lead")):
            put(db, "memberships", project_id=ids["project"], user_id=ids[name], role=role)
        for number, name in enumerate(("ann", "ben", "open")):
            video = put(
                db, "videos", sha256=f"{number:064d}", name=f"{name}.mp4", size=1, state="ready",
                source_key=f"videos/{number}", pictures=60, grid_length=12, width=64, height=48,
            )  # fmt: skip
            put(
                db, "project_videos", project_id=ids["project"], video_id=video, name=f"{name}.mp4",
                added_by=ids["lead"], source_dataset="",
            )  # fmt: skip
            lease: dict[str, Any] = {"state": "ready"}
            if name != "open":
                expires = moment + timedelta(minutes=20 if name == "ann" else -20)
                lease = {"state": "leased", "lease_user_id": ids[name], "lease_expires_at": expires}
            ids[f"{name}'s task"] = put(
                db, "tasks", project_id=ids["project"], kind="stc_subject", video_id=video, priority=0,
                guideline_version=1, returns=0, active_seconds=61.5, **lease,
            )  # fmt: skip
        for name in ("ann", "ben"):
            ids[f"{name}'s draft"] = put(
                db, "documents", task_id=ids[f"{name}'s task"], kind="stc_subject", revision=3,
                body=body_with(range(3)), seed=body_with(range(0)), seed_revision=0,
            )  # fmt: skip
            for number in range(3):
                put(
                    db, "document_operations", document_id=ids[f"{name}'s draft"], revision=number + 1,
                    operation_id=f"o{number}", user_id=ids[name], operation=remark(number),
                )  # fmt: skip
        common: dict[str, Any] = {
            "lane": "light", "payload": {}, "max_attempts": 3, "cancel_requested": False, "progress": 0.0,
            "message": "", "topics": [],
        }  # fmt: skip
        past = moment - timedelta(minutes=10)
        ids["waiting job"] = put(
            db, "jobs", kind="reap_leases", state="queued", attempts=0, run_after=past,
            dedupe_key="reap_leases:1", **common,
        )  # fmt: skip
        ids["running job"] = put(
            db, "jobs", kind="reap_leases", state="running", attempts=1, run_after=past, owner="gone-1",
            heartbeat_at=past, started_at=past, dedupe_key="reap_leases:2", **common,
        )  # fmt: skip
        ids["done job"] = put(
            db, "jobs", kind="ingest", state="done", attempts=1, run_after=past, started_at=past, finished_at=past,
            **common,
        )  # fmt: skip
    database.dispose()
    return ids


def work_on(app: FastAPI, parts: Parts, ids: dict[str, UUID]) -> None:
    """What people and workers do on the day after."""
    from server.jobs.worker import sweep_once

    install_parts(app, parts)
    ann, ben, lead = (TestClient(app, cookies={COOKIE: f"cookie-{name}"}) for name in ("ann", "ben", "lead"))
    # Ann's draft is as she left it, is saved on, and a replay of what she had saved changes nothing.
    task, draft = ids["ann's task"], ids["ann's draft"]
    document = ok(ann.get(f"/api/tasks/{task}/document"))
    assert document["revision"] == 3 and not document["read_only"]
    assert document["body"] == Body.model_validate(body_with(range(3))).model_dump(mode="json"), "with today's fields"
    where = f"/api/documents/{draft}"
    again = ok(ann.patch(where, json={"operations": [remark(2)]}, headers={"If-Match": '"2"'}))
    assert again["revision"] == 3
    assert ok(ann.patch(where, json={"operations": [remark(3)]}, headers={"If-Match": '"3"'}))["revision"] == 4
    ok(ann.post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": 5}))
    # What waited runs, and what ran on a worker that is gone is done by another: Ben's lease comes back to the queue.
    load_kinds(parts.settings)
    sweep_once(parts)
    with parts.database.begin() as session:
        for row in session.scalars(select(Job).where(Job.state == JobState.QUEUED)):
            row.run_after = now()
    for lane in LANES:
        while True:
            with parts.database.begin() as session:
                taken = claim_next(session, lane, "tests")
            if taken is None:
                break
            run_claimed(parts, taken, "tests")
    with parts.database.read() as session:
        for name in ("waiting job", "running job", "done job"):
            left = session.get(Job, ids[name])
            assert left is None or left.state is JobState.DONE, (name, left.state)
        assert session.get_one(Task, ids["ann's task"]).state is TaskState.LEASED
        assert session.get_one(Task, ids["ben's task"]).state is TaskState.READY
        logged = session.scalars(
            select(DocumentOperation.operation_id)
            .where(DocumentOperation.document_id == draft)
            .order_by(DocumentOperation.revision)
        ).all()
        assert logged == ["o0", "o1", "o2", "o3"]
    # Ben takes a task again; whichever it is, his old draft is still there.
    taken_again = ok(ben.post(f"/api/projects/{ids['project']}/tasks/next", json={}))
    assert UUID(taken_again["id"]) in (ids["ben's task"], ids["open's task"])
    listed = ok(lead.get(f"/api/projects/{ids['project']}/tasks"))["items"]
    assert len(listed) == 3
    of_ben = ids["ben's task"]
    draft_of_ben = ok(lead.get(f"/api/tasks/{of_ben}/document"))
    assert draft_of_ben["revision"] == 3 and draft_of_ben["body"]["notes"].keys() == {"n0", "n1", "n2"}
    # A new project, with today's columns.
    assert ok(lead.get(f"/api/projects/{ids['project']}"))["name"] == "Old"


@from_each
def test_work_goes_on_after_the_upgrade(old_site: Settings, one_app: FastAPI, revision: str) -> None:
    ids = fill(old_site)
    run.upgrade(old_site.database)
    assert run.current(old_site.database) == run.newest() != revision
    run.check(old_site.database)
    parts = make_parts(old_site)
    work_on(one_app, parts, ids)
    parts.close()


@from_each
def test_the_way_back_keeps_the_drafts(old_site: Settings, revision: str) -> None:
    """An upgrade that is taken back leaves what the old version can read."""
    ids = fill(old_site)
    before = contents(old_site)
    run.upgrade(old_site.database)
    run.downgrade(old_site.database, revision)
    assert contents(old_site) == before
    assert ids["ann's draft"] is not None


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the driver gives it."""
    database = Database.of(settings)
    found = {}
    with database.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            columns = sorted(entry["name"] for entry in inspect(connection).get_columns(name))
            rows = connection.execute(select(*(column(each) for each in columns)).select_from(table(name))).all()
            found[name] = sorted((tuple(map(str, row)) for row in rows), key=str)
    database.dispose()
    return found


def test_an_old_database_is_refused_until_it_is_migrated(old_site: Settings) -> None:
    from server.operations.readiness import Readiness, checks
    from server.operations.serve import NotMigrated, check_database

    with pytest.raises(NotMigrated, match="vidgrain migrate"):
        check_database(old_site)
    found = {part.name: part for part in Readiness(checks(old_site, open_storage(old_site))).standing()}
    assert not found["revision"].ok and FIRST in found["revision"].reason and found["database"].ok
    run.upgrade(old_site.database)
    check_database(old_site)


def test_a_backup_of_the_old_version_becomes_a_site_of_this_one(
    old_site: Settings, one_app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(old_site)
    folder = tmp_path / "backup"
    _backup_as_then(old_site, folder, monkeypatch)
    target = Settings(data_folder=tmp_path / "target", embedded_worker=False)
    target.data_folder.mkdir()
    shutil.copy(old_site.data_folder / "secret", target.data_folder / "secret")
    restored = keep.restore(target, open_storage(target), folder, lambda *_: None)
    assert restored.revision == FIRST and run.current(target.database) == run.newest()
    parts = make_parts(target)
    work_on(one_app, parts, ids)
    parts.close()


def _backup_as_then(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backup that the version of 0001 makes: its tables and columns, in today's order."""
    from server.backup import tables

    database = Database.of(settings)
    with database.engine.connect() as connection:
        there = inspect(connection)
        then = [
            (name, [each for each in columns if each.name in {entry["name"] for entry in there.get_columns(name)}])
            for name, columns in tables.portable()
            if there.has_table(name)
        ]
    database.dispose()
    monkeypatch.setattr(tables, "portable", lambda: then)
    monkeypatch.setattr(run, "newest", lambda: FIRST)
    keep.backup(settings, open_storage(settings), folder, copy_objects=True, show=lambda *_: None)
    monkeypatch.undo()
