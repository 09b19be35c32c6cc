"""How a subject looks: colour histograms of it and of its surroundings, learnt from a person's masks and kept up."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from annotator.propagate.protocol import BoolMask, Picture

LEVELS = 16
CEILING = 3.0
"""Largest log ratio that one pixel's colour may claim."""
_FLOOR = 2e-4  # share of a bin that nobody has seen: unseen colours say nothing

Histogram = NDArray[np.float32]
Bins = NDArray[np.intp]


def bins_of(picture: Picture) -> Bins:
    """Number of each pixel's colour bin, [H, W]: 16 levels of L, a and b; a and b are spread, pictures are pale."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    lightness = (lab[..., 0] >> 4).astype(np.intp)
    chroma = np.clip((lab[..., 1:].astype(np.int16) - 128) * 2 + 128, 0, 255) >> 4
    return np.asarray((lightness * LEVELS + chroma[..., 0]) * LEVELS + chroma[..., 1], dtype=np.intp)


def histogram(bins: Bins, weight: NDArray[np.float32] | BoolMask) -> Histogram:
    """Share of each colour bin under `weight` [H, W], smoothed over neighbouring bins; it sums to 1."""
    counts = np.bincount(bins.reshape(-1), weights=weight.reshape(-1), minlength=LEVELS**3)
    smooth = gaussian_filter(counts.reshape(LEVELS, LEVELS, LEVELS), 0.7, mode="nearest", truncate=2.0).reshape(-1)
    return (smooth / max(float(smooth.sum()), 1e-9)).astype(np.float32)


def similarity(a: Histogram, b: Histogram) -> float:
    """Bhattacharyya coefficient, 0 … 1."""
    return float(np.sqrt(a * b).sum())


def ring_around(mask: BoolMask, share: float = 0.35) -> BoolMask:
    """The belt around a mask, as wide as `share` of the root of its area, with a narrow gap for blurred outlines."""
    size = max(2, round(share * float(np.sqrt(max(1, int(mask.sum()))))))
    wide = cv2.dilate(mask.view(np.uint8), cv2.getStructuringElement(cv2.MORPH_RECT, (2 * size + 1, 2 * size + 1)))
    near = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray((wide > 0) & (near == 0), dtype=np.bool_)


class Appearance:
    """Subject and surroundings as two histograms each: as learnt (the anchor) and as last seen."""

    def __init__(self) -> None:
        self.anchor_front: Histogram | None = None
        self.anchor_back: Histogram | None = None
        self._front: Histogram | None = None
        self._back: Histogram | None = None
        self._weight = 0.0

    def learn(self, bins: Bins, mask: BoolMask, weight: float = 1.0) -> None:
        """Adds a person's mask to the anchor; `weight` is larger for pictures nearer to those to be tracked."""
        front = histogram(bins, mask)
        ring = ring_around(mask, 0.6)
        back = mix(histogram(bins, ring if ring.any() else ~mask), histogram(bins, ~mask), 0.3)
        if self.anchor_front is None or self.anchor_back is None:
            self.anchor_front, self.anchor_back = front, back
        else:
            share = weight / (self._weight + weight)
            self.anchor_front = mix(self.anchor_front, front, share)
            self.anchor_back = mix(self.anchor_back, back, share)
        self._weight += weight
        self._front, self._back = self.anchor_front, self.anchor_back

    def refresh(self, bins: Bins, mask: BoolMask, rate: float) -> None:
        """Follows slow change of light and pose; the surroundings change faster than the subject."""
        if self._front is None or self._back is None:
            raise RuntimeError("nothing was learnt yet")
        core = cv2.erode(mask.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
        ring = ring_around(mask, 0.6)
        if core.sum() >= 12:
            self._front = mix(self._front, histogram(bins, core), rate)
        if ring.sum() >= 12:
            self._back = mix(self._back, histogram(bins, ring), 2 * rate)

    def to_state(self) -> dict[str, Any]:
        """The histograms and their weight."""
        learnt = [self.anchor_front, self.anchor_back, self._front, self._back]
        return {"histograms": learnt, "weight": self._weight}

    def load_state(self, state: dict[str, Any]) -> None:
        """What `to_state` gave."""
        self.anchor_front, self.anchor_back, self._front, self._back = state["histograms"]
        self._weight = state["weight"]

    def table(self) -> NDArray[np.float32]:
        """Log ratio subject : surroundings of each colour bin, near and now."""
        if self.anchor_front is None or self.anchor_back is None or self._front is None or self._back is None:
            raise RuntimeError("nothing was learnt yet")
        return log_ratio(mix(self.anchor_front, self._front, 0.35), mix(self.anchor_back, self._back, 0.65))

    def search_table(self, whole: Histogram) -> NDArray[np.float32]:
        """Log ratio of each bin for finding the subject anywhere in a picture with the histogram `whole`."""
        if self.anchor_front is None or self.anchor_back is None:
            raise RuntimeError("nothing was learnt yet")
        return log_ratio(self.anchor_front, mix(self.anchor_back, whole, 0.7))

    def likeness(self, bins: Bins, mask: BoolMask) -> float:
        """0 … 1: how far the colours under the mask are the learnt ones."""
        if self.anchor_front is None or self._front is None:
            raise RuntimeError("nothing was learnt yet")
        seen = histogram(bins, mask)
        return 0.75 * similarity(seen, self.anchor_front) + 0.25 * similarity(seen, self._front)


def log_ratio(front: Histogram, back: Histogram) -> NDArray[np.float32]:
    """Log ratio of the shares of each bin, at most CEILING either way; colours that nobody saw say nothing."""
    ratio = np.log((front + _FLOOR) / (back + _FLOOR))
    return np.asarray(np.clip(ratio, -CEILING, CEILING), dtype=np.float32)


def mix(a: Histogram, b: Histogram, share: float) -> Histogram:
    """`share` of `b`, the rest of `a`."""
    return ((1 - share) * a + share * b).astype(np.float32)
