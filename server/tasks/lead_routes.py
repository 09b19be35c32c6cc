"""HTTP of what leads do with tasks and videos: the list, one verb for many tasks, videos that are set aside."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from server.access import CurrentActor, RoleTooLow
from server.db import Db, Page
from server.errors import responses
from server.projects.find import ProjectNotFound, find_project
from server.sparse import BadFields, Fields, only, wanted_fields
from server.tables.projects import Role
from server.tables.tasks import TaskKind, TaskState
from server.tasks import lead, read, steps
from server.tasks.errors import TaskNotFound, TaskNotReady
from server.tasks.listing import Filter, list_tasks
from server.tasks.schemas import BulkIn, BulkOut, FlagIn, FlagOut, TaskOut, TaskRow

router = APIRouter(tags=["tasks"])

_LEAD = (ProjectNotFound, RoleTooLow)


@router.get("/projects/{project_id}/tasks", responses=responses(*_LEAD, BadFields))
def read_tasks(
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    *,
    state: TaskState | None = None,
    kind: TaskKind | None = None,
    person_id: UUID | None = None,
    video_id: UUID | None = None,
    updated_since: AwareDatetime | None = None,
    fields: Fields = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[TaskRow]:
    """All tasks of a project, oldest first. `person_id`: who holds, is to get, or handed in. Leads only.

    `updated_since`: only what changed at or after that moment (`changed_at`); `fields=a,b` asks for less.
    """
    project, _ = find_project(db, who, project_id, Role.LEAD)
    shown = wanted_fields(TaskRow, fields)
    wanted = Filter(state=state, kind=kind, person_id=person_id, video_id=video_id, changed_since=updated_since)
    rows, following = list_tasks(db, project, wanted, cursor=cursor, limit=limit)
    out: Page[TaskRow] = Page(items=read.task_rows(db, project, rows), next=following)
    return only(out, shown)


@router.post("/projects/{project_id}/tasks/bulk", responses=responses(*_LEAD, lead.TasksUnknown, lead.AssigneeUnfit))
def change_tasks(project_id: UUID, asked: BulkIn, db: Db, who: CurrentActor) -> BulkOut:
    """Assign, take back, reopen many tasks, or set their priority or skill. Leads only.

    Tasks that the verb does not fit are named with the reason and stay as they are; the others are changed.
    """
    project, _ = find_project(db, who, project_id, Role.LEAD)
    return lead.bulk(db, project, who.user, asked)


@router.put("/projects/{project_id}/videos/{video_id}/flag", responses=responses(*_LEAD, lead.VideoNotInProject))
def flag_video(project_id: UUID, video_id: UUID, flag: FlagIn, db: Db, who: CurrentActor) -> FlagOut:
    """Set a bad video aside: its open tasks close, and releases leave it out. Nothing is deleted. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    tasks = lead.flag_video(db, project, video_id, who.user, flag.reason)
    return FlagOut(video_id=video_id, reason=flag.reason, tasks=tasks)


@router.delete("/projects/{project_id}/videos/{video_id}/flag", responses=responses(*_LEAD, lead.VideoNotInProject))
def unflag_video(project_id: UUID, video_id: UUID, db: Db, who: CurrentActor) -> FlagOut:
    """The video is good again: its tasks go on where they were. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    return FlagOut(video_id=video_id, reason=None, tasks=lead.unflag_video(db, project, video_id))


@router.post("/tasks/{task_id}/take-back", responses=responses(TaskNotFound, RoleTooLow, TaskNotReady))
def take_back(task_id: UUID, db: Db, who: CurrentActor) -> TaskOut:
    """Take a leased task away from its holder, or lift a reservation. Leads only."""
    task = read.find_task(db, who, task_id, Role.LEAD, lock=True)
    held = task.lease_user_id is not None
    lead.take_back(db, task)
    if held:
        lead.tell(db, task, "taken_back")
    return read.task_out(db, task, who.user)


@router.post("/tasks/{task_id}/reopen", responses=responses(TaskNotFound, RoleTooLow, TaskNotReady))
def reopen(task_id: UUID, db: Db, who: CurrentActor) -> TaskOut:
    """Let a submitted, accepted or closed task be worked on again, by its author first. Leads only."""
    task = read.find_task(db, who, task_id, Role.LEAD, steps=True)
    steps.reopen_task(db, task, who.user)
    return read.task_out(db, task, who.user)
