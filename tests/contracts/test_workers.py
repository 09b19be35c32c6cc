"""Several real Celery workers on one real Redis: who answers a click, who takes over, and what a dead broker costs."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select

import tests.contracts.job_samples  # noqa: F401 - registers the kinds here too, for enqueueing
from annotator.records import Point, PromptRecord
from server.db import new_id
from server.jobs import cancel
from server.masklets import propose
from server.masklets.sessions import name_of
from server.parts import make_parts
from server.settings import Settings
from server.tables.accounts import User
from server.tables.jobs import Job, JobState, Worker
from server.tables.projects import Project, ProjectKind, PropagatorName
from server.tables.videos import Video
from server.videos.ingest import fill, limits_of, make_files, store_files
from tests import servers
from tests.conftest import make_tables
from tests.contracts.queues import QUICK, Queue, celery_worker, end
from tests.server.world import disc_centre, write_disc_clip

TAKEN_OVER = 10.0
"""Seconds within which another worker answers; a few on a machine that is not busy with other tests."""


@dataclass
class Crew(Queue):
    """Two workers of the clicks lane, by name of their rows."""

    broker: servers.Redis
    programs: dict[str, servers.Program]
    project: UUID
    user: UUID

    def rows(self) -> list[Worker]:
        """The workers that there are."""
        with self.parts.database.read() as session:
            return list(session.scalars(select(Worker).order_by(Worker.started_at)))

    def start(self, program: servers.Program) -> str:
        """Start a worker and wait for its row; its name."""
        if program.process is None or program.process.poll() is not None:
            program.start()
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            for row in self.rows():
                if row.pid == program.pid:
                    self.programs[row.name] = program
                    return row.name
            time.sleep(0.05)
        raise AssertionError(program.log.read_text()[-3000:])

    def alive(self) -> set[str]:
        """Names of the workers whose process lives."""
        return {n for n, p in self.programs.items() if p.process is not None and p.process.poll() is None}

    def click(self, video: Video, picture: int = 5) -> Job:
        """A click whose row stays, to see who answered it."""
        x, y = disc_centre(picture)
        record = PromptRecord(picture=picture, points=[Point(x=x, y=y, positive=True)])
        whose = {"project_id": self.project, "user_id": self.user, "propagator": PropagatorName.FLOW}
        with self.parts.database.begin() as session:
            job_id = propose.ask(session, video=video, record=record, **whose)
        return self.row(job_id)

    def answered(self, video: Video, picture: int = 5) -> str:
        """The worker that answered a click."""
        row = self.ended(self.click(video, picture).id)
        assert row.state is JobState.DONE, row.error
        assert row.result is not None and row.result["candidates"]
        assert row.worker is not None
        return row.worker

    def holding(self, video: Video, name: str) -> None:
        """Wait until the worker's row says that it has the video open."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if any(r.name == name and name_of(PropagatorName.FLOW, video.sha256) in r.holds for r in self.rows()):
                return
            time.sleep(0.05)
        raise AssertionError([(r.name, r.holds) for r in self.rows()])


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory, postgres_server: servers.Postgres) -> Iterator[Crew]:
    folder = tmp_path_factory.mktemp("crew")
    name = f"crew_{new_id().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    with servers.redis_server(servers.free_port()) as broker:
        url = postgres_server.url(name)
        settings = Settings(data_folder=folder / "data", database_url=url, redis_url=broker.url, **QUICK)
        make_tables(settings.database)
        parts = make_parts(settings)
        with parts.database.begin() as session:
            user = User(email="ann@example.org", name="Ann", is_admin=False, active=True)
            project = Project(name="p", kind=ProjectKind.STC)
            session.add_all([user, project])
        made = Crew(parts, lambda: None, lambda: None, folder, broker, {}, project.id, user.id)
        first, second = (celery_worker(f"worker-{n}", settings, folder, "--lanes", "clicks,light") for n in "12")
        first.start()
        for program in (second, first):
            made.start(program)
        yield made
        for program in (first, second):
            program.stop()
            print(program.log.read_text()[-2000:])
        parts.close()


@pytest.fixture
def both(crew: Crew) -> Crew:
    """The crew with both workers alive."""
    for program in {id(p): p for p in crew.programs.values()}.values():
        if program.process is not None and program.process.poll() is not None:
            crew.start(program)
    return crew


def add_video(crew: Crew, seed: int) -> Video:
    """A ready video with its files in the store."""
    source = write_disc_clip(crew.folder / f"{seed}.mp4", seed=seed)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    made = crew.folder / f"made-{seed}"
    made.mkdir()
    found = make_files(source, made, limits_of(crew.parts.settings), lambda _share, _what: None, lambda: False)
    keys = store_files(crew.parts.storage, made, sha256, lambda: True)
    with crew.parts.database.begin() as session:
        video = Video(sha256=sha256, name=source.name, size=source.stat().st_size, source_key=f"videos/{sha256}/source")
        fill(video, found, keys)
        session.add(video)
    return video


def test_the_next_click_goes_to_the_same_worker_and_to_the_other_when_it_is_killed(both: Crew) -> None:
    video = add_video(both, 1)
    first = both.answered(video)
    both.holding(video, first)
    assert {both.answered(video, picture) for picture in range(6, 14)} == {first}
    both.programs[first].kill()
    assert first in {row.name for row in both.rows()}, "nobody has missed it yet"
    begun = time.monotonic()
    told = asyncio.run(propose.answer(both.parts, both.click(video, 7).id))
    seconds = time.monotonic() - begun
    assert told.candidates
    assert seconds < TAKEN_OVER, seconds
    (second,) = both.alive()
    both.holding(video, second)
    assert both.answered(video) == second


def test_a_click_in_the_hands_of_a_worker_that_dies_is_answered_by_the_other(both: Crew) -> None:
    job_id = both.add("test_hold", wants="flow:dying", name="flow:dying", seconds=3)
    owner = both.wait(job_id, lambda r: r.state is JobState.RUNNING).worker
    assert owner is not None
    both.programs[owner].kill()
    row = both.ended(job_id, 30)
    assert (row.state, row.attempts) == (JobState.DONE, 2)
    assert row.worker in both.alive()


def test_a_worker_that_is_busy_for_long_keeps_no_click_waiting(both: Crew) -> None:
    video = add_video(both, 2)
    busy = both.answered(video)
    both.holding(video, busy)
    wants = name_of(PropagatorName.FLOW, video.sha256)
    held = [both.add("test_hold", wants=wants, name=wants, seconds=15) for _ in range(4)]
    rows = [both.wait(job_id, lambda r: r.state is JobState.RUNNING) for job_id in held]
    taken = {row.worker for row in rows}
    begun = time.monotonic()
    told = asyncio.run(propose.answer(both.parts, both.click(video).id))
    assert told.candidates and time.monotonic() - begun < TAKEN_OVER
    assert busy in taken
    for job_id in held:
        with both.parts.database.begin() as session:
            cancel(session, session.get_one(Job, job_id))
        both.ended(job_id)


def test_work_goes_on_when_the_broker_was_killed_and_lost_all(both: Crew) -> None:
    running = both.add("test_hold", name="x", seconds=3)
    both.wait(running, lambda r: r.state is JobState.RUNNING)
    assert both.broker.program is not None
    both.broker.program.kill()
    begun = time.monotonic()
    rung_in_vain = [both.add("test_click", a=number, b=1) for number in range(3)]
    assert time.monotonic() - begun < 15, "nobody waits for a broker that is away"
    assert both.ended(running).state is JobState.DONE, "what runs needs no broker"
    time.sleep(1)
    both.broker.program.start()
    for job_id in rung_in_vain:
        assert both.ended(job_id).state is JobState.DONE
    fastest, tries = math.inf, 0
    while fastest > 1.0 and tries < 20:
        begun = time.monotonic()
        both.ended(both.add("test_click", a=1, b=1))
        fastest, tries = min(fastest, time.monotonic() - begun), tries + 1
    assert fastest < 1.0, "bells are heard again, long before a sweep"
    assert both.alive() == {row.name for row in both.rows() if row.name in both.alive()}


def test_a_worker_that_ends_in_order_leaves_no_row_and_its_work_to_the_other(both: Crew) -> None:
    job_id = both.add("test_hold", wants="flow:leaving", name="flow:leaving", seconds=4)
    first = both.wait(job_id, lambda r: r.state is JobState.RUNNING).worker
    assert first is not None
    end(both.programs[first])
    assert first not in {row.name for row in both.rows()}
    row = both.ended(job_id)
    assert (row.state, row.attempts) == (JobState.DONE, 1)
    assert row.worker != first
