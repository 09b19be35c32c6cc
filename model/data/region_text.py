"""Regions of an image in text: `<|bbox0|>` in a row's text becomes `[xxx,yyy,xxx,yyy]`, each number 000 to 999."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLACE = re.compile(r"<\|bbox(\d+)\|>")
_NUMBERS = 1000


def place_regions(text: str, row: Mapping[str, Any]) -> str:
    """`text` with the row's boxes put in their places.

    A row has `bbox`, [[x, y, width, height], …] in pixels of the image, and the image's `width` and `height`.
    ValueError for a place without a box and for a box that is not in the image.
    """

    def written(match: re.Match[str]) -> str:
        boxes, number = row.get("bbox"), int(match[1])
        if not isinstance(boxes, Sequence) or number >= len(boxes):
            raise ValueError(f"{match[0]} names no box of the row")
        return region_text(boxes[number], row.get("width"), row.get("height"))

    return _PLACE.sub(written, text)


def region_text(box: Any, width: Any, height: Any) -> str:
    """A box [x, y, width, height] of an image of that size, in thousandths of the image: its corners, end inclusive."""
    sides = (width, height)
    if not all(isinstance(side, int | float) and side > 0 for side in sides):
        raise ValueError(f"width {width!r} and height {height!r} are no size of an image")
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(number, int | float) for number in box):
        raise ValueError(f"box {box!r} is not [x, y, width, height]")
    x, y, w, h = box
    if min(x, y, w, h) < 0 or x + w > width or y + h > height:
        raise ValueError(f"box {box} lies outside an image of {width} × {height}")
    corners = ((x, width), (y, height), (x + w, width), (y + h, height))
    return "[" + ",".join(f"{min(_NUMBERS - 1, int(at * _NUMBERS / side)):03d}" for at, side in corners) + "]"
