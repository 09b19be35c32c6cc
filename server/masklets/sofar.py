"""The masks of a track that is running, as they are now: for a page that opens meanwhile.

They are those that the track began with, then its last checkpoint's, then those of the events since, which are kept for
longer than a checkpoint is apart from the next. Whoever listens already when they ask for this misses nothing: `given`
counts the frames of a track, so that what is told twice is known.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy.orm import Session

from annotator.propagate.checkpoint import Checkpoint
from annotator.propagate.protocol import PromptError, SnapshotError
from server.events import Events
from server.masklets.earlier import earlier_of
from server.masklets.schemas import MaskFrameOut, MasksOut
from server.masklets.work import Frame
from server.parts import Parts
from server.storage import ObjectMissing, Storage, read_bytes
from server.tables.masklets import Masklet, Track
from server.tables.videos import Video

T = TypeVar("T")
KEPT = 8
"""Tracks whose beginnings and checkpoints stay at hand: a page asks for a few hundred pictures at a time."""


def masks_so_far(session: Session, parts: Parts, track: Track, start: int, stop: int) -> MasksOut:
    """The masks of the pictures start … stop-1."""
    masklet = session.get_one(Masklet, track.masklet_id)
    video = session.get_one(Video, masklet.video_id)
    assert video.height is not None
    assert video.width is not None
    frames = dict(_begun_with(session, parts.storage, track, video.pictures or 0))
    saved = _saved(parts.storage, track)
    given = saved.given
    frames |= saved.frames
    for told in _told(parts.events, track):
        # A worker that took the track over tells again what the lost one told after the checkpoint.
        if told["given"] > given:
            given = told["given"]
            frames |= {frame["picture"]: (frame["counts"], frame["score"]) for frame in told["frames"]}
    shown = range(start, min(stop, video.pictures or 0))
    return MasksOut(
        track_id=track.id,
        height=video.height,
        width=video.width,
        given=given,
        frames=[
            MaskFrameOut(picture=picture, counts=frames[picture][0], score=round(frames[picture][1], 4))
            for picture in shown
            if picture in frames
        ],
    )


_NOTHING = Checkpoint(given=0, frames={}, settled=set(), agreement={}, session=b"")


def _begun_with(session: Session, storage: Storage, track: Track, count: int) -> dict[int, Frame]:
    """The masks that the track had before it followed anything: copied, locked, or left from the last one."""
    earlier = earlier_of(session, track)
    names = [base.id for _, base in earlier.bases]  # one that was stopped may not have stored yet what it had
    known = _recent(_begun, storage, track.id)
    if known is not None and known[0] == names:
        return known[1]
    try:
        work = earlier.work(storage, track, count)
    except (ObjectMissing, PromptError):
        return {}  # the track's own job says it
    return _remember(_begun, storage, track.id, (names, work.standing | work.copied))[1]


def _saved(storage: Storage, track: Track) -> Checkpoint:
    """The last checkpoint without its session."""
    if track.checkpoint_key is None:
        return _NOTHING
    known = _recent(_checkpoints, storage, track.id)
    if known is not None and known[0] == track.checkpoint_key:
        return known[1]
    try:
        found = Checkpoint.unpack(read_bytes(storage, track.checkpoint_key), {"track": str(track.id)})
    except (ObjectMissing, SnapshotError):
        return _NOTHING  # the next one is written within seconds
    light = Checkpoint(found.given, found.frames, found.settled, found.agreement, b"")
    _remember(_checkpoints, storage, track.id, (track.checkpoint_key, light))
    return light


def _told(events: Events, track: Track) -> list[dict[str, Any]]:
    """The batches of masks of this track that are kept, in order."""
    found = (orjson.loads(each.data) for each in events.kept(f"masklet:{track.masklet_id}") if each.name == "masks")
    return [told for told in found if told["track_id"] == str(track.id) and "given" in told]


_Kept = WeakKeyDictionary[Storage, OrderedDict[UUID, T]]
_begun: _Kept[tuple[list[UUID], dict[int, Frame]]] = WeakKeyDictionary()
_checkpoints: _Kept[tuple[str, Checkpoint]] = WeakKeyDictionary()
_lock = threading.Lock()


def _recent(kept: _Kept[T], storage: Storage, track_id: UUID) -> T | None:
    with _lock:
        return kept.setdefault(storage, OrderedDict()).get(track_id)


def _remember(kept: _Kept[T], storage: Storage, track_id: UUID, value: T) -> T:
    with _lock:
        ours = kept.setdefault(storage, OrderedDict())
        ours[track_id] = value
        ours.move_to_end(track_id)
        while len(ours) > KEPT:
            ours.popitem(last=False)
    return value
