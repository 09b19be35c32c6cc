"""Objects in a backup: copied or listed with size and hash, and put back, each checked on the way."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from server.backup.manifest import OBJECTS_FOLDER, OBJECTS_NAME, BackupChanged, ObjectEntry, ObjectsEntry, check_file
from server.backup.tables import Lines, Progress, read_lines
from server.errors import Conflict, Unavailable
from server.storage import BadKey, ObjectMissing, Storage, check_key, full_disk

THREADS = 8
"""Objects under way at a time: a bucket answers slowly, but many at once."""

T = TypeVar("T")
R = TypeVar("R")


class SiteNotEmpty(Conflict):
    """A backup is restored into an empty site only."""


def _each(call: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """`call` of each item, some at a time, in order."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="objects") as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(call, item))
                if len(waiting) >= THREADS * 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _keys(storage: Storage) -> Iterator[tuple[str, int]]:
    for found in storage.list():
        try:
            yield check_key(found.key), found.size
        except BadKey:
            continue  # not ours: whoever put it there looks after it


def total(storage: Storage) -> int:
    """Bytes of all objects."""
    return sum(size for _, size in _keys(storage))


def save(storage: Storage, folder: Path, *, copy: bool, progress: Progress) -> ObjectsEntry:
    """Copy every object into the folder, or read it only, and list it with its size and hash."""
    target = folder / OBJECTS_FOLDER if copy else None
    lines = Lines(folder / OBJECTS_NAME)
    size = vanished = 0

    def take(key: str) -> ObjectEntry | None:
        try:
            return _take(storage, key, target, progress)
        except ObjectMissing:
            return None  # deleted since it was listed: no row of the snapshot's future names it

    try:
        for entry in _each(take, (key for key, _ in _keys(storage))):
            if entry is None:
                vanished += 1
            else:
                lines.add(entry.model_dump())
                size += entry.size
    finally:
        sha256, _ = lines.close()
    return ObjectsEntry(count=lines.count, bytes=size, copied=copy, vanished=vanished, list_sha256=sha256)


def _take(storage: Storage, key: str, target: Path | None, progress: Progress) -> ObjectEntry:
    hashed = hashlib.sha256()
    size = 0
    pieces = storage.read(key)
    if target is None:
        for piece in pieces:
            hashed.update(piece)
            size += len(piece)
            progress(len(piece))
    else:
        path = target / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with full_disk(key), path.open("xb") as file:
            for piece in pieces:
                file.write(piece)
                hashed.update(piece)
                size += len(piece)
                progress(len(piece))
            file.flush()
            os.fsync(file.fileno())
    return ObjectEntry(key=key, size=size, sha256=hashed.hexdigest())


def listed(folder: Path) -> Iterator[ObjectEntry]:
    """The list of objects. Its own hash is checked before."""
    for line in read_lines(folder / OBJECTS_NAME):
        entry = ObjectEntry.model_validate(line)
        check_key(entry.key)
        yield entry


def refuse_others(storage: Storage, folder: Path) -> None:
    """Raise SiteNotEmpty when the storage holds an object that is not the backup's."""
    own = {entry.key: entry.size for entry in listed(folder)}
    for key, size in _keys(storage):
        if own.get(key) != size:
            raise SiteNotEmpty(f"The storage is not empty: it holds {key}. Restore into an empty one.", field="storage")


def check(storage: Storage, folder: Path, entry: ObjectsEntry, progress: Progress) -> None:
    """Raise BackupChanged, naming it, when an object is not as it was: in the folder, or in the storage if listed."""

    def one(found: ObjectEntry) -> None:
        if entry.copied:
            check_file(folder, f"{OBJECTS_FOLDER}/{found.key}", found.sha256, found.size)
            progress(found.size)
        else:
            _check_stored(storage, found, progress)

    for _ in _each(one, listed(folder)):
        pass


def _check_stored(storage: Storage, entry: ObjectEntry, progress: Progress) -> None:
    try:
        found = _take(storage, entry.key, None, progress)
    except ObjectMissing as error:
        raise BackupChanged(
            f"{entry.key} is not in the storage: this backup only lists the objects.", field=entry.key
        ) from error
    if found != entry:
        raise BackupChanged(f"{entry.key} in the storage is not as it was.", field=entry.key)


def restore(storage: Storage, folder: Path, progress: Progress) -> None:
    """Put every object into the storage. What was put is removed again when one can not be."""
    put: list[str] = []

    def one(entry: ObjectEntry) -> None:
        stored = storage.put(entry.key, folder / OBJECTS_FOLDER / entry.key)
        put.append(entry.key)
        if stored.sha256 != entry.sha256:
            name = f"{OBJECTS_FOLDER}/{entry.key}"
            raise BackupChanged(f"{name} is not as it was written.", field=name)
        progress(entry.size)

    try:
        for _ in _each(one, listed(folder)):
            pass
    except BaseException:
        for key in put:
            # A store that went away keeps them: the next try finds its own objects and goes on.
            with suppress(Unavailable):
                storage.delete(key)
        raise
