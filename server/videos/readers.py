"""Opened videos, kept for the next picture: opening a file and its frame table costs more than decoding a picture.

Each reader is lent to one thread at a time. The pool belongs to its storage and closes what was not used for a while.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import orjson

from annotator.video.frames import FrameTable
from annotator.video.reader import PictureReader
from server.storage import Storage, read_bytes
from server.tables.videos import Video
from server.videos.errors import VideoNotReady

KEPT = 6
IDLE_SECONDS = 120.0


@dataclass
class _Open:
    sha256: str
    reader: PictureReader
    stack: ExitStack
    used: float = field(default_factory=time.monotonic)


class Readers:
    """A pool of readers over one storage."""

    def __init__(self, storage: Storage, kept: int = KEPT) -> None:
        self._storage = storage
        self._kept = kept
        self._free: list[_Open] = []
        self._lock = threading.Lock()

    @contextmanager
    def open(self, video: Video) -> Iterator[PictureReader]:
        """A reader of the video's proxy for this thread alone. Raises VideoNotReady."""
        entry = self._take(video.sha256) or open_reader(self._storage, video)
        try:
            yield entry.reader
        except BaseException:
            # A reader that failed once is not trusted again.
            entry.stack.close()
            raise
        self._give(entry)

    def _take(self, sha256: str) -> _Open | None:
        with self._lock:
            for entry in self._free:
                if entry.sha256 == sha256:
                    self._free.remove(entry)
                    return entry
        return None

    def _give(self, entry: _Open) -> None:
        entry.used = time.monotonic()
        with self._lock:
            self._free.append(entry)
            fresh = [e for e in self._free if entry.used - e.used < IDLE_SECONDS][-self._kept :]
            old = [e for e in self._free if e not in fresh]
            self._free = fresh
        for unused in old:
            unused.stack.close()


def open_reader(storage: Storage, video: Video) -> _Open:
    """Open a video's proxy anew. Closing `stack` closes it."""
    if video.proxy_key is None or video.frames_key is None:
        raise VideoNotReady
    table = frame_table(storage, video)
    with ExitStack() as stack:
        path = stack.enter_context(storage.local(video.proxy_key))
        reader = stack.enter_context(PictureReader(path, table))
        return _Open(video.sha256, reader, stack.pop_all())


def frame_table(storage: Storage, video: Video) -> FrameTable:
    """The video's frame table. Raises VideoNotReady."""
    if video.frames_key is None:
        raise VideoNotReady
    return FrameTable.from_json(orjson.loads(read_bytes(storage, video.frames_key)))


_pools: WeakKeyDictionary[Storage, Readers] = WeakKeyDictionary()
_pools_lock = threading.Lock()


def readers_of(storage: Storage) -> Readers:
    """The pool of this storage; it goes when the storage goes."""
    with _pools_lock:
        return _pools.setdefault(storage, Readers(storage))
