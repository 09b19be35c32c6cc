"""What moves a task along its workflow; the verbs that documents and reviews call. They flush and never commit.

ready -> leased -> submitted -> accepted; a return makes it ready again for its author and blocks the steps after it.
"""

from __future__ import annotations

import hashlib
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
from server.tables.videos import ProjectVideo
from server.tables.webhooks import EventKind
from server.tasks.errors import TaskNotReady
from server.tasks.lease import exclude, give_back, require_lease
from server.webhooks.note import note

COPIED = (TaskKind.STC_SUBJECT, TaskKind.STC_CAPTION, TaskKind.FGQA_ANSWER)
"""The steps that several people may do independently: those that make something. Judging is done once."""
UNFINISHED = (TaskState.BLOCKED, TaskState.READY, TaskState.LEASED)


def submit_task(session: Session, task: Task, user: User) -> Task:
    """The holder hands the task in. Raises LeaseLost, or TaskAlreadySubmitted."""
    require_lease(task, user)
    task.state = TaskState.SUBMITTED
    task.submitted_by = user.id
    task.submitted_at = now()
    task.lease_user_id = None
    task.lease_expires_at = None
    task.assignee_id = task.reserved_until = None
    session.flush()
    ids = {"task_id": task.id, "task_kind": task.kind.value}
    note(session, EventKind.TASK_SUBMITTED, task.project_id, f"/api/tasks/{task.id}", **ids)
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
    task.reserved_until = None
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
    if task.reserved_until is not None:
        task.assignee_id = task.reserved_until = None
    session.flush()
    for copied in _copies(session, task, TaskState.READY, TaskState.LEASED):
        block_task(session, copied)
    return task


def ready_task(session: Session, task: Task, *, assignee: UUID | None = None) -> Task:
    """A blocked task can be worked on (again), by `assignee` alone when one is given."""
    if task.state == TaskState.CLOSED:
        raise TaskNotReady("A closed task cannot be worked on: reopen it first.")
    task.state = TaskState.READY
    task.lease_user_id = None
    task.lease_expires_at = None
    task.assignee_id = assignee if assignee is not None and _may_work(session, task, assignee) else None
    task.reserved_until = None
    session.flush()
    for copied in _copies(session, task, TaskState.BLOCKED):
        ready_task(session, copied)
    return task


def close_task(session: Session, task: Task, why: str | None = None) -> Task:
    """Nobody needs the task any more: its subject was removed, or its questions were closed."""
    give_back(session, task)
    task.state = TaskState.CLOSED
    task.closed_why = why
    task.closed_from = None
    task.assignee_id = task.reserved_until = None
    session.flush()
    for copied in _copies(session, task, *UNFINISHED):
        close_task(session, copied, why)
    return task


def _copies(session: Session, task: Task, *states: TaskState) -> Sequence[Task]:
    """The copies of a task that are in one of these states; a copy has none itself."""
    if task.overlap_id is None or task.copy_number > 0:
        return ()
    same = (Task.overlap_id == task.overlap_id, Task.copy_number > 0)
    return session.scalars(select(Task).where(*same, Task.state.in_(states))).all()


def open_copies(session: Session, project: Project, task: Task, exclude_users: Sequence[UUID] = ()) -> int:
    """Let more people do the same task independently, when it is in the project's share; how many copies were added.

    A copy is a task of its own that ends when it is handed in: it is there to be compared, and is never released.
    Nobody gets two tasks of one overlap. Which tasks are in the share depends on their ids alone.
    """
    if task.kind not in COPIED or (task.target_task_id is not None and task.kind == TaskKind.FGQA_ANSWER):
        return 0
    draw = int.from_bytes(hashlib.sha256(b"overlap:" + task.id.bytes).digest()[:8], "big") / 2**64
    if draw >= project.overlap_share:
        return 0
    task.overlap_id = task.id
    for number in range(1, project.overlap_people):
        copied = Task(
            project_id=task.project_id,
            kind=task.kind,
            state=task.state,
            video_id=task.video_id,
            segment_id=task.segment_id,
            masklet_id=task.masklet_id,
            target_task_id=task.target_task_id,
            copy_number=number,
            overlap_id=task.id,
            skill=task.skill,
            priority=task.priority,
            guideline_version=task.guideline_version,
        )
        session.add(copied)
        session.flush()
        exclude(session, copied, exclude_users, "did an earlier step")
    return project.overlap_people - 1


def reopen_task(session: Session, task: Task, by: User) -> Task:
    """A lead lets work be done again, by its author first. Raises TaskNotReady for what is still under work.

    What was built on the work waits until it is handed in again, and is then looked at anew.
    """
    if is_set_aside(session, task):
        raise TaskNotReady("Its video is set aside: take the flag off the video first.")
    if task.state == TaskState.CLOSED:
        task.state = TaskState.READY
        task.closed_why = None
        session.flush()
        return task
    if task.state not in (TaskState.SUBMITTED, TaskState.ACCEPTED):
        raise TaskNotReady(f"Only submitted, accepted or closed tasks can be reopened; this one is {task.state.value}.")
    if task.copy_number == 0:
        _unsettle(session, task)
    return return_task(session, task, by=by, reasons=["reopened"])


_STEPS = (TaskKind.STC_CAPTION, TaskKind.STC_VERIFY, TaskKind.STC_REVIEW)


def _unsettle(session: Session, task: Task) -> None:
    """Work that is reopened is accepted no more, nor is what was built on it."""
    if task.kind == TaskKind.STC_SUBJECT:
        masklets = session.scalars(
            select(Masklet).where(Masklet.task_id == task.id, Masklet.state == MaskletState.ACCEPTED)
        ).all()
        for masklet in masklets:
            _unsettle_masklet(session, masklet, _STEPS)
    elif task.masklet_id is not None:
        masklet = session.get_one(Masklet, task.masklet_id)
        _unsettle_masklet(session, masklet, _STEPS[_STEPS.index(task.kind) + 1 :])
        subject = session.get_one(Task, masklet.task_id)
        if subject.state == TaskState.ACCEPTED:
            subject.state = TaskState.SUBMITTED
    elif task.kind == TaskKind.FGQA_REVIEW and task.target_task_id is not None:
        judged = session.get_one(Task, task.target_task_id)
        if judged.state == TaskState.ACCEPTED:
            judged.state = TaskState.SUBMITTED
    elif task.kind == TaskKind.FGQA_ANSWER:
        reviews = select(Task).where(Task.target_task_id == task.id, Task.kind == TaskKind.FGQA_REVIEW)
        for review in session.scalars(reviews).all():
            block_task(session, review)
    session.flush()


def _unsettle_masklet(session: Session, masklet: Masklet, kinds: Sequence[TaskKind]) -> None:
    if masklet.state == MaskletState.ACCEPTED:
        masklet.state = MaskletState.SUBMITTED
    for kind, step in steps_of_masklet(session, masklet.id).items():
        if kind in kinds:
            block_task(session, step)


def is_set_aside(session: Session, task: Task) -> bool:
    """Whether a lead flagged the task's video in its project. Waits for a flag that is being set at this moment."""
    link = select(ProjectVideo.flag_reason).where(
        ProjectVideo.project_id == task.project_id, ProjectVideo.video_id == task.video_id
    )
    return session.scalar(link.with_for_update(read=True)) is not None


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
        step = (Task.masklet_id == masklet_id, Task.kind == kind, Task.copy_number == 0)
        task = session.scalar(select(Task).where(*step))
    project = session.get_one(Project, after.project_id)
    new = task is None
    if task is None:
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
    if new:
        open_copies(session, project, task, exclude_users)
    if is_set_aside(session, task):
        set_aside(session, task)
    return task


def set_aside(session: Session, task: Task, why: str | None = None) -> None:
    """Close an open task until its video is good again; `why` is told to whoever comes to it."""
    if task.state in UNFINISHED:
        from_state = TaskState.BLOCKED if task.state == TaskState.BLOCKED else TaskState.READY
        give_back(session, task)
        task.closed_from, task.closed_why, task.state = from_state.value, why, TaskState.CLOSED
        if task.reserved_until is not None:
            task.assignee_id = task.reserved_until = None
        session.flush()


def steps_of_masklet(session: Session, masklet_id: UUID) -> dict[TaskKind, Task]:
    """The caption, verify and review tasks of a masklet that exist, by kind. Copies are no steps."""
    found = session.scalars(select(Task).where(Task.masklet_id == masklet_id, Task.copy_number == 0))
    return {task.kind: task for task in found}


def return_of(task: Task) -> dict[str, Any] | None:
    """What the newest return said, while the task is not handed in again; else None."""
    return task.returned if task.state in (TaskState.READY, TaskState.LEASED, TaskState.BLOCKED) else None
