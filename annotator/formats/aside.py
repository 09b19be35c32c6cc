"""Folders that are written beside their final place, and what programs that were killed left of theirs."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def aside(to: Path) -> Iterator[Path]:
    """A new folder beside `to`, for what must be whole before it is there; whoever is done renames it.

    It is removed at the end, and with it what killed programs left of the same `to`: each locks its folder while it
    lives, so nobody takes away what another one still writes. OSError when there is no room or right.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    _sweep(to)
    folder, lock = _locked(to)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(to: Path) -> None:
    ours = re.compile(rf"\.{re.escape(to.name)}\.[0-9a-f]{{8}}\.partial")
    for old in to.parent.iterdir():
        if ours.fullmatch(old.name) is None:
            continue
        with suppress(OSError):  # it is being written, or it is somebody else's: it stays
            lock = os.open(old, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old)
            finally:
                os.close(lock)


def _locked(to: Path) -> tuple[Path, int]:
    while True:
        folder = to.with_name(f".{to.name}.{secrets.token_hex(4)}.partial")
        folder.mkdir()
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # swept by somebody between the two
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder, lock
        os.close(lock)  # swept before it was locked
