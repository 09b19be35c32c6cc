"""The worker's side of jobs: taking one, and writing down how it ended. Fenced: only its owner may settle a job."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from server.db import now
from server.jobs import JobLost, announce_job, ended
from server.tables.jobs import Job, JobState

SKEW = timedelta(seconds=2)
"""What the clocks of two machines may differ by: a job that was rung for is not refused because ours is behind."""

OUTAGE = timedelta(hours=1)
"""How long after its first start a job is begun again without a count when a server that it needs is away."""

# The state stands as a literal in the SQL, so that the partial index is used.
READY = text("jobs.state = 'queued'")
RUNNING = text("jobs.state = 'running'")
_CLAIMED = {
    "state": JobState.RUNNING,
    "attempts": Job.attempts + 1,
    "cancel_requested": False,
    "error": None,
}


def has_due(session: Session, lane: str) -> bool:
    """True when a job of the lane could be claimed now."""
    due = select(Job.id).where(READY, Job.lane == lane, Job.run_after <= now()).limit(1)
    return session.scalar(due) is not None


def claim_next(session: Session, lane: str, owner: str, worker: str | None = None) -> Job | None:
    """Take the oldest due job of a lane: one statement, no two workers get the same. `worker` is who runs it."""
    moment = now()
    first = (
        select(Job.id)
        .where(READY, Job.lane == lane, Job.run_after <= moment)
        .order_by(Job.run_after, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return _claim(session, Job.id == first, owner, worker)


def claim(session: Session, job_id: UUID, owner: str, worker: str | None = None) -> Job | None:
    """Take this job when it is due. None when it runs elsewhere, is done or waits: a second delivery is harmless."""
    return _claim(session, (Job.id == job_id) & (Job.run_after <= now() + SKEW), owner, worker)


def _claim(session: Session, which: Any, owner: str, worker: str | None) -> Job | None:
    moment = now()
    row: Job | None = session.scalar(
        update(Job)
        .where(READY, which)
        .values(
            **_CLAIMED,
            owner=owner,
            worker=worker or owner,
            heartbeat_at=moment,
            started_at=func.coalesce(Job.started_at, moment),
        )
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
        .where(Job.id == job_id, Job.owner == owner, RUNNING)
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


def try_again(session: Session, job_id: UUID, owner: str, reason: str, *, outage: bool = False) -> None:
    """The attempt failed: wait and try again, or give up after the last attempt.

    An `outage` of the database or the storage is no fault of the job: it costs no attempt, for OUTAGE at most.
    """
    row = owned(session, job_id, owner)
    begun = row.started_at or now()
    if outage and row.lane != "clicks" and not row.cancel_requested and now() - begun < OUTAGE:
        row.attempts -= 1
        _wait(session, row, reason, session.info.get("backoff", 5.0) * random.uniform(1, 2))  # noqa: S311
    else:
        attempt_failed(session, row, reason)


def attempt_failed(session: Session, row: Job, reason: str, *, at_once: bool = False) -> None:
    """A running row's attempt is over: it waits for the next one, longer each time, or is given up after the last."""
    if row.cancel_requested:
        _dead(session, row, reason, JobState.CANCELLED)
        return
    if row.attempts >= row.max_attempts:
        _dead(session, row, reason, JobState.FAILED)
        return
    # Full jitter: many jobs that failed together do not come back together.
    wait = session.info.get("backoff", 5.0) * 2 ** (row.attempts - 1) * (0.5 + random.random() / 2)  # noqa: S311
    _wait(session, row, reason, 0.0 if at_once else wait)


def hand_back(session: Session, worker: str) -> list[tuple[str, UUID]]:
    """Return what `worker` runs, because it stops in order: that is no failed attempt. (lane, id) of each.

    Waits for rows that their handlers are just writing to: one that is passed over would be missed as if we had died.
    """
    rows = list(session.scalars(select(Job).where(RUNNING, Job.worker == worker).order_by(Job.id).with_for_update()))
    for row in rows:
        if row.cancel_requested:
            _dead(session, row, "", JobState.CANCELLED)
        else:
            row.attempts -= 1
            _wait(session, row, None, 0.0)
    return [(row.lane, row.id) for row in rows if row.state is JobState.QUEUED]


def runs_any(session: Session, worker: str) -> bool:
    """True while a running row is this worker's."""
    return session.scalar(select(Job.id).where(RUNNING, Job.worker == worker).limit(1)) is not None


def _wait(session: Session, row: Job, reason: str | None, seconds: float) -> None:
    row.state, row.owner, row.error = JobState.QUEUED, None, reason
    row.run_after, row.rung_at = now() + timedelta(seconds=seconds), None
    session.flush()
    announce_job(session, row)


def _dead(session: Session, row: Job, reason: str, state: JobState) -> None:
    row.state, row.owner, row.finished_at = state, None, now()
    row.error = None if state is JobState.CANCELLED else reason
    session.flush()
    ended(session, row)
