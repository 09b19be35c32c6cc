"""What a track has to do: the stretches to follow, and the masks that are known already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from annotator.masklet.packed import PackedMasklet
from annotator.propagate.plan import Lock, Stretch, pictures_of, pieces, spans_of
from annotator.propagate.protocol import Span
from server.masklets.said import Held, Layout, Said, layout, outdated

Frame = tuple[str | None, float]
"""RLE counts (None: absent) and score."""
Ways = Literal["forward", "backward", "both"]


@dataclass(frozen=True)
class Asked:
    """The pictures start … stop, both included, followed from the keyframes on the left (forward), right, or both."""

    start: int
    stop: int
    direction: Ways = "both"

    @classmethod
    def of(cls, wanted: Mapping[str, Any] | None, count: int) -> Self:
        """As a track's row says it; the whole video without."""
        if wanted is None:
            return cls(0, count - 1)
        return cls(wanted["picture_start"], wanted["picture_end"], wanted["direction"])

    def is_whole(self, count: int) -> bool:
        """Everything, as it should be."""
        return (self.start, self.stop, self.direction) == (0, count - 1, "both")

    def pictures(self, count: int) -> NDArray[np.bool_]:
        """bool[count]: what was asked for."""
        return pictures_of([(self.start, self.stop)], count)


@dataclass(frozen=True)
class Choice:
    """Of all that needs to be followed, what was asked for."""

    only: list[Stretch]
    keyframes: list[int]
    """Those whose masks are asked for."""
    loose: NDArray[np.bool_]
    """bool[count]: followed from one side only though there are keyframes on both, so that it is still to be done."""
    left: NDArray[np.bool_]
    """bool[count]: what is still to be followed afterwards."""


def choose(now: Layout, need: NDArray[np.bool_], asked: Asked) -> Choice:
    """What to do of `need`, bool[count]."""
    count = len(need)
    wanted = need & asked.pictures(count)
    only: list[Stretch] = []
    loose, done = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    for stretch in now.stretches:
        for piece in pieces(stretch, wanted):
            if asked.direction in ("both", piece.way):
                only.append(piece)
                done[piece.start : piece.stop + 1] = True
            elif piece.way == "both":
                forward = asked.direction == "forward"
                left, right = (piece.left, None) if forward else (None, piece.right)
                only.append(replace(piece, way=asked.direction, left=left, right=right))
                loose[piece.start : piece.stop + 1] = True
    keyframes = [picture for picture in now.keyframes if wanted[picture]]
    done[keyframes] = True
    return Choice(only, keyframes, loose, need & ~done)


@dataclass(frozen=True)
class Base:
    """An earlier track of the same propagator, to copy from."""

    said: Said
    left: NDArray[np.bool_]
    """bool[count]: pictures whose masks do not follow from `said`."""
    masks: PackedMasklet
    disagreed: Sequence[Span] = ()
    """Where its two directions of travel did."""


@dataclass(frozen=True)
class Work:
    """What a track has to do, and what is known already."""

    locks: list[Lock]
    only: list[Stretch]
    also: list[int]
    """Keyframes whose masks are asked for, beside the stretches or not."""
    without: list[int]
    """Keyframes whose masks are not."""
    copied: dict[int, Frame]
    """Masks that are those of the prompts and locks."""
    standing: dict[int, Frame]
    """Masks of the last track that are not, kept where nothing better was asked for."""
    loose: list[int]
    """Pictures that are followed, but are to be followed again."""
    steps: int
    """Frame steps to come, for the progress: stretches followed from both sides count twice."""
    sure: list[Span] = field(default_factory=list)
    """What a person said or locked: nobody needs to look there."""
    disagreed: list[Span] = field(default_factory=list)
    """Of what is copied, where the two directions of travel disagreed."""


def work_of(
    said: Said,
    count: int,
    asked: Asked,
    bases: Sequence[Base] = (),
    *,
    held: Mapping[UUID, PackedMasklet] | None = None,
    last: PackedMasklet | None = None,
) -> Work:
    """The work of a track of a video of `count` pictures. Raises PromptError.

    `held` are the masks of the tracks that locks name; `last` those that people saw until now, which stand where less
    than the whole video is asked for.
    """
    now = layout(said, count)
    copied: dict[int, Frame] = {}
    locks = []
    for lock in said.locks:
        masks = (held or {})[lock.track_id]
        copied |= {picture: _frame(masks, picture) for picture in range(lock.start, lock.stop + 1)}
        locks.append(_with_masks(lock, copied))
    need = ~now.locked
    disagreed = np.zeros(count, dtype=np.bool_)
    for base in bases:
        if base.masks.count != count:
            continue
        fresh = outdated(now, layout(base.said, count), base.left | ~base.masks.known())
        copied |= {int(picture): _frame(base.masks, int(picture)) for picture in np.flatnonzero(need & ~fresh)}
        disagreed |= need & ~fresh & pictures_of(base.disagreed, count)
        need &= fresh
    choice = choose(now, need, asked)
    standing: dict[int, Frame] = {}
    if not asked.is_whole(count) and last is not None and last.count == count:
        standing = {int(picture): _frame(last, int(picture)) for picture in np.flatnonzero(need & last.known())}
    inside = asked.pictures(count)
    sure = now.locked | now.absent
    sure[list(now.keyframes)] = True
    return Work(
        locks=locks,
        only=choice.only,
        also=choice.keyframes,
        without=[picture for picture in now.keyframes if not inside[picture]],
        copied=copied,
        standing=standing,
        loose=np.flatnonzero(choice.loose).tolist(),
        steps=len(now.keyframes) + sum((s.stop - s.start + 1) * (2 if s.way == "both" else 1) for s in choice.only),
        sure=spans_of(sure),
        disagreed=spans_of(disagreed),
    )


def _frame(masks: PackedMasklet, picture: int) -> Frame:
    frame = masks.frame(picture)
    return (frame.rle.counts if frame.rle else None), frame.score


def _with_masks(lock: Held, copied: Mapping[int, Frame]) -> Lock:
    masks: dict[int, str] = {}
    for picture in (lock.first, lock.last):
        counts = None if picture is None else copied[picture][0]
        if picture is not None and counts is not None:
            masks[picture] = counts
    return lock.lock(masks)
