"""When a bell rings and what it says: after the commit, for a row that is there, with the id and nothing else."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis

from server.db import now
from server.events import announce
from server.jobs import claims, enqueue
from server.jobs.doorbell import CeleryDoorbell
from server.parts import Parts
from server.settings import Settings
from server.tables.jobs import Job, JobState
from tests.server.jobs.jobrows import row_of


def test_bell_and_news_come_after_the_commit_and_never_without_it(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who hears of a row finds it; a transaction that was rolled back is heard by nobody."""
    heard: list[tuple[str, bool]] = []

    def is_there(job_id: UUID) -> bool:
        with parts.database.read() as session:
            return session.get(Job, job_id) is not None

    def publish(_topic: str, name: str, data: Any) -> None:
        if name == "news":
            heard.append(("news", is_there(UUID(data["id"]))))

    def ring(_lane: str, job_id: UUID, _worker: str | None) -> None:
        heard.append(("ring", is_there(job_id)))

    monkeypatch.setitem(parts.database.info, "ring", ring)
    monkeypatch.setitem(parts.database.info, "publish", publish)

    def ask(*, fail: bool) -> UUID:
        with parts.database.begin() as session:
            row = enqueue(session, "open_tasks", {})
            announce(session, "project:1", "news", {"id": str(row.id)})
            session.flush()
            assert heard == []
            if fail:
                raise RuntimeError("it is not wanted after all")
        return row.id

    with pytest.raises(RuntimeError, match="after all"):
        ask(fail=True)
    assert heard == []
    ask(fail=False)
    assert sorted(heard) == [("news", True), ("ring", True)]


def test_each_attempt_waits_longer_and_an_outage_costs_none(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(parts.database.info, "backoff", 8.0)
    with parts.database.begin() as session:
        job_id = enqueue(session, "open_tasks", {}).id

    def attempt(*, outage: bool = False) -> float:
        """Seconds until the next one."""
        with parts.database.begin() as session:
            session.get_one(Job, job_id).run_after = session.get_one(Job, job_id).created_at
        with parts.database.begin() as session:
            assert claims.claim(session, job_id, "somebody") is not None
        with parts.database.begin() as session:
            begun = now()
            claims.try_again(session, job_id, "somebody", "it broke", outage=outage)
        return (row_of(parts, job_id).run_after - begun).total_seconds()

    for _ in range(5):
        assert 8 <= attempt(outage=True) < 17
        assert row_of(parts, job_id).attempts == 0
    assert 4 <= attempt() < 9
    assert 8 <= attempt() < 17
    assert (row_of(parts, job_id).state, row_of(parts, job_id).attempts) == (JobState.QUEUED, 2)
    attempt()
    last = row_of(parts, job_id)
    assert (last.state, last.attempts, last.error) == (JobState.FAILED, 3, "it broke")


def test_the_broker_learns_the_id_and_nothing_else(tmp_path: Path, redis_url: str) -> None:
    """What a job is about stays in the database: whoever reads the broker learns nothing of people's work."""
    settings = Settings(data_folder=tmp_path, embedded_worker=False).model_copy(update={"redis_url": redis_url})
    bell, job_id = CeleryDoorbell(settings), uuid4()
    with redis.Redis.from_url(redis_url) as client:
        client.delete("ingest")
        bell.ring("ingest", job_id)
        deadline = time.monotonic() + 20
        while not client.llen("ingest"):
            assert time.monotonic() < deadline, "it was to be rung"
            time.sleep(0.02)
        (told,) = (json.loads(message) for message in client.lrange("ingest", 0, -1))
        client.delete("ingest")
    bell.close()
    args, kwargs, embedded = json.loads(base64.b64decode(told["body"]))
    assert (args, kwargs) == ([str(job_id)], {})
    assert not any(embedded.values())
    assert told["headers"]["argsrepr"] == repr([str(job_id)]) and told["headers"]["kwargsrepr"] == "{}"
