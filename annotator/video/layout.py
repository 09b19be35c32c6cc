"""Says whether a file ends before its own structure does (ISO BMFF and Matroska), without decoding anything."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def truncated_layout(path: Path) -> bool:
    """True when a top-level box (MP4, MOV) or the segment (MKV, WebM) promises more bytes than the file has."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        if head[:4] == EBML:
            return _matroska_ends_early(file, size)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp"):
            return _boxes_end_early(file, size)
    return False


def _boxes_end_early(file: BinaryIO, size: int) -> bool:
    """Walk the top-level boxes of ISO/IEC 14496-12. A file without `moov` is cut as well: nobody can read it."""
    position, seen = 0, set()
    while position < size:
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            # Up to seven stray bytes at the end are left by some recorders and harm nobody.
            return b"moov" not in seen
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        elif length == 0:
            length = size - position
        if not kind.isascii() or length < 8:
            return b"moov" not in seen
        seen.add(kind)
        position += length
    return position > size or b"moov" not in seen


def _matroska_ends_early(file: BinaryIO, size: int) -> bool:
    """Compare the segment's promised size (RFC 9559) with the file's. Live recordings promise none."""
    if file.read(4) != EBML:
        return False
    header = _vint(file)
    if header is None:
        return True
    file.seek(header, 1)
    if file.read(4) != SEGMENT:
        return file.tell() >= size
    length = _vint(file, unknown_is_none=True)
    return length is not None and file.tell() + length > size


def _vint(file: BinaryIO, *, unknown_is_none: bool = False) -> int | None:
    """EBML variable-length integer (RFC 8794): the count of leading zeros of the first byte says how many follow."""
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    extra = 8 - first[0].bit_length()
    value = first[0] & ((1 << (7 - extra)) - 1)
    for byte in file.read(extra):
        value = value << 8 | byte
    if unknown_is_none and value == (1 << (7 * (extra + 1))) - 1:
        return None
    return value
