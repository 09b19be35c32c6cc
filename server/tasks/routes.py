"""HTTP of tasks: the queue, the lease, and what comes next."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from server.access import Actor, CurrentActor
from server.db import Db
from server.errors import responses
from server.events import topic_guard
from server.projects.find import ProjectNotFound, find_project
from server.tables.projects import Project, Role
from server.tables.tasks import TaskKind
from server.tasks import lead_routes, lease, read
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted, TaskNotFound
from server.tasks.schemas import HeartbeatIn, HeartbeatOut, NextIn, SkipIn, TaskOut, WorkQueueOut

router = APIRouter(tags=["tasks"])
router.include_router(lead_routes.router)

_HELD = responses(TaskNotFound, LeaseLost, TaskAlreadySubmitted)


@topic_guard("task")
def _task_topic(db: Session, who: Actor, task_id: UUID) -> bool:
    try:
        read.find_task(db, who, task_id)
    except TaskNotFound:
        return False
    return True


@router.get("/projects/{project_id}/queue", responses=responses(ProjectNotFound))
def read_queue(project_id: UUID, db: Db, who: CurrentActor) -> WorkQueueOut:
    """What waits for me in a project."""
    project, role = find_project(db, who, project_id)
    return read.queue(db, project, role, who.user)


@router.post(
    "/projects/{project_id}/tasks/next",
    response_model=TaskOut,
    responses={**responses(ProjectNotFound), 204: {"description": "Nothing is waiting for you."}},
)
def next_task(project_id: UUID, db: Db, who: CurrentActor, wanted: NextIn | None = None) -> TaskOut | Response:
    """Lease the next task for me; the one that I hold comes first."""
    project, role = find_project(db, who, project_id)
    task = lease.lease_next(db, project, who.user, _kinds(project, role, wanted))
    return Response(status_code=204) if task is None else read.task_out(db, task, who.user)


@router.post(
    "/projects/{project_id}/tasks/preload",
    response_model=TaskOut,
    responses={**responses(ProjectNotFound), 204: {"description": "Nothing is waiting for you."}},
)
def preload_task(project_id: UUID, db: Db, who: CurrentActor, wanted: NextIn | None = None) -> TaskOut | Response:
    """Keep the task that comes next for me for some minutes, so that my page can load it while I work.

    It is no lease and needs no heartbeat; `next` gives it. Asking again keeps it longer.
    """
    project, role = find_project(db, who, project_id)
    task = lease.preload(db, project, who.user, _kinds(project, role, wanted))
    return Response(status_code=204) if task is None else read.task_out(db, task, who.user)


def _kinds(project: Project, role: Role, wanted: NextIn | None) -> list[TaskKind]:
    kinds = read.kinds_for(project, role)
    return kinds if wanted is None or wanted.kinds is None else [k for k in kinds if k in wanted.kinds]


@router.get("/tasks/{task_id}", responses=responses(TaskNotFound))
def read_task(task_id: UUID, db: Db, who: CurrentActor) -> TaskOut:
    """One task."""
    return read.task_out(db, read.find_task(db, who, task_id), who.user)


@router.post("/tasks/{task_id}/heartbeat", responses=_HELD)
def heartbeat(task_id: UUID, beat: HeartbeatIn, db: Db, who: CurrentActor) -> HeartbeatOut:
    """I am still at it: keep the lease and count my active time."""
    task = read.find_task(db, who, task_id, lock=True)
    lease.heartbeat(db, task, who.user, db.get_one(Project, task.project_id), beat.active_seconds_delta)
    assert task.lease_expires_at is not None
    return HeartbeatOut(lease_expires_at=task.lease_expires_at)


@router.post("/tasks/{task_id}/release", status_code=204, responses=_HELD)
def release(task_id: UUID, db: Db, who: CurrentActor) -> None:
    """Give the task back; the draft stays for whoever comes next."""
    lease.give_back(db, lease.require_lease(read.find_task(db, who, task_id, lock=True), who.user))


@router.post("/tasks/{task_id}/skip", status_code=204, responses=_HELD)
def skip(task_id: UUID, skipped: SkipIn, db: Db, who: CurrentActor) -> None:
    """Give the task back and never see it again."""
    lease.skip(db, read.find_task(db, who, task_id, lock=True), who.user, skipped.reason)
