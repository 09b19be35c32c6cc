"""A database with many tasks on a PostgreSQL as durable as a site's, for the benchmarks of saving and leasing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Queue
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID

import httpx2
import psycopg
from sqlalchemy import insert, text

from migrations import run
from server.accounts.tokens import make_token
from server.db import Database, new_id, now
from server.settings import Settings
from server.tables.accounts import Scope, User
from server.tables.projects import Membership, Project, ProjectKind, Role
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo, Video, VideoState
from tests import servers

CLIENTS = 8
"""Clients that work without a pause at the same time, on both sides of a comparison."""
ANNOTATORS, EVERY, SECONDS = 200, 5.0, 20.0
"""People who work at a human pace: so many, one call of each in so many seconds, for so long."""
POOL = 10
"""Connections of each side."""


@dataclass(frozen=True)
class Collection:
    """One project with one video. `dsn` is the database's address for psycopg."""

    database: Database
    dsn: str
    project: Project
    people: list[User]
    video: UUID


@contextmanager
def collection(people: int, tasks: int) -> Iterator[Collection]:
    """A fresh PostgreSQL with a project, its `people`, and `tasks` ready caption tasks."""
    with servers.postgres(durable=True) as server:
        server.run("CREATE DATABASE bench")
        run.upgrade(server.url("bench"))
        database = Database(server.url("bench"), pool=POOL // 2)
        project = Project(name="Bench", kind=ProjectKind.STC)
        video = Video(
            sha256="0" * 64, name="clip.mp4", size=1, source_key="videos/none.mp4", state=VideoState.READY,
            width=1280, height=720, pictures=2400, grid_length=600, seconds=100.0,
        )  # fmt: skip
        users = [User(id=new_id(), email=f"p{n}@bench.local", name=f"Person {n}") for n in range(people)]
        with database.begin() as session:
            session.add_all([project, video])
            session.flush()
            columns = ("id", "email", "name", "is_admin", "active", "locale", "theme")
            defaults = {"is_admin": False, "active": True, "locale": "en", "theme": "system"}
            rows = [{**defaults, "id": user.id, "email": user.email, "name": user.name} for user in users]
            session.execute(insert(User), [{key: row[key] for key in columns} for row in rows])
            session.execute(
                insert(Membership),
                [{"project_id": project.id, "user_id": user.id, "role": Role.ANNOTATOR} for user in users],
            )
            session.add(ProjectVideo(project_id=project.id, video_id=video.id, name="clip.mp4", added_by=users[0].id))
            add_tasks(session.execute, project.id, video.id, tasks)
        database.engine.execution_options(isolation_level="AUTOCOMMIT").connect().execute(text("VACUUM ANALYZE"))
        try:
            yield Collection(database, server.url("bench").replace("+psycopg", ""), project, users, video.id)
        finally:
            database.dispose()


def add_tasks(execute: Callable[..., object], project: UUID, video: UUID, count: int) -> None:
    """`count` ready tasks in one statement: as rows of Python they would take minutes."""
    one = Task(project_id=project, video_id=video, kind=TaskKind.STC_CAPTION, state=TaskState.READY)
    table = Task.__table__
    given = {"id", "masklet_id", "project_id", "video_id", "kind", "state", "created_at"}
    defaults = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in given and column.default is not None and column.default.is_scalar
    }
    names = ["id", "masklet_id", "project_id", "video_id", "kind", "state", "created_at", *defaults]
    values = ["gen_random_uuid()", "gen_random_uuid()", ":project", ":video", ":kind", ":state", ":made"]
    values += [f":{name}" for name in defaults]
    statement = f"INSERT INTO tasks ({', '.join(names)}) SELECT {', '.join(values)} FROM generate_series(1, :count)"
    parameters = {
        "project": project, "video": video, "kind": one.kind.value, "state": one.state.value, "made": now(),
        "count": count, **{name: getattr(value, "value", value) for name, value in defaults.items()},
    }  # fmt: skip
    execute(text(statement), parameters)


def at_once(work: Sequence[Callable[[], None]]) -> float:
    """Run all at the same time, each in a thread; the seconds until the last has ended. The first error is raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(work) + 1)

    def one(call: Callable[[], None]) -> None:
        start.wait()
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=one, args=(call,)) for call in work]
    for thread in threads:
        thread.start()
    start.wait()
    began = perf_counter()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return perf_counter() - began


def paced(calls: Sequence[Callable[[], object]], *, every: float, seconds: float) -> list[float]:
    """Everybody makes their call once in so many seconds, from a random moment on; the seconds each call took.

    A call that took too long is followed at once by the next: who waits does not work slower than they want to.
    """
    taken: list[float] = []
    over = perf_counter() + seconds

    def one(call: Callable[[], object]) -> None:
        due = perf_counter() + random.uniform(0, every)
        while due < over:
            time.sleep(max(0.0, due - perf_counter()))
            began = perf_counter()
            call()
            taken.append(perf_counter() - began)
            due += every

    at_once([partial(one, call) for call in calls])
    return taken


def told(taken: Sequence[float]) -> str:
    """Times of calls as people read them."""
    cuts = quantiles(taken, n=100)
    return (
        f"{len(taken)} calls, median {cuts[49] * 1000:.1f} ms, p95 {cuts[94] * 1000:.1f} ms, "
        f"p99 {cuts[98] * 1000:.1f} ms"
    )


class Connections:
    """As many bare connections as our pool has, each used by one at a time."""

    def __init__(self, dsn: str, count: int) -> None:
        self._free: Queue[psycopg.Connection] = Queue()
        for _ in range(count):
            self._free.put(psycopg.connect(dsn))

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """One of them, in a transaction."""
        connection = self._free.get()
        try:
            with connection.transaction():
                yield connection
        finally:
            self._free.put(connection)

    def close(self) -> None:
        """Close all."""
        while not self._free.empty():
            self._free.get().close()


@contextmanager
def serve(made: Collection, *, pool: int = 10) -> Iterator[tuple[str, list[str]]]:
    """`vidgrain serve` on this database, with so large a pool: its address, and a token of each person."""
    with TemporaryDirectory() as folder:
        settings = Settings(
            data_folder=Path(folder),
            database_url=made.database.url,
            redis_url="",
            s3_bucket="",
            embedded_worker=False,
            database_pool=pool,
        )
        key = settings.key()
        with made.database.begin() as session:
            wanted = {"name": "bench", "scopes": [Scope.WRITE], "expires_at": None}
            tokens = [make_token(session, key, user, **wanted)[1] for user in made.people]
        port = servers.free_port()
        log = Path(folder) / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "serve", "--port", str(port)],
                env={**os.environ, **settings.environment()},
                stdout=file,
                stderr=file,
            )
        address = f"http://127.0.0.1:{port}"
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    httpx2.get(f"{address}/api/ready").raise_for_status()
                    break
                except httpx2.HTTPError as error:
                    assert time.monotonic() < deadline, f"{error}\n{log.read_text()[-2000:]}"
                    time.sleep(0.2)
            yield address, tokens
        finally:
            servers.stop(process)
