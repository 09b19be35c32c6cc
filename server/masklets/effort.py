"""What masklets cost people: seconds a frame, the share of frames they edited, clicks for each edited frame.

The measures of the SAM 2 paper (https://arxiv.org/abs/2408.00714, section 5), so that a project can be held beside its
figures. Frames are those of the 6 fps grid, as there.
"""

from __future__ import annotations

from sqlalchemy import Float, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from annotator.records import PromptRecord
from server.masklets.schemas import EffortOut, MaskletEffort
from server.tables.masklets import Masklet, MaskletState
from server.tables.projects import Project
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import Video
from server.tasks.read import video_names

NEWEST = 20
_OVER = (TaskState.SUBMITTED, TaskState.ACCEPTED)


def clicks_of(after: PromptRecord, before: PromptRecord | None) -> int:
    """How many clicks led from one prompt of a picture to the next; a box, a key or a drawn mask is one."""
    old = [] if before is None else before.points
    clicks = sum(point not in old for point in after.points)
    clicks += after.box is not None and (before is None or before.box != after.box)
    return max(1, clicks)


def note(masklet: Masklet, picture: int, clicks: int) -> None:
    """Count an edit of a picture."""
    edits = {**masklet.edits, str(picture): masklet.edits.get(str(picture), 0) + clicks}
    masklet.edits, masklet.edited_pictures, masklet.clicks = edits, len(edits), sum(edits.values())


def effort(session: Session, project: Project) -> EffortOut:
    """The figures of a project: over the masklets of all subject tasks that were handed in, and the newest of them."""
    done = (
        Masklet.project_id == project.id,
        Masklet.state != MaskletState.REMOVED,
        Task.state.in_(_OVER),
    )
    sums = select(
        func.count(), func.sum(Video.grid_length), func.sum(Masklet.edited_pictures), func.sum(Masklet.clicks)
    )
    masklets, frames, edited, clicks = session.execute(
        sums.select_from(Masklet)
        .join(Video, Video.id == Masklet.video_id)
        .join(Task, Task.id == Masklet.task_id)
        .where(*done)
    ).one()
    worked = session.scalar(
        select(func.sum(Task.active_seconds)).where(
            Task.project_id == project.id, Task.kind == TaskKind.STC_SUBJECT, Task.state.in_(_OVER)
        )
    )
    newest = session.execute(
        select(Masklet, Video.grid_length, _SHARE_OF_TASK)
        .join(Video, Video.id == Masklet.video_id)
        .join(Task, Task.id == Masklet.task_id)
        .where(*done)
        .order_by(Masklet.created_at.desc(), Masklet.id.desc())
        .limit(NEWEST)
    ).all()
    names = video_names(session, project.id, {row.Masklet.video_id for row in newest})
    return EffortOut(
        masklets=masklets,
        frames=frames or 0,
        seconds_per_frame=_ratio(worked, frames),
        edited_share=_ratio(edited, frames),
        clicks_per_edited_frame=_ratio(clicks, edited),
        newest=[
            MaskletEffort(
                masklet_id=row.Masklet.id,
                task_id=row.Masklet.task_id,
                label=row.Masklet.label,
                number=row.Masklet.number,
                video_name=names[row.Masklet.video_id],
                frames=row.grid_length or 0,
                seconds_per_frame=_ratio(row.seconds, row.grid_length),
                edited_share=_ratio(row.Masklet.edited_pictures, row.grid_length),
                clicks_per_edited_frame=_ratio(row.Masklet.clicks, row.Masklet.edited_pictures),
            )
            for row in newest
        ],
    )


# Nobody can say which of several subjects a second went to: their clicks say it best, equal parts where there are none.
_SIBLING = aliased(Masklet)
_THERE = (_SIBLING.task_id == Masklet.task_id, _SIBLING.state != MaskletState.REMOVED)
_ALL_CLICKS = select(func.sum(_SIBLING.clicks)).where(*_THERE).correlate(Masklet).scalar_subquery()
_ALL = select(func.count()).select_from(_SIBLING).where(*_THERE).correlate(Masklet).scalar_subquery()
_SHARE_OF_TASK = (
    Task.active_seconds
    * case((_ALL_CLICKS > 0, cast(Masklet.clicks, Float) / _ALL_CLICKS), else_=1.0 / cast(_ALL, Float))
).label("seconds")


def _ratio(part: float | None, whole: float | None) -> float | None:
    return None if not whole else round(float(part or 0) / float(whole), 4)
