"""One contract for both queues: the embedded child process and Celery over Redis; real processes that really die."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import redis

import tests.contracts.job_samples  # noqa: F401 - registers the kinds here too, for enqueueing
from server.db import Database, new_id
from server.jobs import cancel, enqueue, retry
from server.jobs.doorbell import ChildDoorbell
from server.parts import make_parts
from server.settings import Settings
from server.tables.jobs import Job, JobState, Worker
from tests import servers
from tests.conftest import make_tables
from tests.contracts.queues import QUICK, Queue, celery_worker, end


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    folder = tmp_path_factory.mktemp("embedded")
    settings = Settings(data_folder=folder / "data", **QUICK)
    make_tables(settings.database)
    parts = make_parts(settings)
    parts.doorbell.start()
    bell = parts.doorbell
    assert isinstance(bell, ChildDoorbell)

    def kill() -> None:
        assert bell.pid is not None
        os.kill(bell.pid, signal.SIGKILL)

    def replace() -> None:
        bell.close()
        bell._stopping.clear()
        bell.start()

    yield Queue(parts, kill, replace, folder)
    parts.close()


@pytest.fixture(scope="module")
def celery(tmp_path_factory: pytest.TempPathFactory, postgres_server: servers.Postgres) -> Iterator[Queue]:
    folder = tmp_path_factory.mktemp("celery")
    name = f"contract_{new_id().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    with servers.redis_server() as broker:
        url = postgres_server.url(name)
        settings = Settings(data_folder=folder / "data", database_url=url, redis_url=broker.url, **QUICK)
        make_tables(settings.database)
        parts = make_parts(settings)
        worker = celery_worker("worker", settings, folder, "--concurrency", "4")

        def kill() -> None:
            worker.kill(alone=True)
            worker.start()

        def replace() -> None:
            end(worker)
            worker.start()

        worker.start()
        yield Queue(parts, kill, replace, folder)
        worker.stop()
        parts.close()
        print(worker.log.read_text()[-3000:])


@pytest.fixture(params=["embedded", "celery"])
def queue(request: pytest.FixtureRequest) -> Queue:
    found: Queue = request.getfixturevalue(request.param)
    (found.folder / "notes").unlink(missing_ok=True)
    return found


def test_a_job_is_done_and_its_events_are_heard(queue: Queue) -> None:
    async def listen() -> tuple[Job, list[str]]:
        source = queue.parts.events.subscribe(["sample:x"], None)
        heard = asyncio.ensure_future(anext(source))
        await asyncio.sleep(0.3)
        job_id = await asyncio.to_thread(queue.add, "test_click", a=2, b=3)
        event = await asyncio.wait_for(heard, 60)
        row = await asyncio.to_thread(queue.ended, job_id)
        await source.aclose()  # type: ignore[attr-defined]  # a generator
        return row, [event.name, event.data.decode()]

    row, heard = asyncio.run(listen())
    assert (row.state, row.result, row.progress, row.attempts) == (JobState.DONE, {"sum": 5}, 1.0, 1)
    assert heard == ["masks", '{"n":2}']


def test_a_click_does_not_wait_behind_long_work(queue: Queue) -> None:
    busy = [queue.add("test_wait", seconds=30), queue.add("test_wait_apart", seconds=30)]
    for job_id in busy:
        queue.wait(job_id, lambda r: r.progress > 0)
    times = []
    for number in range(3):
        begun = time.monotonic()
        queue.ended(queue.add("test_click", a=number, b=1))
        times.append(time.monotonic() - begun)
    assert min(times) < 1.0, times
    for job_id in busy:
        with queue.parts.database.begin() as session:
            cancel(session, session.get_one(Job, job_id))
    for job_id in busy:
        row = queue.ended(job_id)
        assert row.state is JobState.CANCELLED and row.error is None
    assert queue.notes().count("hook cancelled") == 2 and "stored" not in queue.notes()


def test_a_broken_job_is_tried_again(queue: Queue) -> None:
    row = queue.ended(queue.add("test_break", good=3))
    assert row.state is JobState.DONE and row.result == {"attempt": 3}


def test_after_the_last_attempt_it_is_a_dead_letter_with_its_reason(queue: Queue) -> None:
    row = queue.ended(queue.add("test_break", good=99))
    assert row.state is JobState.FAILED and row.error == "RuntimeError: broken 3" and row.attempts == 3
    assert queue.notes() == ["hook failed"]


def test_what_can_not_succeed_is_not_tried_again(queue: Queue) -> None:
    row = queue.ended(queue.add("test_refuse"))
    assert row.state is JobState.FAILED and row.error == "the file is not a video" and row.attempts == 1


def test_a_job_that_does_not_listen_is_killed(queue: Queue) -> None:
    job_id = queue.add("test_deaf", seconds=40)
    queue.wait(job_id, lambda _: "start" in queue.notes())
    with queue.parts.database.begin() as session:
        cancel(session, session.get_one(Job, job_id))
    assert queue.ended(job_id).state is JobState.CANCELLED
    assert "survived" not in queue.notes()


@pytest.mark.parametrize("kind", ["test_wait", "test_wait_apart"])
def test_a_killed_worker_loses_no_job_and_stores_it_once(queue: Queue, kind: str) -> None:
    job_id = queue.add(kind, seconds=2)
    queue.wait(job_id, lambda r: r.cursor is not None and r.cursor["step"] >= 5)
    queue.kill_worker()
    row = queue.ended(job_id)
    assert row.state is JobState.DONE, row.error
    assert row.attempts == 2
    notes = queue.notes()
    assert notes.count("stored") == 1
    starts = [int(note.split()[1]) for note in notes if note.startswith("start ")]
    assert len(starts) == 2 and starts[0] == 0 and starts[1] >= 5, "it goes on from its cursor"


def test_a_job_of_a_lost_ring_runs(queue: Queue) -> None:
    with Database(queue.parts.settings.database).begin() as session:  # has no doorbell
        job_id = enqueue(session, "test_click", {"a": 1, "b": 1}).id
        session.get_one(Job, job_id).rung_at = None
    assert queue.ended(job_id).state is JobState.DONE


def test_a_job_of_later_waits_for_its_time(queue: Queue) -> None:
    with queue.parts.database.begin() as session:
        job_id = enqueue(session, "test_click", {"a": 1, "b": 1}, delay=timedelta(seconds=3)).id
    row = queue.ended(job_id)
    assert row.state is JobState.DONE and row.started_at is not None
    assert row.started_at >= row.run_after - timedelta(milliseconds=50)


def test_a_person_tries_a_failed_job_again(queue: Queue) -> None:
    job_id = queue.add("test_break", good=99)
    assert queue.ended(job_id).attempts == 3
    with queue.parts.database.begin() as session:
        row = session.get_one(Job, job_id)
        row.payload = {**row.payload, "good": 2}
        retry(session, row)
    row = queue.ended(job_id)
    assert (row.state, row.attempts, row.error, row.result) == (JobState.DONE, 2, None, {"attempt": 2})
    assert queue.notes() == ["hook failed", "hook again"]


def test_a_job_that_is_rung_for_often_runs_once(queue: Queue) -> None:
    job_id = queue.add("test_wait", seconds=0.5)
    for _ in range(20):
        queue.parts.doorbell.ring("track", job_id)
    queue.ended(job_id)
    time.sleep(0.5)
    assert queue.notes() == ["start 0", "stored"]


@pytest.mark.parametrize("kind", ["test_wait", "test_wait_apart"])
def test_a_worker_that_is_asked_to_end_hands_its_work_on(queue: Queue, kind: str) -> None:
    job_id = queue.add(kind, seconds=4)
    first = queue.wait(job_id, lambda r: r.cursor is not None and r.cursor["step"] >= 3)
    queue.replace_worker()
    row = queue.ended(job_id)
    assert (row.state, row.error) == (JobState.DONE, None)
    assert row.attempts == 1, "an orderly end is no failed attempt"
    assert row.worker != first.worker
    assert queue.notes().count("stored") == 1


def test_workers_say_who_they_are(queue: Queue) -> None:
    job_id = queue.add("test_wait", seconds=2)
    row = queue.wait(job_id, lambda r: r.progress > 0)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with queue.parts.database.read() as session:
            worker = session.get(Worker, row.worker)
        if worker is not None:
            break
        time.sleep(0.1)
    assert worker is not None
    assert "track" in worker.lanes and worker.concurrency >= 1 and worker.version
    queue.ended(job_id)


def test_ringing_a_dead_broker_raises_nothing(tmp_path: Path) -> None:
    settings = Settings(
        data_folder=tmp_path,
        database_url=f"sqlite:///{tmp_path}/x.db",
        redis_url=f"redis://127.0.0.1:{servers.free_port()}/0",
    )
    from server.events_redis import RedisEvents
    from server.jobs.doorbell import CeleryDoorbell

    begun = time.monotonic()
    CeleryDoorbell(settings).ring("clicks", UUID(int=1))
    RedisEvents(settings.redis_url).publish("job:x", "job", {})
    assert time.monotonic() - begun < 10
    with pytest.raises(redis.RedisError):
        redis.Redis.from_url(settings.redis_url).ping()
