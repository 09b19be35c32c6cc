"""What a person is offered next: the statements that choose a task, built once, the same on both databases.

A lane is one kind of task with one skill ("" for none) in a project. Its open tasks lie in one partial index, best
first, so that a statement on one lane reads one row, however many tasks wait. A row that somebody else is taking at
this moment is stepped over. All that says no is a condition of the same statement: another lane, an exclusion, a copy
that the person did or does. Caps are counted before it, while the person is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from server.db import adopt, now
from server.tables.accounts import User
from server.tables.projects import Membership, Project
from server.tables.tasks import Task, TaskExclusion, TaskKind, TaskState

READY = Task.state == literal_column("'ready'")
_OTHER = aliased(Task)
_NO_SKILL = " "
"""The lane of somebody who may take no open task at all: skills are stripped, so none is called so."""

_NOT_EXCLUDED = ~exists().where(TaskExclusion.task_id == Task.id, TaskExclusion.user_id == bindparam("me"))
# Asked only for tasks with copies: several people do the same work, each of them once.
_NO_COPY_IS_MINE = or_(
    Task.overlap_id.is_(None),
    ~exists().where(
        _OTHER.overlap_id == Task.overlap_id,
        _OTHER.id != Task.id,
        or_(
            _OTHER.lease_user_id == bindparam("me"),
            _OTHER.submitted_by == bindparam("me"),
            _OTHER.assignee_id == bindparam("me"),
        ),
    ),
)
_BEST_FIRST = (Task.priority.desc(), Task.id)
_FREE = (Task.assignee_id.is_(None), _NOT_EXCLUDED, _NO_COPY_IS_MINE)
# The columns of ix_tasks_assigned, so that also a database without statistics reads this person's tasks alone.
_KEPT_FOR_ME = (Task.assignee_id == bindparam("me"), _NOT_EXCLUDED, _NO_COPY_IS_MINE)
_IN_KINDS = Task.kind.in_(bindparam("kinds", expanding=True))
_IN_PROJECT = Task.project_id == bindparam("project")

_LEASES: ScalarSelect[int] = (
    select(func.count())
    .select_from(_OTHER)
    .where(
        _OTHER.lease_user_id == bindparam("me"),
        _OTHER.project_id == bindparam("project"),
    )
    .scalar_subquery()
)
_DONE: ScalarSelect[int] = (
    select(func.count())
    .select_from(_OTHER)
    .where(
        _OTHER.submitted_by == bindparam("me"),
        _OTHER.submitted_at >= bindparam("midnight"),
        _OTHER.project_id == bindparam("project"),
    )
    .scalar_subquery()
)


def _best(*where: ColumnElement[bool], order: Sequence[ColumnElement[Any]] = ()) -> ScalarSelect[UUID]:
    return (
        select(Task.id)
        .where(_IN_PROJECT, *where)
        .order_by(*order, *_BEST_FIRST)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


_LANE = (Task.kind == bindparam("lane_kind"), Task.skill == bindparam("lane_skill"))
_MINE = (
    select(Task.id)
    .where(Task.lease_user_id == bindparam("me"), _IN_PROJECT, _IN_KINDS)
    .order_by(Task.lease_expires_at)
    .limit(1)
    .with_for_update()
    .scalar_subquery()
)
# What was promised as the next one goes before what a lead assigned meanwhile.
_PROMISED_FIRST = (Task.reserved_until.is_(None),)


_KEPT = _best(READY, *_KEPT_FOR_ME, _IN_KINDS, order=_PROMISED_FIRST)
_OPEN = _best(READY, *_LANE, *_FREE)


def _update(chosen: ColumnElement[Any], **values: Any) -> Update:
    return update(Task).where(Task.id == chosen).values(**values).returning(Task)


# Work from before `begun_at` was recorded is known by its active time.
_UNTOUCHED = and_(Task.begun_at.is_(None), Task.active_seconds == 0)

# A coalesce looks no further than it has to: what I hold, what is kept for me, the best open one.
TAKE = _update(
    func.coalesce(_MINE, _KEPT, _OPEN),
    state=TaskState.LEASED,
    lease_user_id=bindparam("me"),
    lease_expires_at=bindparam("until"),
    begun_at=func.coalesce(Task.begun_at, bindparam("moment", type_=Task.begun_at.type)),
    guideline_version=case((_UNTOUCHED, bindparam("guideline")), else_=Task.guideline_version),
    assignee_id=case((Task.reserved_until.is_(None), Task.assignee_id), else_=None),
    reserved_until=None,
)
"""Leases a task: parameters me, project, kinds, lane_kind, lane_skill, until, moment, guideline. No row when there is
nothing."""

KEEP = _update(_MINE, lease_expires_at=bindparam("until"))
"""Leases anew what the person holds, for whom there is no room for more: parameters me, project, kinds, until."""

RESERVE = _update(
    func.coalesce(_KEPT, _OPEN),
    assignee_id=bindparam("me"),
    reserved_until=case(
        (
            or_(Task.assignee_id.is_(None), Task.reserved_until.is_not(None)),
            bindparam("until", type_=Task.reserved_until.type),
        ),
        else_=None,
    ),
)
"""Keeps a task for a person as their next one. What is kept for them anyway stays as it is."""

_IN_IT = (Membership.user_id == User.id) & (Membership.project_id == bindparam("project", type_=User.id.type))
_ME = (
    select(User.id, Membership.skills, Membership.cap_leases, Membership.cap_daily)
    .outerjoin(Membership, _IN_IT)
    .where(User.id == bindparam("me"))
)
_ME_ALONE = _ME.with_for_update(of=User, key_share=True)


@dataclass(frozen=True)
class Lane:
    """One kind of task with one skill."""

    kind: TaskKind
    skill: str


@dataclass(frozen=True)
class Standing:
    """What a person may take in a project of some kinds of tasks: their lanes, and their caps (None: none)."""

    project: Project
    user: User
    kinds: tuple[TaskKind, ...]
    lanes: tuple[Lane, ...]
    cap_leases: int | None
    cap_daily: int | None


def standing(session: Session, project: Project, user: User, kinds: Sequence[TaskKind], *, lock: bool) -> Standing:
    """What the person may take of these kinds. With `lock` nobody else takes anything for them until this transaction
    ends: two open tabs would take two tasks, and go beyond a cap.
    """
    asked = {"me": user.id, "project": project.id}
    row = session.connection().execute(_ME_ALONE if lock else _ME, asked).one()
    skills: list[str] = row.skills or []
    lanes = tuple(
        Lane(kind, skill)
        for kind in kinds
        if project.kind_skills.get(kind.value, "") in ("", *skills)
        for skill in ("", *skills)
    )
    return Standing(
        project,
        user,
        tuple(kinds),
        lanes,
        project.cap_leases if row.cap_leases is None else row.cap_leases,
        project.cap_daily if row.cap_daily is None else row.cap_daily,
    )


def has_room(session: Session, may: Standing, *, for_lease: bool) -> bool:
    """Whether the caps let the person take one more task; for their next one only the day's cap is asked.

    To be asked while the person is locked, in a statement after that: then nothing changes the counts. What is handed
    in and what is held counts for the day, so that work under way never passes its cap. Uncapped, nothing is counted.
    """
    if may.cap_daily is None and (may.cap_leases is None or not for_lease):
        return True
    load = load_of(session, may.project, may.user)
    if may.cap_daily is not None and load.done + load.leases >= may.cap_daily:
        return False
    return not for_lease or may.cap_leases is None or load.leases < may.cap_leases


def choose(session: Session, statement: Update, may: Standing, **values: object) -> Task | None:
    """Run TAKE or RESERVE for a person: on their best lane, and on the others when that one is being emptied."""
    given = {
        "me": may.user.id,
        "project": may.project.id,
        "kinds": list(may.kinds),
        **values,
    }
    for lane in _best_first(session, may) or (Lane(may.kinds[0], _NO_SKILL),):
        values = {**given, "lane_kind": lane.kind, "lane_skill": lane.skill}
        chosen = take(session, statement, values)
        if chosen is not None:
            return chosen
    return None


def take(session: Session, statement: Update, values: dict[str, Any]) -> Task | None:
    """Run one of these statements: the task that it changed."""
    row = session.connection().execute(statement, values).one_or_none()
    return None if row is None else adopt(session, Task, row)


def midnight(moment: datetime) -> datetime:
    """When the day of a moment began (UTC): caps and counts of a day begin anew then."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _best_first(session: Session, may: Standing) -> tuple[Lane, ...]:
    """The lanes in the order of their best task; without those that have none. One lane needs no question."""
    lanes = may.lanes
    if len(lanes) < 2:
        return lanes
    values: dict[str, object] = {"me": may.user.id, "project": may.project.id}
    for number, lane in enumerate(lanes):
        values |= {f"kind_{number}": lane.kind, f"skill_{number}": lane.skill}
    found = session.execute(_heads(len(lanes)), values).all()
    return tuple(lanes[row.lane] for row in sorted(found, key=lambda row: (-row.priority, row.id.int)))


@lru_cache(maxsize=64)
def _heads(lanes: int) -> Select[Any]:
    """The best task of each of some lanes, without a lock: {lane, priority, id}."""
    heads = []
    for number in range(lanes):
        best = (
            select(literal(number).label("lane"), Task.priority, Task.id)
            .where(
                READY,
                _IN_PROJECT,
                Task.kind == bindparam(f"kind_{number}"),
                Task.skill == bindparam(f"skill_{number}"),
                *_FREE,
            )
            .order_by(*_BEST_FIRST)
            .limit(1)
            .subquery()
        )
        heads.append(select(best))
    every = union_all(*heads).subquery()
    return select(every.c.lane, every.c.priority, every.c.id)


# What waits, for the queue page


@lru_cache(maxsize=64)
def _waiting(lanes: int, most: int) -> Select[Any]:
    parts: list[Select[Any]] = [select(Task.id).where(READY, _IN_PROJECT, _IN_KINDS, *_KEPT_FOR_ME).limit(most)]
    for number in range(lanes):
        lane = (Task.kind == bindparam(f"kind_{number}"), Task.skill == bindparam(f"skill_{number}"))
        parts.append(select(Task.id).where(READY, _IN_PROJECT, *lane, *_FREE).order_by(*_BEST_FIRST).limit(most))
    every = union_all(*(select(part.subquery()) for part in parts)).limit(most).subquery()
    return select(func.count()).select_from(every)


def count_waiting(session: Session, may: Standing, kind: TaskKind, most: int) -> int:
    """How many tasks of a kind the person may take or are kept for them, caps aside, counted up to `most`."""
    values: dict[str, object] = {"me": may.user.id, "project": may.project.id, "kinds": [kind]}
    mine = [lane for lane in may.lanes if lane.kind == kind]
    for number, lane in enumerate(mine):
        values |= {f"kind_{number}": lane.kind, f"skill_{number}": lane.skill}
    return session.scalar(_waiting(len(mine), most), values) or 0


@dataclass(frozen=True)
class Load:
    """How much a person has on their hands: leases held now, tasks handed in since midnight (UTC)."""

    leases: int
    done: int


def load_of(session: Session, project: Project, user: User) -> Load:
    """What the caps are compared with."""
    row = session.execute(
        select(_LEASES.label("leases"), _DONE.label("done")),
        {"me": user.id, "project": project.id, "midnight": midnight(now())},
    ).one()
    return Load(row.leases, row.done)
