"""Set operations and measures of masks on their runs, without decoding: union, intersection, difference, IoU, J.

J is the region similarity of DAVIS, which is the IoU; its F needs pictures and stands in `geometry.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotator.masklet.rle import Edges, Rle, area, edges_of, from_edges, spans_of


def merge(rles: Sequence[Rle], *, intersect: bool = False) -> Rle:
    """Union (or intersection) of at least one mask, all of one size."""
    if not rles:
        raise ValueError("merging needs at least one mask")
    size = _one_size(rles)
    position, depth = _depth([spans_of(rle) for rle in rles])
    return _where(size, position, depth >= (len(rles) if intersect else 1))


def subtract(a: Rle, b: Rle) -> Rle:
    """The pixels of `a` that are not in `b`."""
    size = _one_size((a, b))
    # Counted so that a pixel of b alone is 2, of a alone 1, of both 3.
    starts, stops = spans_of(b)
    position, depth = _depth([spans_of(a), (starts, stops), (starts, stops)])
    return _where(size, position, depth == 1)


def intersection(a: Rle, b: Rle) -> int:
    """Number of pixels set in both masks."""
    _one_size((a, b))
    position, depth = _depth([spans_of(a), spans_of(b)])
    return int(np.diff(position)[depth[:-1] == 2].sum()) if len(position) else 0


def iou(a: Rle, b: Rle) -> float:
    """Intersection over union of two masks of one size (DAVIS' J); two empty masks agree fully."""
    common = intersection(a, b)
    union = area(a) + area(b) - common
    return common / union if union else 1.0


def ious(first: Sequence[Rle], second: Sequence[Rle]) -> NDArray[np.float64]:
    """IoU of each mask of `first` with each of `second`, float64[len(first), len(second)]; all of one size.

    Two empty masks give 1, as in `iou`. Each mask is read once; a row of pairs is found in one pass over all runs of
    `second`: the pixels of a mask before any position are a running sum, so that an overlap is a difference.
    """
    found = np.ones((len(first), len(second)))
    if not first or not second:
        return found
    _one_size((*first, *second))
    spans = [spans_of(rle) for rle in second]
    starts = np.concatenate([span[0] for span in spans])
    stops = np.concatenate([span[1] for span in spans])
    owner = np.repeat(np.arange(len(spans)), [len(span[0]) for span in spans])
    areas = np.bincount(owner, weights=stops - starts, minlength=len(spans))
    for row, rle in enumerate(first):
        edges = edges_of(rle)
        if len(edges) % 2:
            edges = np.append(edges, rle.height * rle.width)
        before = np.concatenate(([0], np.cumsum(edges[1::2] - edges[0::2])))
        common = np.bincount(
            owner, weights=_until(edges, before, stops) - _until(edges, before, starts), minlength=len(spans)
        )
        union = before[-1] + areas - common
        np.divide(common, union, out=found[row], where=union > 0)
    return found


def _until(edges: Edges, before: Edges, places: Edges) -> Edges:
    """How many pixels before each of `places` are set; `before` counts those before each start of a run."""
    passed = np.searchsorted(edges, places, side="right")
    inside = passed % 2 == 1
    count = before[passed // 2]
    count[inside] += places[inside] - edges[passed[inside] - 1]
    return count


def _where(size: tuple[int, int], position: Edges, inside: NDArray[np.bool_]) -> Rle:
    """The RLE that is set from each position on where `inside` says so."""
    change = np.flatnonzero(np.diff(inside.view(np.int8), prepend=np.int8(0)))
    edges = position[change]
    if len(edges) and edges[-1] == size[0] * size[1]:
        edges = edges[:-1]
    return from_edges(*size, edges)


def _depth(spans: Sequence[tuple[Edges, Edges]]) -> tuple[Edges, Edges]:
    """Sorted distinct positions and, from each on, how many of the masks are set."""
    position = np.concatenate([part for span in spans for part in span])
    step = np.concatenate([part for starts, stops in spans for part in (np.ones_like(starts), -np.ones_like(stops))])
    if not len(position):
        return position, step
    order = np.argsort(position, kind="stable")
    position, depth = position[order], np.cumsum(step[order])
    final = np.concatenate((position[1:] != position[:-1], [True]))
    return position[final], depth[final]


def _one_size(rles: Sequence[Rle]) -> tuple[int, int]:
    sizes = {(rle.height, rle.width) for rle in rles}
    if len(sizes) != 1:
        raise ValueError(f"masks of different sizes: {sorted(sizes)}")
    return sizes.pop()
