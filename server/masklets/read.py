"""Masklets, tracks and masks as the wire shows them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from annotator.masklet.packed import PackedMasklet
from server.masklets.edit import prompts_hash, prompts_of
from server.masklets.schemas import Flag, MaskFrameOut, MaskletOut, MasksOut, TrackOut
from server.storage import Storage, read_bytes
from server.tables.masklets import Masklet, MaskletState, Track, TrackState
from server.tables.tasks import Task, TaskKind

KEPT = 32
"""Packed masklets kept open: some hundred kilobytes each."""


def of_task(task: Task) -> ColumnElement[bool]:
    """A condition: the masklets that a task is about, all of a subject task, the one of every later step."""
    mine = Masklet.task_id == task.id if task.kind == TaskKind.STC_SUBJECT else Masklet.id == task.masklet_id
    return and_(mine, Masklet.state != MaskletState.REMOVED)


def masklets_of(session: Session, task: Task) -> list[Masklet]:
    """The masklets that a task is about, by number."""
    return list(session.scalars(select(Masklet).where(of_task(task)).order_by(Masklet.number)))


def masklet_outs(session: Session, masklets: Sequence[Masklet]) -> list[MaskletOut]:
    """Masklets with their prompts and their track: the newest one, or the last good one when that came to nothing."""
    ids = [m.id for m in masklets]
    prompts = prompts_of(session, ids)
    tracks: dict[UUID, Track] = {}
    current = {m.current_track_id for m in masklets}
    for track in session.scalars(select(Track).where(Track.masklet_id.in_(ids)).order_by(Track.version)):
        known = tracks.get(track.masklet_id)
        came_to_nothing = track.state in (TrackState.CANCELLED, TrackState.FAILED)
        if known is None or not came_to_nothing or known.id not in current:
            tracks[track.masklet_id] = track
    return [
        MaskletOut(
            id=m.id,
            number=m.number,
            label=m.label,
            state=m.state,
            video_id=m.video_id,
            colour=m.number - 1,
            prompts=prompts[m.id],
            track=track_out(tracks[m.id], now_hash=prompts_hash(prompts[m.id])) if m.id in tracks else None,
        )
        for m in masklets
    ]


def track_out(track: Track, *, now_hash: str) -> TrackOut:
    """A track; `now_hash` is that of the masklet's present prompts."""
    return TrackOut(
        id=track.id,
        masklet_id=track.masklet_id,
        version=track.version,
        state=track.state,
        pictures_done=track.pictures_done,
        stale=track.prompts_hash != now_hash,
        presence=None if track.presence is None else [(run[0], run[1]) for run in track.presence],
        propagator=track.propagator,
        job_id=track.job_id,
        flags=[Flag.model_validate(flag) for flag in track.flags],
    )


def fresh_track_out(session: Session, track: Track) -> TrackOut:
    """A track beside the present prompts of its masklet."""
    return track_out(track, now_hash=prompts_hash(prompts_of(session, [track.masklet_id])[track.masklet_id]))


_opened: WeakKeyDictionary[Storage, OrderedDict[str, PackedMasklet]] = WeakKeyDictionary()
_lock = threading.Lock()


def packed(storage: Storage, key: str) -> PackedMasklet:
    """A stored packed masklet, checked; the last few stay open."""
    with _lock:
        kept = _opened.setdefault(storage, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    found = PackedMasklet.open(read_bytes(storage, key))
    with _lock:
        kept[key] = found
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return found


def masks_out(storage: Storage, track: Track, start: int, stop: int) -> MasksOut:
    """The masks of the pictures start … stop-1 of a finished track; pictures that were never tracked are left out."""
    assert track.file_key is not None
    file = packed(storage, track.file_key)
    return MasksOut(
        track_id=track.id,
        height=file.height,
        width=file.width,
        frames=[
            MaskFrameOut(picture=f.picture, counts=f.rle.counts if f.rle else None, score=round(f.score, 4))
            for f in file.range(start, stop)
            if f.known
        ],
    )
