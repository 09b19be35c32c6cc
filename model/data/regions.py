"""The region of a sample: its boxes by picture, and the red rectangle drawn into a picture before it is resized."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

REGION_COLOUR = (255, 0, 0)
REGION_WIDTH = 4


def draw_region(picture: NDArray[np.uint8], box: Sequence[float]) -> NDArray[np.uint8]:
    """A copy of uint8[H, W, 3] with `box` [x1, y1, x2, y2] (pixels) drawn; ValueError when the box is upside down."""
    if len(box) != 4 or box[0] > box[2] or box[1] > box[3]:
        raise ValueError(f"box {list(box)} is not [x1, y1, x2, y2] with x1 <= x2 and y1 <= y2")
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).rectangle((box[0], box[1], box[2], box[3]), outline=REGION_COLOUR, width=REGION_WIDTH)
    return np.array(image)


class Boxes(Mapping[int, tuple[float, ...] | None]):
    """[x1, y1, x2, y2] by picture, or None, as two arrays: half a million samples have forty million boxes."""

    def __init__(self, boxes: Mapping[int, Sequence[float] | None]) -> None:
        pictures = sorted(boxes)
        absent = (np.nan,) * 4
        self._pictures = np.array(pictures, dtype=np.int64)
        self._edges = np.array([boxes[picture] or absent for picture in pictures], dtype=np.float64).reshape(-1, 4)

    def __getitem__(self, picture: int) -> tuple[float, ...] | None:
        at = int(np.searchsorted(self._pictures, picture))
        if at == len(self._pictures) or self._pictures[at] != picture:
            raise KeyError(picture)
        edges = self._edges[at]
        return None if np.isnan(edges[0]) else tuple(edges.tolist())

    def __iter__(self) -> Iterator[int]:
        return iter(self._pictures.tolist())

    def __len__(self) -> int:
        return len(self._pictures)

    @cached_property
    def digest(self) -> str:
        """The same for the same boxes; computed once, for all samples that share them."""
        return hashlib.sha256(self._pictures.tobytes() + self._edges.tobytes()).hexdigest()
