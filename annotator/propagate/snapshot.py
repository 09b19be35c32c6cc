"""Sessions as bytes: a checked header of plain values, and what a network wants beside it. Nothing of it is run."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

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


_ARRAY = "array"
_TYPES = {name: np.dtype(name) for name in ("<f4", "<f8", "|b1")}


def put_arrays(value: Any, into: bytearray) -> Any:
    """`value` (nested dicts by text, lists, tuples, plain values and arrays) as plain values; arrays go to `into`."""
    if isinstance(value, np.ndarray):
        place = len(into)
        into += value.tobytes()
        return {_ARRAY: [_TYPES[value.dtype.str].str, list(value.shape), place]}
    if isinstance(value, dict):
        return {name: put_arrays(part, into) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [put_arrays(part, into) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def take_arrays(value: Any, source: bytes) -> Any:
    """What `put_arrays` was given, bit for bit, tuples as lists. Raises SnapshotError."""
    if isinstance(value, list):
        return [take_arrays(part, source) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {_ARRAY} and isinstance(value[_ARRAY], list):
        return _array(value[_ARRAY], source)
    return {name: take_arrays(part, source) for name, part in value.items()}


def _array(described: Any, source: bytes) -> NDArray[Any]:
    try:
        name, shape, place = described
        kind = _TYPES[name]
        count = int(np.prod(shape, dtype=np.int64))
        if place < 0 or min(shape, default=0) < 0 or place + count * kind.itemsize > len(source):
            raise SnapshotError("the snapshot has an array that it does not hold")
        return np.frombuffer(source, kind, count, place).reshape(shape).copy()
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, SnapshotError):
            raise
        raise SnapshotError(f"the snapshot cannot be read: {error}") from error
