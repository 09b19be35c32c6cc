"""Schedules, silent workers, lost rings and old rows on both databases: many sweepers at once, clocks that jump."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from server import jobs
from server.db import Database, now
from server.jobs import claims, enqueue, sweep
from server.jobs.worker import load_kinds
from server.parts import Parts
from server.tables.jobs import Job, JobState, Schedule
from server.tables.videos import Video
from tests.server.jobs.jobrows import LANES, at_once, count, kinds, row_of
from tests.server.world import World, make_world, world

__all__ = ["kinds", "make_world", "world"]


# --- schedules ------------------------------------------------------------------------------------------------------


def test_of_many_sweepers_one_adds_the_recurring_job(parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_hourly", every=timedelta(hours=1))
    mine = Job.kind == "test_hourly"

    def sweep_all(database: Database) -> None:
        for _ in range(3):
            with database.begin() as session:
                sweep.add_recurring(session)
            # It is done at once: what keeps the others from a second one is the schedule, not the waiting row.
            with database.begin() as session:
                session.execute(update(Job).where(mine).values(state=JobState.DONE, finished_at=now()))

    at_once(parts, 6, sweep_all)
    assert count(parts, mine) == 1
    with parts.database.begin() as session:
        session.execute(update(Schedule).where(Schedule.kind == "test_hourly").values(due_at=now()))
    at_once(parts, 6, sweep_all)
    assert count(parts, mine) == 2


def test_a_recurring_job_that_still_runs_is_not_added_again(parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_hourly", every=timedelta(hours=1))
    for _ in range(3):
        with parts.database.begin() as session:
            sweep.add_recurring(session)
            session.execute(update(Schedule).values(due_at=now()))
    assert count(parts, Job.kind == "test_hourly") == 1


def test_a_clock_that_is_put_back_stops_no_schedule(parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_hourly", every=timedelta(hours=1))
    with parts.database.begin() as session:
        session.add(Schedule(kind="test_hourly", due_at=now() + timedelta(days=300)))
    with parts.database.begin() as session:
        sweep.add_recurring(session)
    assert count(parts, Job.kind == "test_hourly") == 1


# --- silent workers, lost rings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("heartbeat", [timedelta(minutes=-1), timedelta(days=30)], ids=["old", "from the future"])
def test_work_of_a_silent_worker_comes_back_once(
    parts: Parts, kinds: Callable[..., None], heartbeat: timedelta
) -> None:
    kinds("test_long", lane="track")
    with parts.database.begin() as session:
        job_id = enqueue(session, "test_long", {}).id
        beating = enqueue(session, "test_long", {}).id
    with parts.database.begin() as session:
        assert claims.claim(session, job_id, "dead") is not None
        assert claims.claim(session, beating, "alive") is not None
        session.get_one(Job, job_id).heartbeat_at = now() + heartbeat
    found: list[int] = []

    def look(database: Database) -> None:
        with database.begin() as session:
            found.append(sweep.give_back_silent(session, 30))

    at_once(parts, 4, look)
    assert sum(found) == 1
    row = row_of(parts, job_id)
    assert (row.state, row.owner, row.attempts) == (JobState.QUEUED, None, 1)
    assert row.error == "The worker stopped answering."
    assert row_of(parts, beating).owner == "alive"


def test_a_click_of_a_silent_worker_comes_back_soon_and_at_once(parts: Parts) -> None:
    load_kinds(parts.settings)
    with parts.database.begin() as session:
        click = enqueue(session, "propose", {}).id
        assert claims.claim(session, click, "dead") is not None
        session.get_one(Job, click).heartbeat_at = now() - timedelta(seconds=6)
    with parts.database.begin() as session:
        assert sweep.give_back_silent(session, 30) == 1
        assert sweep.to_ring(session, LANES, 15) == [("clicks", click)]


def test_a_lost_ring_is_rung_again_and_a_heard_one_is_not(parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_long", lane="track")
    with parts.database.begin() as session:
        rung, lost, future = (enqueue(session, "test_long", {}) for _ in range(3))
        enqueue(session, "test_long", {}, delay=timedelta(hours=1))
        lost.rung_at = now() - timedelta(minutes=1)
        # Made before the clock was put back by a day.
        future.created_at = future.run_after = future.rung_at = now() + timedelta(days=1)
    told: list[tuple[str, UUID]] = []

    def look(database: Database) -> None:
        with database.begin() as session:
            told.extend(sweep.to_ring(session, LANES, 15))

    at_once(parts, 4, look)
    assert sorted(told) == sorted([("track", lost.id), ("track", future.id)]), "each once, whoever sweeps"
    with parts.database.begin() as session:
        assert claims.claim(session, future.id, "now due") is not None
        assert sweep.to_ring(session, ["ingest"], 15) == []
        session.get_one(Job, rung.id).rung_at = None
        session.flush()
        assert sweep.to_ring(session, ["ingest"], 15) == [], "only lanes whose bell nobody hears"


def test_a_job_is_claimed_once_however_often_it_is_rung_for(parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_long", lane="track")
    with parts.database.begin() as session:
        job_id = enqueue(session, "test_long", {}).id
    won: list[str] = []

    def ring(database: Database) -> None:
        me = f"worker-{threading.get_ident()}"
        with database.begin() as session:
            if claims.claim(session, job_id, me) is not None:
                won.append(me)

    at_once(parts, 8, ring)
    assert len(won) == 1
    assert row_of(parts, job_id).owner == won[0]
    with pytest.raises(jobs.JobLost), parts.database.begin() as session:
        claims.finish(session, job_id, "another", None)


def test_an_orderly_stop_waits_for_a_row_that_is_just_written(parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_once", lane="track")
    with parts.database.begin() as session:
        job_id = enqueue(session, "test_once", {}).id
        assert claims.claim(session, job_id, "w1-x", "w1") is not None
    writes = threading.Event()

    def progress() -> None:
        other = Database(parts.settings.database)
        with other.begin() as session:
            claims.owned(session, job_id, "w1-x").progress = 0.5
            session.flush()
            writes.set()
            threading.Event().wait(0.5)
        other.dispose()

    handler = threading.Thread(target=progress)
    handler.start()
    assert writes.wait(30)
    with parts.database.begin() as session:
        assert claims.hand_back(session, "w1") == [("track", job_id)]
    handler.join()
    row = row_of(parts, job_id)
    assert (row.state, row.attempts, row.progress) == (JobState.QUEUED, 0, 0.5)


def test_an_orderly_stop_is_no_failed_attempt(parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_once", lane="track", max_attempts=1)
    with parts.database.begin() as session:
        mine, cancelled, others = (enqueue(session, "test_once", {}).id for _ in range(3))
        for job_id, worker in ((mine, "w1"), (cancelled, "w1"), (others, "w2")):
            assert claims.claim(session, job_id, f"{worker}-x", worker) is not None
        session.get_one(Job, cancelled).cancel_requested = True
    with parts.database.begin() as session:
        assert claims.hand_back(session, "w1") == [("track", mine)]
    assert (row_of(parts, mine).state, row_of(parts, mine).attempts) == (JobState.QUEUED, 0)
    assert row_of(parts, cancelled).state is JobState.CANCELLED
    assert row_of(parts, others).state is JobState.RUNNING


# --- old rows -------------------------------------------------------------------------------------------------------


def test_old_rows_go_and_those_people_look_at_stay(
    world: World, kinds: Callable[..., None], run_jobs: Callable[..., int]
) -> None:
    kinds("test_long", lane="track")
    parts = world.parts
    video = world.add_video()

    def ended(state: JobState, age: timedelta, lane: str = "track") -> UUID:
        with parts.database.begin() as session:
            row = enqueue(session, "test_long", {})
            row.state, row.lane, row.finished_at = state, lane, now() - age
        return row.id

    days, hours = timedelta(days=1), timedelta(hours=1)
    kept = [
        ended(JobState.DONE, 13 * days),
        ended(JobState.CANCELLED, 13 * days),
        ended(JobState.FAILED, 89 * days),
        ended(JobState.FAILED, 2 * hours, "light"),
        ended(JobState.DONE, hours / 2, "light"),
    ]
    shown = ended(JobState.DONE, 400 * days)
    with parts.database.begin() as session:
        session.get_one(Video, video).job_id = shown
        kept.append(enqueue(session, "test_long", {}, delay=timedelta(days=1)).id)
    for state, age, lane in (
        (JobState.DONE, 15 * days, "track"),
        (JobState.CANCELLED, 15 * days, "ingest"),
        (JobState.FAILED, 91 * days, "track"),
        (JobState.DONE, 2 * hours, "light"),
    ):
        ended(state, age, lane)
    with parts.database.begin() as session:
        sweep.add_recurring(session)
    run_jobs(("light",))
    with parts.database.read() as session:
        left = set(session.scalars(select(Job.id).where(Job.kind == "test_long")))
        done = session.scalar(select(Job.result).where(Job.kind == "forget_jobs"))
        assert session.get_one(Video, video).job_id == shown
    assert left == {*kept, shown}
    assert done == {"deleted": 4}
