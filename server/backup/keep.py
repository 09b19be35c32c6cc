"""Making a backup of a site that goes on working, and making a site of a backup."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from server.backup import manifest, objects, tables
from server.backup.manifest import BackupChanged, Manifest, NoBackup
from server.backup.objects import SiteNotEmpty
from server.db import Database, now
from server.settings import Settings, program_version
from server.storage import Storage, full_disk

Show = Callable[[str, int, int], None]
"""Hears (what is done, how much is done, of how much): rows, then bytes of objects."""


class _Meter:
    """Adds up what is done, from any thread."""

    def __init__(self, show: Show, label: str, total: int) -> None:
        self._show, self._label, self._total, self._done = show, label, total, 0
        self._lock = threading.Lock()
        show(label, 0, total)

    def __call__(self, more: int) -> None:
        with self._lock:
            self._done += more
            self._show(self._label, self._done, max(self._total, self._done))


def backup(settings: Settings, storage: Storage, folder: Path, *, copy_objects: bool, show: Show) -> Manifest:
    """Write the site into a new folder. Raises FolderTaken, StorageFull.

    The rows are those of one moment, and they are read before the objects: an object is stored before a row names it.
    """
    from migrations import run

    manifest.new_folder(folder)
    database = Database.of(settings)
    try:
        with full_disk(str(folder)), tables.one_moment(database) as connection:
            wanted = tables.portable()
            rows = _Meter(show, "rows", sum(tables.count(connection, name) for name, _ in wanted))
            entries = [tables.dump(connection, folder, name, columns, rows) for name, columns in wanted]
    finally:
        database.dispose()
    with full_disk(str(folder)):
        size = _Meter(show, "bytes of objects", objects.total(storage))
        kept = objects.save(storage, folder, copy=copy_objects, progress=size)
    made = Manifest(
        format=manifest.FORMAT,
        version=manifest.VERSION,
        program=program_version(),
        revision=run.newest() or "",
        made_at=now().isoformat(),
        database="sqlite" if settings.is_sqlite else "postgresql",
        tables=entries,
        objects=kept,
    )
    with full_disk(str(folder)):
        manifest.write(folder, made)
    return made


def check(storage: Storage, folder: Path, show: Show) -> Manifest:
    """Read a backup from end to end. Raises NoBackup, or BackupChanged that names the file."""
    found = manifest.read(folder)
    for table in found.tables:
        manifest.check_file(folder, table.path, table.sha256, table.bytes)
    manifest.check_file(folder, manifest.OBJECTS_NAME, found.objects.list_sha256)
    seen = sum(1 for _ in objects.listed(folder))
    if seen != found.objects.count:
        raise BackupChanged(f"{manifest.OBJECTS_NAME} lists {seen} objects.", field=manifest.OBJECTS_NAME)
    objects.check(storage, folder, found.objects, _Meter(show, "bytes checked", found.objects.bytes))
    return found


def restore(settings: Settings, storage: Storage, folder: Path, show: Show) -> Manifest:
    """Make the empty site that the settings name into the one of the backup, at this version's tables.

    Everything is checked before anything is changed. Raises NoBackup, BackupChanged, SiteNotEmpty. Objects come first,
    then all rows in one transaction: a restore that breaks off leaves a site without rows, and can be done again.
    """
    from migrations import run

    found = manifest.read(folder)
    if found.revision not in run.known():
        raise NoBackup(
            f"This backup is of revision {found.revision}, made by version {found.program}: restore it with that one.",
            field=manifest.NAME,
        )
    refuse_filled(settings)
    check(storage, folder, show)
    if found.objects.copied:
        objects.refuse_others(storage, folder)
    if run.current(settings.database) not in (None, found.revision):
        run.downgrade(settings.database, "base")  # it is empty
    run.upgrade(settings.database, found.revision)
    if found.objects.copied:
        objects.restore(storage, folder, _Meter(show, "bytes of objects", found.objects.bytes))
    database = Database.of(settings)
    try:
        tables.load(database, folder, found.tables, _Meter(show, "rows", found.rows))
    finally:
        database.dispose()
    run.upgrade(settings.database)
    return found


def refuse_filled(settings: Settings) -> None:
    """Raise SiteNotEmpty when the database holds a row."""
    database = Database.of(settings)
    try:
        with database.engine.connect() as connection:
            filled = tables.filled_table(connection)
    finally:
        database.dispose()
    if filled is not None:
        raise SiteNotEmpty(
            f"The database is not empty: the table {filled} has rows. Restore into an empty one.", field="database"
        )
