"""The other subjects of a masklet's video, and the events that were handed in for each: to look at, never to edit."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from annotator.quality.dense import in_order
from annotator.records import Body
from server.documents.schemas import OtherSubject
from server.tables.documents import Submission
from server.tables.masklets import Masklet, MaskletState, Track
from server.tables.tasks import Task
from server.tasks.steps import UNFINISHED

MOST = 50
"""Subjects that are told; a timeline shows a few at a time."""


def others(session: Session, task: Task) -> list[OtherSubject]:
    """Those that the same subject task gave, by number. Without events where nobody has handed any in, and where copies
    are still being made: whoever may do one of them must not have seen what others wrote."""
    if task.masklet_id is None:
        return []
    subject_task = session.get_one(Masklet, task.masklet_id).task_id
    copy = aliased(Task)
    blind = exists().where(copy.masklet_id == Masklet.id, copy.overlap_id.is_not(None), copy.state.in_(UNFINISHED))
    rows = session.execute(
        select(Masklet.id, Masklet.number, Masklet.label, Track.presence, blind.label("blind"))
        .outerjoin(Track, Track.id == Masklet.current_track_id)
        .where(Masklet.task_id == subject_task, Masklet.id != task.masklet_id, Masklet.state != MaskletState.REMOVED)
        .order_by(Masklet.number)
        .limit(MOST)
    ).all()
    bodies = _newest(session, [row.id for row in rows if not row.blind])
    return [
        OtherSubject(
            masklet_id=row.id,
            number=row.number,
            label=row.label,
            presence=row.presence,
            events=in_order(bodies[row.id].events.values()) if row.id in bodies else [],
        )
        for row in rows
    ]


def _newest(session: Session, masklets: list[UUID]) -> dict[UUID, Body]:
    """What was handed in last of each masklet's steps after the subject, of the copy that goes on."""
    turn = func.row_number().over(partition_by=Task.masklet_id, order_by=Submission.id.desc()).label("turn")
    ranked = (
        select(Task.masklet_id, Submission.id, turn)
        .join(Task, Task.id == Submission.task_id)
        .where(Task.masklet_id.in_(masklets), Task.copy_number == 0)
        .subquery()
    )
    found = session.execute(
        select(ranked.c.masklet_id, Submission.body)
        .join(ranked, ranked.c.id == Submission.id)
        .where(ranked.c.turn == 1)
    )
    return {masklet_id: Body.model_validate(body) for masklet_id, body in found}
