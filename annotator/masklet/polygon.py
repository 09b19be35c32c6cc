"""Outlines to masks by COCO's rule, pixel for pixel as pycocotools fills them, without painting.

The rule: points are rounded to fifths of a pixel; an outline is the straight steps between them on that finer grid;
where it crosses the middle of a column of pixels, everything below in that column is inverted. So the filling is
even-odd, and a crossing is an edge of the RLE: no picture is made, and what lies outside is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from annotator.masklet.regions import merge
from annotator.masklet.rle import Edges, Rle, from_edges

MAX_POINTS = 100_000
MAX_COORDINATE = 1 << 24
MAX_CROSSINGS = 1 << 24
"""Of sides and columns of pixels: what a drawn outline has a thousandth of, and a hostile one must not exceed."""
_FINE = 5
_AT_ONCE = 1 << 20  # crossings held before they are folded together


class PolygonError(ValueError):
    """Points that are no outline: too few, too many, too long, or no finite numbers."""


def fill(points: Sequence[Sequence[float]] | NDArray[np.float64], height: int, width: int) -> Rle:
    """The inside of one closed outline of (x, y) points in pixels, x from the left edge of the picture.

    At least three points; the last is joined to the first. An outline without area or outside the picture gives an
    empty mask. Raises PolygonError.
    """
    try:
        outline = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PolygonError("an outline is a list of (x, y) points") from error
    if outline.ndim != 2 or outline.shape[1] != 2:
        raise PolygonError("an outline is a list of (x, y) points")
    if not 3 <= len(outline) <= MAX_POINTS:
        raise PolygonError(f"an outline of {len(outline)} points: 3 to {MAX_POINTS} are needed")
    if not bool(np.all(np.abs(outline) <= MAX_COORDINATE)):
        raise PolygonError(f"an outline needs finite numbers within ±{MAX_COORDINATE}")
    fine = np.trunc(_FINE * outline + 0.5).astype(np.int64)
    return from_edges(height, width, _crossings(fine, np.roll(fine, -1, axis=0), height, width))


def fill_all(outlines: Sequence[Sequence[Sequence[float]]], height: int, width: int) -> Rle:
    """The union of several outlines, as COCO means the parts of one object. Raises PolygonError."""
    if not outlines:
        raise PolygonError("an object needs at least one outline")
    return merge([fill(outline, height, width) for outline in outlines])


def _crossings(begin: NDArray[np.int64], end: NDArray[np.int64], height: int, width: int) -> Edges:
    """Column-order positions below which pixels are inverted, each once, for sides begin[N, 2] → end[N, 2]."""
    # Column c is crossed by the step between the fine columns 5c + 2 and 5c + 3.
    left, right = np.minimum(begin[:, 0], end[:, 0]), np.maximum(begin[:, 0], end[:, 0])
    first = np.clip(-((2 - left) // _FINE), 0, width)  # smallest c with 5c + 2 >= left
    stop = np.clip((right - 3) // _FINE + 1, 0, width)  # after the largest c with 5c + 3 <= right
    times = np.maximum(stop - first, 0)
    if int(times.sum()) > MAX_CROSSINGS:
        raise PolygonError(f"an outline that crosses {int(times.sum())} columns of pixels: at most {MAX_CROSSINGS}")
    found = np.zeros(0, dtype=np.int64)
    held: list[Edges] = []
    for part in _parts(times):
        count = times[part]
        side = np.repeat(np.arange(part.start, part.stop), count)
        column = np.arange(len(side)) - np.repeat(np.cumsum(count) - count, count) + first[side]
        fine_row = _rows(begin[side], end[side], _FINE * column + 2)
        row = np.ceil(np.clip((fine_row + 0.5) / _FINE - 0.5, 0, height)).astype(np.int64)
        held.append(column * height + row)
        if sum(map(len, held)) > _AT_ONCE:
            found, held = _odd(np.concatenate((found, *held))), []
    found = _odd(np.concatenate((found, *held)))
    return found[found < height * width]


def _parts(times: NDArray[np.int64]) -> list[slice]:
    """The sides in stretches of at most about _AT_ONCE crossings."""
    group = np.cumsum(times) // _AT_ONCE
    bounds = np.flatnonzero(np.diff(group, prepend=-1, append=-1))
    return [slice(int(a), int(b)) for a, b in pairwise(bounds)]


def _rows(begin: NDArray[np.int64], end: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.int64]:
    """The upper fine row of the step that each side takes from the fine column to the next; all sides cross it."""
    across = np.abs(end - begin)
    flat = across[:, 0] >= across[:, 1]
    axis = np.where(flat, 0, 1)
    every = np.arange(len(column))
    turned = begin[every, axis] > end[every, axis]
    low = np.where(turned[:, None], end, begin)  # walked along the longer axis, upward
    high = np.where(turned[:, None], begin, end)
    along0, other0 = low[every, axis], low[every, 1 - axis]
    slope = (high[every, 1 - axis] - other0) / (high[every, axis] - along0)
    # A flat side has one row for each fine column: the upper one of the two.
    step = column - along0
    row = np.minimum(_rounded(other0, slope, step), _rounded(other0, slope, step + 1))
    # A steep side has one fine column for each row: the step begins at the last row before it is passed.
    steep = np.flatnonzero(~flat)
    if len(steep):
        at, origin, lean = column[steep], other0[steep], slope[steep]
        rising = lean > 0
        guess = np.floor((at + 0.5 - origin) / lean).astype(np.int64) - 1
        passed = np.zeros(len(steep), dtype=np.int64)
        for ahead in (3, 2, 1, 0):  # the rounding of the rule decides, near the guess
            here = _rounded(origin, lean, guess + ahead)
            passed = np.where(np.where(rising, here > at, here <= at), guess + ahead, passed)
        row[steep] = along0[steep] + passed - 1
    return row


def _rounded(origin: NDArray[np.int64], slope: NDArray[np.float64], step: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.floor(origin + slope * step + 0.5).astype(np.int64)


def _odd(positions: Edges) -> Edges:
    """The distinct positions that occur an odd number of times: inverting twice changes nothing."""
    place, times = np.unique(positions, return_counts=True)
    return np.asarray(place[times % 2 == 1])
