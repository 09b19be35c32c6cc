"""Masklets and their prompts: made, named, prompted and removed by whoever holds the task."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.masklet import rle
from annotator.propagate.protocol import PromptError, check_prompt
from annotator.records import PromptRecord
from server.access import Actor, require
from server.db import new_id
from server.errors import NotFound
from server.masklets.effort import clicks_of, note
from server.masklets.errors import MaskletNotFound, MaskletSettled, NotASubjectTask, PictureLocked, PromptRefused
from server.tables.accounts import User
from server.tables.masklets import Masklet, MaskletState, Prompt
from server.tables.tasks import Task, TaskKind
from server.tables.videos import Video
from server.tasks.lease import require_lease
from server.tasks.steps import close_task, steps_of_masklet


def find_masklet(session: Session, who: Actor, masklet_id: UUID) -> Masklet:
    """The masklet, for members of its project; MaskletNotFound else, also for one that was removed."""
    masklet = session.get(Masklet, masklet_id)
    if masklet is None or masklet.state == MaskletState.REMOVED:
        raise MaskletNotFound
    try:
        require(session, who, masklet.project_id)
    except NotFound as error:
        raise MaskletNotFound from error
    return masklet


def held_masklet(session: Session, who: Actor, masklet_id: UUID) -> Masklet:
    """The masklet, when the person holds its subject task or the task that verifies it, locked for a change.

    Raises MaskletNotFound, MaskletSettled, LeaseLost or TaskAlreadySubmitted.
    """
    masklet = find_masklet(session, who, masklet_id)
    subject = session.get_one(Task, masklet.task_id, with_for_update=True)
    session.refresh(masklet)  # another tab may have changed it while this one waited
    if masklet.state == MaskletState.REMOVED:
        raise MaskletNotFound
    if masklet.state == MaskletState.ACCEPTED:
        raise MaskletSettled
    verify = session.scalar(
        select(Task).where(
            Task.masklet_id == masklet.id, Task.kind == TaskKind.STC_VERIFY, Task.lease_user_id == who.user.id
        )
    )
    require_lease(verify or subject, who.user)
    return masklet


def create_masklet(session: Session, task: Task, user: User, label: str, *, masklet_id: UUID | None = None) -> Masklet:
    """A new subject in a subject task that the person holds. Its number is never used again in this video."""
    if task.kind != TaskKind.STC_SUBJECT:
        raise NotASubjectTask
    require_lease(task, user)
    here = (Masklet.project_id == task.project_id, Masklet.video_id == task.video_id)
    number = (session.scalar(select(func.max(Masklet.number)).where(*here)) or 0) + 1
    masklet = Masklet(
        id=masklet_id or new_id(),
        project_id=task.project_id,
        video_id=task.video_id,
        task_id=task.id,
        number=number,
        label=label,
        created_by=user.id,
    )
    session.add(masklet)
    session.flush()
    return masklet


def remove_masklet(session: Session, masklet: Masklet) -> None:
    """The subject is not wanted any more; its later steps are closed. Its prompts and tracks stay on record."""
    masklet.state = MaskletState.REMOVED
    for task in steps_of_masklet(session, masklet.id).values():
        close_task(session, task)
    session.flush()


def set_state(session: Session, masklet: Masklet, state: MaskletState) -> Masklet:
    """Documents and reviews say how far the masklet has come."""
    if masklet.state == MaskletState.REMOVED:
        raise MaskletNotFound
    masklet.state = state
    session.flush()
    return masklet


def check_record(record: PromptRecord, video: Video) -> None:
    """Raise PromptRefused naming the field: the picture does not exist, the mask is damaged, nothing was prompted."""
    assert video.pictures is not None
    assert video.width is not None
    assert video.height is not None
    if record.picture >= video.pictures:
        message = f"Picture {record.picture} does not exist: {video.name} has pictures 0 to {video.pictures - 1}."
        raise PromptRefused(message, field="picture")
    if record.absent:
        return
    if record.counts is not None:
        try:
            shown = rle.decode(rle.Rle(video.height, video.width, record.counts)).any()
        except rle.RleError as error:
            message = f"This is no mask of {video.width} × {video.height} pixels: {error}."
            raise PromptRefused(message, field="counts") from error
        if not shown:
            raise PromptRefused("The mask is empty: say that the subject is absent instead.", field="counts")
        return
    try:
        check_prompt(record, video.width, video.height)
    except PromptError as error:
        raise PromptRefused(f"{str(error)[:1].upper()}{str(error)[1:]}.", field=error.field) from error


def put_prompt(session: Session, masklet: Masklet, record: PromptRecord, user: User) -> None:
    """Store what the person gave on a picture, in place of what was there. Raises PromptRefused and PictureLocked."""
    check_record(record, session.get_one(Video, masklet.video_id))
    _check_open(masklet, record.picture)
    row = session.scalar(select(Prompt).where(Prompt.masklet_id == masklet.id, Prompt.picture == record.picture))
    values = record.model_dump(mode="json")
    note(masklet, record.picture, clicks_of(record, None if row is None else PromptRecord.model_validate(row.record)))
    if row is None:
        session.add(Prompt(masklet_id=masklet.id, picture=record.picture, record=values, created_by=user.id))
    else:
        row.record, row.created_by = values, user.id
    said_anew(session, masklet)


def delete_prompt(session: Session, masklet: Masklet, picture: int) -> None:
    """Take a prompt back. NotFound when there is none on that picture, PictureLocked when it is in a lock."""
    row = session.scalar(select(Prompt).where(Prompt.masklet_id == masklet.id, Prompt.picture == picture))
    if row is None:
        raise NotFound(f"There is no prompt on picture {picture}.", field="picture")
    _check_open(masklet, picture)
    session.delete(row)
    note(masklet, picture, 1)
    said_anew(session, masklet)


def _check_open(masklet: Masklet, picture: int) -> None:
    for lock in masklet.locks:
        if lock["picture_start"] <= picture <= lock["picture_end"]:
            span = f"{lock['picture_start']} to {lock['picture_end']}"
            raise PictureLocked(f"Picture {picture} is locked (pictures {span}): unlock it first.", field="picture")


def said_anew(session: Session, masklet: Masklet) -> None:
    """The prompts or the locks changed: keep the hash that says so."""
    session.flush()
    masklet.prompts_hash = prompts_hash(prompts_of(session, [masklet.id])[masklet.id], masklet.locks)
    session.flush()


def prompts_of(session: Session, masklet_ids: Sequence[UUID]) -> dict[UUID, list[PromptRecord]]:
    """The prompts of masklets, by picture."""
    found: dict[UUID, list[PromptRecord]] = {masklet_id: [] for masklet_id in masklet_ids}
    statement = select(Prompt).where(Prompt.masklet_id.in_(masklet_ids)).order_by(Prompt.masklet_id, Prompt.picture)
    for row in session.scalars(statement):
        found[row.masklet_id].append(PromptRecord.model_validate(row.record))
    return found


def decisive(record: PromptRecord) -> dict[str, Any]:
    """The part of a prompt that masks follow from: a mask stands for the clicks that led to it."""
    if record.absent:
        return {"picture": record.picture, "absent": True}
    if record.counts is not None:
        return {"picture": record.picture, "counts": record.counts}
    return record.model_dump(mode="json", include={"picture", "points", "box"})


def prompts_hash(prompts: Sequence[PromptRecord], locks: Sequence[Any] = ()) -> str:
    """SHA-256 of what masks follow from; equal prompts and equal locks (as stored) give equal tracks."""
    values = [decisive(p) for p in sorted(prompts, key=lambda p: p.picture)]
    values += [{"lock": [lock["picture_start"], lock["picture_end"], lock["track_id"]]} for lock in locks]
    return _hash(values)


def unfinished_hash(whole: str, left: Sequence[Sequence[int]]) -> str:
    """That of a track in which these spans are left to be followed from what `whole` is the hash of: equal to none."""
    return _hash({"of": whole, "left": [list(span) for span in left]}) if left else whole


def _hash(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
