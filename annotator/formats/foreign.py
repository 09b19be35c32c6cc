"""What all imports of masks share: the video they must fit, one row for each foreign mask, and the dry run's report.

A reader yields one `Row` for each mask or box of its file, good or bad, in the file's order, and holds one at a time;
what makes the whole file unreadable raises ForeignError at once. `masks` stops at the first bad row, so that nothing
is taken from a file that is not right; `report` reads to the end and says everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

import orjson

from annotator.masklet.polygon import PolygonError, fill_all
from annotator.masklet.rle import Rle, RleError, canonical
from annotator.records import Box, PromptRecord

MAX_JSON_BYTES = 256 << 20
MAX_LABEL = 200
_KEPT_ERRORS = 1000


class ForeignError(ValueError):
    """A foreign file that cannot be taken. `where` names file and field, the message says what is wrong."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message


@dataclass(frozen=True, slots=True)
class Shape:
    """The video that masks must fit: its pixels, and how many frames the foreign file may count (pictures or grid)."""

    height: int
    width: int
    frames: int


@dataclass(frozen=True, slots=True)
class ForeignMask:
    """One subject on one frame. `rle` is a mask, None where the subject is absent; `box` stands for it where given."""

    subject: str
    """The subject's id in its file, unique there."""
    label: str
    frame: int
    """0-based, in the file's own order of frames."""
    rle: Rle | None
    box: tuple[float, float, float, float] | None = None
    """(x1, y1, x2, y2) in pixels of the video, cut to it."""

    def as_prompt(self, picture: int) -> PromptRecord:
        """The prompt that says the same on a picture of the video: its mask, else its box, else absent."""
        if self.rle is not None:
            return PromptRecord(picture=picture, counts=self.rle.counts)
        if self.box is not None:
            x1, y1, x2, y2 = self.box
            return PromptRecord(picture=picture, box=Box(x1=x1, y1=y1, x2=x2, y2=y2))
        return PromptRecord(picture=picture, absent=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a foreign file: what it holds, or why it cannot be taken."""

    where: str
    mask: ForeignMask | None
    error: str | None = None


@dataclass(slots=True)
class Report:
    """What an import would do: rows, subjects with their labels and masks, and each bad row with its reason."""

    rows: int = 0
    masks: int = 0
    boxes: int = 0
    absent: int = 0
    bad: int = 0
    subjects: dict[str, str] = field(default_factory=dict)
    first_frame: int | None = None
    last_frame: int | None = None
    errors: list[Row] = field(default_factory=list)
    """The first thousand bad rows; `bad` counts them all."""


def masks(rows: Iterable[Row]) -> Iterator[ForeignMask]:
    """The masks of a file; raises ForeignError at the first bad row, or when a subject comes twice on one frame."""
    for row in without_repeats(rows):
        if row.mask is None:
            raise ForeignError(row.where, row.error or "cannot be read")
        yield row.mask


def report(rows: Iterable[Row]) -> Report:
    """Reads to the end and takes nothing. Raises ForeignError only when the file as a whole cannot be read."""
    found = Report()
    for row in without_repeats(rows):
        found.rows += 1
        if row.mask is None:
            found.bad += 1
            if len(found.errors) < _KEPT_ERRORS:
                found.errors.append(row)
            continue
        mask = row.mask
        found.subjects.setdefault(mask.subject, mask.label)
        found.masks += mask.rle is not None
        found.boxes += mask.rle is None and mask.box is not None
        found.absent += mask.rle is None and mask.box is None
        found.first_frame = mask.frame if found.first_frame is None else min(found.first_frame, mask.frame)
        found.last_frame = mask.frame if found.last_frame is None else max(found.last_frame, mask.frame)
    return found


def without_repeats(rows: Iterable[Row]) -> Iterator[Row]:
    """A second mask of one subject on one frame is a bad row: neither is known to be right."""
    seen: dict[str, set[int]] = {}
    for row in rows:
        if row.mask is not None:
            frames = seen.setdefault(row.mask.subject, set())
            if row.mask.frame in frames:
                yield bad(row.where, f"subject {row.mask.subject} has two masks on frame {row.mask.frame}")
                continue
            frames.add(row.mask.frame)
        yield row


def bad(where: str, error: str) -> Row:
    """A row that cannot be taken."""
    return Row(where, None, error)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of at most MAX_JSON_BYTES. Raises ForeignError; OSError when it cannot be read."""
    data = _json(path)
    if not isinstance(data, dict):
        raise ForeignError(path.name, "is not a JSON object")
    return data


def read_array(path: Path) -> list[Any]:
    """The array in a JSON file of at most MAX_JSON_BYTES. Raises ForeignError; OSError when it cannot be read."""
    data = _json(path)
    if not isinstance(data, list):
        raise ForeignError(path.name, "is not a JSON array")
    return data


def _json(path: Path) -> Any:
    size = path.stat().st_size
    if size > MAX_JSON_BYTES:
        raise ForeignError(path.name, f"has {size} bytes; at most {MAX_JSON_BYTES} are read: split it by video")
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ForeignError(path.name, f"is not JSON in UTF-8: {error}") from None


def segmentation(value: Any, shape: Shape) -> Rle:
    """The mask of a COCO `segmentation`: outlines, or RLE with plain or compressed counts. Raises ValueError."""
    if isinstance(value, dict):
        rle = Rle.from_coco(value)
        if (rle.height, rle.width) != (shape.height, shape.width):
            raise RleError(f"the mask is {rle.height} x {rle.width} pixels, the video {shape.height} x {shape.width}")
        return canonical(rle)
    if not isinstance(value, list) or not value:
        raise PolygonError("a segmentation is a list of outlines or an RLE object")
    outlines = []
    for outline in value:
        if not isinstance(outline, list) or len(outline) % 2 or not all(map(is_number, outline)):
            raise PolygonError("an outline is a list of numbers x1, y1, x2, y2, …")
        outlines.append(list(zip(outline[::2], outline[1::2], strict=True)))
    return fill_all(outlines, shape.height, shape.width)


def box_of(left: float, top: float, width: float, height: float, shape: Shape) -> tuple[float, float, float, float]:
    """A box cut to the picture, (x1, y1, x2, y2). ValueError when it has no area there."""
    if not all(map(is_number, (left, top, width, height))):
        raise ValueError("a box is four finite numbers: left, top, width, height")
    x1, y1 = max(float(left), 0.0), max(float(top), 0.0)
    x2, y2 = min(float(left) + float(width), float(shape.width)), min(float(top) + float(height), float(shape.height))
    if x1 >= x2 or y1 >= y2:
        raise ValueError(f"the box has no area in the picture of {shape.width} x {shape.height} pixels")
    return x1, y1, x2, y2


def is_number(value: object) -> bool:
    """A finite int or float, and no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def is_whole(value: object) -> TypeGuard[int | float]:
    """An int, or a float without a fraction, as JSON writers give either."""
    return isinstance(value, int | float) and is_number(value) and float(value).is_integer()


def label_of(value: object) -> str:
    """A label as text of at most MAX_LABEL characters, without control characters."""
    text = value if isinstance(value, str) else ""
    return "".join(c for c in text if c.isprintable())[:MAX_LABEL].strip()
