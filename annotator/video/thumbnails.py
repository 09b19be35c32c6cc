"""One sprite sheet of small pictures, for the timeline and the lists."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image

from annotator.video.reader import PictureReader

ENOUGH_KEYS = 16
"""With as many key pictures, thumbnails are taken from these only: each costs one decoded picture."""


@dataclass(frozen=True)
class ThumbnailSheet:
    """Where the small pictures lie: thumbnail n is in column n % columns, row n // columns; sizes in pixels of one."""

    columns: int
    rows: int
    pictures: list[int]
    width: int
    height: int


def make_thumbnails(reader: PictureReader, out_jpg: Path, count: int = 100, height: int = 72) -> ThumbnailSheet:
    """Write up to `count` (at most 100) thumbnails, evenly spread over the video, as one JPEG to `out_jpg`."""
    pictures = spread(reader, min(count, 100))
    width = max(2, round(height * reader.width / reader.height))
    columns = max(1, min(len(pictures), ceil(sqrt(len(pictures) * height / width))))
    rows = ceil(len(pictures) / columns)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for place, picture in enumerate(pictures):
        small = reader.small(picture, width, height, alone=True)
        y, x = divmod(place, columns)
        sheet[y * height : (y + 1) * height, x * width : (x + 1) * width] = small
    part = out_jpg.with_name(f".{out_jpg.name}.part")
    try:
        Image.fromarray(sheet).save(part, "JPEG", quality=80)
        part.replace(out_jpg)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return ThumbnailSheet(columns=columns, rows=rows, pictures=pictures, width=width, height=height)


def spread(reader: PictureReader, count: int) -> list[int]:
    """Up to `count` pictures, evenly spread, rising, without repeats."""
    keys = reader.table.keys()
    among = keys if len(keys) >= min(count, ENOUGH_KEYS) else np.arange(len(reader.table))
    places = np.linspace(0, len(among) - 1, min(count, len(among))).round().astype(int)
    return [int(among[place]) for place in places]
