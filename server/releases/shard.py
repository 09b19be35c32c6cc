"""One shard of a release: what it gathers, and how it is written, stored and named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import zstandard
from sqlalchemy import ColumnElement, and_, delete, insert, select
from sqlalchemy.orm import Session

from annotator.formats.shards import ShardWriter
from model.data.release import file_sha256
from server.releases.about import State
from server.releases.build import store_blob
from server.releases.media import Media, use_media
from server.releases.rule import Rule
from server.storage import Storage
from server.tables.releases import ReleaseFile, ReleasePart, ReleaseProblem

STORED_AT_ONCE = 4
"""Files that are stored at the same time: each waits for its disk or its bucket."""
_NAMED = 500
"""Files that are named by one statement."""
_FILES = ReleaseFile.metadata.tables[ReleaseFile.__tablename__]
_PART_LEVEL = 1
_SHUFFLE = b"vidgrain-order-1:"

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Ground:
    """What the steps of one build stand on. `read` and `write` open transactions, `write` fenced for the job."""

    release_id: UUID
    project_id: UUID
    rule: Rule
    licence: str
    key: bytes
    storage: Storage
    scratch: Path
    read: Transaction
    write: Transaction
    tell: Callable[[int], None]
    """Called with the position of the last item of each video; may raise to stop."""


@dataclass
class Shard:
    """What a shard gathers before it is written. `state` is that after it, and stands once it is closed."""

    split: str
    writer: ShardWriter
    told: int
    """Problems before it."""
    conversations: list[bytes] = field(default_factory=list)
    size: int = 0
    """Bytes of the conversations."""
    media: list[Media] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    state: State = field(default_factory=State)

    def converse(self, ids: Iterable[str], told: Iterable[bytes]) -> None:
        """Add conversations, each with its place in the order that was drawn for all of them."""
        lines = [
            b"%b %b\n" % (hashlib.sha256(_SHUFFLE + row_id.encode()).hexdigest()[:16].encode(), line)
            for row_id, line in zip(ids, told, strict=True)
        ]
        self.conversations += lines
        self.size += sum(map(len, lines))


def write_shard(ground: Ground, shard: Shard) -> State:
    """Write, store and name a closed shard."""
    files = [(file.path, file.rows) for file in shard.writer.write(ground.scratch)]
    if shard.media:
        files.append((_index(ground, shard), len(shard.media)))
    with ThreadPoolExecutor(STORED_AT_ONCE, "release-store") as storing:
        rows = list(storing.map(lambda file: _stored(ground, *file), files))
    part = _part(ground, shard)
    rows += [
        {"path": each.path, "sha256": each.sha256, "bytes": each.size, "rows": None, "media": True}
        for each in shard.media
    ]
    with ground.write() as session:
        # All files of a shard are named at once: either an attempt that died has named them, or none is named.
        ours = _named(ground, [path for path, _ in files])
        died = session.scalar(select(ReleaseFile.id).where(ours).limit(1)) is not None
        for start in range(0, len(rows), _NAMED):
            named = rows[start : start + _NAMED]
            if died:
                session.execute(delete(ReleaseFile).where(_named(ground, [row["path"] for row in named])))
            session.connection().execute(insert(_FILES), [{"release_id": ground.release_id, **row} for row in named])
        if part is not None:
            session.merge(part)
        # An attempt that died before its cursor moved may have told more, or other problems.
        session.execute(
            delete(ReleaseProblem).where(
                ReleaseProblem.release_id == ground.release_id, ReleaseProblem.position > shard.told
            )
        )
        if shard.problems:
            session.execute(insert(ReleaseProblem), shard.problems)
        use_media(session, shard.used)
    return shard.state


def _named(ground: Ground, paths: Sequence[str]) -> ColumnElement[bool]:
    return and_(ReleaseFile.release_id == ground.release_id, ReleaseFile.path.in_(paths))


def _stored(ground: Ground, path: str, rows: int) -> dict[str, Any]:
    file = ground.scratch / path
    sha256, size = file_sha256(file), file.stat().st_size
    store_blob(ground.storage, file, sha256)
    file.unlink()
    return {"path": path, "sha256": sha256, "bytes": size, "rows": rows, "media": False}


def _index(ground: Ground, shard: Shard) -> str:
    """The list of the shard's clips and masks: plain JSON lines, for whoever fetches a release needs it first."""
    path = f"media/{shard.split}-{shard.writer.number:05d}.jsonl"
    file = ground.scratch / path
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        orjson.dumps({"path": each.path, "sha256": each.sha256, "bytes": each.size}, option=orjson.OPT_APPEND_NEWLINE)
        for each in shard.media
    ]
    file.write_bytes(b"".join(lines))
    return path


def _part(ground: Ground, shard: Shard) -> ReleasePart | None:
    lines = shard.conversations
    if not lines:
        return None
    file = ground.scratch / "part.zst"
    small = zstandard.ZstdCompressionParameters.from_level(_PART_LEVEL, window_log=18)
    lines.sort()
    file.write_bytes(zstandard.ZstdCompressor(compression_params=small).compress(b"".join(lines)))
    sha256 = file_sha256(file)
    store_blob(ground.storage, file, sha256)
    return ReleasePart(
        release_id=ground.release_id,
        split=shard.split,
        number=shard.writer.number,
        sha256=sha256,
        rows=len(lines),
    )
