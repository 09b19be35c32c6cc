"""Text files of multi-object tracking: MOTS masks (one RLE a line) and MOT boxes (comma separated).

MOTS: `frame id class height width rle`, id = class × 1000 + instance; MOTSChallenge counts frames from 1, KITTI MOTS
from 0. MOT: `frame, id, left, top, width, height, confidence, class, visibility`, frames and pixels from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from annotator.formats.foreign import ForeignError, ForeignMask, Row, Shape, bad, box_of
from annotator.formats.png import MOTS_CLASSES, MOTS_IGNORE
from annotator.masklet.rle import Rle, area, canonical

MAX_LINE = 1 << 20
MAX_ID = 1 << 31
T = TypeVar("T", int, float)


def mots_rows(path: Path, shape: Shape, first_frame: int = 1) -> Iterator[Row]:
    """The rows of a MOTS text file; regions to ignore (class 10) are left out."""
    for where, line in _lines(path):
        parts = line.split(" ")
        if len(parts) != 6:
            yield bad(where, f"has {len(parts)} fields; frame, id, class, height, width and rle are needed")
            continue
        try:
            frame, subject, kind, height, width = (
                _number(int, name, text)
                for name, text in zip(("frame", "id", "class", "height", "width"), parts[:5], strict=True)
            )
            if subject == MOTS_IGNORE or kind == MOTS_IGNORE // 1000:
                continue
            if kind not in MOTS_CLASSES:
                raise ValueError(f"class {kind}: must be 1 (car), 2 (pedestrian) or 10 (ignore)")
            if subject // 1000 != kind:
                raise ValueError(f"id {subject}: must be class × 1000 + instance, the class is {kind}")
            if (height, width) != (shape.height, shape.width):
                raise ValueError(f"height and width {height} x {width}: the video has {shape.height} x {shape.width}")
            place = _frame(frame, first_frame, shape)
            rle = canonical(Rle(height, width, parts[5]))
            if not area(rle):
                raise ValueError("rle: covers no pixel")
            yield Row(where, ForeignMask(str(subject), MOTS_CLASSES[kind], place, rle))
        except ValueError as error:
            yield bad(where, str(error))


def mots_size(path: Path) -> tuple[int, int]:
    """Height and width in the first line of a MOTS text file. Raises ForeignError."""
    for where, line in _lines(path):
        parts = line.split(" ")
        if len(parts) != 6 or not all(part.isdigit() for part in parts[3:5]):
            raise ForeignError(where, "is no line of MOTS: frame, id, class, height, width and rle are needed")
        return int(parts[3][:9]), int(parts[4][:9])
    raise ForeignError(path.name, "is empty")


def mot_rows(path: Path, shape: Shape, first_frame: int = 1) -> Iterator[Row]:
    """The boxes of a MOT file (gt.txt, det.txt), cut to the picture; detections (id -1) are subjects of their own."""
    for where, line in _lines(path):
        parts = [part.strip() for part in line.split(",")]
        if len(parts) < 6:
            yield bad(where, f"has {len(parts)} fields; frame, id, left, top, width and height are needed")
            continue
        try:
            frame, subject = (_number(int, name, text) for name, text in zip(("frame", "id"), parts, strict=False))
            names = ("left", "top", "width", "height")
            left, top, width, height = (
                _number(float, name, text) for name, text in zip(names, parts[2:6], strict=True)
            )
            box = box_of(left - 1, top - 1, width, height, shape)
            name = str(subject) if subject >= 0 else f"detection-{where.rsplit(' ', 1)[-1]}"
            yield Row(where, ForeignMask(name, "", _frame(frame, first_frame, shape), None, box))
        except ValueError as error:
            yield bad(where, str(error))


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """(place, text) of each line that is not empty; a line too long for memory ends the reading."""
    with path.open("rb") as stream:
        number = 0
        while data := stream.readline(MAX_LINE + 1):
            number += 1
            where = f"{path.name}, line {number}"
            if len(data) > MAX_LINE:
                raise ForeignError(where, f"is longer than {MAX_LINE} bytes: this is no text file of tracks")
            try:
                text = data.decode("ascii").strip()
            except UnicodeDecodeError:
                raise ForeignError(where, "is not plain ASCII text") from None
            if text:
                yield where, text


def _number(kind: Callable[[str], T], name: str, text: str) -> T:
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(f"{name}: {text[:40]!r} is no number") from None
    if not abs(value) < MAX_ID:
        raise ValueError(f"{name}: {text[:40]!r} is out of range")
    return value


def _frame(number: int, first: int, shape: Shape) -> int:
    if not 0 <= number - first < shape.frames:
        raise ValueError(f"frame {number}: the video has the frames {first} … {first + shape.frames - 1}")
    return number - first
