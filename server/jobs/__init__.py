"""Background work: the job's row is the truth, whatever rings about it is only a doorbell.

A slice registers its handlers in its own `jobs.py`:

    @job("ingest", lane="ingest")
    def ingest(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None: ...

and whoever needs the work calls `enqueue(session, "ingest", {...})` inside a transaction. Workers take and settle
jobs by `claims.py`; what nobody works on is found by `sweep.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import slices
from server.db import after_commit, now
from server.errors import Conflict
from server.events import announce
from server.jobs import roster
from server.logs import current_request
from server.settings import LANES, Lane
from server.tables.jobs import Job, JobState

if TYPE_CHECKING:
    from server.jobs.run import JobContext
    from server.parts import Parts

KILLABLE: frozenset[str] = frozenset({"ingest", "train", "release"})
"""Lanes whose jobs run in a process of their own, so that a cancel, a crash or a leak ends with it."""
HOUSEKEEPING = "light"
"""The lane of jobs that nobody asked for by name; people see them only when they fail."""

Handler = Callable[["JobContext", dict[str, Any]], dict[str, Any] | None]
EndHook = Callable[[Session, Job], None]


class JobFailed(Exception):
    """Raised by a handler: trying again would not help. The message is shown to people."""


class JobNotRetryable(Conflict):
    """This job cannot be tried again."""


class JobCancelled(Exception):
    """Raised inside a handler when somebody cancelled the job."""


class JobLost(Exception):
    """The job was given to another worker: whatever this one still does must not be stored."""


@dataclass(frozen=True)
class JobKind:
    """One kind of work.

    `on_failure` runs in the transaction that gives a job up (failed) or cancels it. `on_retry` undoes that when a
    person wants it tried again, or raises JobNotRetryable. A kind with the first and without the second is never
    tried again by hand.
    """

    name: str
    lane: Lane
    run: Handler
    max_attempts: int
    on_failure: EndHook | None
    on_retry: EndHook | None
    every: timedelta | None


_kinds: dict[str, JobKind] = {}
_loaded = False
_warm_ups: dict[str, list[Callable[[Parts], None]]] = {}


def job(
    name: str,
    *,
    lane: Lane,
    max_attempts: int = 3,
    on_failure: EndHook | None = None,
    on_retry: EndHook | None = None,
    every: timedelta | None = None,
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job. With `every`, it is also run again and again, with an empty payload."""
    if lane not in LANES:
        raise ValueError(f"there is no lane {lane}")

    def register(run: Handler) -> Handler:
        known = _kinds.get(name)
        if known is not None and known.run.__module__ != run.__module__:
            raise RuntimeError(f"two handlers for the job {name}: {known.run.__module__} and {run.__module__}")
        _kinds[name] = JobKind(name, lane, run, max_attempts, on_failure, on_retry, every)
        return run

    return register


def warm_up(lane: Lane) -> Callable[[Callable[[Parts], None]], Callable[[Parts], None]]:
    """Register what a worker of `lane` does once at its start, so that the first job does not wait for it."""

    def register(load: Callable[[Parts], None]) -> Callable[[Parts], None]:
        _warm_ups.setdefault(lane, []).append(load)
        return load

    return register


def warm_ups_of(lane: str) -> list[Callable[[Parts], None]]:
    """What was registered by `warm_up` for a lane."""
    return list(_warm_ups.get(lane, ()))


def kind_of(name: str) -> JobKind:
    """The kind named so; KeyError when no slice registered it."""
    global _loaded  # noqa: PLW0603 - the registry is filled once, by the first who asks
    if not _loaded:
        slices.load("jobs")
        _loaded = True
    return _kinds[name]


def kinds() -> list[JobKind]:
    """All kinds that this process knows."""
    return list(_kinds.values())


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    dedupe_key: str | None = None,
    project_id: UUID | None = None,
    created_by: UUID | None = None,
    topics: Sequence[str] = (),
    delay: timedelta | None = None,
    wants: str | None = None,
) -> Job:
    """Add a job in the caller's transaction and ring after its commit.

    `payload` is JSON (ids as text). With a `dedupe_key`, an open job of that key is given back instead of a second
    one. The job's `job` events go to `job:{id}` and to `topics`. `wants` names what a worker may hold already, as
    `flow:<sha256>`: the bell of such a worker is rung, and the others' when it does not come.
    """
    found = kind_of(kind)
    moment = now()
    row = Job(
        kind=kind,
        lane=found.lane,
        payload=payload,
        max_attempts=found.max_attempts,
        dedupe_key=dedupe_key,
        project_id=project_id,
        created_by=created_by,
        topics=list(topics),
        run_after=moment + delay if delay else moment,
        rung_at=None if delay else moment,
        request_id=current_request(),
        wants=wants,
    )
    if dedupe_key is None:
        session.add(row)
        session.flush()
    else:
        existing = _open_job(session, dedupe_key)
        if existing is not None:
            return existing
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            # Somebody asked for the same at the same moment.
            existing = _open_job(session, dedupe_key)
            if existing is None:
                raise
            return existing
    if not delay:
        _ring(session, row)
    return row


def _ring(session: Session, row: Job) -> None:
    ring = session.info.get("ring")
    if ring is None:
        return
    lane, job_id = row.lane, row.id
    worker = roster.choose(session, lane, row.wants) if row.wants else None
    after_commit(session, lambda: ring(lane, job_id, worker))


def _open_job(session: Session, dedupe_key: str) -> Job | None:
    return session.scalar(
        select(Job).where(Job.dedupe_key == dedupe_key, Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    )


def cancel(session: Session, row: Job) -> Job:
    """Ask for the end of a job. A waiting one ends at once, a running one as soon as its handler looks."""
    hit = session.execute(
        update(Job)
        .where(Job.id == row.id, Job.state == JobState.QUEUED)
        .values(state=JobState.CANCELLED, finished_at=now(), cancel_requested=True)
        .execution_options(synchronize_session=False)
    )
    if hit.rowcount:  # type: ignore[attr-defined]
        session.refresh(row)
        ended(session, row)
        return row
    session.execute(
        update(Job)
        .where(Job.id == row.id, Job.state == JobState.RUNNING)
        .values(cancel_requested=True)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)
    return row


def retry(session: Session, row: Job) -> Job:
    """Try a failed or cancelled job once more, with all its attempts. Raises JobNotRetryable with the reason."""
    try:
        kind = kind_of(row.kind)
    except KeyError:
        raise JobNotRetryable(f"This server does not know the work “{row.kind}”.") from None
    if kind.on_failure is not None and kind.on_retry is None:
        raise JobNotRetryable
    values = {
        "state": JobState.QUEUED, "attempts": 0, "owner": None, "error": None, "result": None, "finished_at": None,
        "cancel_requested": False, "progress": 0.0, "message": "", "run_after": now(), "rung_at": now(),
    }  # fmt: skip
    try:
        with session.begin_nested():
            hit = session.execute(
                update(Job)
                .where(Job.id == row.id, Job.state.in_((JobState.FAILED, JobState.CANCELLED)))
                .values(**values)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        raise JobNotRetryable("The same work waits or runs already as another job.") from None
    session.refresh(row)
    if not hit.rowcount:  # type: ignore[attr-defined]
        raise JobNotRetryable(f"Only a failed or cancelled job can be tried again; this one is {row.state.value}.")
    if kind.on_retry is not None:
        kind.on_retry(session, row)
    session.flush()
    announce_job(session, row)
    _ring(session, row)
    return row


def job_event(row: Job) -> dict[str, Any]:
    """What a `job` event and GET /jobs/{id} say."""
    return {
        "id": str(row.id),
        "kind": row.kind,
        "state": row.state.value,
        "progress": row.progress,
        "message": row.message,
        "error": row.error,
    }


def announce_job(session: Session, row: Job) -> None:
    """Tell the listeners of the job's topics how it stands, after commit."""
    for topic in (f"job:{row.id}", *row.topics):
        announce(session, topic, "job", job_event(row))


def ended(session: Session, row: Job) -> None:
    """Follow up a job that was given up or cancelled: its kind's hook, then the listeners."""
    if row.state in (JobState.FAILED, JobState.CANCELLED):
        kind = _kinds.get(row.kind)
        if kind is not None and kind.on_failure is not None:
            kind.on_failure(session, row)
    announce_job(session, row)
