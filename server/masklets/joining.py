"""Splits a masklet in time, and merges two into one. Masks are copied or united as they are; nothing is followed anew.

Both go the same way: look; write the new masks into the storage while no transaction is open; then write the rows in
one, provided that nothing changed meanwhile. What dies between leaves an object that no row names, and no half masklet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.masklet.packed import PackedMasklet, pack
from annotator.propagate.joining import Joined, JoiningError, Whole, merge, split
from annotator.records import PromptRecord
from server.access import Actor
from server.db import new_id
from server.events import announce
from server.masklets.edit import (
    create_masklet,
    decisive,
    find_masklet,
    held_masklet,
    prompts_hash,
    prompts_of,
    remove_masklet,
)
from server.masklets.effort import note
from server.masklets.errors import (
    ChangedMeanwhile,
    MergeLocked,
    MergeRefused,
    NotASubjectTask,
    NotFollowed,
    SplitRefused,
)
from server.masklets.read import fresh_track_out
from server.masklets.schemas import SplitIn
from server.masklets.track import end_track, presence_runs
from server.storage import Storage, read_bytes
from server.tables.accounts import User
from server.tables.masklets import Masklet, Prompt, Track, TrackOrigin, TrackState
from server.tables.projects import PropagatorName
from server.tables.tasks import Task, TaskKind


@dataclass(frozen=True)
class Seen:
    """A masklet as it was looked at: what must be the same still when the rows are written."""

    masklet_id: UUID
    track_id: UUID
    file_key: str
    propagator: PropagatorName
    prompts: Sequence[PromptRecord]
    locks: list[Any]
    flags: list[Any]

    def whole(self, storage: Storage) -> Whole:
        """Its prompts and masks."""
        return Whole(self.prompts, PackedMasklet.open(read_bytes(storage, self.file_key)))


@dataclass(frozen=True)
class Written:
    """Masks that lie in the storage already, for a track that has no row yet."""

    masklet_id: UUID
    track_id: UUID
    key: str
    propagator: PropagatorName
    joined: Joined
    presence: list[list[int]]
    flags: list[Any]


def look(session: Session, who: Actor, masklet_id: UUID) -> Seen:
    """The masklet with its masks, for who holds its subject task, locked.

    Raises what `held_masklet` does, NotASubjectTask, and NotFollowed when its masks are not those of its prompts.
    """
    masklet = held_masklet(session, who, masklet_id)
    task = session.get_one(Task, masklet.task_id)
    if task.kind != TaskKind.STC_SUBJECT or task.lease_user_id != who.user.id:
        raise NotASubjectTask
    session.refresh(masklet, with_for_update=True)
    track = session.get(Track, masklet.current_track_id) if masklet.current_track_id is not None else None
    if track is None or track.file_key is None or fresh_track_out(session, track).stale:
        raise NotFollowed
    prompts = prompts_of(session, [masklet.id])[masklet.id]
    return Seen(masklet.id, track.id, track.file_key, track.propagator, prompts, list(masklet.locks), list(track.flags))


def look_at_both(session: Session, who: Actor, masklet_id: UUID, other_id: UUID) -> tuple[Seen, Seen]:
    """Both masklets of a merge, for who holds their subject task. Raises as `look`, and MergeRefused or MergeLocked."""
    held_masklet(session, who, masklet_id)
    if other_id == masklet_id:
        raise MergeRefused("A subject cannot be merged with itself.", field="other_id")
    masklet, other = (find_masklet(session, who, wanted) for wanted in (masklet_id, other_id))
    if masklet.task_id != other.task_id:
        raise MergeRefused("Only subjects of the same task can be merged.", field="other_id")
    if masklet.locks or other.locks:
        raise MergeLocked
    return look(session, who, masklet_id), look(session, who, other_id)


def write_split(storage: Storage, seen: Seen, picture: int) -> tuple[Written, Written]:
    """The masks of both sides, in the storage: the masklet's, and those of one that is made of `picture` and on.

    Raises SplitRefused and NotFollowed.
    """
    whole = seen.whole(storage)
    last = len(whole.masks) - 1
    if not 0 < picture <= last:
        raise SplitRefused(f"A subject can be split at the pictures 1 to {last}, not {picture}.", field="picture")
    _check(whole)
    try:
        before, after = split(whole, picture)
    except JoiningError as error:
        raise SplitRefused(f"{str(error)[:1].upper()}{str(error)[1:]}.", field="picture") from error
    return (
        _write(storage, seen, seen.masklet_id, before, _cut(seen.flags, 0, picture - 1)),
        _write(storage, seen, new_id(), after, _cut(seen.flags, picture, last)),
    )


def write_merge(storage: Storage, seen: Seen, other: Seen) -> Written:
    """The united masks, in the storage. Raises NotFollowed and MergeRefused."""
    wholes = seen.whole(storage), other.whole(storage)
    for whole in wholes:
        _check(whole)
    try:
        joined = merge(*wholes)
    except JoiningError as error:
        raise MergeRefused(f"{str(error)[:1].upper()}{str(error)[1:]}.", field="other_id") from error
    flags = sorted([*seen.flags, *other.flags], key=lambda flag: (flag["picture_start"], flag["picture_end"]))
    return _write(storage, seen, seen.masklet_id, joined, flags)


def store_split(
    session: Session, who: Actor, seen: Seen, written: tuple[Written, Written], wanted: SplitIn
) -> list[Masklet]:
    """The rows of a split: the masklet and the new one. Raises as `look`, and ChangedMeanwhile."""
    picture = wanted.picture
    if look(session, who, seen.masklet_id) != seen:
        raise ChangedMeanwhile
    before, after = written
    masklet = session.get_one(Masklet, seen.masklet_id)
    task = session.get_one(Task, masklet.task_id)
    made = create_masklet(session, task, who.user, wanted.label, masklet_id=after.masklet_id)
    for row in session.scalars(select(Prompt).where(Prompt.masklet_id == masklet.id, Prompt.picture >= picture)):
        row.masklet_id = made.id
    session.flush()  # before another prompt takes the place of one that moved
    _set_edits(made, {key: clicks for key, clicks in masklet.edits.items() if int(key) >= picture})
    _set_edits(masklet, {key: clicks for key, clicks in masklet.edits.items() if int(key) < picture})
    note(masklet, picture, 1)
    for one, side, (start, end) in ((masklet, before, (0, picture - 1)), (made, after, (picture, None))):
        one.locks = _cut(seen.locks, start, end)  # of the tracks that they name, which stay
        _take_up(session, one, side, who.user, TrackOrigin.PARTED)
    return [masklet, made]


def store_merge(session: Session, who: Actor, both: tuple[Seen, Seen], written: Written) -> Masklet:
    """The rows of a merge: the masklet, and the other one removed. Raises as `look_at_both`, and ChangedMeanwhile."""
    seen, gone = both
    if look_at_both(session, who, seen.masklet_id, gone.masklet_id) != both:
        raise ChangedMeanwhile
    masklet, other = (session.get_one(Masklet, one.masklet_id) for one in both)
    pictures = masklet.edits.keys() | other.edits.keys()
    _set_edits(masklet, {key: masklet.edits.get(key, 0) + other.edits.get(key, 0) for key in pictures})
    _end_running(session, other)
    remove_masklet(session, other)
    _take_up(session, masklet, written, who.user, TrackOrigin.JOINED)
    for one in both:
        told = {"masklet_id": str(masklet.id), "removed_id": str(other.id)}
        announce(session, f"masklet:{one.masklet_id}", "joined", told)
    return masklet


def _check(whole: Whole) -> None:
    try:
        whole.check()
    except JoiningError as error:
        raise NotFollowed(f"{str(error)[:1].upper()}{str(error)[1:]}: follow the whole video first.") from error


def _write(storage: Storage, seen: Seen, masklet_id: UUID, joined: Joined, flags: list[Any]) -> Written:
    """Masks of the size of those of `seen`, in the storage."""
    track_id = new_id()
    key = f"masklets/{masklet_id}/{track_id}.masklet"
    data = pack(joined.height, joined.width, joined.frames, len(joined.frames))
    storage.put(key, data)
    presence = presence_runs(PackedMasklet.open(data).presence())
    return Written(masklet_id, track_id, key, seen.propagator, joined, presence, flags)


def _take_up(session: Session, masklet: Masklet, written: Written, user: User, origin: TrackOrigin) -> None:
    """Make prompts and masks those of the masklet, as a new version of its track."""
    _end_running(session, masklet)
    records = {record.picture: record for record in written.joined.prompts}
    for row in session.scalars(select(Prompt).where(Prompt.masklet_id == masklet.id)).all():
        record = records.pop(row.picture, None)
        if record is None:
            session.delete(row)
        elif PromptRecord.model_validate(row.record) != record:
            row.record, row.created_by = record.model_dump(mode="json"), user.id
    for record in records.values():
        values = record.model_dump(mode="json")
        session.add(Prompt(masklet_id=masklet.id, picture=record.picture, record=values, created_by=user.id))
    masklet.prompts_hash = prompts_hash(written.joined.prompts, masklet.locks)
    newest = session.scalar(select(func.max(Track.version)).where(Track.masklet_id == masklet.id)) or 0
    track = Track(
        id=written.track_id,
        masklet_id=masklet.id,
        version=newest + 1,
        state=TrackState.DONE,
        file_key=written.key,
        propagator=written.propagator,
        prompts_hash=masklet.prompts_hash,
        prompts={str(record.picture): decisive(record) for record in written.joined.prompts},
        locks=list(masklet.locks),
        origin=origin,
        flags=written.flags,
        presence=written.presence,
        pictures_done=len(written.joined.frames),
        created_by=user.id,
    )
    session.add(track)
    session.flush()
    masklet.current_track_id = track.id
    session.flush()
    announce(session, f"masklet:{masklet.id}", "track", fresh_track_out(session, track).model_dump(mode="json"))


def _end_running(session: Session, masklet: Masklet) -> None:
    running = select(Track).where(Track.masklet_id == masklet.id, Track.state == TrackState.RUNNING)
    for track in session.scalars(running).all():
        end_track(session, track)


def _set_edits(masklet: Masklet, edits: dict[str, int]) -> None:
    """What people's work on it came to; see `effort`."""
    masklet.edits, masklet.edited_pictures, masklet.clicks = edits, len(edits), sum(edits.values())


def _cut(spans: list[Any], start: int, end: int | None) -> list[Any]:
    """The parts of spans that lie within start … end (None: to the end)."""
    found = []
    for span in spans:
        first, last = max(span["picture_start"], start), span["picture_end"]
        last = last if end is None else min(last, end)
        if first <= last:
            found.append({**span, "picture_start": first, "picture_end": last})
    return found
