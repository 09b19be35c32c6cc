"""An image as the network sees it: one square, or a thumbnail and the tiles of the largest canvas that fits.

The choice of the canvas is that of Perception LM's image processor (arXiv 2504.13180, after Llama 3's dynamic tiling).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Canvas = tuple[int, int]
"""Tiles across, tiles down."""

_UNREADABLE: Final = (OSError, EOFError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow's readers raise for files that are not what they seem."""


class ImageError(Exception):
    """An image cannot be read."""


def image_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels, from the header alone; ImageError when there is none."""
    try:
        with Image.open(path) as image:
            return image.size
    except _UNREADABLE as error:
        raise ImageError(f"{path.name}: cannot be read ({error})") from error


def read_image(path: Path, *, size: int, max_tiles: int) -> NDArray[np.uint8]:
    """uint8[N, size, size, 3] of an image: the image as one square, and behind it its tiles where `max_tiles` > 1.

    Squares and canvas are stretched, bicubic, from the image itself. ImageError when it cannot be decoded.
    """
    try:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
    except _UNREADABLE as error:
        raise ImageError(f"{path.name}: cannot be read ({error})") from error
    pictures = [_stretched(image, (1, 1), size)]
    if max_tiles > 1:
        across, down = canvas(*image.size, tile=size, max_tiles=max_tiles)
        whole = _stretched(image, (across, down), size)
        tiles = whole.reshape(down, size, across, size, 3).swapaxes(1, 2).reshape(-1, size, size, 3)
        pictures += list(tiles)
    return np.stack(pictures)


def picture_count(width: int, height: int, *, tile: int, max_tiles: int) -> int:
    """How many pictures `read_image` makes of an image of that size."""
    across, down = canvas(width, height, tile=tile, max_tiles=max_tiles)
    return 1 if max_tiles == 1 else 1 + across * down


def canvas(width: int, height: int, *, tile: int, max_tiles: int) -> Canvas:
    """The canvas for an image of `width` × `height` pixels.

    Of those that hold the image without shrinking it, the one on which it becomes largest; where none does, the closest
    shape that is not wider (for a lying image) or narrower (for a standing one), as large as the budget allows.
    """
    canvases = _canvases(max_tiles)
    lying = width >= height
    holding = [c for c in canvases if c[0] * tile >= width and c[1] * tile >= height]
    if holding:
        # The last of the largest ones wins, and "largest" is measured on the side that the shape rounds down.
        return max(enumerate(holding), key=lambda found: (_short_side(width, height, found[1], tile), found[0]))[1]
    shape = width / height
    ratios = sorted({c[0] / c[1] for c in canvases})
    chosen = max(r for r in ratios if r <= shape) if lying else min(r for r in ratios if r > shape)
    return max((c for c in canvases if c[0] / c[1] == chosen), key=lambda c: c[0] * c[1])


def _short_side(width: int, height: int, canvas: Canvas, tile: int) -> float:
    """The shorter side of the image when it is made as large as the canvas allows, keeping its shape."""
    scale = min(canvas[0] * tile / width, canvas[1] * tile / height)
    shape = width / height
    return int(scale * width / shape) if shape > 1 else int(scale * height * shape)


def _canvases(max_tiles: int) -> Sequence[Canvas]:
    """All canvases of at most `max_tiles`, those of one shape together, shapes in the order of their largest canvas."""
    shapes: dict[float, list[Canvas]] = {}
    for tiles in range(max_tiles, 0, -1):
        for across in range(1, tiles + 1):
            if tiles % across == 0:
                shapes.setdefault(across / (tiles // across), []).append((across, tiles // across))
    return [found for same in shapes.values() for found in same]


def _stretched(image: Image.Image, canvas: Canvas, size: int) -> NDArray[np.uint8]:
    return np.asarray(image.resize((canvas[0] * size, canvas[1] * size), Image.Resampling.BICUBIC), dtype=np.uint8)
