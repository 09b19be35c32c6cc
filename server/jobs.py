"""Background work: the job's row is the truth, whatever rings about it is only a doorbell.

A slice registers its handlers in its own `jobs.py`:

    @job("ingest", lane="ingest")
    def ingest(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None: ...

and whoever needs the work calls `enqueue(session, "ingest", {...})` inside a transaction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import slices
from server.db import after_commit, now
from server.events import announce
from server.logs import current_request
from server.settings import LANES, Lane
from server.tables.jobs import Job, JobState

if TYPE_CHECKING:
    from server.jobrun import JobContext

KILLABLE: frozenset[str] = frozenset({"ingest", "train", "release"})
"""Lanes whose jobs run in a process of their own, so that a cancel, a crash or a leak ends with it."""
RING_AGAIN = timedelta(seconds=15)

Handler = Callable[["JobContext", dict[str, Any]], dict[str, Any] | None]
EndHook = Callable[[Session, Job], None]


class JobFailed(Exception):
    """Raised by a handler: trying again would not help. The message is shown to people."""


class JobCancelled(Exception):
    """Raised inside a handler when somebody cancelled the job."""


class JobLost(Exception):
    """The job was given to another worker: whatever this one still does must not be stored."""


@dataclass(frozen=True)
class JobKind:
    """One kind of work. `on_failure` runs in the transaction that gives a job up (failed) or cancels it."""

    name: str
    lane: Lane
    run: Handler
    max_attempts: int
    on_failure: EndHook | None
    every: timedelta | None


_kinds: dict[str, JobKind] = {}
_loaded = False


def job(
    name: str,
    *,
    lane: Lane,
    max_attempts: int = 3,
    on_failure: EndHook | None = None,
    every: timedelta | None = None,
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job. With `every`, it is also run again and again, with an empty payload."""
    if lane not in LANES:
        raise ValueError(f"there is no lane {lane}")

    def register(run: Handler) -> Handler:
        known = _kinds.get(name)
        if known is not None and known.run.__module__ != run.__module__:
            raise RuntimeError(f"two handlers for the job {name}: {known.run.__module__} and {run.__module__}")
        _kinds[name] = JobKind(name, lane, run, max_attempts, on_failure, every)
        return run

    return register


def kind_of(name: str) -> JobKind:
    """The kind named so; KeyError when no slice registered it."""
    global _loaded  # noqa: PLW0603 - the registry is filled once, by the first who asks
    if not _loaded:
        slices.load("jobs")
        _loaded = True
    return _kinds[name]


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
) -> Job:
    """Add a job in the caller's transaction and ring after its commit.

    `payload` is JSON (ids as text). With a `dedupe_key`, an open job of that key is given back instead of a second
    one. The job's `job` events go to `job:{id}` and to `topics`.
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
    ring = session.info.get("ring")
    if ring is not None and not delay:
        lane, job_id = row.lane, row.id
        after_commit(session, lambda: ring(lane, job_id))
    return row


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


# --- the worker's side ----------------------------------------------------------------------------------------------

# The state stands as a literal in the SQL, so that the partial index is used.
_READY = text("jobs.state = 'queued'")
_RUNNING = text("jobs.state = 'running'")
_CLAIMED = {
    "state": JobState.RUNNING,
    "attempts": Job.attempts + 1,
    "cancel_requested": False,
    "error": None,
}


def has_due(session: Session, lane: str) -> bool:
    """True when a job of the lane could be claimed now."""
    due = select(Job.id).where(_READY, Job.lane == lane, Job.run_after <= now()).limit(1)
    return session.scalar(due) is not None


def claim_next(session: Session, lane: str, owner: str) -> Job | None:
    """Take the oldest due job of a lane: one statement, no two workers get the same."""
    moment = now()
    first = (
        select(Job.id)
        .where(_READY, Job.lane == lane, Job.run_after <= moment)
        .order_by(Job.run_after, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return _claim(session, Job.id == first, owner)


def claim(session: Session, job_id: UUID, owner: str) -> Job | None:
    """Take this job when it is due. None when it runs elsewhere, is done or waits: a second delivery is harmless."""
    return _claim(session, (Job.id == job_id) & (Job.run_after <= now()), owner)


def _claim(session: Session, which: Any, owner: str) -> Job | None:
    moment = now()
    row: Job | None = session.scalar(
        update(Job)
        .where(_READY, which)
        .values(**_CLAIMED, owner=owner, heartbeat_at=moment, started_at=func.coalesce(Job.started_at, moment))
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if row is not None:
        announce_job(session, row)
    return row


def owned(session: Session, job_id: UUID, owner: str) -> Job:
    """The running job, locked for this transaction. JobLost when it is no longer this worker's."""
    row = session.scalar(
        select(Job)
        .where(Job.id == job_id, Job.owner == owner, _RUNNING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise JobLost(f"job {job_id} was given to another worker")
    return row


def finish(session: Session, job_id: UUID, owner: str, result: dict[str, Any] | None) -> None:
    """The handler returned."""
    row = owned(session, job_id, owner)
    row.state, row.progress, row.result = JobState.DONE, 1.0, result
    row.finished_at, row.owner = now(), None
    session.flush()
    ended(session, row)


def give_up(session: Session, job_id: UUID, owner: str, reason: str, *, cancelled: bool = False) -> None:
    """The handler said that trying again is no use, or somebody cancelled."""
    row = owned(session, job_id, owner)
    _dead(session, row, reason, JobState.CANCELLED if cancelled else JobState.FAILED)


def try_again(session: Session, job_id: UUID, owner: str, reason: str) -> None:
    """The attempt failed: wait and try again, or give up after the last attempt."""
    _retry(session, owned(session, job_id, owner), reason)


def _retry(session: Session, row: Job, reason: str) -> None:
    if row.cancel_requested:
        _dead(session, row, reason, JobState.CANCELLED)
        return
    if row.attempts >= row.max_attempts:
        _dead(session, row, reason, JobState.FAILED)
        return
    # Full jitter: many jobs that failed together do not come back together.
    wait = session.info.get("backoff", 5.0) * 2 ** (row.attempts - 1) * (0.5 + random.random() / 2)  # noqa: S311
    row.state, row.owner, row.error = JobState.QUEUED, None, reason
    row.run_after, row.rung_at = now() + timedelta(seconds=wait), None
    session.flush()
    announce_job(session, row)


def _dead(session: Session, row: Job, reason: str, state: JobState) -> None:
    row.state, row.owner, row.finished_at = state, None, now()
    row.error = None if state is JobState.CANCELLED else reason
    session.flush()
    ended(session, row)


def sweep(session: Session, lost_after: float) -> list[tuple[str, UUID]]:
    """Give the jobs of silent workers back and say which waiting jobs to ring again, as (lane, id)."""
    moment = now()
    silent = session.scalars(
        select(Job)
        .where(_RUNNING, Job.heartbeat_at < moment - timedelta(seconds=lost_after))
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    for row in list(silent):
        _retry(session, row, "The worker stopped answering.")
    rung = session.execute(
        update(Job)
        .where(_READY, Job.run_after <= moment, (Job.rung_at.is_(None)) | (Job.rung_at < moment - RING_AGAIN))
        .values(rung_at=moment)
        .returning(Job.lane, Job.id)
        .execution_options(synchronize_session=False)
    )
    return [(lane, job_id) for lane, job_id in rung]


def enqueue_recurring(session: Session) -> None:
    """Enqueue the jobs whose time has come again, and forget their older runs that went well."""
    for kind in _kinds.values():
        if kind.every is None:
            continue
        key = f"every:{kind.name}"
        last = session.scalar(
            select(Job.created_at).where(Job.kind == kind.name, Job.dedupe_key == key).order_by(Job.id.desc()).limit(1)
        )
        if last is not None and last > now() - kind.every:
            continue
        session.execute(delete(Job).where(Job.kind == kind.name, Job.dedupe_key == key, Job.state == JobState.DONE))
        enqueue(session, kind.name, {}, dedupe_key=key)


def give_back_all(session: Session) -> int:
    """Return every running job. Only for the embedded worker, which at its start knows that it is the only one."""
    rows = list(session.scalars(select(Job).where(_RUNNING)))
    for row in rows:
        _retry(session, row, "The worker was restarted.")
        if row.state is JobState.QUEUED:
            row.run_after = now()
    return len(rows)
