"""The packed masklet: one immutable, checksummed file with the masks of one subject over a video's pictures.

Layout, little endian: header (magic, version, height, width, number of pictures, length of the text), one row per
picture (offset, length, score, state), the RLE strings as text, SHA-256 of all that. Equal input gives equal bytes.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from annotator.masklet.rle import MAX_SIDE, Rle

MAGIC = b"VGMSKLET"
VERSION = 1
_HEADER = struct.Struct("<8sIIIIQ")
_ROW = np.dtype([("offset", "<u8"), ("length", "<u4"), ("score", "<f4"), ("state", "<u4")])
_DIGEST = 32
_UNKNOWN, _ABSENT, _PRESENT = 0, 1, 2


class PackedError(ValueError):
    """The bytes are no packed masklet, or damaged."""


@dataclass(frozen=True, slots=True)
class PackedFrame:
    """One picture of a masklet: `rle` is None when the subject is absent there (or, if not `known`, never tracked)."""

    picture: int
    rle: Rle | None
    score: float
    known: bool = True


class PackedMasklet:
    """Random access to the masks of one packed masklet, held in memory (some hundred bytes a picture)."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER.size + _DIGEST:
            raise PackedError("too short for a packed masklet")
        magic, version, self.height, self.width, self.count, text = _HEADER.unpack_from(data)
        if magic != MAGIC:
            raise PackedError("not a packed masklet")
        if version != VERSION:
            raise PackedError(f"packed masklet of version {version}; this program reads version {VERSION}")
        if len(data) != _HEADER.size + self.count * _ROW.itemsize + text + _DIGEST:
            raise PackedError("packed masklet of the wrong length: truncated or damaged")
        self.digest = data[-_DIGEST:].hex()
        if hashlib.sha256(data[:-_DIGEST]).digest() != data[-_DIGEST:]:
            raise PackedError("packed masklet whose checksum does not match: damaged")
        self._rows = np.frombuffer(data, dtype=_ROW, count=self.count, offset=_HEADER.size)
        self._text = data[_HEADER.size + self.count * _ROW.itemsize : -_DIGEST]

    @staticmethod
    def open(source: bytes | Path) -> PackedMasklet:
        """Reads and checks a packed masklet. Raises PackedError; OSError when the file cannot be read."""
        return PackedMasklet(source if isinstance(source, bytes) else source.read_bytes())

    def __len__(self) -> int:
        return int(self.count)

    def frame(self, picture: int) -> PackedFrame:
        """The mask of one picture. Raises IndexError outside 0 … count-1."""
        if not 0 <= picture < self.count:
            raise IndexError(f"picture {picture} is outside 0 … {self.count - 1}")
        row = self._rows[picture]
        rle = None
        if row["state"] == _PRESENT:
            start = int(row["offset"])
            rle = Rle(self.height, self.width, self._text[start : start + int(row["length"])].decode("ascii"))
        return PackedFrame(picture, rle, float(row["score"]), bool(row["state"] != _UNKNOWN))

    def range(self, start: int, stop: int) -> Iterator[PackedFrame]:
        """The pictures start … stop-1, clipped to the file."""
        return (self.frame(picture) for picture in range(max(start, 0), min(stop, self.count)))

    def presence(self) -> NDArray[np.bool_]:
        """bool[count]: the subject has a mask on that picture."""
        return np.asarray(self._rows["state"] == _PRESENT)

    def known(self) -> NDArray[np.bool_]:
        """bool[count]: the picture was tracked (present or absent)."""
        return np.asarray(self._rows["state"] != _UNKNOWN)

    def scores(self) -> NDArray[np.float32]:
        """float32[count]: the tracker's score of each picture, 0 where it was not tracked."""
        return np.asarray(self._rows["score"], dtype=np.float32)


def pack(height: int, width: int, frames: Iterable[tuple[int, str | None, float]], count: int | None = None) -> bytes:
    """The bytes of a packed masklet.

    `frames` gives (picture, RLE counts or None for absent, score) in any order; a picture given twice keeps the last.
    `count` is the video's number of pictures (default: up to the last one given).
    """
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise ValueError(f"a mask of {height} x {width} pixels: sides must be 1 to {MAX_SIDE}")
    kept: dict[int, tuple[str | None, float]] = {}
    for picture, counts, score in frames:
        if picture < 0 or (count is not None and picture >= count):
            raise ValueError(f"picture {picture} is outside the video's {count} pictures")
        kept[picture] = (counts, score)
    total = count if count is not None else max(kept, default=-1) + 1
    rows = np.zeros(total, dtype=_ROW)
    parts: list[bytes] = []
    places: dict[bytes, int] = {}  # a subject that rests repeats its mask: the text is stored once
    offset = 0
    for picture in sorted(kept):
        counts, score = kept[picture]
        if counts is None:
            rows[picture] = (0, 0, score, _ABSENT)
            continue
        text = counts.encode("ascii")
        if text not in places:
            places[text] = offset
            parts.append(text)
            offset += len(text)
        rows[picture] = (places[text], len(text), score, _PRESENT)
    body = b"".join((_HEADER.pack(MAGIC, VERSION, height, width, total, offset), rows.tobytes(), *parts))
    return body + hashlib.sha256(body).digest()


def write(
    target: Path | BinaryIO,
    height: int,
    width: int,
    frames: Iterable[tuple[int, str | None, float]],
    count: int | None = None,
) -> str:
    """Writes a packed masklet (see `pack`) and returns its checksum. A path appears whole or not at all."""
    data = pack(height, width, frames, count)
    if isinstance(target, Path):
        partial = target.with_name(target.name + ".partial")
        partial.write_bytes(data)
        partial.replace(target)
    else:
        target.write(data)
    return data[-_DIGEST:].hex()
