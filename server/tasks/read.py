"""Tasks as the wire shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.access import Actor, require
from server.db import now
from server.errors import NotFound
from server.tables.accounts import User
from server.tables.documents import Document
from server.tables.projects import Project, Role
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo, Segment, Video
from server.tasks.errors import TaskNotFound
from server.tasks.lease import held
from server.tasks.locking import flags_of
from server.tasks.offer import count_waiting, load_of, midnight, standing
from server.tasks.schemas import Caps, Person, QueueEntry, Returned, TaskOut, TaskRow, TaskSegment, WorkQueueOut
from server.tasks.steps import return_of


def find_task(
    session: Session,
    who: Actor,
    task_id: UUID,
    wanted: Role = Role.ANNOTATOR,
    *,
    lock: bool = False,
    steps: bool = False,
) -> Task:
    """The task, when the person is in its project with at least the role `wanted`; TaskNotFound or RoleTooLow else.

    `lock` keeps others from changing it until the transaction ends; `steps` is for who then changes other tasks of its
    video, too (locking.py).
    """
    if steps and (row := session.get(Task, task_id)) is not None:
        flags_of(session, row.project_id, [row.video_id], lock="beside")
    task = session.get(Task, task_id, with_for_update=True if lock or steps else None, populate_existing=steps)
    if task is None:
        raise TaskNotFound
    try:
        require(session, who, task.project_id, wanted)
    except NotFound as error:
        raise TaskNotFound from error
    return task


def video_names(session: Session, project_id: UUID, video_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What the videos are called in the project."""
    statement = (
        select(Video.id, func.coalesce(ProjectVideo.name, Video.name))
        .outerjoin(ProjectVideo, (ProjectVideo.video_id == Video.id) & (ProjectVideo.project_id == project_id))
        .where(Video.id.in_(set(video_ids)))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def task_out(session: Session, task: Task, user: User) -> TaskOut:
    """One task, as a member of its project sees it."""
    project = session.get_one(Project, task.project_id)
    segment = session.get(Segment, task.segment_id) if task.segment_id else None
    document_id = session.scalar(select(Document.id).where(Document.task_id == task.id))
    return TaskOut(
        id=task.id,
        project_id=project.id,
        project_name=project.name,
        kind=task.kind,
        state=task.state,
        video_id=task.video_id,
        video_name=video_names(session, project.id, [task.video_id])[task.video_id],
        segment=None
        if segment is None
        else TaskSegment(
            id=segment.id,
            picture_start=segment.picture_start,
            picture_end=segment.picture_end,
            what=segment.what,
            domain=segment.domain,
        ),
        masklet_id=task.masklet_id,
        lease_expires_at=task.lease_expires_at,
        mine=task.state == TaskState.LEASED and task.lease_user_id == user.id,
        guideline_version=task.guideline_version,
        newest_guideline_version=project.guideline_version,
        drafts_after_watch=project.drafts_after_watch,
        closed_why=task.closed_why if task.state == TaskState.CLOSED else None,
        returns=task.returns,
        returned=_returned(session, task),
        target_task_id=task.target_task_id,
        active_seconds=task.active_seconds,
        document_id=document_id,
    )


def _returned(session: Session, task: Task) -> Returned | None:
    said = return_of(task)
    if said is None:
        return None
    by = session.get(User, UUID(said["by"])) if said["by"] else None
    return Returned(
        by_name=by.name if by else None,
        step=said["step"],
        reasons=said["reasons"],
        comment=said["comment"],
        at=datetime.fromisoformat(said["at"]),
    )


def kinds_for(project: Project, role: Role) -> list[TaskKind]:
    """The steps of the project's workflow that the role may do, in order."""
    return [k for k in TaskKind if k.project_kind == project.kind and role.rung >= k.role.rung]


COUNT_LIMIT = 1000
"""The queue page counts no further: reading a million rows to print a number helps nobody."""


def queue(session: Session, project: Project, role: Role, user: User) -> WorkQueueOut:
    """What waits for a person, kind by kind, how much they did since midnight (UTC), and their caps."""
    kinds = kinds_for(project, role)
    may = standing(session, project, user, kinds, lock=False)
    load = load_of(session, project, user)
    done = session.execute(
        select(Task.kind, func.count())
        .where(Task.submitted_by == user.id, Task.submitted_at >= midnight(now()), Task.project_id == project.id)
        .group_by(Task.kind)
    )
    done_today = {row[0]: row[1] for row in done}
    entries = []
    for kind in kinds:
        mine = held(session, project, user, kind)
        entries.append(
            QueueEntry(
                kind=kind,
                ready_for_me=count_waiting(session, may, kind, COUNT_LIMIT),
                leased_by_me=task_out(session, mine, user) if mine else None,
                done_today=done_today.get(kind, 0),
            )
        )
    caps = Caps(leases=load.leases, cap_leases=may.cap_leases, done=load.done, cap_daily=may.cap_daily)
    return WorkQueueOut(items=entries, caps=caps)


def task_rows(session: Session, project: Project, tasks: Sequence[Task]) -> list[TaskRow]:
    """Tasks for the lead's list: three more queries, however many tasks."""
    names = video_names(session, project.id, [t.video_id for t in tasks])
    ids = {i for t in tasks for i in (t.lease_user_id, t.assignee_id, t.submitted_by) if i is not None}
    people = {u.id: Person(id=u.id, name=u.name) for u in session.scalars(select(User).where(User.id.in_(ids)))}

    written = select(Document.task_id, Document.id).where(Document.task_id.in_([t.id for t in tasks]))
    documents = {row[0]: row[1] for row in session.execute(written)}

    def person(user_id: UUID | None) -> Person | None:
        return people.get(user_id) if user_id else None

    return [
        TaskRow(
            id=t.id,
            kind=t.kind,
            state=t.state,
            video_id=t.video_id,
            video_name=names[t.video_id],
            segment_id=t.segment_id,
            masklet_id=t.masklet_id,
            priority=t.priority,
            skill=t.skill,
            copy_number=t.copy_number,
            overlap_id=t.overlap_id,
            document_id=documents.get(t.id),
            guideline_version=t.guideline_version,
            closed_why=t.closed_why if t.state == TaskState.CLOSED else None,
            returns=t.returns,
            active_seconds=t.active_seconds,
            holder=person(t.lease_user_id),
            assignee=person(t.assignee_id),
            reserved_until=t.reserved_until,
            submitted_by=person(t.submitted_by),
            submitted_at=t.submitted_at,
            lease_expires_at=t.lease_expires_at,
            changed_at=t.changed_at or t.submitted_at or t.created_at,
        )
        for t in tasks
    ]
