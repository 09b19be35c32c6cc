"""Two documents of the same work beside each other: copies by different people, and what each step or try handed in.

What is compared is what was handed in, with the masks that belonged to it: it never changes while somebody looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from annotator.records import Body
from server.access import Actor
from server.documents.errors import OwnCopyOpen, VersionNotFound
from server.documents.schemas import BesideOut, SideMasks, SideOut, VersionOut
from server.tables.accounts import User
from server.tables.documents import Submission
from server.tables.masklets import Masklet, MaskletState, Track
from server.tables.tasks import Task
from server.tables.videos import Segment, Video
from server.tasks.read import video_names
from server.tasks.steps import UNFINISHED

NEWEST = 100
"""What was handed in last of one piece of work; nobody looks further back."""


def same_work(task: Task) -> ColumnElement[bool]:
    """A condition: the tasks about the same masklet, segment or, for subjects, video; copies and other steps."""
    if task.masklet_id is not None:
        same = Task.masklet_id == task.masklet_id
    elif task.segment_id is not None:
        same = Task.segment_id == task.segment_id
    else:
        same = and_(Task.video_id == task.video_id, Task.kind == task.kind)
    return and_(Task.project_id == task.project_id, same)


def beside(session: Session, task: Task, who: Actor, left: UUID | None, right: UUID | None) -> BesideOut:
    """Two submissions of a task's work: those that are named, else the ones that are worth a look first.

    Raises OwnCopyOpen for whoever is to do one of the copies still, VersionNotFound (with the field).
    """
    _not_blind(session, task, who)
    rows = _versions(session, task)
    first, second = _first_look(rows, task)
    chosen = {"left": _chosen(rows, left, "left", first), "right": _chosen(rows, right, "right", second)}
    segment = session.get(Segment, task.segment_id) if task.segment_id is not None else None
    video = session.get_one(Video, task.video_id)
    sides = {name: None if row is None else _side(session, row) for name, row in chosen.items()}
    return BesideOut(
        task_id=task.id,
        project_id=task.project_id,
        kind=task.kind,
        video_id=task.video_id,
        video_name=video_names(session, task.project_id, [task.video_id])[task.video_id],
        picture_start=0 if segment is None else segment.picture_start,
        picture_end=(video.pictures or 1) - 1 if segment is None else segment.picture_end,
        versions=rows,
        left=sides["left"],
        right=sides["right"],
    )


def _not_blind(session: Session, task: Task, who: Actor) -> None:
    mine = or_(Task.lease_user_id == who.id, Task.assignee_id == who.id)
    to_do = (Task.overlap_id.is_not(None), Task.state.in_(UNFINISHED))
    if session.scalar(select(exists().where(same_work(task), mine, *to_do))):
        raise OwnCopyOpen


def _versions(session: Session, task: Task) -> list[VersionOut]:
    """What was handed in of this work, oldest first, without its bodies."""
    found = session.execute(
        select(
            Submission.id,
            Submission.task_id,
            Submission.revision,
            Submission.created_at,
            Task.kind,
            Task.copy_number,
            User.name,
        )
        .join(Task, Task.id == Submission.task_id)
        .join(User, User.id == Submission.submitted_by)
        .where(same_work(task))
        .order_by(Submission.id.desc())
        .limit(NEWEST)
    ).all()
    return [
        VersionOut(
            id=row.id,
            task_id=row.task_id,
            kind=row.kind,
            copy_number=row.copy_number,
            author_name=row.name,
            submitted_at=row.created_at,
            revision=row.revision,
        )
        for row in reversed(found)
    ]


def _first_look(rows: Sequence[VersionOut], task: Task) -> tuple[VersionOut | None, VersionOut | None]:
    """The task's own newest beside its copy, else beside the step or the try before it."""
    if len(rows) < 2:
        return (rows[0] if rows else None), None
    own = next((row for row in reversed(rows) if row.task_id == task.id), rows[-1])

    def worth(row: VersionOut) -> tuple[bool, bool, bool, bool, UUID]:
        same_copy = row.copy_number == own.copy_number
        return row.kind == own.kind and not same_copy, row.id < own.id, same_copy, row.task_id != own.task_id, row.id

    other = max((row for row in rows if row.id != own.id), key=worth)
    swap = (other.copy_number, other.id) > (own.copy_number, own.id)
    return (own, other) if swap else (other, own)


def _chosen(
    rows: Sequence[VersionOut], wanted: UUID | None, field: str, otherwise: VersionOut | None
) -> VersionOut | None:
    if wanted is None:
        return otherwise
    for row in rows:
        if row.id == wanted:
            return row
    raise VersionNotFound(field=field)


def _side(session: Session, row: VersionOut) -> SideOut:
    submission = session.get_one(Submission, row.id)
    body = Body.model_validate(submission.body)
    return SideOut(**row.model_dump(), body=body, masks=_masks(session, submission.tracks, body))


def _masks(session: Session, tracks: dict[str, Any], body: Body) -> list[SideMasks]:
    """The masks of a submission by the subject's number; names are those that were handed in."""
    found = session.execute(
        select(Masklet.id, Masklet.number, Masklet.label, Track.id.label("track_id"), Track.presence)
        .join(Track, Track.masklet_id == Masklet.id)
        .where(Track.id.in_([UUID(str(each)) for each in tracks.values()]), Masklet.state != MaskletState.REMOVED)
        .order_by(Masklet.number)
    )
    return [
        SideMasks(
            masklet_id=masklet.id,
            number=masklet.number,
            label=handed.label if (handed := body.subjects.get(str(masklet.id))) else masklet.label,
            track_id=masklet.track_id,
            presence=masklet.presence,
        )
        for masklet in found
    ]
