"""The packed masklet: one immutable, checksummed file with the masks of one subject over a video's pictures.

Pictures are read at random or in stretches, from bytes, a file or ranges of an object far away; only the index and the
chunks asked for are ever loaded. `packing.py` writes it and says the layout; files of version 1 stay readable.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from annotator.masklet.packing import END as _END
from annotator.masklet.packing import (
    ENTRY,
    HEAD,
    MAGIC,
    MAX_CHUNK,
    MAX_PICTURES,
    PLACE,
    PRESENT,
    ROW,
    TAIL,
    UNKNOWN,
    VERSION,
    PackedError,
    PackedFile,
    PackedWriter,
)
from annotator.masklet.rle import MAX_SIDE, Rle

__all__ = ["VERSION", "PackedError", "PackedFrame", "PackedMasklet", "PackedWriter", "pack", "write"]

ReadRange = Callable[[int, int], bytes]
"""Bytes of a file: (offset, length) → exactly that many, or fewer at its end."""

_HEAD_1 = struct.Struct("<8sIIIIQ")
_ROW_1 = np.dtype([("offset", "<u8"), ("length", "<u4"), ("score", "<f4"), ("state", "<u4")])
_DIGEST = 32
_CHUNKS_KEPT = 4


@dataclass(frozen=True, slots=True)
class PackedFrame:
    """One picture of a masklet: `rle` is None when the subject is absent there (or, if not `known`, never tracked)."""

    picture: int
    rle: Rle | None
    score: float
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows of neighbouring pictures and the text that they point into."""

    rows: NDArray[np.void]
    text: bytes


class PackedMasklet:
    """Random access to the masks of one packed masklet. Reading raises PackedError where bytes turn out damaged."""

    def __init__(self, data: bytes) -> None:
        self._load(lambda offset, length: data[offset : offset + length], len(data))
        self.verify()

    @staticmethod
    def open(source: bytes | Path) -> PackedMasklet:
        """Reads and proves a whole packed masklet. Raises PackedError; OSError when the file cannot be read."""
        return PackedMasklet(source if isinstance(source, bytes) else source.read_bytes())

    @staticmethod
    def open_ranges(read: ReadRange | BinaryIO, size: int) -> PackedMasklet:
        """A packed masklet of `size` bytes that is read as needed: index now, chunks when asked for, each proved then.

        `read` is a seekable binary file, which must stay open, or a function that gets a range of an object.
        """
        found = object.__new__(PackedMasklet)
        found._load(_reader(read) if isinstance(read, io.IOBase) else read, size)  # type: ignore[arg-type]  # a file or a function
        return found

    def __len__(self) -> int:
        return int(self.count)

    def frame(self, picture: int) -> PackedFrame:
        """The mask of one picture. Raises IndexError outside 0 … count-1."""
        if not 0 <= picture < self.count:
            raise IndexError(f"picture {picture} is outside 0 … {self.count - 1}")
        rle = None
        state = int(self._table["state"][picture])
        if state == PRESENT:
            chunk = self._chunk(picture // self._per_chunk)
            row = chunk.rows[picture % self._per_chunk]
            start, length = int(row["offset"]), int(row["length"])
            rle = Rle(self.height, self.width, chunk.text[start : start + length].decode("ascii", "replace"))
        return PackedFrame(picture, rle, float(self._table["score"][picture]), state != UNKNOWN)

    def range(self, start: int, stop: int) -> Iterator[PackedFrame]:
        """The pictures start … stop-1, clipped to the file."""
        return (self.frame(picture) for picture in range(max(start, 0), min(stop, self.count)))

    def presence(self) -> NDArray[np.bool_]:
        """bool[count]: the subject has a mask on that picture."""
        return np.asarray(self._table["state"] == PRESENT)

    def known(self) -> NDArray[np.bool_]:
        """bool[count]: the picture was tracked (present or absent)."""
        return np.asarray(self._table["state"] != UNKNOWN)

    def scores(self) -> NDArray[np.float32]:
        """float32[count]: the tracker's score of each picture, 0 where it was not tracked."""
        return np.asarray(self._table["score"], dtype=np.float32)

    def verify(self) -> None:
        """Proves every byte, one chunk at a time. Raises PackedError."""
        for number in range(len(self._places)):
            self._chunk(number)

    def _load(self, read: ReadRange, size: int) -> None:
        self._read = read
        self._kept: OrderedDict[int, _Chunk] = OrderedDict()
        if size < HEAD.size:
            raise PackedError("too short for a packed masklet")
        head = self._exactly(0, HEAD.size)
        magic, self.version, self.height, self.width, self._per_chunk = HEAD.unpack(head)
        if magic != MAGIC:
            raise PackedError("not a packed masklet")
        if self.version == 1:
            self._load_first_version(size)
            return
        if self.version != VERSION:
            raise PackedError(
                f"packed masklet of version {self.version}; this program reads versions 1 to {VERSION}: update it"
            )
        if not (0 < self.height <= MAX_SIDE and 0 < self.width <= MAX_SIDE and 0 < self._per_chunk <= MAX_CHUNK):
            raise PackedError("packed masklet whose head is damaged")
        if size < HEAD.size + TAIL.size:
            raise PackedError("packed masklet that is cut off: it has no end")
        tail = self._exactly(size - TAIL.size, TAIL.size)
        place, self.count, chunks, digest, end = TAIL.unpack(tail)
        if end != _END:
            raise PackedError("packed masklet that is cut off or not finished: it has no end")
        length = size - TAIL.size - place
        expected = self.count * ENTRY.itemsize + chunks * PLACE.itemsize
        if self.count > MAX_PICTURES or chunks != -(-self.count // self._per_chunk) or length != expected:
            raise PackedError("packed masklet of the wrong length: truncated or damaged")
        index = self._exactly(place, length)
        if hashlib.sha256(head + index + tail[:24]).digest() != digest:
            raise PackedError("packed masklet whose checksum does not match: damaged")
        self.digest = digest.hex()
        self._table = np.frombuffer(index, dtype=ENTRY, count=self.count)
        self._places = np.frombuffer(index, dtype=PLACE, offset=self.count * ENTRY.itemsize)
        ends = self._places["offset"] + self._places["length"]
        if (ends[-1] if len(ends) else HEAD.size) != place or bool(np.any(ends[:-1] != self._places["offset"][1:])):
            raise PackedError("packed masklet whose chunks do not follow each other: damaged")

    def _load_first_version(self, size: int) -> None:
        """One chunk with one checksum at the end."""
        data = self._exactly(0, size)
        if size < _HEAD_1.size + _DIGEST:
            raise PackedError("too short for a packed masklet")
        *_, self.count, text = _HEAD_1.unpack_from(data)
        if size != _HEAD_1.size + self.count * _ROW_1.itemsize + text + _DIGEST:
            raise PackedError("packed masklet of the wrong length: truncated or damaged")
        if hashlib.sha256(data[:-_DIGEST]).digest() != data[-_DIGEST:]:
            raise PackedError("packed masklet whose checksum does not match: damaged")
        self.digest = data[-_DIGEST:].hex()
        self._per_chunk = max(self.count, 1)
        self._table = np.frombuffer(data, dtype=_ROW_1, count=self.count, offset=_HEAD_1.size)
        self._places = np.zeros(0, dtype=PLACE)
        self._kept[0] = _Chunk(self._table, data[_HEAD_1.size + self.count * _ROW_1.itemsize : -_DIGEST])

    def _chunk(self, number: int) -> _Chunk:
        """The rows and text of one chunk, proved; the last few stay in memory."""
        found = self._kept.get(number)
        if found is not None:
            if self.version != 1:
                self._kept.move_to_end(number)
            return found
        place = self._places[number]
        data = self._exactly(int(place["offset"]), int(place["length"]))
        if hashlib.sha256(data).digest() != place["digest"].tobytes():
            first = number * self._per_chunk
            raise PackedError(f"packed masklet whose pictures from {first} on are damaged: the checksum does not match")
        count = min(self._per_chunk, self.count - number * self._per_chunk)
        found = _Chunk(np.frombuffer(data, dtype=ROW, count=count), data[count * ROW.itemsize :])
        self._kept[number] = found
        while len(self._kept) > _CHUNKS_KEPT:
            self._kept.popitem(last=False)
        return found

    def _exactly(self, offset: int, length: int) -> bytes:
        data = self._read(offset, length)
        if len(data) != length:
            raise PackedError("packed masklet that is cut off")
        return data


def pack(height: int, width: int, frames: Iterable[tuple[int, str | None, float]], count: int | None = None) -> bytes:
    """The bytes of a packed masklet.

    `frames` gives (picture, RLE counts or None for absent, score) in any order; a picture given twice keeps the last.
    `count` is the video's number of pictures (default: up to the last one given). Larger than memory: `PackedWriter`.
    """
    stream = io.BytesIO()
    _write(stream, height, width, frames, count)
    return stream.getvalue()


def write(
    target: Path | BinaryIO,
    height: int,
    width: int,
    frames: Iterable[tuple[int, str | None, float]],
    count: int | None = None,
) -> str:
    """Writes a packed masklet (see `pack`) and returns its checksum. A path appears whole or not at all."""
    if not isinstance(target, Path):
        return _write(target, height, width, frames, count)
    file = PackedFile(target, height, width, count)
    with file as writer:
        _append(writer, frames, count)
    return file.digest


def _write(
    target: BinaryIO, height: int, width: int, frames: Iterable[tuple[int, str | None, float]], count: int | None
) -> str:
    writer = PackedWriter(target, height, width, count)
    _append(writer, frames, count)
    return writer.finish()


def _append(writer: PackedWriter, frames: Iterable[tuple[int, str | None, float]], count: int | None) -> None:
    kept: dict[int, tuple[str | None, float]] = {}
    for picture, counts, score in frames:
        if picture < 0 or (count is not None and picture >= count):
            raise ValueError(f"picture {picture} is outside the video's {count} pictures")
        kept[picture] = (counts, score)
    for picture in sorted(kept):
        writer.append(picture, *kept[picture])


def _reader(file: BinaryIO) -> ReadRange:
    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    return read
