"""Editing of masks, bool[height, width] in and out: strokes, outlines, parts, holes, specks, union and difference.

Points are (x, y) in pixels from the upper left corner of the picture; pixel (0, 0) has its centre at (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.masklet.polygon import MAX_COORDINATE, MAX_POINTS, fill
from annotator.masklet.rle import decode

BoolMask = NDArray[np.bool_]
_ROWS = 256


def merge(masks: Iterable[BoolMask]) -> BoolMask:
    """Union of at least one mask."""
    union: BoolMask | None = None
    for mask in masks:
        union = mask.copy() if union is None else union | mask
    if union is None:
        raise ValueError("merging needs at least one mask")
    return union


def subtract(mask: BoolMask, other: BoolMask) -> BoolMask:
    """The pixels of `mask` that are not in `other`."""
    return mask & ~other


def fill_holes(mask: BoolMask, max_area: int | None = None) -> BoolMask:
    """Fills holes (background not connected with the border by edges) of up to `max_area` pixels, or all."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).view(np.uint8), connectivity=4)
    if count <= 1:
        return mask.copy()
    height, width = mask.shape
    x, y, w, h, size = (stats[:, i] for i in range(5))
    hole = (x > 0) & (y > 0) & (x + w < width) & (y + h < height)
    if max_area is not None:
        hole &= size <= max_area
    hole[0] = False
    return mask | np.asarray(hole[labels], dtype=np.bool_)


def remove_specks(mask: BoolMask, min_area: int) -> BoolMask:
    """Drops connected parts of fewer than `min_area` pixels; the largest part always stays."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    if count <= 2:
        return mask.copy()
    keep = stats[:, cv2.CC_STAT_AREA] >= min_area
    keep[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))] = True
    keep[0] = False
    return np.asarray(keep[labels])


def largest_part(mask: BoolMask) -> BoolMask:
    """The largest connected part; an empty mask stays empty."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    if count <= 2:
        return mask.copy()
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def part_at(mask: BoolMask, points: Iterable[tuple[int, int]]) -> BoolMask:
    """The connected parts that hold at least one of the (x, y) points; empty when none does."""
    _, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    height, width = mask.shape
    hit = {int(labels[y, x]) for x, y in points if 0 <= x < width and 0 <= y < height} - {0}
    return np.isin(labels, list(hit)) if hit else np.zeros_like(mask)


class NoArea(ValueError):
    """What was drawn covers no pixel of the picture, or nothing of the mask is left."""


def split(mask: BoolMask) -> Iterator[BoolMask]:
    """The connected parts, largest first, each as a mask; of equal parts the upper left one first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    sizes = stats[1:count, cv2.CC_STAT_AREA]
    for label in np.argsort(-sizes, kind="stable") + 1:
        yield np.asarray(labels == label)


def paint(mask: BoolMask, stroke: Sequence[tuple[float, float]], radius: float) -> BoolMask:
    """Adds a brush stroke: the pixels whose centre is within `radius` pixels of the line through the (x, y) points.

    One point is a dab; the pixel under each point always belongs to it. Raises NoArea when it is outside the picture.
    """
    drawn = stroke_mask(mask.shape, stroke, radius)
    if not drawn.any():
        raise NoArea("the stroke is outside the picture: draw it inside")
    return mask | drawn


def erase(mask: BoolMask, stroke: Sequence[tuple[float, float]], radius: float) -> BoolMask:
    """Takes a brush stroke (see `paint`) away. Raises NoArea when nothing of the mask is left."""
    left = mask & ~stroke_mask(mask.shape, stroke, radius)
    if not left.any():
        raise NoArea("nothing of the mask is left: remove the mask, or mark the subject absent")
    return left


def outline(shape: tuple[int, ...], points: Sequence[Sequence[float]]) -> BoolMask:
    """The inside of a closed outline of (x, y) points, by COCO's rule (`polygon.py`). Raises NoArea, PolygonError."""
    height, width = shape
    filled = decode(fill(points, height, width)).view(np.bool_)
    if not filled.any():
        raise NoArea("the outline covers no pixel of the picture: draw a larger one inside")
    return np.ascontiguousarray(filled)


def stroke_mask(shape: tuple[int, ...], stroke: Sequence[tuple[float, float]], radius: float) -> BoolMask:
    """bool[height, width] of a brush stroke (see `paint`). ValueError for no point, or numbers that are not finite."""
    height, width = shape
    line = np.asarray(stroke, dtype=np.float64)
    if line.ndim != 2 or line.shape[1] != 2 or not 1 <= len(line) <= MAX_POINTS:
        raise ValueError(f"a stroke is a list of 1 to {MAX_POINTS} (x, y) points")
    if not bool(np.all(np.abs(line) <= MAX_COORDINATE)) or not 0 < radius <= MAX_COORDINATE:
        raise ValueError("a stroke needs finite points and a radius above 0")
    drawn = np.zeros((height, width), dtype=np.bool_)
    for start, stop in zip(line, line[1:] if len(line) > 1 else line, strict=False):
        _capsule(drawn, start, stop, radius)
    x, y = np.floor(line).astype(np.int64).T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    drawn[y[inside], x[inside]] = True
    return drawn


def _capsule(drawn: BoolMask, start: NDArray[np.float64], stop: NDArray[np.float64], radius: float) -> None:
    """Sets the pixels within `radius` of one straight piece, looking only at the columns and rows that it can touch."""
    height, width = drawn.shape
    low, high = np.minimum(start, stop) - radius, np.maximum(start, stop) + radius
    x1, y1 = (max(int(v), 0) for v in np.floor(low))
    x2, y2 = min(int(np.ceil(high[0])) + 1, width), min(int(np.ceil(high[1])) + 1, height)
    if x1 >= x2 or y1 >= y2:
        return
    along = stop - start
    length = float(along @ along)
    for top in range(y1, y2, _ROWS):  # a few rows at a time: a line over a large picture needs little memory
        y, x = np.mgrid[top : min(top + _ROWS, y2), x1:x2] + 0.5
        dx, dy = x - start[0], y - start[1]
        if length > 0:
            t = np.clip((dx * along[0] + dy * along[1]) / length, 0, 1)
            dx, dy = dx - t * along[0], dy - t * along[1]
        drawn[top : min(top + _ROWS, y2), x1:x2] |= dx * dx + dy * dy <= radius * radius
