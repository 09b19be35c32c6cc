"""Runs one claimed job: heartbeat, progress, cancel, fenced transactions, and what happens when it ends or breaks."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from server import jobs
from server.db import now
from server.errors import UNREACHABLE, DomainError, Unavailable
from server.jobs import JobCancelled, JobFailed, JobLost, claims
from server.logs import about_job
from server.parts import Parts
from server.settings import Settings
from server.storage import Storage
from server.tables.jobs import Job

log = structlog.get_logger()

LOOK_EVERY = 1.0
"""Seconds between two looks at whether the job is still ours and wanted."""
PROGRESS_EVERY = 0.25
SETTLE_SECONDS = 120.0
"""How long the end of a job waits to be written down."""


class JobContext:
    """What a handler works with. All its methods may be called from any thread."""

    def __init__(self, parts: Parts, row: Job, owner: str, folder: Path) -> None:
        self.parts = parts
        self.settings: Settings = parts.settings
        self.storage: Storage = parts.storage
        self.job_id: UUID = row.id
        self.attempt: int = row.attempts
        self.project_id: UUID | None = row.project_id
        self.cursor: dict[str, Any] | None = row.cursor
        """Where the last attempt got to, as it said in `progress(cursor=…)`."""
        self.folder = folder
        """A scratch folder, removed when the job ends."""
        self._owner = owner
        self._topics = (f"job:{row.id}", *row.topics)
        self._kind = row.kind
        # Somebody waits for a click: a worker that dies with one is missed soon.
        self._beat_seconds = LOOK_EVERY if row.lane == "clicks" else self.settings.job_heartbeat_seconds
        self._stop = threading.Event()
        self._lost = False
        self._told = 0.0

    @contextmanager
    def db(self, before: Callable[[Session], object] = lambda _: None) -> Iterator[Session]:
        """One transaction. JobLost when the job is no longer ours, so that nothing is stored twice. Keep it short.

        `before` locks the rows that others lock before they ask a job to stop: else both would wait for each other.
        """
        with self.parts.database.begin() as session:
            before(session)
            claims.owned(session, self.job_id, self._owner)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with self.parts.database.read() as session:
            yield session

    def publish(self, topic: str, name: str, data: Any) -> None:
        """Tell listeners at once, without a transaction: for what is shown while it is made."""
        self.parts.events.publish(topic, name, data)

    def hold(self, names: Iterable[str]) -> None:
        """Say what this process keeps open for its next job, so that such a job comes here (see `enqueue(wants=…)`)."""
        self.parts.holding.tell(names)

    def fell_back(self, at: datetime, sessions: int) -> None:
        """Say on this job and on its worker that the accelerator ran out of memory, and what stays on it."""
        told = {"at": at.isoformat(), "sessions": sessions}
        self.parts.holding.fall_back(told)
        try:
            self._update({"fell_back": told})
        except UNREACHABLE as error:
            log.warning("fallback_untold", job=str(self.job_id), error=str(getattr(error, "orig", error)))

    def progress(self, fraction: float, message: str = "", *, cursor: dict[str, Any] | None = None) -> None:
        """Say how far the work is, 0 to 1. Stored and told at most four times a second; a cursor is always stored.

        Raises JobCancelled or JobLost, so a handler that reports progress needs no other check. While the database is
        away the work goes on untold, but not past a cursor.
        """
        self.check()
        moment = time.monotonic()
        if cursor is None and moment - self._told < PROGRESS_EVERY and fraction < 1:
            return
        self._told = moment
        values: dict[str, Any] = {"progress": min(1.0, max(0.0, fraction)), "message": message[:500]}
        values["heartbeat_at"] = now()
        if cursor is not None:
            values["cursor"] = self.cursor = cursor
        try:
            self._update(values)
        except UNREACHABLE as error:
            if cursor is not None:
                raise
            log.warning("progress_untold", job=str(self.job_id), error=str(getattr(error, "orig", error)))
            return
        told = {"id": str(self.job_id), "kind": self._kind, "state": "running", "error": None}
        for topic in self._topics:
            self.publish(topic, "job", {**told, "progress": values["progress"], "message": values["message"]})

    def cancelled(self) -> bool:
        """True when the handler should stop: somebody cancelled, or the job was given away."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raise JobCancelled or JobLost when the handler should stop."""
        if self._stop.is_set():
            raise JobLost("the job was given to another worker") if self._lost else JobCancelled

    def is_ours(self) -> bool:
        """Whether the row says that this worker still has the job; False also when the database does not answer."""
        try:
            with self.db():
                return True
        except (JobLost, *UNREACHABLE):
            return False

    def _update(self, values: dict[str, Any]) -> None:
        with self.parts.database.begin() as session:
            done = session.execute(
                update(Job)
                .where(Job.id == self.job_id, Job.owner == self._owner, text("jobs.state = 'running'"))
                .values(**values)
                .returning(Job.cancel_requested)
                .execution_options(synchronize_session=False)
            ).one_or_none()
        if done is None:
            self._lost = True
            self._stop.set()
            raise JobLost("the job was given to another worker")
        if done[0]:
            self._stop.set()

    def _beat(self, ended: threading.Event) -> None:
        last = time.monotonic()
        while not ended.wait(LOOK_EVERY) and not self._stop.is_set():
            try:
                if time.monotonic() - last >= self._beat_seconds:
                    self._update({"heartbeat_at": now()})
                    last = time.monotonic()
                    continue
                with self.read() as session:
                    row = session.execute(
                        select(Job.cancel_requested, Job.owner).where(Job.id == self.job_id)
                    ).one_or_none()
                if row is None or row.owner != self._owner:
                    self._lost = True
                    self._stop.set()
                elif row.cancel_requested:
                    self._stop.set()
            except JobLost:
                return
            except UNREACHABLE as error:
                # The database may come back before the others call us silent.
                log.warning("heartbeat_failed", job=str(self.job_id), error=str(getattr(error, "orig", error)))


def run_claimed(parts: Parts, row: Job, owner: str) -> None:
    """Run the handler of a job that `owner` has claimed, and write down how it ended. A broken job raises nothing."""
    with about_job(row.id, row.kind, row.request_id):
        _run(parts, row, owner)


def _run(parts: Parts, row: Job, owner: str) -> None:
    kind = jobs.kind_of(row.kind)
    where = log.bind(attempt=row.attempts)
    ended = threading.Event()
    scratch = parts.settings.data_folder / "scratch"
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        opened = tempfile.TemporaryDirectory(prefix=f"job-{row.id.hex}-", dir=scratch, ignore_cleanup_errors=True)
    except OSError as error:
        where.error("no_scratch_folder", error=str(error))
        _settle(parts, row.id, owner, f"The worker's data folder takes no files: {error.strerror}.")
        return
    with opened as folder:
        ctx = JobContext(parts, row, owner, Path(folder))
        beat = threading.Thread(target=ctx._beat, args=(ended,), name=f"beat-{row.id}", daemon=True)
        beat.start()
        started = time.monotonic()
        try:
            result = kind.run(ctx, dict(row.payload))
            _write_down(parts, row.id, lambda session: claims.finish(session, row.id, owner, result))
            where.info("job_done", seconds=round(time.monotonic() - started, 3))
        except JobLost:
            where.warning("job_lost")
        except JobCancelled:
            where.info("job_cancelled")
            _settle(parts, row.id, owner, "", cancelled=True)
        except (JobFailed, DomainError) as error:
            where.info("job_failed", reason=str(error))
            final = not isinstance(error, DomainError) or error.status < 500
            _settle(parts, row.id, owner, str(error), final=final, outage=isinstance(error, Unavailable))
        except UNREACHABLE as error:
            where.warning("job_broke", error=str(getattr(error, "orig", error)))
            _settle(parts, row.id, owner, "The database did not answer.", outage=True)
        except Exception as error:  # noqa: BLE001 - any handler's failure is written on its row
            where.exception("job_broke")
            _settle(parts, row.id, owner, f"{type(error).__name__}: {error}"[:2000])
        finally:
            ended.set()


def _settle(
    parts: Parts,
    job_id: UUID,
    owner: str,
    reason: str,
    *,
    final: bool = False,
    cancelled: bool = False,
    outage: bool = False,
) -> None:
    def write(session: Session) -> None:
        if final or cancelled:
            claims.give_up(session, job_id, owner, reason, cancelled=cancelled)
        else:
            claims.try_again(session, job_id, owner, reason, outage=outage)

    try:
        _write_down(parts, job_id, write)
    except JobLost:
        log.warning("job_lost", job=str(job_id))
    except UNREACHABLE as error:
        # Its heartbeat has stopped: the sweeper gives it to somebody else.
        log.error("job_unsettled", job=str(job_id), error=str(getattr(error, "orig", error)))


def _write_down(parts: Parts, job_id: UUID, write: Callable[[Session], None]) -> None:
    """One transaction at the end of a job: hours of work do not fail because the database is away for a moment."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            with parts.database.begin() as session:
                write(session)
        except UNREACHABLE as error:
            if time.monotonic() > deadline:
                raise
            log.warning("database_unreachable", job=str(job_id), error=str(getattr(error, "orig", error)))
            time.sleep(1)
        else:
            return
