"""Writing a packed masklet picture by picture, and the layout that `packed.py` reads (version 2, little endian).

    head     magic, version, height, width, pictures in a chunk
    chunks   for each: a row for each picture (offset, length, state), then the RLE strings as text
    table    for each picture: score and state
    index    for each chunk: its place, length and SHA-256
    tail     places and lengths of table and index, number of pictures, SHA-256 of head, table, index and these, magic

So one picture is read with the tail, the index and its chunk alone; every byte is under a checksum, which is proved
when it is read; and a file without its tail, cut off or still being written, is known as such. Equal input, equal
bytes.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from annotator.masklet.rle import MAX_SIDE

MAGIC: Final = b"VGMSKLET"
END: Final = b"TELKSMGV"
VERSION: Final = 2
CHUNK: Final = 256
MAX_CHUNK: Final = 65_536
MAX_PICTURES: Final = 1 << 24
HEAD: Final = struct.Struct("<8sIIII")
TAIL: Final = struct.Struct("<QQQ32s8s")  # place of the table, number of pictures, number of chunks, SHA-256, magic
ROW: Final = np.dtype([("offset", "<u4"), ("length", "<u4"), ("state", "<u4")])
ENTRY: Final = np.dtype([("score", "<f4"), ("state", "u1")])
PLACE: Final = np.dtype([("offset", "<u8"), ("length", "<u8"), ("digest", "V32")])
UNKNOWN, ABSENT, PRESENT = 0, 1, 2


class PackedError(ValueError):
    """The bytes are no packed masklet, damaged, cut off, or of a version that this program does not read."""


class PackedWriter:
    """Writes the pictures of one masklet in rising order, holding one chunk of them (and five bytes a picture).

    The stream needs `write` only. Nothing is a packed masklet before `finish`, which returns its checksum.
    """

    def __init__(
        self, target: BinaryIO, height: int, width: int, count: int | None = None, *, chunk: int = CHUNK
    ) -> None:
        if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
            raise ValueError(f"a mask of {height} x {width} pixels: sides must be 1 to {MAX_SIDE}")
        if count is not None and not 0 <= count <= MAX_PICTURES:
            raise ValueError(f"a masklet of {count} pictures: 0 to {MAX_PICTURES}")
        if not 0 < chunk <= MAX_CHUNK:
            raise ValueError(f"chunks of {chunk} pictures: 1 to {MAX_CHUNK}")
        self._target, self._count, self._chunk = target, count, chunk
        self._head = HEAD.pack(MAGIC, VERSION, height, width, chunk)
        self._at = target.write(self._head)
        self._next = 0
        self._table = bytearray()
        self._places: list[tuple[int, int, bytes]] = []
        self._rows: list[tuple[int, int, int]] = []
        self._texts: dict[bytes, int] = {}  # a subject that rests repeats its mask: a chunk holds the text once
        self._length = 0

    def append(self, picture: int, counts: str | None, score: float) -> None:
        """The mask (RLE counts, None: absent) of one picture; those left out stay unknown. ValueError for order."""
        if picture < self._next:
            raise ValueError(f"picture {picture} comes after picture {self._next - 1}: pictures must rise")
        if picture >= (self._count if self._count is not None else MAX_PICTURES):
            raise ValueError(f"picture {picture} is outside the video's {self._count} pictures")
        self._skip_to(picture)
        if counts is None:
            self._row((0, 0, ABSENT), score)
            return
        text = counts.encode("ascii")
        if text not in self._texts:
            self._texts[text] = self._length
            self._length += len(text)
        self._row((self._texts[text], len(text), PRESENT), score)

    def finish(self) -> str:
        """Writes what is left and returns the checksum (hex), which covers every byte of the file."""
        if self._count is not None:
            self._skip_to(self._count)
        self._flush()
        table, index = bytes(self._table), np.array(self._places, dtype=PLACE).tobytes()
        facts = TAIL.pack(self._at, self._next, len(self._places), b"", b"")[:24]
        digest = hashlib.sha256(self._head + table + index + facts).digest()
        self._target.write(table + index + facts + digest + END)
        return digest.hex()

    def _skip_to(self, picture: int) -> None:
        while self._next < picture:
            self._row((0, 0, UNKNOWN), 0.0)

    def _row(self, row: tuple[int, int, int], score: float) -> None:
        self._rows.append(row)
        self._table += struct.pack("<fB", score, row[2])
        self._next += 1
        if len(self._rows) == self._chunk:
            self._flush()

    def _flush(self) -> None:
        if not self._rows:
            return
        data = np.array(self._rows, dtype=ROW).tobytes() + b"".join(self._texts)
        self._places.append((self._at, len(data), hashlib.sha256(data).digest()))
        self._at += self._target.write(data)
        self._rows, self._texts, self._length = [], {}, 0


class PackedFile:
    """A `PackedWriter` for a path, which appears whole or not at all: `with PackedFile(path, h, w) as writer: …`."""

    def __init__(self, path: Path, height: int, width: int, count: int | None = None) -> None:
        self._path, self._size = path, (height, width, count)
        self._partial = path.with_name(path.name + ".partial")

    def __enter__(self) -> PackedWriter:
        self._stream = self._partial.open("wb")
        try:
            self.writer = PackedWriter(self._stream, *self._size)
        except BaseException:
            self._leave()
            raise
        return self.writer

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._leave()
            return
        try:
            self.digest = self.writer.finish()
            self._stream.close()
            self._partial.replace(self._path)
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        self._stream.close()
        self._partial.unlink(missing_ok=True)
