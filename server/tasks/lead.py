"""What a lead does with other people's tasks: one verb for many of them, and setting a bad video aside.

Whoever holds a task that changes under them is told at once (`task` events on `task:{id}`); their draft stays.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from server.db import now
from server.errors import FieldProblem, NotFound, Unprocessable
from server.events import announce
from server.tables.accounts import User
from server.tables.projects import Membership, Project, Role
from server.tables.tasks import Task, TaskExclusion, TaskState
from server.tables.videos import ProjectVideo
from server.tasks.errors import TaskNotReady
from server.tasks.lease import give_back
from server.tasks.locking import flags_of
from server.tasks.schemas import BulkIn, BulkOut, BulkVerb, Refused
from server.tasks.steps import UNFINISHED, reopen_task, set_aside


class TasksUnknown(Unprocessable):
    """Not all of these tasks are in this project: nothing was changed."""


class AssigneeUnfit(Unprocessable):
    """Nobody can be given tasks who is not active in this project."""


class VideoNotInProject(NotFound):
    """There is no such video in this project."""


def bulk(session: Session, project: Project, by: User, asked: BulkIn) -> BulkOut:
    """Do one verb to many tasks. A task that it does not fit stays as it is and is named with the reason.

    Raises TasksUnknown and AssigneeUnfit, then nothing is changed.
    """
    ids = list(dict.fromkeys(asked.task_ids))
    these = (Task.project_id == project.id, Task.id.in_(ids))
    flags_of(session, project.id, session.scalars(select(Task.video_id).where(*these)).all(), lock="alone")
    rows = session.scalars(select(Task).where(*these).order_by(Task.id).with_for_update()).all()
    found = {task.id: task for task in rows}
    missing = [FieldProblem(field=f"task_ids.{n}", message="is no task of this project") for n, i in enumerate(ids)
               if i not in found]  # fmt: skip
    if missing:
        raise TasksUnknown(field=missing[0].field, errors=missing)
    do = _verb(session, project, by, asked)
    changed: list[UUID] = []
    refused: list[Refused] = []
    for task_id in ids:
        task = found[task_id]
        holder = task.lease_user_id
        try:
            do(task)
        except TaskNotReady as error:
            refused.append(Refused(task_id=task_id, why=error.detail))
            continue
        changed.append(task_id)
        if holder is not None and task.lease_user_id != holder:
            tell(session, task, "taken_back")
    session.flush()
    return BulkOut(changed=changed, refused=refused)


def tell(session: Session, task: Task, what: str, why: str | None = None) -> None:
    """Let whoever looks at a task know, after commit, that somebody else changed it."""
    announce(session, f"task:{task.id}", "task", {"id": str(task.id), "what": what, "why": why})


def _verb(session: Session, project: Project, by: User, asked: BulkIn) -> Callable[[Task], None]:
    """What the verb does to one task; raises TaskNotReady where it does not fit."""
    if asked.verb is BulkVerb.ASSIGN:
        if asked.assignee_id is None:
            return lambda task: assign(session, task, None)
        user, role = _assignee(session, project, asked.assignee_id)
        return lambda task: assign(session, task, user, role)
    if asked.verb is BulkVerb.TAKE_BACK:
        return lambda task: take_back(session, task)
    if asked.verb is BulkVerb.REOPEN:
        return lambda task: _reopen(session, task, by)
    changes = {"priority": asked.priority} if asked.verb is BulkVerb.PRIORITY else {"skill": asked.skill}

    def change(task: Task) -> None:
        if task.state not in UNFINISHED:
            raise TaskNotReady(f"Nobody waits for this task any more: it is {task.state.value}.")
        for name, value in changes.items():
            setattr(task, name, value)

    return change


def _reopen(session: Session, task: Task, by: User) -> None:
    reopen_task(session, task, by)


def _assignee(session: Session, project: Project, user_id: UUID) -> tuple[User, Role]:
    row = session.execute(
        select(User, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(User.id == user_id, User.active, Membership.project_id == project.id)
    ).one_or_none()
    if row is None:
        raise AssigneeUnfit(field="assignee_id")
    return row[0], Role(row[1])


def assign(session: Session, task: Task, user: User | None, role: Role | None = None) -> None:
    """Keep an unfinished task for one person, who gets it next, or for nobody. Skills and caps are not asked: the lead
    knows; but a cap still says how many tasks a person holds at once. Raises TaskNotReady.
    """
    if task.state not in UNFINISHED:
        raise TaskNotReady(f"Only unfinished tasks can be given to somebody; this one is {task.state.value}.")
    if user is not None:
        assert role is not None
        if role.rung < task.kind.role.rung:
            raise TaskNotReady(f"{user.name} is {role.value} here; this task is for a {task.kind.role.value}.")
        excluded = exists().where(TaskExclusion.task_id == task.id, TaskExclusion.user_id == user.id)
        if session.scalar(select(excluded)):
            raise TaskNotReady(f"{user.name} did an earlier step of this work, or skipped it.")
        if task.overlap_id is not None and _does_a_copy(session, task, user):
            raise TaskNotReady(f"{user.name} does another copy of this work: copies are for different people.")
    if task.state == TaskState.LEASED and (user is None or task.lease_user_id != user.id):
        give_back(session, task)
    task.assignee_id, task.reserved_until = (user.id if user is not None else None), None
    session.flush()


def _does_a_copy(session: Session, task: Task, user: User) -> bool:
    same = (Task.overlap_id == task.overlap_id, Task.id != task.id)
    theirs = or_(Task.lease_user_id == user.id, Task.submitted_by == user.id, Task.assignee_id == user.id)
    return bool(session.scalar(select(exists().where(*same, theirs))))


def take_back(session: Session, task: Task) -> None:
    """Take a leased task away from its holder, or lift a reservation. Raises TaskNotReady."""
    if task.state not in (TaskState.LEASED, TaskState.READY):
        raise TaskNotReady(f"Only a leased or ready task can be taken back; this one is {task.state.value}.")
    task.assignee_id = task.reserved_until = None
    give_back(session, task)
    session.flush()


# Videos that are set aside


def flag_video(session: Session, project: Project, video_id: UUID, by: User, reason: str) -> int:
    """Set a video aside: its open tasks close until it is good again, and releases leave it out. Nothing is deleted.

    Gives how many tasks were closed. Flagging again changes the reason. Raises VideoNotInProject.
    """
    # Whoever hands in at this moment is waited for here, and what they open is closed.
    link = _link(session, project, video_id)
    why = f"the video was set aside: {reason}"
    link.flag_reason, link.flagged_by, link.flagged_at = reason, by.id, now()
    session.flush()
    closed = _set_all_aside(session, project, video_id, why)
    session.execute(
        update(Task)
        .where(Task.project_id == project.id, Task.video_id == video_id, Task.closed_from.is_not(None))
        .values(closed_why=why)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return closed


def _set_all_aside(session: Session, project: Project, video_id: UUID, why: str) -> int:
    tasks = session.scalars(
        select(Task)
        .where(Task.project_id == project.id, Task.video_id == video_id, Task.state.in_(UNFINISHED))
        .order_by(Task.id)
        .with_for_update()
    ).all()
    for task in tasks:
        held = task.lease_user_id is not None
        set_aside(session, task, why)
        if held:
            tell(session, task, "closed", why)
    return len(tasks)


def unflag_video(session: Session, project: Project, video_id: UUID) -> int:
    """The video is good again: its tasks go on where they were. Gives how many. Raises VideoNotInProject."""
    link = _link(session, project, video_id)
    link.flag_reason = link.flagged_by = link.flagged_at = None
    session.flush()
    tasks = session.scalars(
        select(Task)
        .where(Task.project_id == project.id, Task.video_id == video_id, Task.closed_from.is_not(None))
        .order_by(Task.id)
        .with_for_update()
    ).all()
    for task in tasks:
        assert task.closed_from is not None
        task.state, task.closed_from, task.closed_why = TaskState(task.closed_from), None, None
    session.flush()
    return len(tasks)


def _link(session: Session, project: Project, video_id: UUID) -> ProjectVideo:
    flags_of(session, project.id, [video_id], lock="alone")
    link = session.scalar(
        select(ProjectVideo).where(ProjectVideo.project_id == project.id, ProjectVideo.video_id == video_id)
    )
    if link is None:
        raise VideoNotInProject
    return link
