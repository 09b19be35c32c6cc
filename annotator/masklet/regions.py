"""Set operations and measures of masks on their runs, without decoding: union, intersection, difference, IoU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annotator.masklet.rle import Edges, Rle, area, from_edges, spans_of


def merge(rles: Sequence[Rle], *, intersect: bool = False) -> Rle:
    """Union (or intersection) of masks of one size."""
    if not rles:
        raise ValueError("merging needs at least one mask")
    height, width = _one_size(rles)
    position, depth = _depth([spans_of(rle) for rle in rles])
    inside = depth >= (len(rles) if intersect else 1)
    change = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=np.int8(0)))
    return _closed(height, width, position[change])


def intersection(a: Rle, b: Rle) -> int:
    """Number of pixels set in both masks, counted on the runs."""
    _one_size((a, b))
    position, depth = _depth([spans_of(a), spans_of(b)])
    return int(np.diff(position)[depth[:-1] == 2].sum()) if len(position) else 0


def iou(a: Rle, b: Rle) -> float:
    """Intersection over union of two masks of one size; two empty masks give 1."""
    common = intersection(a, b)
    union = area(a) + area(b) - common
    return common / union if union else 1.0


def _closed(height: int, width: int, edges: Edges) -> Rle:
    """An RLE of edges, the last of which may be the end of the picture."""
    if len(edges) and edges[-1] == height * width:
        edges = edges[:-1]
    return from_edges(height, width, edges)


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


