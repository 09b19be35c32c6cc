"""The lease: a task for me in one transaction, kept alive by heartbeats, given back, skipped, or reaped.

Which task it is, `server.tasks.offer` says: only open rows are looked at, in the order of a partial index, and a row
that somebody else is taking at this moment is stepped over, so that no task is ever held twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Update, select, update
from sqlalchemy.orm import Session

from server.db import after_commit, now
from server.jobs import enqueue
from server.operations.metrics import count_lease
from server.tables.accounts import User
from server.tables.projects import Project
from server.tables.tasks import Task, TaskExclusion, TaskKind, TaskState
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted
from server.tasks.offer import KEEP, RESERVE, TAKE, choose, has_room, standing, take

PROMISED = timedelta(minutes=5)
"""How long a person's next task waits for them. Their page asks again while they work."""


def lease_next(session: Session, project: Project, user: User, kinds: Sequence[TaskKind]) -> Task | None:
    """The task that `user` works on next, leased to them: the one they hold, one kept for them, or the best open one.

    `kinds` are those that the person's role allows. None when there is nothing for them, or a cap is reached.
    """
    if not kinds or project.archived:
        return None
    may = standing(session, project, user, kinds, lock=True)
    moment = now()
    until = moment + timedelta(minutes=project.lease_minutes)
    values = {"until": until, "moment": moment, "guideline": project.guideline_version}
    taken: Task | None
    if has_room(session, may, for_lease=True):
        taken = choose(session, TAKE, may, **values)
    else:
        mine = {"me": user.id, "project": project.id, "kinds": list(kinds), "until": until}
        taken = take(session, KEEP, mine)
    if taken is not None:
        _reap_at(session, until)
        count_lease(session, taken.kind.value)
    return taken


def preload(session: Session, project: Project, user: User, kinds: Sequence[TaskKind]) -> Task | None:
    """The task that `lease_next` will give this person after the present one, kept for them for PROMISED.

    It is no lease: it needs no heartbeat, and it is let go by itself. A person has one promised task in a project;
    asking again gives the same one and keeps it longer. A task that is kept for them anyway is told as it is.
    """
    if not kinds or project.archived:
        return None
    may = standing(session, project, user, kinds, lock=True)
    until = now() + PROMISED
    others = (Task.project_id == project.id, Task.assignee_id == user.id, Task.kind.not_in(kinds))
    session.execute(
        update(Task)
        .where(Task.reserved_until.is_not(None), *others)
        .values(_LET_GO)
        .execution_options(synchronize_session=False)
    )
    chosen = choose(session, RESERVE, may, until=until) if has_room(session, may, for_lease=False) else None
    if chosen is not None and chosen.reserved_until is not None:
        _reap_at(session, until)
    return chosen


_ASKED: WeakKeyDictionary[Engine, set[int]] = WeakKeyDictionary()
_ASKED_KEPT = 1000


def _reap_at(session: Session, expires: datetime) -> None:
    """See that somebody looks after this lease when it ends: one job for each minute, however many leases.

    A job that this process knows to be durable is not asked for again.
    """
    minute = int(expires.timestamp() // 60) + 1
    asked = _ASKED.setdefault(session.get_bind().engine, set())
    if minute in asked:
        return
    delay = datetime.fromtimestamp(minute * 60, UTC) - now()
    enqueue(session, "reap_leases", {}, dedupe_key=f"reap_leases:{minute}", delay=delay)

    def remember() -> None:
        if len(asked) > _ASKED_KEPT:
            asked.clear()
        asked.add(minute)

    after_commit(session, remember)


def held(session: Session, project: Project, user: User, kind: TaskKind) -> Task | None:
    """The task of a kind that the person holds, or None."""
    statement = select(Task).where(Task.lease_user_id == user.id, Task.project_id == project.id, Task.kind == kind)
    return session.scalars(statement.order_by(Task.lease_expires_at).limit(1)).first()


def require_lease(task: Task, user: User) -> Task:
    """The task itself when `user` holds it. Raises TaskAlreadySubmitted or LeaseLost.

    A lease that ran out but was not reaped yet still counts: nobody else has the task.
    """
    if task.state == TaskState.LEASED and task.lease_user_id == user.id:
        return task
    if task.state in (TaskState.SUBMITTED, TaskState.ACCEPTED):
        raise TaskAlreadySubmitted
    if task.state == TaskState.CLOSED and task.closed_why:
        raise LeaseLost(f"This task is closed: {task.closed_why}")
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
        task.assignee_id = task.reserved_until = None  # kept for somebody who will not do it, it would wait for ever
    give_back(session, task)


def exclude(session: Session, task: Task, users: Sequence[UUID], why: str) -> None:
    """Never offer the task to these people; those already excluded stay as they are."""
    known = set(session.scalars(select(TaskExclusion.user_id).where(TaskExclusion.task_id == task.id)))
    for user_id in dict.fromkeys(users):
        if user_id not in known:
            session.add(TaskExclusion(task_id=task.id, user_id=user_id, why=why))
    session.flush()


_RETURNED = {"state": TaskState.READY, "lease_user_id": None, "lease_expires_at": None}
_LET_GO = {"assignee_id": None, "reserved_until": None}


def reap(session: Session) -> int:
    """Return all expired leases to the queue, and let go of what was promised too long; their number. Drafts stay."""
    expired = update(Task).where(Task.lease_expires_at < now()).values(_RETURNED)
    promised = update(Task).where(Task.reserved_until < now()).values(_LET_GO)
    return _rows(session, expired) + _rows(session, promised)


def return_leases_of(session: Session, user_id: UUID, project_id: UUID | None = None) -> int:
    """Return everything a person holds or is reserved for, when they leave a project or all; the number of leases."""
    where = () if project_id is None else (Task.project_id == project_id,)
    session.execute(
        update(Task)
        .where(Task.assignee_id == user_id, Task.state.in_([TaskState.READY, TaskState.LEASED, TaskState.BLOCKED]))
        .where(*where)
        .values(_LET_GO)
        .execution_options(synchronize_session=False)
    )
    return _rows(session, update(Task).where(Task.lease_user_id == user_id, *where).values(_RETURNED))


def _rows(session: Session, statement: Update) -> int:
    found = session.scalars(statement.returning(Task.id).execution_options(synchronize_session=False)).all()
    session.expire_all()
    return len(found)
