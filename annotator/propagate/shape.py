"""The outline of a subject: as a kernel that finds it by its colours, without place and size, fitted to a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.masklet import edit, geometry
from annotator.propagate.appearance import ring_around
from annotator.propagate.pixels import guided_filter
from annotator.propagate.protocol import BoolMask, Picture

Field = NDArray[np.float32]
_LEAST_IN = 0.25
"""Share of a shape that must be in the picture to say anything."""
SMALLEST = 12
"""Coarse pixels: less than this is no subject any more."""


@dataclass(slots=True)
class Shape:
    """A subject's outline on the coarse grid: `kernel` is positive inside, negative around, and weighs both alike."""

    mask: BoolMask
    kernel: Field
    offset: tuple[int, int]  # from the kernel's corner to the mask's centre

    @staticmethod
    def of(mask: BoolMask) -> Shape | None:
        """The shape of a coarse mask, or None when it is too small to say anything."""
        found = geometry.box(mask)
        if found is None or int(mask.sum()) < SMALLEST:
            return None
        x1, y1, x2, y2 = found
        pad = max(2, round(0.3 * float(np.sqrt(mask.sum()))))
        cut = np.pad(mask[y1:y2, x1:x2], pad)
        ring = ring_around(cut, 0.3)
        kernel = cut.astype(np.float32) / cut.sum() - ring.astype(np.float32) / max(1, int(ring.sum()))
        return Shape(cut, kernel.astype(np.float32), (cut.shape[1] // 2, cut.shape[0] // 2))

    def scaled(self, scale: float) -> Shape | None:
        """The same shape, larger or smaller."""
        size = (max(3, round(self.mask.shape[1] * scale)), max(3, round(self.mask.shape[0] * scale)))
        return Shape.of(cv2.resize(self.mask.view(np.uint8), size, interpolation=cv2.INTER_AREA).view(np.bool_))

    def mirrored(self) -> Shape | None:
        """The same shape, facing the other way."""
        return Shape.of(np.ascontiguousarray(self.mask[:, ::-1]))

    def at(self, x: int, y: int, size: tuple[int, ...]) -> BoolMask:
        """The shape with its centre at (x, y) of an empty mask [height, width] = `size`, cut at the rim."""
        height, width = size
        placed = np.zeros((height, width), dtype=np.bool_)
        top, left = y - self.offset[1], x - self.offset[0]
        rows, columns = self.mask.shape
        y1, x1, y2, x2 = max(0, top), max(0, left), min(height, top + rows), min(width, left + columns)
        if y2 > y1 and x2 > x1:
            placed[y1:y2, x1:x2] = self.mask[y1 - top : y2 - top, x1 - left : x2 - left]
        return placed

    def response(self, ratio: Field) -> Field:
        """How well the shape sits with its centre on each coarse pixel: mean log ratio inside less that around it."""
        height, width = self.kernel.shape
        x, y = self.offset
        padded = cv2.copyMakeBorder(ratio, y, height - 1 - y, x, width - 1 - x, cv2.BORDER_CONSTANT, value=0.0)
        return np.asarray(cv2.matchTemplate(padded, self.kernel, cv2.TM_CCORR), dtype=np.float32)

    def response_at_rim(self, ratio: Field) -> Field:
        """The same of what is in the picture alone: a subject that goes out sits as well as before."""
        height, width = self.kernel.shape
        x, y = self.offset
        pad = (y, height - 1 - y, x, width - 1 - x)
        values = cv2.copyMakeBorder(ratio, *pad, cv2.BORDER_CONSTANT, value=0.0)
        there = cv2.copyMakeBorder(np.ones_like(ratio), *pad, cv2.BORDER_CONSTANT, value=0.0)
        total = np.zeros(ratio.shape, dtype=np.float32)
        for part in (np.maximum(self.kernel, 0), np.minimum(self.kernel, 0)):
            share = cv2.matchTemplate(there, np.abs(part), cv2.TM_CCORR)
            total += cv2.matchTemplate(values, part, cv2.TM_CCORR) / np.maximum(share, _LEAST_IN)
        return total


def fit_outline(image: Picture, ratio: Field, prior: Field, looseness: float = 1.0, smallest: float = 0.12) -> BoolMask:
    """The mask that agrees best with the colours (`ratio`), the prior mask (0 … 1) and the edges of the image.

    Parts of less than `smallest` of the prior's area are dropped.
    """
    inside = prior > 0.5
    if not inside.any():
        return inside
    extent = float(np.sqrt(inside.sum()))
    reach = max(1.5, 0.07 * extent) * looseness
    depth = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, 3)
    depth -= cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, 3)
    belief = cv2.blur(ratio, (3, 3)) + 2.5 * np.tanh(depth / reach) + 0.7 * np.clip(depth / reach, -5, 0)
    soft = (1 / (1 + np.exp(-np.clip(belief, -8, 8)))).astype(np.float32)
    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) * (1 / 255)
    soft = guided_filter(guide, soft, max(2, round(0.05 * extent)), 1e-3)
    mask = np.asarray(soft > 0.5, dtype=np.bool_)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    if extent > 12:
        mask = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, kernel).view(np.bool_)
    mask = edit.remove_specks(mask, max(4, int(smallest * inside.sum())))
    return edit.fill_holes(mask, max_area=max(4, int(0.06 * inside.sum())))


def form_of(mask: BoolMask) -> Field | None:
    """The outline without place and size, float32[40, 40]; None for an empty mask."""
    found = geometry.box(mask)
    if found is None:
        return None
    x1, y1, x2, y2 = found
    moments = cv2.moments(mask[y1:y2, x1:x2].view(np.uint8), binaryImage=True)
    scale = 40 / (2.2 * float(np.sqrt(moments["m00"])))
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    place = np.array([[scale, 0, 20 - scale * x], [0, scale, 20 - scale * y]])
    return np.asarray(cv2.warpAffine(mask[y1:y2, x1:x2].astype(np.float32), place, (40, 40), flags=cv2.INTER_AREA))


def sits(ratio: Field, mask: BoolMask) -> float:
    """Mean log ratio inside the mask less that in the belt around it."""
    ring = ring_around(mask, 0.3)
    if not mask.any() or not ring.any():
        return 0.0
    return float(ratio[mask].mean() - ratio[ring].mean())
