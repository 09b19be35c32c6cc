"""The masks of a track that is running, as they are now: for a page that opens meanwhile.

They are those that the track began with, then its last checkpoint's, then those of the events since, which are kept for
longer than a checkpoint is apart from the next. Whoever listens already when they ask for this misses nothing: `given`
counts the frames of a track, so that what is told twice is known.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy.orm import Session

from annotator.propagate.checkpoint import Checkpoint
from annotator.propagate.protocol import PromptError, SnapshotError
from server.events import Events
from server.masklets.earlier import Earlier, earlier_of
from server.masklets.schemas import MaskFrameOut, MasksOut
from server.masklets.work import Frame
from server.parts import Parts
from server.storage import ObjectMissing, Storage, read_bytes
from server.tables.masklets import Masklet, Track
from server.tables.videos import Video

KEPT = 8
"""Tracks whose masks stay at hand: a page asks for a few hundred pictures at a time."""


@dataclass(frozen=True)
class _SoFar:
    """What a track had when it was looked at last. Never changed: a look that finds more makes another one."""

    bases: list[UUID]
    """The tracks that it began with. One that was stopped may not have stored yet what it had."""
    begun: dict[int, Frame]
    """The masks that it had before it followed anything: copied, locked, or left from the last one."""
    checkpoint: str | None
    given: int
    frames: dict[int, Frame]
    last: str | None
    """The newest event that is in it: the next look reads those after it only."""


@dataclass(frozen=True)
class Running:
    """A track that runs, as its rows say: what its masks are looked for with when no transaction is open any more."""

    track: Track
    video: Video
    earlier: Earlier


def running(session: Session, track: Track) -> Running:
    """The rows of a track that runs."""
    masklet = session.get_one(Masklet, track.masklet_id)
    return Running(track, session.get_one(Video, masklet.video_id), earlier_of(session, track))


def masks_so_far(parts: Parts, now: Running, start: int, stop: int) -> MasksOut:
    """The masks of the pictures start … stop-1. Reads the store and the kept events."""
    track = now.track
    assert now.video.height is not None
    assert now.video.width is not None
    count = now.video.pictures or 0
    known = _known(parts.storage, track, now.earlier, count)
    found = _remember(parts.storage, track.id, _with_news(parts.events, track, known))
    shown = range(start, min(stop, count))
    return MasksOut(
        track_id=track.id,
        height=now.video.height,
        width=now.video.width,
        given=found.given,
        frames=[
            MaskFrameOut(picture=picture, counts=found.frames[picture][0], score=round(found.frames[picture][1], 4))
            for picture in shown
            if picture in found.frames
        ],
    )


def _known(storage: Storage, track: Track, earlier: Earlier, count: int) -> _SoFar:
    """What it had at the last look, or what it began with and its last checkpoint where one of them is new."""
    bases = [base.id for _, base in earlier.bases]
    known = _recent(storage, track.id)
    if known is not None and (known.bases, known.checkpoint) == (bases, track.checkpoint_key):
        return known
    if known is not None and known.bases == bases:
        begun = known.begun
    else:
        try:
            work = earlier.work(storage, track, count)
        except (ObjectMissing, PromptError):
            begun, bases = {}, []  # the track's own job says it
        else:
            begun = work.standing | work.copied
    saved = _saved(storage, track)
    return _SoFar(bases, begun, track.checkpoint_key, saved.given, begun | saved.frames, None)


_NOTHING = Checkpoint(given=0, frames={}, settled=set(), agreement={}, session=b"")


def _saved(storage: Storage, track: Track) -> Checkpoint:
    """The last checkpoint."""
    if track.checkpoint_key is None:
        return _NOTHING
    try:
        return Checkpoint.unpack(read_bytes(storage, track.checkpoint_key), {"track": str(track.id)})
    except (ObjectMissing, SnapshotError):
        return _NOTHING  # the next one is written within seconds


def _with_news(events: Events, track: Track, known: _SoFar) -> _SoFar:
    """The same with the batches of masks that were told since."""
    news = events.kept(f"masklet:{track.masklet_id}", known.last)
    if not news:
        return known
    given, fresh = known.given, dict[int, Frame]()
    for event in news:
        told = orjson.loads(event.data) if event.name == "masks" else {}
        # A worker that took the track over tells again what the lost one told after the checkpoint.
        if told.get("track_id") == str(track.id) and told.get("given", 0) > given:
            given = told["given"]
            fresh |= {frame["picture"]: (frame["counts"], frame["score"]) for frame in told["frames"]}
    frames = known.frames | fresh if fresh else known.frames
    return _SoFar(known.bases, known.begun, known.checkpoint, given, frames, news[-1].id)


_kept: WeakKeyDictionary[Storage, OrderedDict[UUID, _SoFar]] = WeakKeyDictionary()
_lock = threading.Lock()


def _recent(storage: Storage, track_id: UUID) -> _SoFar | None:
    with _lock:
        return _kept.setdefault(storage, OrderedDict()).get(track_id)


def _remember(storage: Storage, track_id: UUID, found: _SoFar) -> _SoFar:
    with _lock:
        ours = _kept.setdefault(storage, OrderedDict())
        ours[track_id] = found
        ours.move_to_end(track_id)
        while len(ours) > KEPT:
            ours.popitem(last=False)
    return found
