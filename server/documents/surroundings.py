"""What the rules of a task type may know: the clip's grid, its masklets' presence, the questions that were given."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from annotator.records import Body, QuestionRecord
from annotator.tasktypes.registry import task_type
from annotator.tasktypes.tasktype import Context, MaskletFacts
from annotator.video.frames import FrameTable
from server.masklets.edit import prompts_hash, prompts_of, unfinished_hash
from server.storage import Storage
from server.tables.documents import Document, Submission
from server.tables.masklets import Masklet, MaskletState, Track
from server.tables.tasks import Task, TaskKind
from server.tables.videos import Video
from server.videos.readers import frame_table


class Subject(NamedTuple):
    """What the surroundings depend on: the task, and of its video what rules ask for."""

    task_id: UUID
    kind: TaskKind
    masklet_id: UUID | None
    video_id: UUID
    pictures: int | None
    grid_length: int | None
    frames_key: str | None


def context_of(session: Session, storage: Storage, task: Task, document: Document | None = None) -> Context:
    """The surroundings of a task. `document` brings the questions that were given with its seed."""
    video = session.get_one(Video, task.video_id)
    session.flush()
    subject = Subject(
        task.id, task.kind, task.masklet_id, video.id, video.pictures, video.grid_length, video.frames_key
    )
    asks = document is not None and has_questions(task.kind)
    return surroundings_of(session, storage, subject, document.seed if asks and document else None)


def has_questions(kind: TaskKind) -> bool:
    """Whether what was asked at the beginning, in a document's seed, matters to its rules."""
    return "questions" in task_type(kind.value).collections


def surroundings_of(session: Session, storage: Storage, subject: Subject, seed: dict[str, Any] | None) -> Context:
    """The same for whoever has read its parts, and has nothing to flush; `seed` where the kind has questions."""
    assert subject.grid_length is not None
    assert subject.pictures is not None
    given: tuple[QuestionRecord, ...] = ()
    if seed is not None:
        asked = Body.model_validate(seed).questions.values()
        given = tuple(question for question in asked if question.origin != "annotator")
    facts = tuple(_facts(session, storage, subject))
    return Context(grid_length=subject.grid_length, pictures=subject.pictures, masklets=facts, questions=given)


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
    .where(Masklet.state != MaskletState.REMOVED)
    .order_by(Masklet.number)
)


_FACTS_OF_ALL = _FACTS.where(Masklet.task_id == bindparam("task"))
_FACTS_OF_ONE = _FACTS.where(Masklet.id == bindparam("masklet"))


def _facts(session: Session, storage: Storage, subject: Subject) -> Iterator[MaskletFacts]:
    if subject.kind == TaskKind.STC_SUBJECT:
        found = session.connection().execute(_FACTS_OF_ALL, {"task": subject.task_id})
    elif subject.masklet_id is not None:
        found = session.connection().execute(_FACTS_OF_ONE, {"masklet": subject.masklet_id})
    else:
        return
    for row in found.all():
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
            presence=presence_on_grid(_frames_of(session, storage, subject), row.presence or []),
        )


PICTURES_KEPT = 1_000_000
"""Of the frame tables at hand, together: about 20 MB, which is the videos of some thousands of people."""
_frames: OrderedDict[str, FrameTable] = OrderedDict()
_frames_lock = threading.Lock()


def _frames_of(session: Session, storage: Storage, subject: Subject) -> FrameTable:
    """The frame table of a ready video. It never changes, and every save needs it while it holds the task's lock, so
    those used last are kept."""
    key = subject.frames_key or ""
    with _frames_lock:
        if key in _frames:
            _frames.move_to_end(key)
            return _frames[key]
    table = frame_table(storage, session.get_one(Video, subject.video_id))
    with _frames_lock:
        _frames[key] = table
        kept = sum(map(len, _frames.values()))
        while kept > PICTURES_KEPT and len(_frames) > 1:
            kept -= len(_frames.popitem(last=False)[1])
    return table
