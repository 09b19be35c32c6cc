"""Resizing of pictures and masks, and outlines drawn to the edges of a picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.propagate.protocol import BoolMask, Picture


def shrink(array: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """A uint8 or float32 picture or mask at a smaller size, averaged: halved while it can be, as that is several times
    quicker than OpenCV's area filter at odd factors."""
    while array.shape[1] >= 2 * width and array.shape[0] >= 2 * height:
        even = array[: array.shape[0] & ~1, : array.shape[1] & ~1]
        array = cv2.resize(even, (even.shape[1] // 2, even.shape[0] // 2), interpolation=cv2.INTER_AREA)
    if array.shape[:2] == (height, width):
        return np.ascontiguousarray(array)
    return np.asarray(cv2.resize(array, (width, height), interpolation=cv2.INTER_LINEAR))


def shrink_mask(mask: NDArray[np.uint8] | BoolMask, width: int, height: int) -> NDArray[np.float32]:
    """Share of set pixels (0 … 1) under each pixel of the smaller size, float32[height, width]."""
    scaled = shrink(mask.view(np.uint8) * np.uint8(255), width, height)
    return scaled.astype(np.float32) * np.float32(1 / 255)


def enlarge(mask: BoolMask, width: int, height: int) -> BoolMask:
    """The mask at another size, with a smooth outline."""
    factor = max(width / mask.shape[1], height / mask.shape[0])
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8) if factor > 1.2 else mask.astype(np.float32)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5, dtype=np.bool_)


def sharpen(soft: NDArray[np.float32], picture: Picture) -> BoolMask:
    """A small soft mask (0 … 1) at the size of `picture`: enlarged, drawn to the picture's edges by a guided filter
    (He et al. 2013, grey guide), and cut at a half."""
    height, width = picture.shape[:2]
    factor = max(height / soft.shape[0], width / soft.shape[1])
    large = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    if factor > 1.5:
        radius = max(2, round(1.6 * factor))
        guide = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) * (1 / 255)
        # Away from the outline the filter changes nothing: most of the window need not pass through it.
        large = guided_filter(guide, large, radius, 2e-3)
    large = cv2.GaussianBlur(large, (0, 0), max(0.8, 0.45 * factor))
    return np.asarray(large > 0.5)


def guided_filter(
    guide: NDArray[np.float32], soft: NDArray[np.float32], radius: int, epsilon: float
) -> NDArray[np.float32]:
    """Local linear fit of `soft` to `guide` in boxes of 2 radius + 1 pixels."""
    size = (2 * radius + 1, 2 * radius + 1)
    mean_guide, mean_soft = cv2.blur(guide, size), cv2.blur(soft, size)
    variance = cv2.blur(guide * guide, size) - mean_guide * mean_guide
    slope = (cv2.blur(guide * soft, size) - mean_guide * mean_soft) / (variance + epsilon)
    shift = mean_soft - slope * mean_guide
    return np.asarray(cv2.blur(slope, size) * guide + cv2.blur(shift, size), dtype=np.float32)
