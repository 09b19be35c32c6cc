"""Sessions as bytes: a checked header of plain values, and what a network wants beside it. Nothing of it is run."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from annotator.propagate.protocol import SnapshotError

_MAGIC = b"VGSESS1\n"
_SUM = 32


def pack(header: dict[str, Any], payload: bytes = b"") -> bytes:
    """Magic, SHA-256 of the rest, the header's length (8 bytes, big-endian), the header as JSON, the payload."""
    text = orjson.dumps(header)
    body = len(text).to_bytes(8, "big") + text + payload
    return _MAGIC + hashlib.sha256(body).digest() + body


def unpack(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and payload. Raises SnapshotError for anything but what `pack` gave, whole."""
    body = data[len(_MAGIC) + _SUM :]
    if not data.startswith(_MAGIC) or hashlib.sha256(body).digest() != data[len(_MAGIC) : len(_MAGIC) + _SUM]:
        raise SnapshotError("the snapshot is damaged or none of ours")
    length = int.from_bytes(body[:8], "big")
    header = orjson.loads(body[8 : 8 + length])
    if not isinstance(header, dict):
        raise SnapshotError("the snapshot has no header")
    return header, body[8 + length :]
