"""A server that is asked to end: streams close, what was begun is finished, nothing acknowledged is lost, code 0.

On SQLite it is the embedded site with its worker, on PostgreSQL two processes beside Redis and a Celery worker.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from server.access import COOKIE
from server.settings import Settings
from server.tables.documents import Document, DocumentOperation
from server.tables.jobs import Job, JobState
from server.tables.tasks import Task, TaskKind
from tests import servers
from tests.server.world import World, make_world, world

__all__ = ["make_world", "world"]

ROOT = Path(__file__).resolve().parents[3]
ENDS_SECONDS = 20
"""A bound for slow machines; it takes two or three."""


@dataclass
class Running:
    """A `vidgrain` that runs, with what it writes."""

    words: tuple[str, ...]
    process: subprocess.Popen[bytes]
    log: Path
    port: int = 0

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and see that it does, in order."""
        self.process.send_signal(how)
        code = self.process.wait(ENDS_SECONDS)
        said = self.log.read_text()
        assert code == 0, f"{self.words} ended with {code}:\n{said[-4000:]}"
        for word in ("Traceback", "CancelledError", "exceeded", "lane_broke"):
            assert word not in said, said[-6000:]


@dataclass
class Start:
    """Starts programs for a test, and kills what is left of them."""

    settings: Settings
    folder: Path
    stack: ExitStack
    started: list[Running] = field(default_factory=list)

    def __call__(self, *words: str) -> Running:
        log = self.folder / f"{len(self.started)}.log"
        with log.open("wb") as file:
            kept = {k: v for k, v in os.environ.items() if not k.startswith("VIDGRAIN_")}
            process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", *words],
                cwd=ROOT,
                env={**kept, **self.settings.environment()},
                stdout=file,
                stderr=subprocess.STDOUT,
                preexec_fn=servers.die_with_us,  # noqa: PLW1509
            )
        self.stack.callback(servers.stop, process, signal.SIGKILL)
        self.started.append(Running(words, process, log))
        return self.started[-1]

    def serve(self, *words: str) -> Running:
        """A web server that is ready."""
        port = servers.free_port()
        running = self("serve", "--port", str(port), *words)
        running.port = port
        until(lambda: ask(port, "GET", "/api/ready")[0] == 200, running)
        return running


def until(found: Callable[[], bool], running: Running, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found():
                return
        except OSError:
            pass
        ended = running.process.poll()
        assert ended is None and time.monotonic() < deadline, (ended, running.log.read_text()[-4000:])
        time.sleep(0.05)


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """(status, body) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            given["content-type"] = "application/json"
        connection.request(method, path, None if body is None else json.dumps(body), given)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (http.client.HTTPException, ValueError) as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


@pytest.fixture
def embedded(settings: Settings) -> bool:
    return settings.is_sqlite


@pytest.fixture
def start(settings: Settings, embedded: bool, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Start]:
    """Programs on the test's database."""
    changes: dict[str, Any] = {
        "job_modules": "tests.contracts.job_samples", "embedded_worker": True, "job_stop_seconds": 1.0,
        "metrics_from": "127.0.0.1",
    }  # fmt: skip
    if not embedded:
        changes["redis_url"] = request.getfixturevalue("redis_url")
    with ExitStack() as stack:
        yield Start(settings.model_copy(update=changes), tmp_path, stack)


def note(number: int) -> dict[str, Any]:
    record = {"id": f"n{number}", "text": "A remark."}
    put = {"id": f"o{number}", "verb": "put", "collection": "notes", "record_id": record["id"], "record": record}
    return {"operations": [put]}


def opened(world: World, name: str) -> tuple[UUID, str]:
    """A task that the person holds, and its document."""
    task = world.add_task(world.add_video(f"{name}.mp4"), TaskKind.STC_SUBJECT)
    leased = world[name].post(world.url("/tasks/next"), json={}).json()["id"]
    assert leased == str(task)
    return task, world[name].get(f"/api/tasks/{task}/document").json()["id"]


def test_all_that_goes_on_ends_in_order(world: World, start: Start, embedded: bool, tmp_path: Path) -> None:
    documents = {name: opened(world, name)[1] for name in ("ann", "ben", "cho")}
    with world.parts.database.begin() as session:
        payload = {"notes": str(tmp_path / "notes"), "seconds": 120}
        job = Job(kind="test_wait", lane="track", payload=payload)
        session.add(job)
    running = start.serve(*([] if embedded else ["--workers", "2"]))
    worker = None if embedded else start("worker", "--lanes", "track,light")

    def state() -> JobState:
        with world.parts.database.read() as session:
            return session.get_one(Job, job.id).state

    until(lambda: state() is JobState.RUNNING, running)
    stop = threading.Event()
    saved: dict[str, list[int]] = {name: [] for name in documents}
    ends: list[bytes] = []

    def save(name: str) -> None:
        number = 0
        while not stop.is_set():
            try:
                status, _ = ask(
                    running.port, "PATCH", f"/api/documents/{documents[name]}", note(number),
                    cookie=f"{COOKIE}={world[name].cookies[COOKIE]}", if_match=f'"{number}"',
                )  # fmt: skip
            except OSError:
                return
            if status != 200:
                assert status in (502, 503), status
                return
            saved[name].append(number)
            number += 1

    def listen() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
        cookie = {"cookie": f"{COOKIE}={world['lead'].cookies[COOKIE]}"}
        connection.request("GET", f"/api/events?topic=project:{world.project}", headers=cookie)
        answer = connection.getresponse()
        assert answer.status == 200
        listening.release()
        ends.append(answer.read())  # to its proper end: a cut stream raises IncompleteRead
        connection.close()

    listening = threading.Semaphore(0)
    threads = [threading.Thread(target=listen) for _ in range(6)]
    threads += [threading.Thread(target=save, args=(name,)) for name in documents]
    for thread in threads:
        thread.start()
    for _ in range(6):
        assert listening.acquire(timeout=60)
    until(lambda: all(len(found) >= 3 for found in saved.values()), running)
    running.end()
    stop.set()
    for thread in threads:
        thread.join(30)
    assert len(ends) == 6 and all(b"listening" in end for end in ends)
    if worker is not None:
        worker.end()
    with world.parts.database.read() as session:
        for name, document in documents.items():
            logged = session.scalars(
                select(DocumentOperation.operation_id).where(DocumentOperation.document_id == UUID(document))
            ).all()
            assert {f"o{number}" for number in saved[name]} <= set(logged), name
            assert session.get_one(Document, UUID(document)).revision == len(logged)
        row = session.get_one(Job, job.id)
        # Given back at once, with where it got to: nobody waits for its heartbeat to be missed.
        assert row.state is JobState.QUEUED and row.owner is None
        assert row.cursor is not None and row.cursor["step"] > 0


def test_a_save_that_is_under_way_is_finished_and_answered(world: World, start: Start, embedded: bool) -> None:
    task, document = opened(world, "ann")
    running = start.serve()
    found: list[tuple[int, Any]] = []

    def save() -> None:
        cookie = f"{COOKIE}={world['ann'].cookies[COOKIE]}"
        found.append(ask(running.port, "PATCH", f"/api/documents/{document}", note(0), cookie=cookie, if_match='"0"'))

    thread = threading.Thread(target=save)
    with world.parts.database.begin() as session:
        session.get_one(Task, task, with_for_update=True)
        session.execute(text("UPDATE projects SET archived = archived"))  # SQLite: the one writer
        thread.start()
        time.sleep(1.0)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(1.0)
        assert running.process.poll() is None and not found
    thread.join(30)
    assert running.process.wait(ENDS_SECONDS) == 0
    [(status, body)] = found
    assert status == 200 and body["revision"] == 1
    with world.parts.database.read() as session:
        assert session.get_one(Document, UUID(document)).revision == 1
    assert "Traceback" not in running.log.read_text()


def test_a_second_server_on_the_same_database_file_is_refused(world: World, start: Start, embedded: bool) -> None:
    running = start.serve()
    if embedded:
        second = start("serve", "--port", "0")
        assert second.process.wait(60) == 1
        said = second.log.read_text()
        assert "Another server runs on" in said and "VIDGRAIN_DATABASE_URL" in said and "Traceback" not in said
    else:
        other = start.serve()  # any number of them, on PostgreSQL and Redis
        other.end()
    running.end(signal.SIGINT)


def test_processes_add_up_their_metrics(world: World, start: Start, embedded: bool) -> None:
    if embedded:
        refused = start("serve", "--port", "0", "--workers", "2")
        assert refused.process.wait(60) == 1
        assert "SQLite" in refused.log.read_text() and "VIDGRAIN_DATABASE_URL" in refused.log.read_text()
        return
    running = start.serve("--workers", "2")
    for _ in range(40):
        assert ask(running.port, "GET", "/api/health")[0] == 200

    def counted() -> float:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
        connection.request("GET", "/api/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        health = [line for line in lines if line.startswith("vidgrain_requests_total") and '"/api/health"' in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in health)

    until(lambda: counted() == 40, running, 30)  # whichever process answers; a request is counted once it is answered
    pids = {
        int(pid) for pid in Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text().split()
    }
    assert len(pids) == 2
    os.kill(min(pids), signal.SIGKILL)
    until(lambda: "server_process_ended" in running.log.read_text(), running)  # and another one is started
    until(lambda: ask(running.port, "GET", "/api/ready")[0] == 200, running)
    running.end()
