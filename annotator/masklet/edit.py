"""Editing of masks, bool[height, width] in and out: parts, holes, specks, union and difference."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

BoolMask = NDArray[np.bool_]


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
