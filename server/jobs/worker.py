"""The job runner: a child process of the server when embedded, Celery in production. Both run the same rows.

`python -m server.jobs.worker embedded` runs all lanes, woken by its stdin and ended by its end. `python -m
server.jobs.worker job ID OWNER` runs one claimed job in a process of its own, so that it can be killed. `vidgrain
worker` serves Celery, see `celeryworker.py`.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from server import jobs
from server.db import now
from server.errors import UNREACHABLE
from server.jobs import claims, roster
from server.jobs.doorbell import PipeDoorbell, PipeEvents, SilentDoorbell, forward_events, spawn
from server.jobs.roster import Presence
from server.jobs.run import run_claimed
from server.jobs.sweep import add_recurring, give_back_all, give_back_silent, to_ring
from server.logs import configure_logs
from server.parts import Parts, make_parts
from server.settings import LANES, Settings
from server.tables.jobs import Job, JobState, Worker

log = structlog.get_logger()

IDLE_SECONDS = 2.0
"""How often an embedded lane looks by itself: for jobs that wait for their second attempt."""
SWEEP_SECONDS = 5.0
GRACE_SECONDS = 8.0
"""What a cancelled job in its own process gets to end by itself."""


class _Outage:
    """When the others have had the time to beat again after this process could not reach the database."""

    over = 0.0


_outage = _Outage()


class AlreadyRunning(Exception):
    """Another worker has this data folder."""


def new_owner() -> str:
    """A name that no other run of a worker has."""
    return f"{os.uname().nodename[:30]}-{os.getpid()}-{uuid4().hex[:8]}"


def perform(parts: Parts, row: Job, owner: str) -> None:
    """Run a claimed job here, or in a process of its own where its lane asks for it."""
    if row.lane in jobs.KILLABLE:
        _run_apart(parts, row, owner)
    else:
        run_claimed(parts, row, owner)


def _run_apart(parts: Parts, row: Job, owner: str) -> None:
    child = spawn(parts.settings, "job", str(row.id), owner)
    assert child.stdin is not None and child.stdout is not None
    hearing = threading.Thread(target=forward_events, args=(child.stdout, parts.events, parts.doorbell), daemon=True)
    hearing.start()
    give_up_at: float | None = None
    beaten = time.monotonic()
    try:
        while True:
            try:
                code = child.wait(0.5)
                break
            except subprocess.TimeoutExpired:
                pass
            if time.monotonic() - beaten > parts.settings.job_heartbeat_seconds:
                # The child needs a while to start, and may be too busy to beat.
                _beat(parts, row.id, owner)
                beaten = time.monotonic()
            if give_up_at is None and not _wanted(parts, row.id, owner):
                give_up_at = time.monotonic() + GRACE_SECONDS
            if give_up_at is not None and time.monotonic() > give_up_at:
                child.kill()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        child.stdin.close()
        hearing.join(5)
    if code != 0:
        # The child settles its own row unless it died.
        how = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"code {code}"
        with suppress(jobs.JobLost, *UNREACHABLE), parts.database.begin() as session:
            claims.try_again(session, row.id, owner, f"The process of this job ended with {how}.")


def _beat(parts: Parts, job_id: UUID, owner: str) -> None:
    with suppress(*UNREACHABLE), parts.database.begin() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.owner == owner, Job.state == JobState.RUNNING)
            .values(heartbeat_at=now())
            .execution_options(synchronize_session=False)
        )


def _wanted(parts: Parts, job_id: UUID, owner: str) -> bool:
    try:
        with parts.database.read() as session:
            wanted = select(Job.state, Job.owner, Job.cancel_requested).where(Job.id == job_id)
            row = session.execute(wanted).one_or_none()
    except UNREACHABLE:
        return True  # nobody can tell at the moment
    return row is not None and row.state is JobState.RUNNING and row.owner == owner and not row.cancel_requested


# --- embedded -------------------------------------------------------------------------------------------------------


class EmbeddedWorker:
    """One thread for each lane, so that a click never waits behind a video."""

    def __init__(self, parts: Parts, lanes: Sequence[str] = LANES) -> None:
        self.parts = parts
        self.name = new_owner()
        self._presence = Presence(parts, self.name, lanes, len(lanes))
        self._stop = threading.Event()
        self._bells = {lane: threading.Event() for lane in lanes}
        self._threads = [
            threading.Thread(target=self._serve, args=(lane,), name=f"lane-{lane}", daemon=True) for lane in lanes
        ]
        self._threads.append(threading.Thread(target=self._sweep, name="sweeper", daemon=True))

    def start(self) -> None:
        """Take back what the last worker left, then serve."""
        with self.parts.database.begin() as session:
            session.execute(delete(Worker))
            returned = give_back_all(session)
        if returned:
            log.info("jobs_returned", count=returned)
        self._presence.start()
        warm_up(self.parts, list(self._bells))
        for thread in self._threads:
            thread.start()

    def wake(self, lane: str) -> None:
        """There is work on this lane."""
        bell = self._bells.get(lane)
        if bell is not None:
            bell.set()

    def stop(self) -> None:
        """Take no more jobs, and leave those that run to the next worker. The process should end then."""
        self._stop.set()
        for bell in self._bells.values():
            bell.set()
        leave(self.parts, self._presence)

    def _serve(self, lane: str) -> None:
        bell = self._bells[lane]
        while not self._stop.is_set():
            bell.clear()
            try:
                while not self._stop.is_set() and self._one(lane):
                    pass
            except OperationalError as error:
                log.warning("database_unreachable", lane=lane, error=str(error.orig))
                self._stop.wait(1)
            except Exception:
                # A lane that dies would leave its work waiting for ever.
                log.exception("lane_broke", lane=lane)
                self._stop.wait(1)
            bell.wait(IDLE_SECONDS)

    def _one(self, lane: str) -> bool:
        with self.parts.database.read() as session:
            # Looking costs no write lock; claiming does.
            if not claims.has_due(session, lane):
                return False
        with self.parts.database.begin() as session:
            row = claims.claim_next(session, lane, self.name)
        if row is None:
            return False
        perform(self.parts, row, self.name)
        return True

    def _sweep(self) -> None:
        while not self._stop.wait(SWEEP_SECONDS):
            for lane in sweep_once(self.parts):
                self.wake(lane)


def sweep_once(parts: Parts, lanes: Sequence[str] = LANES) -> set[str]:
    """Give back the jobs of silent workers, add recurring ones, ring for what waits. The lanes that were rung."""
    # Where rings wait to be heard all workers are busy: more of them would only fill the broker.
    deaf = [lane for lane in lanes if not parts.doorbell.unheard(lane)]
    try:
        with parts.database.begin() as session:
            if time.monotonic() > _outage.over:
                give_back_silent(session, parts.settings.job_lost_seconds)
            add_recurring(session)
            found = to_ring(session, deaf, parts.settings.job_ring_again_seconds)
            gone = roster.forget_silent(session)
    except UNREACHABLE as error:
        log.warning("database_unreachable", error=str(getattr(error, "orig", error)))
        # Whoever could not beat while the database was away gets the time to do it.
        _outage.over = time.monotonic() + parts.settings.job_lost_seconds
        return set()
    for lane, job_id in found:
        parts.doorbell.ring(lane, job_id)
    for worker in gone:
        parts.doorbell.forget(worker)
    return {lane for lane, _ in found}


def warm_up(parts: Parts, lanes: Sequence[str]) -> None:
    """Load in a thread what the first jobs of these lanes would wait for."""

    def load() -> None:
        for lane in lanes:
            for call in jobs.warm_ups_of(lane):
                begun = time.monotonic()
                try:
                    call(parts)
                except Exception as error:  # noqa: BLE001 - the first job meets it again, and says so to somebody
                    log.warning("not_warm", lane=lane, error=str(error))
                else:
                    log.info("warm", lane=lane, seconds=round(time.monotonic() - begun, 2))

    threading.Thread(target=load, name="warm-up", daemon=True).start()


def leave(parts: Parts, presence: Presence) -> None:
    """Return what this worker runs to the queue, ring for it, and remove the worker's row."""
    try:
        with parts.database.begin() as session:
            returned = claims.hand_back(session, presence.name)
    except OperationalError as error:
        # They come back when their heartbeats are missed.
        log.warning("jobs_left", error=str(error.orig))
        returned = []
    presence.end()
    for lane, job_id in returned:
        parts.doorbell.ring(lane, job_id)
    if returned:
        log.info("jobs_handed_back", count=len(returned))


def _lock(folder: Path) -> IO[str]:
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "worker.lock").open("a")
    deadline = time.monotonic() + 10
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                raise AlreadyRunning(f"another worker runs on {folder.absolute()}: stop it first") from None
            time.sleep(0.2)
        else:
            return file


def _event_pipe() -> IO[bytes]:
    """Our stdout as the pipe of events; whatever prints from now on goes to stderr and can not break a line."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def run_embedded(settings: Settings) -> None:
    """Serve all lanes until stdin ends."""
    pipe = _event_pipe()
    lock = _lock(settings.data_folder)
    parts = make_parts(settings, events=PipeEvents(pipe), doorbell=SilentDoorbell())
    load_kinds(settings)
    worker = EmbeddedWorker(parts)
    worker.start()
    for line in sys.stdin.buffer:
        worker.wake(line.decode().strip())
    worker.stop()
    lock.close()
    # Handlers may be in the middle, but their rows are no longer theirs; children see their stdin end.
    os._exit(0)


def run_apart(settings: Settings, job_id: UUID, owner: str) -> None:
    """Run one job that `owner` has claimed; die with the parent."""
    pipe = _event_pipe()

    def watch() -> None:
        # Not sys.stdin: a thread that holds its lock makes the interpreter's end a fatal error.
        while os.read(0, 4096):
            pass
        os._exit(3)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
    events = PipeEvents(pipe)
    parts = make_parts(settings, events=events, doorbell=PipeDoorbell(events))
    load_kinds(settings)
    with parts.database.read() as session:
        row = session.get(Job, job_id)
    if row is None or row.owner != owner:
        return
    run_claimed(parts, row, owner)
    parts.close()
    pipe.flush()


def load_kinds(settings: Settings) -> None:
    """Import the handlers of all slices, and those that the settings add."""
    for name in filter(None, settings.job_modules.split(",")):
        importlib.import_module(name.strip())
    with suppress(KeyError):
        jobs.kind_of("")


def main(arguments: Sequence[str]) -> int:
    """Entry of the child processes that the server starts."""
    settings = Settings()
    configure_logs(json=settings.production, quiet=settings.demo)
    match list(arguments):
        case ["embedded"]:
            try:
                run_embedded(settings)
            except AlreadyRunning as error:
                print(f"vidgrain worker: {error}", file=sys.stderr)
                return 2
        case ["job", job_id, owner]:
            run_apart(settings, UUID(job_id), owner)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
