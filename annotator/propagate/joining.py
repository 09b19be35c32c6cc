"""One followed subject split in two at a picture, and two united in one: prompts and masks, nothing followed anew.

The prompts that come out fit the masks that come out: keyframes hold the masks of their pictures, and `plan` finds the
spans in which a person said that the subject is absent. So a later correction follows anew only what it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.masklet import regions
from annotator.masklet.packed import PackedFrame, PackedMasklet
from annotator.propagate.plan import plan
from annotator.records import MAX_COUNTS, PromptRecord

Frame = tuple[int, str | None, float]
"""Picture, RLE counts (None: absent), score."""


class JoiningError(ValueError):
    """Nothing would be left on one side, pictures were never followed, or a mask is too ragged for a keyframe."""


@dataclass(frozen=True)
class Whole:
    """A subject's prompts and the masks that follow from them."""

    prompts: Sequence[PromptRecord]
    masks: PackedMasklet

    def check(self) -> None:
        """Raises JoiningError when some picture was never followed: it is neither there nor absent."""
        unknown = np.flatnonzero(~self.masks.known())
        if len(unknown):
            raise JoiningError(f"picture {unknown[0]} was not followed yet")


@dataclass(frozen=True)
class Joined:
    """What comes out: prompts by picture, and a frame for every picture of the video."""

    height: int
    width: int
    prompts: list[PromptRecord]
    frames: list[Frame]


def split(whole: Whole, picture: int) -> tuple[Joined, Joined]:
    """What is before `picture`, and from it on, as two subjects, each said to be absent on the other's side.

    A side whose masks followed from keyframes of the other one gets a keyframe of its own mask, nearest to the cut.
    Raises JoiningError when the subject is not visible on one of the sides.
    """
    whole.check()
    there = np.flatnonzero(whole.masks.presence())
    earlier, later = there[there < picture], there[there >= picture]
    if not len(earlier):
        raise JoiningError(f"the subject is not visible before picture {picture}")
    if not len(later):
        raise JoiningError(f"the subject is not visible from picture {picture} on")
    before = {p.picture: p for p in whole.prompts if p.picture < picture}
    after = {p.picture: p for p in whole.prompts if p.picture >= picture}
    if all(p.absent for p in before.values()):
        last = int(earlier[-1])
        before[last] = _shown(whole.masks.frame(last))
    before[picture] = PromptRecord(picture=picture, absent=True)
    first = int(later[0])
    if not any(p.picture <= first and not p.absent for p in after.values()):
        after[first] = _shown(whole.masks.frame(first))
    after[0] = PromptRecord(picture=0, absent=True)
    count, size = len(whole.masks), (whole.masks.height, whole.masks.width)
    gone: list[Frame] = [(number, None, 1.0) for number in range(count)]
    kept = [_frame(frame) for frame in _all(whole)]
    return (
        Joined(*size, _sorted(before), kept[:picture] + gone[picture:]),
        Joined(*size, _sorted(after), gone[:picture] + kept[picture:]),
    )


def merge(first: Whole, second: Whole) -> Joined:
    """Both as one subject: on every picture the union of their masks, and a keyframe wherever one of them had one.

    A keyframe's mask is the union, too, where both are visible. Said to be absent is what neither shows and a person
    said of one of them, up to the next picture that shows it, which becomes a keyframe.
    """
    first.check()
    second.check()
    united = [_union(a, b) for a, b in zip(_all(first), _all(second), strict=True)]
    count = len(united)
    keyframes: dict[int, PromptRecord] = {}
    silent = np.zeros(count, dtype=np.bool_)
    for mine, other in ((second, first), (first, second)):
        shown, spans = plan(mine.prompts, count)
        seen = other.masks.presence()
        for prompt in shown:
            both = bool(seen[prompt.picture])
            keyframes[prompt.picture] = _shown(united[prompt.picture]) if both else prompt
        for start, end in spans:
            silent[start : end + 1] = True
    visible = first.masks.presence() | second.masks.presence()
    visible[list(keyframes)] = True
    prompts = {**keyframes, **dict(_absences(silent & ~visible, visible, united, keyframes))}
    return Joined(first.masks.height, first.masks.width, _sorted(prompts), [_frame(frame) for frame in united])


def _absences(
    gone: NDArray[np.bool_], visible: NDArray[np.bool_], united: Sequence[PackedFrame], keyframes: Iterable[int]
) -> Iterator[tuple[int, PromptRecord]]:
    """Prompts that say absent from each picture of `gone` up to the next one of `visible`, and what ends them there."""
    known = set(keyframes)
    back = 0
    while (starts := np.flatnonzero(gone[back:])).size:
        start = back + int(starts[0])
        yield start, PromptRecord(picture=start, absent=True)
        ends = np.flatnonzero(visible[start:])
        if not len(ends):
            return
        back = start + int(ends[0])
        if back not in known:
            yield back, _shown(united[back])


def _all(whole: Whole) -> Iterator[PackedFrame]:
    return whole.masks.range(0, len(whole.masks))


def _union(a: PackedFrame, b: PackedFrame) -> PackedFrame:
    if a.rle is not None and b.rle is not None:
        return PackedFrame(a.picture, regions.merge([a.rle, b.rle]), min(a.score, b.score))
    if a.rle is None and b.rle is None:
        return PackedFrame(a.picture, None, min(a.score, b.score))
    return a if a.rle is not None else b


def _frame(frame: PackedFrame) -> Frame:
    return frame.picture, frame.rle.counts if frame.rle else None, frame.score


def _shown(frame: PackedFrame) -> PromptRecord:
    """The mask of a picture as a keyframe. JoiningError when it is more than a prompt holds."""
    assert frame.rle is not None
    if len(frame.rle.counts) > MAX_COUNTS:
        raise JoiningError(f"the mask of picture {frame.picture} would be too ragged to be kept: remove its specks")
    return PromptRecord(picture=frame.picture, counts=frame.rle.counts)


def _sorted(prompts: Mapping[int, PromptRecord]) -> list[PromptRecord]:
    return [prompts[picture] for picture in sorted(prompts)]
