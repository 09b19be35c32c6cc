"""Decoded pictures on disk as plain bytes: sibling samples, later epochs and other runs never decode again."""

from __future__ import annotations

import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_RESCAN: Final = 64
"""After so many own writes the folder is measured again, because other processes write into it too."""
_KEPT_SHARE: Final = 0.9
_LEFT_FREE: Final = 0.05, 50 << 30
"""What is left to others (checkpoints, and on a small site the database): a share of the disk, but no more bytes."""
_STALE_S: Final = 3600.0
"""A file that was not whole an hour ago was left behind by a process that was killed."""


class PictureCache:
    """A folder of .npy files, uint8[N, size, size, 3] each.

    The least recently used go when it exceeds `max_bytes`, or when its disk becomes full.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._bytes = 0
        self._writes = 0
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> NDArray[np.uint8] | None:
        """The pictures under `key`, mapped and not yet read; None when they are not there or not whole.

        What is mapped is an open file until the last array of it is gone.
        """
        path = self._path(key)
        try:
            found: NDArray[np.uint8] = np.load(path, mmap_mode="c", allow_pickle=False)
        except (EOFError, ValueError):  # cut short, as a loss of power leaves a file
            with suppress(OSError):
                path.unlink()
            return None
        except OSError:  # not there; or too many files are open, which says nothing against this one
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def put(self, key: str, pictures: NDArray[np.uint8]) -> None:
        """Keep `pictures`, completely or not at all. OSError when the disk does not take them."""
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.partial")
        try:
            with partial.open("wb") as file:
                np.save(file, pictures, allow_pickle=False)
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        if self._writes % _RESCAN == 0:
            self._bytes = sum(size for _, size, _ in self._files())
        else:
            self._bytes += path.stat().st_size
        self._writes += 1
        if self._bytes > self._room(self._bytes):
            self._make_room()

    def _room(self, held: int) -> int:
        """Bytes that it may hold when it holds `held` now."""
        disk = shutil.disk_usage(self._folder)
        share, most = _LEFT_FREE
        return min(self._max_bytes, held + disk.free - min(int(disk.total * share), most))

    def _make_room(self) -> None:
        """Delete what was not used for longest. Who has a file mapped keeps reading it."""
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        room = self._room(total) * _KEPT_SHARE
        for _, size, path in files:
            if total <= room:
                break
            path.unlink(missing_ok=True)
            total -= size
        self._bytes = total

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time of use, bytes and path of what is kept; what was left behind half written goes."""
        found = []
        for path in self._folder.glob("??/*"):
            with suppress(OSError):
                stat = path.stat()
                if path.suffix == ".npy":
                    found.append((stat.st_mtime, stat.st_size, path))
                elif time.time() - stat.st_mtime > _STALE_S:
                    path.unlink()
        return found

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.npy"
