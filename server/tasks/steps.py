"""What moves a task along its workflow; the verbs that documents and reviews call. They flush and never commit.

ready -> leased -> submitted -> accepted; a return makes it ready again for its author and blocks the steps after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.db import now
from server.tables.accounts import User
from server.tables.masklets import Masklet, MaskletState
from server.tables.projects import Project
from server.tables.tasks import Task, TaskExclusion, TaskKind, TaskState
from server.tasks.errors import TaskNotReady
from server.tasks.lease import exclude, give_back, require_lease


def submit_task(session: Session, task: Task, user: User) -> Task:
    """The holder hands the task in. Raises LeaseLost, or TaskAlreadySubmitted."""
    require_lease(task, user)
    task.state = TaskState.SUBMITTED
    task.submitted_by = user.id
    task.submitted_at = now()
    task.lease_user_id = None
    task.lease_expires_at = None
    task.assignee_id = None
    session.flush()
    return task


def accept_task(session: Session, task: Task) -> Task:
    """The work of a submitted task is good. Raises TaskNotReady for one that is not submitted."""
    if task.state not in (TaskState.SUBMITTED, TaskState.ACCEPTED):
        raise TaskNotReady(f"Only submitted work can be accepted; this task is {task.state.value}.")
    task.state = TaskState.ACCEPTED
    session.flush()
    return task


def return_task(
    session: Session,
    task: Task,
    *,
    to: UUID | None = None,
    by: User | None = None,
    step: str | None = None,
    reasons: Sequence[str] = (),
    comment: str = "",
) -> Task:
    """Submitted or accepted work goes back to a person (by default its author), who alone gets the task again.

    Its document keeps its body. The reasons are kept on the task for its author to read first.
    """
    if task.state not in (TaskState.SUBMITTED, TaskState.ACCEPTED, TaskState.BLOCKED):
        raise TaskNotReady(f"Only handed-in work can be returned; this task is {task.state.value}.")
    author = to or task.submitted_by
    task.state = TaskState.READY
    task.assignee_id = author if author is not None and _may_work(session, task, author) else None
    task.returns += 1
    task.returned = {
        "by": str(by.id) if by else None,
        "step": step,
        "reasons": list(reasons),
        "comment": comment,
        "at": now().isoformat(),
    }
    session.flush()
    return task


def _may_work(session: Session, task: Task, user_id: UUID) -> bool:
    """False for somebody who is deactivated or excluded: reserved for them, the task would wait for ever."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        return False
    excluded = select(TaskExclusion.id).where(TaskExclusion.task_id == task.id, TaskExclusion.user_id == user_id)
    return session.scalar(excluded) is None


def block_task(session: Session, task: Task) -> Task:
    """The task waits until an earlier step is handed in again. Whoever holds it loses the lease, never the draft."""
    if task.state == TaskState.CLOSED:
        return task
    task.state = TaskState.BLOCKED
    task.lease_user_id = None
    task.lease_expires_at = None
    session.flush()
    return task


def ready_task(session: Session, task: Task, *, assignee: UUID | None = None) -> Task:
    """A blocked task can be worked on (again), by `assignee` alone when one is given."""
    if task.state == TaskState.CLOSED:
        raise TaskNotReady("A closed task cannot be worked on: reopen it first.")
    task.state = TaskState.READY
    task.lease_user_id = None
    task.lease_expires_at = None
    task.assignee_id = assignee if assignee is not None and _may_work(session, task, assignee) else None
    session.flush()
    return task


def close_task(session: Session, task: Task) -> Task:
    """Nobody needs the task any more: its subject was removed, or its questions were closed."""
    give_back(session, task)
    task.state = TaskState.CLOSED
    session.flush()
    return task


def reopen_task(session: Session, task: Task, by: User) -> Task:
    """A lead lets work be done again, by its author first. Raises TaskNotReady for what is still under work."""
    if task.state == TaskState.CLOSED:
        task.state = TaskState.READY
        session.flush()
        return task
    if task.state not in (TaskState.SUBMITTED, TaskState.ACCEPTED):
        raise TaskNotReady(f"Only submitted, accepted or closed tasks can be reopened; this one is {task.state.value}.")
    if task.kind == TaskKind.STC_SUBJECT:
        _unsettle_masklets(session, task)
    return return_task(session, task, by=by, reasons=["reopened"])


def _unsettle_masklets(session: Session, subject_task: Task) -> None:
    """Accepted masks may change again, and their captions wait until they are handed in and are then looked at anew."""
    accepted = (Masklet.task_id == subject_task.id, Masklet.state == MaskletState.ACCEPTED)
    for masklet in session.scalars(select(Masklet).where(*accepted)):
        masklet.state = MaskletState.SUBMITTED
        for step in steps_of_masklet(session, masklet.id).values():
            block_task(session, step)


def open_follow_up(
    session: Session,
    kind: TaskKind,
    *,
    after: Task,
    exclude_users: Sequence[UUID] = (),
    target: Task | None = None,
    masklet_id: UUID | None = None,
    priority: int | None = None,
    why: str = "did an earlier step",
) -> Task:
    """The next step after a task, on the same video and segment, never offered to `exclude_users`.

    A masklet has each step once: a step that exists already is made ready again instead.
    """
    masklet_id = masklet_id or after.masklet_id
    task = None
    if masklet_id is not None:
        task = session.scalar(select(Task).where(Task.masklet_id == masklet_id, Task.kind == kind))
    if task is None:
        project = session.get_one(Project, after.project_id)
        task = Task(
            project_id=after.project_id,
            kind=kind,
            state=TaskState.READY,
            video_id=after.video_id,
            segment_id=after.segment_id,
            masklet_id=masklet_id,
            priority=after.priority if priority is None else priority,
            guideline_version=project.guideline_version,
        )
        session.add(task)
    elif task.state in (TaskState.BLOCKED, TaskState.CLOSED, TaskState.SUBMITTED, TaskState.ACCEPTED):
        task.state = TaskState.READY
    task.target_task_id = target.id if target is not None else task.target_task_id
    session.flush()
    exclude(session, task, exclude_users, why)
    return task


def steps_of_masklet(session: Session, masklet_id: UUID) -> dict[TaskKind, Task]:
    """The caption, verify and review tasks of a masklet that exist, by kind."""
    found = session.scalars(select(Task).where(Task.masklet_id == masklet_id))
    return {task.kind: task for task in found}


def return_of(task: Task) -> dict[str, Any] | None:
    """What the newest return said, while the task is not handed in again; else None."""
    return task.returned if task.state in (TaskState.READY, TaskState.LEASED, TaskState.BLOCKED) else None
