"""The region of a sample: a red rectangle drawn into the picture before it is resized."""

from __future__ import annotations

from collections.abc import Sequence

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
