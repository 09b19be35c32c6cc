"""Measures of masks: area, box, IoU, and the J and F of the DAVIS benchmark."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

BoolMask = NDArray[np.bool_]


def area(mask: BoolMask) -> int:
    """Number of set pixels."""
    return int(np.count_nonzero(mask))


def box(mask: BoolMask) -> tuple[int, int, int, int] | None:
    """(x1, y1, x2, y2) around the set pixels, x2 and y2 exclusive; None for an empty mask."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    y1, y2 = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[y1:y2].any(axis=0))
    return int(columns[0]), y1, int(columns[-1]) + 1, y2


def iou(a: BoolMask, b: BoolMask) -> float:
    """Region similarity J: intersection over union; two empty masks agree fully."""
    union = int(np.count_nonzero(a | b))
    return int(np.count_nonzero(a & b)) / union if union else 1.0


def boundary(mask: BoolMask) -> BoolMask:
    """Pixels that differ from their right, lower or lower right neighbour (DAVIS' one-pixel boundary)."""
    edge = np.zeros_like(mask)
    edge[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    edge[:-1, :] |= mask[:-1, :] != mask[1:, :]
    edge[:-1, :-1] |= mask[:-1, :-1] != mask[1:, 1:]
    return edge


def boundary_f(predicted: BoolMask, truth: BoolMask, tolerance: float = 0.008) -> float:
    """Contour accuracy F (Perazzi et al. 2016): boundaries match within `tolerance` of the picture's diagonal."""
    if predicted.shape != truth.shape:
        raise ValueError(f"masks of different sizes: {predicted.shape} and {truth.shape}")
    radius = math.ceil(tolerance * math.hypot(*truth.shape))
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    disk = (x * x + y * y <= radius * radius).astype(np.uint8)
    found, wanted = boundary(predicted), boundary(truth)
    n_found, n_wanted = int(found.sum()), int(wanted.sum())
    if not n_found or not n_wanted:
        return 1.0 if n_found == n_wanted else 0.0
    near_wanted = cv2.dilate(wanted.view(np.uint8), disk).astype(bool)
    near_found = cv2.dilate(found.view(np.uint8), disk).astype(bool)
    precision = int((found & near_wanted).sum()) / n_found
    recall = int((wanted & near_found).sum()) / n_wanted
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def j_and_f(predicted: BoolMask, truth: BoolMask) -> float:
    """Mean of region similarity and contour accuracy: the benchmark's J&F of one picture."""
    return (iou(predicted, truth) + boundary_f(predicted, truth)) / 2
