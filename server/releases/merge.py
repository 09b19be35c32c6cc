"""Joins the conversations of all shards into one file in the order that was drawn for every row, at constant memory."""

from __future__ import annotations

import heapq
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import zstandard

from server.storage import Storage
from server.storage.named import blob_key

ORDER_BYTES = 17
"""16 hexadecimal digits and a space before each line of a part."""
WAYS = 200
"""Parts that are open at a time, each with some 400 kB of memory; of more, so many are joined to one before."""
_EVERY = 10_000


def merge_parts(storage: Storage, parts: Sequence[str], out: Path, tell: Callable[[int], None]) -> int:
    """Write the lines of sorted parts (their SHA-256) into `out`, in order; how many. `tell(lines)` may raise to stop.

    The public loader does not shuffle: the file is shuffled once, by a hash of each row's id.
    """
    rows = 0
    with ExitStack() as stack, out.open("wb", buffering=2**20) as file:
        groups = [parts[start : start + WAYS] for start in range(0, len(parts), WAYS)]
        if len(groups) > 1:
            lines = [_lines(_joined(storage, group, out, place, tell), stack) for place, group in enumerate(groups)]
        else:
            lines = [_lines(stack.enter_context(storage.local(blob_key(part))), stack) for part in parts]
        for line in heapq.merge(*lines):
            file.write(memoryview(line)[ORDER_BYTES:])
            rows += 1
            if rows % _EVERY == 0:
                tell(rows)
    return rows


def _joined(storage: Storage, parts: Sequence[str], out: Path, place: int, tell: Callable[[int], None]) -> Path:
    """One part of many, beside `out`: of a bucket, only the parts of one group lie on this machine at a time."""
    joined = out.with_name(f"{out.name}.{place}.zst")
    with ExitStack() as stack, joined.open("wb") as raw, zstandard.ZstdCompressor(level=1).stream_writer(raw) as file:
        lines = [_lines(stack.enter_context(storage.local(blob_key(part))), stack) for part in parts]
        for count, line in enumerate(heapq.merge(*lines)):
            if count % _EVERY == 0:
                tell(0)
            file.write(line)
    return joined


def _lines(part: Path, stack: ExitStack) -> Iterator[bytes]:
    raw: BinaryIO = stack.enter_context(part.open("rb"))
    reader = zstandard.ZstdDecompressor().stream_reader(raw, read_size=2**16)
    return iter(io.BufferedReader(reader, buffer_size=2**17))
