"""What the tests of jobs share: kinds that exist for one test, jobs that failed, and many processes at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from server import jobs
from server.db import Database
from server.jobs import claims, enqueue
from server.jobs.worker import load_kinds
from server.parts import Parts
from server.tables.jobs import Job

LANES = ("clicks", "track", "ingest", "release", "train", "light")


@pytest.fixture
def kinds(parts: Parts) -> Iterator[Callable[..., None]]:
    """`kinds(name, lane=…)` registers a kind of job for one test; its handler does nothing."""
    load_kinds(parts.settings)
    before = dict(jobs._kinds)

    def make(name: str, **more: Any) -> None:
        jobs.job(name, **{"lane": "light", **more})(lambda _ctx, _payload: None)

    yield make
    jobs._kinds.clear()
    jobs._kinds.update(before)


def count(parts: Parts, *where: Any) -> int:
    with parts.database.read() as session:
        return session.scalar(select(func.count()).select_from(Job).where(*where)) or 0


def row_of(parts: Parts, job_id: UUID) -> Job:
    with parts.database.read() as session:
        return session.get_one(Job, job_id)


def failed(parts: Parts, kind: str, payload: dict[str, Any] | None = None, **more: Any) -> UUID:
    """A job of this kind that was given up."""
    with parts.database.begin() as session:
        job_id = enqueue(session, kind, payload or {}, **more).id
    with parts.database.begin() as session:
        assert claims.claim(session, job_id, "somebody") is not None
    with parts.database.begin() as session:
        claims.give_up(session, job_id, "somebody", "it broke")
    return job_id


def at_once(parts: Parts, many: int, call: Callable[[Database], None]) -> None:
    """The same from `many` threads, each with connections of its own as another process would have."""
    begin = threading.Barrier(many)
    errors: list[Exception] = []

    def run() -> None:
        database = Database(parts.settings.database)
        try:
            begin.wait(30)
            call(database)
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)
        finally:
            database.dispose()

    threads = [threading.Thread(target=run) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors
