"""Pages of a project's tasks in the order of their ids, whatever the filter: no page reads more than it shows.

Each filter is cut into branches that one index gives in order ((project, state, kind, id), (video, id) or a person's
own); a page is the first rows of all branches together. Depth costs nothing, and no filter reads the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session

from server.db import cursor_of, cursor_values, page
from server.tables.projects import Project
from server.tables.tasks import Task, TaskKind, TaskState

_DONE = (TaskState.SUBMITTED, TaskState.ACCEPTED, TaskState.CLOSED)
_WAITING = (TaskState.READY, TaskState.BLOCKED)


@dataclass(frozen=True)
class Filter:
    """What a lead looks for. `person_id`: who holds a leased task, is to get a waiting one, handed in a done one."""

    state: TaskState | None = None
    kind: TaskKind | None = None
    person_id: UUID | None = None
    video_id: UUID | None = None
    changed_since: datetime | None = None
    """Not by an index, which every lease would have to write: a whole pass reads the project's rows once."""


def list_tasks(
    session: Session, project: Project, wanted: Filter, *, cursor: str | None, limit: int
) -> tuple[list[Task], str | None]:
    """One page of tasks, oldest first, and the cursor of the next one. Raises Unprocessable for a foreign cursor."""
    branches = _branches(project, wanted)
    if wanted.changed_since is not None:
        changed = func.coalesce(Task.changed_at, Task.submitted_at, Task.created_at) >= wanted.changed_since
        branches = [(*branch, changed) for branch in branches]
    if len(branches) == 1:
        return page(session, select(Task).where(*branches[0]), [Task.id], cursor=cursor, limit=limit)
    return _merged(session, branches, cursor, limit)


def _merged(
    session: Session, branches: list[tuple[ColumnElement[bool], ...]], cursor: str | None, limit: int
) -> tuple[list[Task], str | None]:
    after = None if cursor is None else cursor_values(cursor, [Task.id])[0]
    begin = () if after is None else (Task.id > after,)
    firsts = [
        select(select(Task.id).where(*branch, *begin).order_by(Task.id).limit(limit + 1).subquery())
        for branch in branches
    ]
    every = union_all(*firsts).subquery()
    ids = session.scalars(select(every.c.id).order_by(every.c.id).limit(limit + 1)).all()
    rows = list(session.scalars(select(Task).where(Task.id.in_(ids[:limit])).order_by(Task.id)))
    return rows, cursor_of([ids[limit - 1]]) if len(ids) > limit else None


def _branches(project: Project, wanted: Filter) -> list[tuple[ColumnElement[bool], ...]]:
    states = tuple(TaskState) if wanted.state is None else (wanted.state,)
    kinds = tuple(k for k in TaskKind if k.project_kind == project.kind) if wanted.kind is None else (wanted.kind,)
    here = Task.project_id == project.id
    if wanted.person_id is not None:
        return _of_person(here, wanted, wanted.person_id, states)
    if wanted.video_id is not None:
        return [(here, Task.video_id == wanted.video_id, *_narrowed(wanted))]
    return [(here, Task.state == state, Task.kind == kind) for state in states for kind in kinds]


def _of_person(
    here: ColumnElement[bool], wanted: Filter, person: UUID, states: tuple[TaskState, ...]
) -> list[tuple[ColumnElement[bool], ...]]:
    kind = () if wanted.kind is None else (Task.kind == wanted.kind,)
    video = () if wanted.video_id is None else (Task.video_id == wanted.video_id,)
    theirs = (
        (Task.lease_user_id == person, (TaskState.LEASED,)),
        (Task.assignee_id == person, _WAITING),
        (Task.submitted_by == person, _DONE),
    )
    return [
        (here, whose, Task.state.in_([state for state in those if state in states]), *kind, *video)
        for whose, those in theirs
        if set(those) & set(states)
    ]


def _narrowed(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    state = () if wanted.state is None else (Task.state == wanted.state,)
    return state if wanted.kind is None else (*state, Task.kind == wanted.kind)
