"""What a file's own structure says (ISO BMFF and Matroska) without decoding: whether it is whole, its picture size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
TRACKS, TRACK, VIDEO, PIXEL_WIDTH, PIXEL_HEIGHT = 0x1654AE6B, 0xAE, 0xE0, 0xB0, 0xBA
"""Element ids of RFC 9559."""

HEADER_BYTES = 32 << 20
"""How much of a header is looked at."""

BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"moof", b"pnot")
"""What an MP4 or MOV file may begin with."""


def truncated_layout(path: Path) -> bool:
    """True when a top-level box (MP4, MOV) or the segment (MKV, WebM) promises more bytes than the file has."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        if head[:4] == EBML:
            return _matroska_ends_early(file, size)
        if head[4:8] in BOXES:
            places = list(_boxes(file, size))
            kinds = {kind for kind, _, _ in places}
            return bool(places) and (places[-1][2] > size or b"moov" not in kinds)
    return False


def declared_size(path: Path) -> tuple[int, int] | None:
    """Width and height that the header promises, where the decoder library kept quiet because they are too large."""
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        if head[:4] == EBML:
            return _matroska_size(file.read(HEADER_BYTES))
        if head[4:8] in BOXES:
            for kind, start, end in _boxes(file, path.stat().st_size):
                if kind == b"moov":
                    file.seek(start)
                    return _box_size(file.read(min(end - start, HEADER_BYTES)))
    return None


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the content and end of each top-level box of ISO/IEC 14496-12; stops at what is none."""
    position = 0
    while position < size:
        file.seek(position)
        header = file.read(16)
        length, kind, inner = int.from_bytes(header[:4], "big"), header[4:8], 8
        if length == 1:
            length, inner = int.from_bytes(header[8:16], "big"), 16
        elif length == 0:
            length = size - position
        if len(header) < 8 or length < inner or not kind.isascii():
            return  # stray bytes at the end are left by some recorders and harm nobody
        yield kind, position + inner, position + length
        position += length


def _box_size(data: bytes) -> tuple[int, int] | None:
    """The largest picture among the sample descriptions within a `moov` box."""
    sizes = []
    place = data.find(b"stsd")
    while place >= 0:
        # Full box header and entry count, then the entry: size, kind, 6 + 2 + 16 bytes, width, height.
        entry = data[place + 12 : place + 12 + 36]
        sizes.append((int.from_bytes(entry[32:34], "big"), int.from_bytes(entry[34:36], "big")))
        place = data.find(b"stsd", place + 4)
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _matroska_ends_early(file: BinaryIO, size: int) -> bool:
    """Compare the segment's promised size (RFC 9559) with the file's. Live recordings promise none."""
    data = file.read(4096)
    header = _element(data, 0)
    segment = None if header is None or header[2] is None else _element(data, header[1] + header[2])
    if segment is None or segment[0] != int.from_bytes(SEGMENT, "big"):
        return True
    return segment[2] is not None and segment[1] + segment[2] > size


def _matroska_size(data: bytes) -> tuple[int, int] | None:
    header = _element(data, 0)
    if header is None or header[2] is None:
        return None
    segment = _element(data, header[1] + header[2])
    sizes = []
    for tracks in _children(data, segment, TRACKS):
        for track in _children(data, tracks, TRACK):
            for video in _children(data, track, VIDEO):
                width, height = (
                    next(
                        (int.from_bytes(data[e[1] : e[1] + (e[2] or 0)], "big") for e in _children(data, video, kind)),
                        0,
                    )
                    for kind in (PIXEL_WIDTH, PIXEL_HEIGHT)
                )
                sizes.append((width, height))
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


Element = tuple[int, int, int | None]
"""Id, start of the content, and its length (None: not known when it was written)."""


def _children(data: bytes, parent: Element | None, kind: int) -> Iterator[Element]:
    if parent is None:
        return
    position = parent[1]
    end = len(data) if parent[2] is None else min(len(data), parent[1] + parent[2])
    while position < end:
        element = _element(data, position)
        if element is None:
            return
        if element[0] == kind:
            yield element
        if element[2] is None:
            return
        position = element[1] + element[2]


def _element(data: bytes, at: int) -> Element | None:
    """The element at `at` (RFC 8794): the count of leading zero bits says how long the id and the size are."""
    if at >= len(data) or data[at] == 0:
        return None
    size_at = at + 9 - data[at].bit_length()
    if size_at >= len(data) or data[size_at] == 0:
        return None
    length = 9 - data[size_at].bit_length()
    mask = (1 << 7 * length) - 1
    size = int.from_bytes(data[size_at : size_at + length], "big") & mask
    return int.from_bytes(data[at:size_at], "big"), size_at + length, None if size == mask else size
