"""Routes about background work: jobs, the queues they wait in, and the workers that run them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from server import jobs
from server.access import Actor, CurrentActor, CurrentAdmin, RoleTooLow, require
from server.db import Db, Page, now, page
from server.errors import NotFound, Unauthorized, responses
from server.events import topic_guard
from server.jobs import HOUSEKEEPING, JobNotRetryable, roster
from server.jobs.claims import RUNNING
from server.settings import LANES
from server.tables.jobs import Job, JobState, Worker
from server.tables.projects import Role

router = APIRouter(tags=["jobs"])


class FellBackOut(BaseModel):
    """An accelerator ran out of memory: other open clips were moved to host memory, and fewer stay on it since."""

    at: datetime
    sessions: int
    """How many stay on it at most."""


class JobOut(BaseModel):
    """A piece of background work."""

    id: UUID
    kind: str
    state: JobState
    progress: float
    message: str
    error: str | None


class JobDetail(JobOut):
    """The same with where and when."""

    lane: str
    worker: str | None
    attempts: int
    max_attempts: int
    project_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    run_after: datetime
    cancel_requested: bool
    fell_back: FellBackOut | None
    """That this happened while the job ran; nothing was lost."""


class LaneOut(BaseModel):
    """One lane: what waits in it and who serves it."""

    lane: str
    waiting: int
    delayed: int
    """Jobs that wait for their time or their next attempt."""
    running: int
    oldest_wait_seconds: float | None
    workers: int


class GpuOut(BaseModel):
    """A GPU of a worker's machine."""

    index: int | None
    """The driver's number of it on the machine; null of a worker of an older version."""
    uuid: str | None
    name: str
    memory_bytes: int | None
    memory_used_bytes: int | None
    use: float | None
    """0 to 1."""


_UNNUMBERED = {"index": None, "uuid": None}
"""What workers of an older version do not tell of their GPUs."""


class RunningOut(BaseModel):
    """What a worker runs."""

    id: UUID
    kind: str
    progress: float
    message: str


class WorkerOut(BaseModel):
    """A process that runs jobs."""

    name: str
    host: str
    pid: int
    version: str
    lanes: list[str]
    concurrency: int
    started_at: datetime
    heartbeat_at: datetime
    alive: bool
    leaving: bool
    holds: list[str]
    gpus: list[GpuOut]
    fell_back: FellBackOut | None
    running: list[RunningOut]


def _out(row: Job) -> JobDetail:
    return JobDetail.model_validate(row, from_attributes=True)


def _may_see(db: Session, who: Actor, row: Job | None) -> Job:
    if row is None:
        raise NotFound
    if row.created_by == who.id or who.is_admin:
        return row
    if row.project_id is None:
        raise NotFound
    require(db, who, row.project_id)
    return row


def _may_change(db: Session, who: Actor, job_id: UUID) -> Job:
    row = _may_see(db, who, db.get(Job, job_id))
    if row.created_by != who.id and row.project_id is not None:
        require(db, who, row.project_id, Role.LEAD)
    return row


@topic_guard("job")
def _job_topic(db: Session, who: Actor, job_id: UUID) -> bool:
    try:
        _may_see(db, who, db.get(Job, job_id))
    except NotFound:
        return False
    return True


@router.get("/jobs", responses=responses(Unauthorized))
def list_jobs(  # noqa: PLR0917 - FastAPI passes them by name
    db: Db,
    _: CurrentAdmin,
    state: JobState | None = None,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    housekeeping: bool = True,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[JobDetail]:
    """All background work, newest first. Without `housekeeping`, of that only what failed."""
    statement = select(Job)
    if state is not None:
        statement = statement.where(Job.state == state)
    if kind is not None:
        statement = statement.where(Job.kind == kind)
    if not housekeeping:
        statement = statement.where((Job.lane != HOUSEKEEPING) | (Job.state == JobState.FAILED))
    rows, following = page(db, statement, (Job.id,), cursor=cursor, limit=limit, newest_first=True)
    return Page(items=[_out(row) for row in rows], next=following)


@router.get("/jobs/{job_id}", responses=responses(Unauthorized, NotFound))
def get_job(db: Db, who: CurrentActor, job_id: UUID) -> JobDetail:
    """How a piece of background work stands."""
    return _out(_may_see(db, who, db.get(Job, job_id)))


@router.post("/jobs/{job_id}/cancel", responses=responses(Unauthorized, NotFound, RoleTooLow))
def cancel_job(db: Db, who: CurrentActor, job_id: UUID) -> JobDetail:
    """Ask for its end. Who asked for the work may, and the project's leads."""
    return _out(jobs.cancel(db, _may_change(db, who, job_id)))


@router.post("/jobs/{job_id}/retry", responses=responses(Unauthorized, NotFound, RoleTooLow, JobNotRetryable))
def retry_job(db: Db, who: CurrentActor, job_id: UUID) -> JobDetail:
    """Try a failed or cancelled job once more. Who asked for the work may, and the project's leads."""
    return _out(jobs.retry(db, _may_change(db, who, job_id)))


def queues_of(db: Session) -> list[LaneOut]:
    """Every lane, in the order of LANES."""
    moment = now()
    due = Job.run_after <= moment
    waits = {
        row.lane: row
        for row in db.execute(
            select(
                Job.lane,
                func.count().filter(due).label("waiting"),
                func.count().filter(~due).label("delayed"),
                func.min(Job.run_after).label("oldest"),
            )
            .where(text("jobs.state = 'queued'"))
            .group_by(Job.lane)
        )
    }
    ran = db.execute(select(Job.lane, func.count()).where(RUNNING).group_by(Job.lane))
    running = {row[0]: row[1] for row in ran}
    serving = [lanes for (lanes,) in db.execute(select(Worker.lanes).where(roster.alive()))]
    found = []
    for lane in LANES:
        wait = waits.get(lane)
        oldest = wait.oldest if wait is not None and wait.waiting else None
        found.append(
            LaneOut(
                lane=lane,
                waiting=wait.waiting if wait is not None else 0,
                delayed=wait.delayed if wait is not None else 0,
                running=running.get(lane, 0),
                oldest_wait_seconds=max(0.0, (moment - oldest).total_seconds()) if oldest is not None else None,
                workers=sum(lane in lanes for lanes in serving),
            )
        )
    return found


@router.get("/queues", responses=responses(Unauthorized))
def list_queues(db: Db, _: CurrentAdmin) -> list[LaneOut]:
    """How much waits in each lane, how long the oldest has waited, and how many workers serve it."""
    return queues_of(db)


@router.get("/workers", responses=responses(Unauthorized))
def list_workers(db: Db, _: CurrentAdmin) -> list[WorkerOut]:
    """Every worker that was heard of in the last minutes, with what it runs and holds."""
    running: dict[str, list[RunningOut]] = {}
    for row in db.scalars(select(Job).where(RUNNING).order_by(Job.id)):
        out = RunningOut(id=row.id, kind=row.kind, progress=row.progress, message=row.message)
        running.setdefault(row.worker or "", []).append(out)
    moment = now()
    return [
        WorkerOut(
            name=row.name,
            host=row.host,
            pid=row.pid,
            version=row.version,
            lanes=row.lanes,
            concurrency=row.concurrency,
            started_at=row.started_at,
            heartbeat_at=row.heartbeat_at,
            alive=row.heartbeat_at > moment - roster.ALIVE,
            leaving=row.leaving,
            holds=row.holds,
            gpus=[GpuOut.model_validate({**_UNNUMBERED, **gpu}) for gpu in row.gpus],
            fell_back=None if row.fell_back is None else FellBackOut.model_validate(row.fell_back),
            running=running.get(row.name, []),
        )
        for row in db.scalars(select(Worker).order_by(Worker.host, Worker.started_at))
    ]
