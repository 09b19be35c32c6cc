"""Where a person should look at a track: spans in which its masks are likely to be wrong, found from the masks alone.

Three signs, each with pictures of one video in order: the area of neighbouring masks jumps, the two directions of
travel disagree, and the tracker itself was not sure. They ask for a look, no more: a subject that comes from behind a
post jumps as well. Measured in docs/masklets.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from annotator.masklet import rle
from annotator.masklet.packed import PackedMasklet

Why = Literal["area", "disagreement", "unsure"]
Numbers = NDArray[np.float64]
Marks = NDArray[np.bool_]

AROUND = 10
"""Pictures on either side that say what is usual at a picture: a second or less, so that slow growth is usual."""
JUMP = 0.3
"""A change of the area from one picture to the next by this share of the usual area is one to look at …"""
UNUSUAL = 5.0
"""… when it is also so many times the usual change: a subject that leaves or comes nearer quickly changes steadily."""
REACH = 48
"""When the area is back within so many pictures, two seconds of most videos, all of them are flagged; else the jump
alone is, since a subject that came nearer for good looks just the same."""
BACK = 0.5
"""The area is back when it is nearer to what it was than this share of the jump, in factors."""
LATE = 5
"""A subject that is suddenly there, or gone, was so some pictures before, or still is: trackers wait until they are
sure. So many on the side where there is no mask are flagged with it."""
AGREED = 0.5
"""The two directions disagree below this IoU. Blends of both hold the surer mask there instead of one in between."""
SURE = 0.5
"""A score below is a doubt. SAM 2's halves where mask and presence contradict each other, the flow's falls with fit."""
HELD = 5
"""A doubt counts where it holds for most of so many pictures: one bad picture is blur."""
NEAR = 5
"""Flags of one kind that are so few pictures apart are one: who looks at one sees the other."""
MOST = 50
"""More flags help nobody: the worst are kept."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A span for a look, end inclusive; `badness` (0 … 1) orders flags, no more."""

    picture_start: int
    picture_end: int
    why: Why
    badness: float = 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a track; each array has a place for each picture of the video. NaN: not known."""

    areas: Numbers
    """Pixels, 0 where the subject is absent."""
    scores: Numbers
    agreement: Numbers
    """IoU of both directions, where there were two."""
    said: Marks
    """A person said what is there, a keyframe or an absence: that is right."""


def facts_of(masks: PackedMasklet, agreement: Mapping[int, float], said: Marks) -> Facts:
    """The facts of a finished track; `agreement` by picture."""
    areas = np.where(masks.known(), 0.0, np.nan)
    for picture in np.flatnonzero(masks.presence()):
        shown = masks.frame(int(picture)).rle
        assert shown is not None
        areas[picture] = rle.area(shown)
    agreed = np.full(len(areas), np.nan)
    agreed[list(agreement.keys())] = list(agreement.values())
    return Facts(areas, masks.scores().astype(np.float64), agreed, said)


def flags(facts: Facts) -> list[Flag]:
    """The spans for a look of a track, in order."""
    found = [*jumps(facts), *disagreements(facts.agreement), *doubts(facts.scores, facts.said | np.isnan(facts.areas))]
    worst = sorted(merged(found), key=lambda flag: -flag.badness)[:MOST]
    return sorted(worst, key=lambda flag: (flag.picture_start, flag.picture_end, flag.why))


def jumps(facts: Facts) -> list[Flag]:
    """Changes of the area that are neither usual there nor said by a person, each up to where the area is back."""
    areas, said = facts.areas, facts.said
    if len(areas) < 2:
        return []
    found = []
    before, after = areas[:-1], areas[1:]
    usual = _local_median(np.where(areas > 0, areas, np.nan))
    change = np.abs(after - before) / np.fmax(usual[:-1], usual[1:])
    both = (before > 0) & (after > 0)
    usually = _local_median(np.where(both, change, np.nan))
    limit = np.fmax(JUMP, np.nan_to_num(UNUSUAL * usually))
    for place in np.flatnonzero((change > limit) & ~said[:-1] & ~said[1:]):
        first, last = int(place), int(place) + 1
        if both[place]:
            last = _until_back(areas, said, first)
        elif areas[first] > 0:
            last = min(last + LATE, len(areas) - 1)
        else:
            first = max(first - LATE, 0)
        found.append(Flag(first, last, "area", float(min(1.0, change[place]))))
    return found


def _until_back(areas: Numbers, said: Marks, place: int) -> int:
    """The last picture to flag of a jump that begins between `place` and the next one, which both have a mask."""
    near = areas[max(0, place - 4) : place + 1]
    level = float(np.median(near[near > 0]))
    jump = abs(np.log(areas[place + 1] / level))
    for picture in range(place + 2, min(place + 1 + REACH, len(areas))):
        if said[picture] or not areas[picture] > 0 or abs(np.log(areas[picture] / level)) < BACK * jump:
            return picture - 1
    return place + 1


def disagreements(agreement: Numbers) -> list[Flag]:
    """Where the two directions of travel led to different masks."""
    return [
        Flag(a, b, "disagreement", float(1 - np.nanmin(agreement[a : b + 1]))) for a, b in _runs(agreement < AGREED)
    ]


def doubts(scores: Numbers, out: Marks) -> list[Flag]:
    """Where the tracker's scores stay low, on the pictures that are not `out`."""
    low = np.where(out, False, scores < SURE)
    held = np.convolve(low, np.ones(HELD), "same") > HELD / 2
    return [Flag(a, b, "unsure", float(1 - np.min(scores[a : b + 1]))) for a, b in _runs(low & held)]


def merged(found: Iterable[Flag]) -> list[Flag]:
    """Flags of one kind that touch or nearly touch as one."""
    last: dict[Why, Flag] = {}
    done = []
    for flag in sorted(found, key=lambda flag: flag.picture_start):
        before = last.get(flag.why)
        if before is not None and flag.picture_start - before.picture_end <= NEAR:
            end, badness = max(before.picture_end, flag.picture_end), max(before.badness, flag.badness)
            last[flag.why] = Flag(before.picture_start, end, flag.why, badness)
            continue
        if before is not None:
            done.append(before)
        last[flag.why] = flag
    return [*done, *last.values()]


def _local_median(values: Numbers) -> Numbers:
    """The median of the known values AROUND each place; NaN where there are none."""
    padded = np.pad(values, AROUND, constant_values=np.nan)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1), axis=1)  # NaN comes last
    known = np.count_nonzero(~np.isnan(windows), axis=1)
    rows = np.arange(len(windows))
    low, high = windows[rows, np.maximum(known - 1, 0) // 2], windows[rows, known // 2]
    return np.where(known > 0, (low + high) / 2, np.nan)


def _runs(marks: Marks) -> list[tuple[int, int]]:
    """First and last place of each run of marks."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marks, [False])).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]
