"""Which stored objects the database names: the one list of columns that do. A test finds a column that is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.tables.masklets import Track
from server.tables.releases import Release, ReleaseFile, ReleaseMedia, ReleasePart
from server.tables.training import RunFile
from server.tables.videos import Video

BATCH = 500
"""Keys that are asked about in one statement."""


@dataclass(frozen=True)
class Naming:
    """A column whose values are keys, or tell them: `key` gives the key of a value, `value` the value of a key."""

    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
    key: Callable[[str], str]
    value: Callable[[str], str]


def _same(text: str) -> str:
    return text


def blob_key(sha256: str) -> str:
    """Where content lies in the storage: under its hash, so that equal files are stored once."""
    return f"blobs/{sha256[:2]}/{sha256}"


def _blob_sha256(key: str) -> str:
    return key.rpartition("/")[2]


_VIDEO, _TRACK, _BLOB = r"videos/[0-9a-f]{2}/[0-9a-f]{64}/[^/]+", r"masklets/[^/]+/[^/]+\.masklet", r"blobs/../\w{64}"
NAMINGS: dict[str, tuple[Naming, ...]] = {
    _VIDEO: tuple(
        Naming(column, _same, _same)
        for column in (Video.source_key, Video.proxy_key, Video.frames_key, Video.thumbnails_key)
    ),
    _TRACK: (Naming(Track.file_key, _same, _same),),
    r"masklets/[^/]+/[^/]+\.checkpoint": (Naming(Track.checkpoint_key, _same, _same),),
    _BLOB: tuple(
        Naming(column, blob_key, _blob_sha256)
        for column in (
            ReleaseFile.sha256,
            Release.manifest_sha256,
            ReleasePart.sha256,
            ReleaseMedia.sha256,
            RunFile.sha256,
        )
    ),
}
"""By the form of the keys. An object of another form is not ours to judge: it is never collected."""
CUT = re.compile(r"cuts/[0-9a-f]{64}\.mp4")
"""Clips that are kept so that a release built again is built sooner: no row names them, they can be cut again."""


_SOURCE = re.compile(r"videos/../(\w{64})/source\.[^/]+")


def told_sha256(key: str) -> str | None:
    """The SHA-256 that an object must have, where its key tells it: source files and blobs lie under their hash."""
    if source := _SOURCE.fullmatch(key):
        return source[1]
    return _blob_sha256(key) if re.fullmatch(_BLOB, key) else None


def namings_of(key: str) -> tuple[Naming, ...]:
    """The columns that may name an object; none for one that is not ours."""
    for form, namings in NAMINGS.items():
        if re.fullmatch(form, key):
            return namings
    return ()


def named(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that some row names. At most BATCH at a time."""
    found: set[str] = set()
    for form, namings in NAMINGS.items():
        mine = [key for key in keys if re.fullmatch(form, key)]
        for naming in namings if mine else ():
            by_value = {naming.value(key): key for key in mine}
            values = session.scalars(select(naming.column).where(naming.column.in_(by_value)))
            found.update(by_value[value] for value in values if value is not None)
    return found


def all_named(session: Session) -> Iterator[str]:
    """Every key that some row names; one that several rows name comes several times."""
    for namings in NAMINGS.values():
        for naming in namings:
            values = select(naming.column).where(naming.column.is_not(None)).execution_options(yield_per=5000)
            for value in session.scalars(values):
                if value is not None:
                    yield naming.key(value)
