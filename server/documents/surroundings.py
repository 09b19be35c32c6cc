"""What the rules of a task type may know: the clip's grid, its masklets' presence, the questions that were given."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from annotator.records import Body, QuestionRecord
from annotator.tasktypes.registry import task_type
from annotator.tasktypes.tasktype import Context, MaskletFacts
from annotator.video.frames import FrameTable
from server.masklets.edit import prompts_hash, prompts_of, unfinished_hash
from server.masklets.read import of_task
from server.storage import Storage
from server.tables.documents import Document, Submission
from server.tables.masklets import Masklet, Track
from server.tables.tasks import Task, TaskKind
from server.tables.videos import Video
from server.videos.readers import frame_table


def context_of(
    session: Session, storage: Storage, task: Task, document: Document | None = None, video: Video | None = None
) -> Context:
    """The surroundings of a task. `document` brings the questions that were given with its seed; `video` is the
    task's, where it was read already."""
    video = video or session.get_one(Video, task.video_id)
    assert video.grid_length is not None
    assert video.pictures is not None
    given: tuple[QuestionRecord, ...] = ()
    if document is not None and "questions" in task_type(task.kind.value).collections:
        seed = Body.model_validate(document.seed)
        given = tuple(question for question in seed.questions.values() if question.origin != "annotator")
    facts = tuple(_facts(session, storage, video, task))
    return Context(grid_length=video.grid_length, pictures=video.pictures, masklets=facts, questions=given)


def presence_on_grid(table: FrameTable, runs: Iterable[Any]) -> tuple[bool, ...]:
    """Whether the subject is visible in each grid frame; `runs` are [first, last] pictures, both visible."""
    visible = np.zeros(len(table), dtype=np.bool_)
    for first, last in runs:
        visible[int(first) : int(last) + 1] = True
    return tuple(visible[table.grid()].tolist())


def newest_submission(session: Session, task_id: UUID) -> Submission | None:
    """What was handed in last for a task."""
    statement = select(Submission).where(Submission.task_id == task_id).order_by(Submission.id.desc())
    return session.scalars(statement.limit(1)).first()


_CURRENT = aliased(Track)
_NEWEST_STATE = (
    select(Track.state)
    .where(Track.masklet_id == Masklet.id)
    .order_by(Track.version.desc())
    .limit(1)
    .correlate(Masklet)
    .scalar_subquery()
)
_FACTS = (
    select(
        Masklet.id,
        Masklet.label,
        Masklet.prompts_hash,
        _CURRENT.prompts_hash.label("tracked_hash"),
        _CURRENT.presence,
        _CURRENT.wanted,
        _NEWEST_STATE.label("newest"),
    )
    .outerjoin(_CURRENT, _CURRENT.id == Masklet.current_track_id)
    .order_by(Masklet.number)
)


def _facts(session: Session, storage: Storage, video: Video, task: Task) -> Iterator[MaskletFacts]:
    if task.masklet_id is None and task.kind != TaskKind.STC_SUBJECT:
        return
    for row in session.execute(_FACTS.where(of_task(task))):
        newest: Any = "none" if row.newest is None else row.newest.value
        if row.tracked_hash is None:
            yield MaskletFacts(id=str(row.id), label=row.label, track_state=newest, stale=False)
            continue
        present = row.prompts_hash or prompts_hash(prompts_of(session, [row.id])[row.id])
        stale = row.tracked_hash != present
        left = (row.wanted or {}).get("left", ())
        unfollowed = (left[0][0], left[0][1]) if left and row.tracked_hash == unfinished_hash(present, left) else None
        yield MaskletFacts(
            id=str(row.id),
            label=row.label,
            track_state="running" if stale and newest == "running" else "done",
            stale=stale,
            unfollowed=unfollowed,
            presence=presence_on_grid(frames_of(storage, video), row.presence or []),
        )


_FRAMES: OrderedDict[str, FrameTable] = OrderedDict()
_FRAMES_KEPT = 128


def frames_of(storage: Storage, video: Video) -> FrameTable:
    """The frame table of a ready video. It never changes and every save needs it, so the last ones are kept."""
    key = video.frames_key or ""
    table = _FRAMES.get(key)
    if table is None:
        table = frame_table(storage, video)
        _FRAMES[key] = table
        while len(_FRAMES) > _FRAMES_KEPT:
            _FRAMES.popitem(last=False)
    return table
