"""What every worker does now and then: miss silent workers, ring again, add recurring jobs, forget old ones.

Any number of workers may sweep at once: each row is moved on by one of them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server import jobs
from server.db import Base, now
from server.jobs.claims import READY, RUNNING, SKEW, attempt_failed
from server.jobs.run import JobContext
from server.tables.jobs import Job, JobState, Schedule

log = structlog.get_logger()

CLICK_LOST = timedelta(seconds=5)
"""A click whose worker was silent for so long is given to another one: somebody waits for it."""
BATCH = 200
HOUSEKEEPING_KEPT = timedelta(hours=1)
"""How long the rows of housekeeping that went well stay."""


def give_back_silent(session: Session, lost_after: float) -> int:
    """Return the jobs of workers that stopped beating to the queue, or give them up after the last attempt."""
    moment = now()

    def silent(seconds: timedelta) -> ColumnElement[bool]:
        # A beat from the future: the clock was put back, and nobody knows how long ago that was.
        return or_(Job.heartbeat_at < moment - seconds, Job.heartbeat_at > moment + seconds + SKEW)

    lost = timedelta(seconds=lost_after)
    rows = list(
        session.scalars(
            select(Job)
            .where(RUNNING, or_(silent(lost), (Job.lane == "clicks") & silent(min(lost, CLICK_LOST))))
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        attempt_failed(session, row, "The worker stopped answering.", at_once=row.lane == "clicks")
    return len(rows)


def to_ring(session: Session, lanes: Collection[str], again_after: float) -> list[tuple[str, UUID]]:
    """Jobs of `lanes` that are due and were rung for in vain for `again_after` seconds, as (lane, id).

    They count as rung for now.
    """
    moment = now()
    unheard = or_(
        Job.rung_at.is_(None), Job.rung_at < moment - timedelta(seconds=again_after), Job.rung_at > moment + SKEW
    )
    due = or_(Job.run_after <= moment, Job.created_at > moment + SKEW)  # made before the clock was put back
    oldest = (
        select(Job.id)
        .where(READY, due, unheard, Job.lane.in_(lanes))
        .order_by(Job.run_after, Job.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = list(session.execute(select(Job.lane, Job.id).where(Job.id.in_(oldest))))
    if found:
        session.execute(
            update(Job)
            .where(READY, Job.id.in_([job_id for _, job_id in found]))
            .values(rung_at=moment)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(Job)
            .where(READY, Job.id.in_([job_id for _, job_id in found]), Job.run_after > moment)
            .values(run_after=moment)
            .execution_options(synchronize_session=False)
        )
    return [(lane, job_id) for lane, job_id in found]


def add_recurring(session: Session) -> None:
    """Add the recurring jobs whose time has come. Of several sweepers one moves the due time on and adds the job."""
    moment = now()
    recurring = [kind for kind in jobs.kinds() if kind.every is not None]
    known = {row.kind: row.due_at for row in session.scalars(select(Schedule))}
    for kind in recurring:
        assert kind.every is not None
        due = known.get(kind.name)
        if due is None:
            insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            session.execute(insert(Schedule).values(kind=kind.name, due_at=moment).on_conflict_do_nothing())
        # A due time further away than two turns was written before the clock was put back. One turn would not do: of
        # two sweepers the one that looks later may have taken the time earlier.
        far = moment + 2 * kind.every
        if due is not None and moment < due <= far:
            continue
        mine = session.execute(
            update(Schedule)
            .where(
                Schedule.kind == kind.name,
                or_(Schedule.due_at <= moment, Schedule.due_at > far),
            )
            .values(due_at=moment + kind.every)
            .returning(Schedule.kind)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if mine is not None:
            # The last one may still wait or run: two at once help nobody.
            jobs.enqueue(session, kind.name, {}, dedupe_key=f"every:{kind.name}")


def give_back_all(session: Session) -> int:
    """Return every running job. Only for the embedded worker, which at its start knows that it is the only one."""
    rows = list(session.scalars(select(Job).where(RUNNING)))
    for row in rows:
        attempt_failed(session, row, "The worker was killed.", at_once=True)
    return len(rows)


def _looked_at() -> ColumnElement[bool]:
    """Whether a row of another table names the job: a video, track, release or run whose page shows how it went."""
    columns = [
        key.parent
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column is Job.__table__.c.id
    ]
    return or_(*(exists().where(column == Job.id) for column in columns))


def forget(session: Session, kept: timedelta, failed_kept: timedelta) -> int:
    """Delete a batch of rows that ended long ago and that nothing refers to; how many. Failed ones stay longer."""
    moment = now()
    old = or_(
        (Job.finished_at < moment - kept) & (Job.state != JobState.FAILED),
        Job.finished_at < moment - failed_kept,
        (Job.finished_at < moment - min(kept, HOUSEKEEPING_KEPT))
        & (Job.lane == jobs.HOUSEKEEPING)
        & (Job.state == JobState.DONE),
    )
    batch = select(Job.id).where(Job.finished_at.is_not(None), old, ~_looked_at()).limit(BATCH)
    gone = session.execute(
        delete(Job)
        .where(Job.id.in_(list(session.scalars(batch))), Job.finished_at.is_not(None))
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


@jobs.job("forget_jobs", lane="light", every=timedelta(minutes=10))
def forget_jobs(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Delete the rows of finished jobs after the time that the settings say."""
    kept, failed_kept = timedelta(days=ctx.settings.job_keep_days), timedelta(days=ctx.settings.job_keep_failed_days)
    deleted = 0
    while True:
        with ctx.db() as session:
            found = forget(session, kept, failed_kept)
        deleted += found
        if found < BATCH:
            return {"deleted": deleted}
        ctx.check()
