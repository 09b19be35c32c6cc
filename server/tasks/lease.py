"""The lease: a task for me in one transaction, kept alive by heartbeats, given back, skipped, or reaped.

Only ready rows are looked at (a partial index; the literal state stands in the SQL), and a row that somebody else is
taking at this moment is stepped over, so that no task is ever held twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Update, bindparam, exists, func, literal_column, select, update
from sqlalchemy.orm import Session

from server.db import now
from server.jobs import enqueue
from server.metrics import count_lease
from server.tables.accounts import User
from server.tables.projects import Project
from server.tables.tasks import Task, TaskExclusion, TaskKind, TaskState
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted

COUNT_LIMIT = 1000
"""The queue page counts no further: reading a million rows to print a number helps nobody."""

_READY = Task.state == literal_column("'ready'")
_LEASED = Task.state == literal_column("'leased'")
_NOT_EXCLUDED = ~exists().where(TaskExclusion.task_id == Task.id, TaskExclusion.user_id == bindparam("me"))
_SCOPE = (Task.project_id == bindparam("project"), Task.kind.in_(bindparam("kinds", expanding=True)))


def _take(*where: object) -> Update:
    best = (
        select(Task.id)
        .where(_READY, *_SCOPE, _NOT_EXCLUDED, *where)  # type: ignore[arg-type]
        .order_by(Task.priority.desc(), Task.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(Task)
        .where(Task.id == best)
        .values(
            state=TaskState.LEASED,
            lease_user_id=bindparam("me"),
            lease_expires_at=bindparam("until"),
            guideline_version=bindparam("guideline"),
        )
        .returning(Task)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


# Built once: an update statement built per request costs three times the CPU.
_TAKE_RESERVED = _take(Task.assignee_id == bindparam("me"))
_TAKE_OPEN = _take(Task.assignee_id.is_(None))
_MINE = (
    select(Task)
    .where(_LEASED, Task.lease_user_id == bindparam("me"), *_SCOPE)
    .order_by(Task.lease_expires_at)
    .limit(1)
    .with_for_update()
)
_COUNT_READY = select(func.count()).select_from(
    select(Task.id)
    .where(_READY, *_SCOPE, _NOT_EXCLUDED, (Task.assignee_id.is_(None)) | (Task.assignee_id == bindparam("me")))
    .limit(COUNT_LIMIT)
    .subquery()
)


def lease_next(session: Session, project: Project, user: User, kinds: Sequence[TaskKind]) -> Task | None:
    """The task that `user` works on next, leased to them: the one they hold, one kept for them, or the best open one.

    `kinds` are those that the person's role allows. None when there is nothing for them.
    """
    if not kinds or project.archived:
        return None
    # One `next` of a person at a time, or two open tabs would take two tasks.
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    until = now() + timedelta(minutes=project.lease_minutes)
    values = {"me": user.id, "project": project.id, "kinds": list(kinds)}
    held = session.scalar(_MINE, values)
    if held is not None:
        held.lease_expires_at = until
        session.flush()
        _reap_at(session, until)
        return held
    for statement in (_TAKE_RESERVED, _TAKE_OPEN):
        taken: Task | None = session.scalar(
            statement, {**values, "until": until, "guideline": project.guideline_version}
        )
        if taken is not None:
            _reap_at(session, until)
            count_lease(session, taken.kind.value)
            return taken
    return None


def _reap_at(session: Session, expires: datetime) -> None:
    """See that somebody looks after this lease when it ends: one job for each minute, however many leases."""
    minute = int(expires.timestamp() // 60) + 1
    delay = datetime.fromtimestamp(minute * 60, UTC) - now()
    enqueue(session, "reap_leases", {}, dedupe_key=f"reap_leases:{minute}", delay=delay)


def count_ready(session: Session, project: Project, user: User, kind: TaskKind) -> int:
    """How many tasks of a kind wait for this person, counted up to COUNT_LIMIT."""
    return session.scalar(_COUNT_READY, {"me": user.id, "project": project.id, "kinds": [kind]}) or 0


def held(session: Session, project: Project, user: User, kind: TaskKind) -> Task | None:
    """The task of a kind that the person holds, or None."""
    statement = select(Task).where(
        _LEASED, Task.lease_user_id == user.id, Task.project_id == project.id, Task.kind == kind
    )
    return session.scalars(statement.order_by(Task.lease_expires_at).limit(1)).first()


def require_lease(task: Task, user: User) -> Task:
    """The task itself when `user` holds it. Raises TaskAlreadySubmitted or LeaseLost.

    A lease that ran out but was not reaped yet still counts: nobody else has the task.
    """
    if task.state == TaskState.LEASED and task.lease_user_id == user.id:
        return task
    if task.state in (TaskState.SUBMITTED, TaskState.ACCEPTED):
        raise TaskAlreadySubmitted
    raise LeaseLost


def heartbeat(session: Session, task: Task, user: User, project: Project, active_seconds: float) -> None:
    """Keep the lease and add the time that the person was active since the last heartbeat."""
    require_lease(task, user)
    task.lease_expires_at = now() + timedelta(minutes=project.lease_minutes)
    _reap_at(session, task.lease_expires_at)
    task.active_seconds = Task.active_seconds + active_seconds
    session.flush()
    session.refresh(task)


def give_back(session: Session, task: Task) -> None:
    """Return a leased task to the queue. Its document stays; whoever was reserved for it stays reserved."""
    if task.state == TaskState.LEASED:
        task.state = TaskState.READY
        task.lease_user_id = None
        task.lease_expires_at = None
        session.flush()


def skip(session: Session, task: Task, user: User, reason: str) -> None:
    """Give the task back and never offer it to this person again."""
    require_lease(task, user)
    exclude(session, task, [user.id], f"skipped: {reason}"[:500])
    if task.assignee_id == user.id:
        task.assignee_id = None  # kept for somebody who will not do it, it would wait for ever
    give_back(session, task)


def exclude(session: Session, task: Task, users: Sequence[UUID], why: str) -> None:
    """Never offer the task to these people; those already excluded stay as they are."""
    known = set(session.scalars(select(TaskExclusion.user_id).where(TaskExclusion.task_id == task.id)))
    for user_id in dict.fromkeys(users):
        if user_id not in known:
            session.add(TaskExclusion(task_id=task.id, user_id=user_id, why=why))
    session.flush()


_RETURNED = {"state": TaskState.READY, "lease_user_id": None, "lease_expires_at": None}


def reap(session: Session) -> int:
    """Return all expired leases to the queue; their number. The drafts stay."""
    expired = update(Task).where(_LEASED, Task.lease_expires_at < now()).values(_RETURNED)
    return _rows(session, expired)


def return_leases_of(session: Session, user_id: UUID, project_id: UUID | None = None) -> int:
    """Return everything a person holds or is reserved for, when they leave a project or all; the number of leases."""
    where = () if project_id is None else (Task.project_id == project_id,)
    session.execute(
        update(Task)
        .where(Task.assignee_id == user_id, Task.state.in_([TaskState.READY, TaskState.LEASED, TaskState.BLOCKED]))
        .where(*where)
        .values(assignee_id=None)
        .execution_options(synchronize_session=False)
    )
    return _rows(session, update(Task).where(_LEASED, Task.lease_user_id == user_id, *where).values(_RETURNED))


def _rows(session: Session, statement: Update) -> int:
    found = session.scalars(statement.returning(Task.id).execution_options(synchronize_session=False)).all()
    session.expire_all()
    return len(found)
