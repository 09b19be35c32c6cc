"""What to follow: a subject's prompts and locks as keyframes and absent spans, and the stretches between them.

Pure: pictures in, pictures out, no mask is looked at. So who shows what is outdated asks the same functions as who
follows it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from annotator.propagate.protocol import Span, check_picture
from annotator.records import PromptRecord


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pictures start … stop (both included) whose masks follow from the keyframes `left` and `right` beside them.

    `way` says from which keyframe they are followed: forward from left, backward from right, or both and blended.
    """

    start: int
    stop: int
    left: int | None
    right: int | None
    way: Literal["forward", "backward", "both"]

    @property
    def rests_on(self) -> Span:
        """First and last picture that its masks follow from: the way from its keyframes, and itself."""
        return (
            self.start if self.left is None else min(self.left, self.start),
            self.stop if self.right is None else max(self.right, self.stop),
        )


@dataclass(frozen=True, slots=True)
class Lock:
    """Pictures start … stop (both included) whose masks are settled: they are copied, never followed.

    `first` and `last` are the outermost of them that show the subject, with their masks: what is beside the lock is
    followed from them. None where it shows nothing.
    """

    start: int
    stop: int
    first: PromptRecord | None = None
    last: PromptRecord | None = None

    @property
    def edges(self) -> list[PromptRecord]:
        """Its keyframes."""
        return [edge for edge in (self.first, self.last) if edge is not None]

    @property
    def absent(self) -> list[Span]:
        """Its pictures before the first and after the last one that shows the subject."""
        if self.first is None or self.last is None:
            return [(self.start, self.stop)]
        sides = (self.start, self.first.picture - 1), (self.last.picture + 1, self.stop)
        return [(first, last) for first, last in sides if first <= last]


def plan(
    prompts: Sequence[PromptRecord], count: int, locks: Sequence[Lock] = ()
) -> tuple[list[PromptRecord], list[Span]]:
    """A subject's prompts and locks as keyframes (one a picture, the last one given) and absent spans, both in order.

    A prompt that says `absent` covers the pictures from its own up to the next prompt, the next locked mask or the end.
    A lock wins over prompts inside of it. Raises PromptError.
    """
    by_picture = {prompt.picture: prompt for prompt in prompts}
    for picture in sorted({*by_picture, *(lock.stop for lock in locks)})[-1:]:
        check_picture(picture, count)
    empty = [span for lock in locks for span in lock.absent]
    by_picture = {
        picture: prompt
        for picture, prompt in by_picture.items()
        if prompt.absent or not any(first <= picture <= last for first, last in empty)
    }
    by_picture |= {edge.picture: edge for lock in locks for edge in lock.edges}
    keyframes, absent = [], set(empty)
    for picture, following in pairwise([*sorted(by_picture), count]):
        if by_picture[picture].absent:
            absent.add((picture, following - 1))
        else:
            keyframes.append(by_picture[picture])
    return keyframes, sorted(absent)


def stretches(
    keyframes: Collection[int], absent: Sequence[Span], count: int, locks: Sequence[Lock] = ()
) -> list[Stretch]:
    """The stretches between, before and after the keyframes, in order; without a keyframe there is none.

    Of the pictures of `locks`, whose edges must be among the keyframes, none is in a stretch: one that holds a lock in
    which the subject is absent comes in two pieces.
    """
    ordered = sorted(keyframes)
    if not ordered:
        return []
    gaps = sorted(absent)
    starts, reach = [a for a, _ in gaps], list(accumulate((b for _, b in gaps), max))
    found: list[Stretch] = []
    if ordered[0] > 0:
        found.append(Stretch(0, ordered[0] - 1, None, ordered[0], "backward"))
    for left, right in pairwise(ordered):
        if left + 1 == right:
            continue
        earlier = bisect_left(starts, right)
        gone = min(reach[earlier - 1], right - 1) if earlier else left
        if gone <= left:
            found.append(Stretch(left + 1, right - 1, left, right, "both"))
            continue
        found.append(Stretch(left + 1, gone, left, None, "forward"))
        if gone + 1 < right:
            found.append(Stretch(gone + 1, right - 1, None, right, "backward"))
    if ordered[-1] < count - 1:
        found.append(Stretch(ordered[-1] + 1, count - 1, ordered[-1], None, "forward"))
    if not locks:
        return found
    free = ~locked(locks, count)
    return [piece for stretch in found for piece in pieces(stretch, free)]


def locked(locks: Sequence[Lock], count: int) -> NDArray[np.bool_]:
    """bool[count]: the picture is in a lock."""
    found = np.zeros(count, dtype=np.bool_)
    for lock in locks:
        found[lock.start : lock.stop + 1] = True
    return found


def pieces(stretch: Stretch, wanted: NDArray[np.bool_]) -> list[Stretch]:
    """The parts of a stretch where bool[count] `wanted` holds, each followed as the whole would be."""
    inside = spans_of(wanted[stretch.start : stretch.stop + 1])
    return [replace(stretch, start=stretch.start + a, stop=stretch.start + b) for a, b in inside]


def spans_of(pictures: NDArray[np.bool_]) -> list[Span]:
    """The runs of bool[count], [(first, last), …], both included."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], pictures, [False])).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def pictures_of(spans: Sequence[Sequence[int]], count: int) -> NDArray[np.bool_]:
    """bool[count]: the picture is in one of the spans."""
    found = np.zeros(count, dtype=np.bool_)
    for first, last in spans:
        found[first : last + 1] = True
    return found


def affected(before: Collection[Stretch], after: Sequence[Stretch], changed: Collection[int]) -> list[Stretch]:
    """The stretches to follow anew when `before` became `after` and what was said on `changed` pictures differs.

    Changed are keyframes that are new, gone or another mask, and pictures that are said to be absent or no longer so.
    """
    known, touched = set(before), sorted(changed)

    def is_touched(stretch: Stretch) -> bool:
        first, last = stretch.rests_on
        place = bisect_left(touched, first)
        return place < len(touched) and touched[place] <= last

    return [stretch for stretch in after if stretch not in known or is_touched(stretch)]
