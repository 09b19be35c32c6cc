"""Decoded pictures on disk as plain bytes: sibling samples, later epochs and other runs never decode again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_RESCAN: Final = 64
"""After so many own writes the folder is measured again, because other processes write into it too."""
_KEPT_SHARE: Final = 0.9


class PictureCache:
    """A folder of .npy files, uint8[N, size, size, 3] each; the least recently used go when it exceeds `max_bytes`."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._bytes = 0
        self._writes = 0
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> NDArray[np.uint8] | None:
        """The pictures under `key`, mapped and not yet read; None when they are not there or not whole."""
        path = self._path(key)
        try:
            found: NDArray[np.uint8] = np.load(path, mmap_mode="c", allow_pickle=False)
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            path.unlink(missing_ok=True)
            return None
        return found

    def put(self, key: str, pictures: NDArray[np.uint8]) -> None:
        """Keep `pictures`, completely or not at all. OSError when the disk does not take them."""
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
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
        if self._bytes > self._max_bytes:
            self._make_room()

    def _make_room(self) -> None:
        """Delete what was not used for longest. Who has a file mapped keeps reading it."""
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            if total <= self._max_bytes * _KEPT_SHARE:
                break
            path.unlink(missing_ok=True)
            total -= size
        self._bytes = total

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self._folder.glob("??/*.npy"):
            with suppress(FileNotFoundError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        return found

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.npy"
