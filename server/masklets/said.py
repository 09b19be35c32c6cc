"""What people said of a subject, prompts and locks, and what of an earlier track is outdated by it. No mask is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.propagate.plan import Lock, Stretch, affected, locked, pictures_of, plan, stretches
from annotator.propagate.protocol import PromptError
from annotator.records import MAX_COUNTS, PromptRecord
from server.masklets.edit import decisive
from server.tables.masklets import Track


@dataclass(frozen=True)
class Held:
    """A lock of a masklet: the pictures start … stop have the masks of a track."""

    start: int
    stop: int
    track_id: UUID
    first: int | None
    """The outermost of its pictures that show the subject."""
    last: int | None

    def lock(self, masks: Mapping[int, str] | None = None) -> Lock:
        """As who plans takes it. For who follows, `masks` are the RLE counts of `first` and `last`.

        Raises PromptError when one is too ragged to follow from.
        """
        for picture, counts in (masks or {}).items():
            if len(counts) > MAX_COUNTS:
                message = f"the locked mask of picture {picture} is too ragged to follow from: unlock it"
                raise PromptError(message, "mask")
        first, last = (
            None if picture is None else PromptRecord(picture=picture, counts=masks[picture] if masks else None)
            for picture in (self.first, self.last)
        )
        return Lock(self.start, self.stop, first, last)


@dataclass(frozen=True)
class Said:
    """The prompts and the locks of a subject, by picture."""

    prompts: Sequence[PromptRecord]
    locks: Sequence[Held] = ()


@dataclass(frozen=True)
class Layout:
    """How a video of some pictures is followed from what was said."""

    keyframes: Mapping[int, Any]
    """By picture: what tells its mask from any other one there."""
    absent: NDArray[np.bool_]
    locked: NDArray[np.bool_]
    stretches: Sequence[Stretch]


def layout(said: Said, count: int) -> Layout:
    """The layout of a video of `count` pictures. Raises PromptError."""
    locks = [held.lock() for held in said.locks]
    keyframes, absent = plan(said.prompts, count, locks)
    # A prompt inside a lock is what the mask there followed from, so that it says as much as the lock's track.
    marks: dict[int, Any] = {
        picture: str(held.track_id) for held in said.locks for picture in (held.first, held.last) if picture is not None
    }
    pictures = {keyframe.picture for keyframe in keyframes}
    marks |= {p.picture: decisive(p) for p in said.prompts if not p.absent and p.picture in pictures}
    return Layout(
        dict(sorted(marks.items())),
        pictures_of(absent, count),
        locked(locks, count),
        stretches(pictures, absent, count, locks),
    )


def outdated(now: Layout, before: Layout, left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool[count]: the pictures that a track of `now` follows anew after one of `before`, never those that are locked.

    `left` are those that the one before had not followed itself.
    """
    changed = {
        p for p in now.keyframes.keys() | before.keyframes.keys() if now.keyframes.get(p) != before.keyframes.get(p)
    }
    changed |= set(np.flatnonzero(now.absent != before.absent).tolist())
    fresh = set(affected(before.stretches, now.stretches, changed))
    found = ~now.locked
    for stretch in now.stretches:
        if stretch not in fresh:
            found[stretch.start : stretch.stop + 1] = left[stretch.start : stretch.stop + 1]
    for picture in now.keyframes:
        found[picture] = not now.locked[picture] and (picture in changed or left[picture])
    return found


def left_of(track: Track, count: int) -> NDArray[np.bool_]:
    """bool[count]: the pictures whose masks do not follow from the track's own prompts and locks."""
    return pictures_of((track.wanted or {}).get("left", ()), count)


def records_of(track: Track) -> list[PromptRecord]:
    """The prompts that a track is made from, by picture."""
    return [PromptRecord.model_validate(track.prompts[key]) for key in sorted(track.prompts, key=int)]


def presences(session: Session, locks: Iterable[Sequence[Any]]) -> dict[UUID, Sequence[Sequence[int]]]:
    """Where the tracks that are named in lists of locks show their subject, by track."""
    wanted = {UUID(lock["track_id"]) for several in locks for lock in several}
    if not wanted:
        return {}
    rows = session.execute(select(Track.id, Track.presence).where(Track.id.in_(wanted)))
    return {track_id: presence or () for track_id, presence in rows}


def held_in(locks: Sequence[Any], shown: Mapping[UUID, Sequence[Sequence[int]]]) -> list[Held]:
    """Locks as they are stored, with where they show the subject: see `presences`."""
    found = []
    for lock in locks:
        start, stop, track_id = lock["picture_start"], lock["picture_end"], UUID(lock["track_id"])
        inside = [(max(a, start), min(b, stop)) for a, b in shown.get(track_id, ()) if a <= stop and b >= start]
        first, last = (inside[0][0], inside[-1][1]) if inside else (None, None)
        found.append(Held(start, stop, track_id, first, last))
    return found


def said_of(session: Session, track: Track) -> Said:
    """What a track is made from."""
    return Said(records_of(track), held_in(track.locks, presences(session, [track.locks])))
