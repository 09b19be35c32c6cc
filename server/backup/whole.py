"""Whether a backup holds every object that its rows name, with the content that the object's own name tells.

A site that lost an object, or has one that was changed in its store, is backed up all the same, since nothing better
may be left; but it is said, by name, when the backup is made, checked and restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.backup.manifest import Manifest
from server.backup.objects import listed
from server.backup.tables import read_lines
from server.storage.named import NAMINGS, told_sha256


@dataclass(frozen=True)
class Amiss:
    """What a backup can not give back, by key and in order."""

    missing: tuple[str, ...]
    """A row names it, and it was not in the storage."""
    altered: tuple[str, ...]
    """It is stored under the hash of its content, and has another content."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.altered)


def amiss(folder: Path, manifest: Manifest) -> Amiss:
    """What is amiss with the site that was backed up. Reads the backup's rows and its list of objects only."""
    there: set[str] = set()
    altered = []
    for entry in listed(folder):
        there.add(entry.key)
        if told_sha256(entry.key) not in (None, entry.sha256):
            altered.append(entry.key)
    missing = {key for key in _named(folder, manifest) if key not in there}
    return Amiss(tuple(sorted(missing)), tuple(sorted(altered)))


def _named(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Every key that a row of the backup names. A column that an older version did not have names none."""
    namings = [naming for several in NAMINGS.values() for naming in several]
    for table in manifest.tables:
        mine = {each.column.key: each.key for each in namings if each.column.class_.__tablename__ == table.name}
        wanted = [(at, mine[column.name]) for at, column in enumerate(table.columns) if column.name in mine]
        for row in read_lines(folder / table.path) if wanted else ():
            yield from (key(row[at]) for at, key in wanted if row[at] is not None)
