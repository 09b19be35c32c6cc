"""HTTP of tasks: the queue, the lease, and what a lead does with other people's tasks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from server.access import CurrentActor, RoleTooLow
from server.db import Db, Page, page
from server.errors import responses
from server.projects.find import ProjectNotFound, find_project
from server.tables.projects import Project, Role
from server.tables.tasks import Task, TaskKind, TaskState
from server.tasks import lease, read, steps
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted, TaskNotFound, TaskNotReady
from server.tasks.schemas import HeartbeatIn, HeartbeatOut, NextIn, QueueOut, SkipIn, TaskOut, TaskRow

router = APIRouter(tags=["tasks"])

_HELD = responses(TaskNotFound, LeaseLost, TaskAlreadySubmitted)


@router.get("/projects/{project_id}/queue", responses=responses(ProjectNotFound))
def read_queue(project_id: UUID, db: Db, who: CurrentActor) -> QueueOut:
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
    kinds = read.kinds_for(project, role)
    if wanted is not None and wanted.kinds is not None:
        kinds = [k for k in kinds if k in wanted.kinds]
    task = lease.lease_next(db, project, who.user, kinds)
    return Response(status_code=204) if task is None else read.task_out(db, task, who.user)


@router.get("/projects/{project_id}/tasks", responses=responses(ProjectNotFound, RoleTooLow))
def list_tasks(
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    *,
    state: TaskState | None = None,
    kind: TaskKind | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[TaskRow]:
    """All tasks of a project. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    statement = select(Task).where(Task.project_id == project.id)
    if state is not None:
        statement = statement.where(Task.state == state)
    if kind is not None:
        statement = statement.where(Task.kind == kind)
    rows, following = page(db, statement, [Task.id], cursor=cursor, limit=limit)
    return Page(items=read.task_rows(db, project, rows), next=following)


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


@router.post("/tasks/{task_id}/take-back", responses=responses(TaskNotFound, RoleTooLow, TaskNotReady))
def take_back(task_id: UUID, db: Db, who: CurrentActor) -> TaskOut:
    """Take a leased task away from its holder, or lift a reservation. Leads only."""
    task = read.find_task(db, who, task_id, Role.LEAD, lock=True)
    if task.state not in (TaskState.LEASED, TaskState.READY):
        raise TaskNotReady(f"Only a leased or ready task can be taken back; this one is {task.state.value}.")
    task.assignee_id = None
    lease.give_back(db, task)
    db.flush()
    return read.task_out(db, task, who.user)


@router.post("/tasks/{task_id}/reopen", responses=responses(TaskNotFound, RoleTooLow, TaskNotReady))
def reopen(task_id: UUID, db: Db, who: CurrentActor) -> TaskOut:
    """Let a submitted, accepted or closed task be worked on again, by its author first. Leads only."""
    task = read.find_task(db, who, task_id, Role.LEAD, lock=True)
    steps.reopen_task(db, task, who.user)
    return read.task_out(db, task, who.user)
