"""The order of several processes at one accelerator, by file locks: no daemon, and a process that is killed holds none.

Workers keep clicks in a process of their own, so the threads' order (`turns.Turns`) alone would not let a click of one
process go before a track of another. Three files a device, locked by flock(2):

- `clicks`: shared by every click that waits. Propagation begins no step while anybody has it.
- `turn`: exclusive, by whoever is at work.
- `queue`: exclusive, by the propagation that is next, since a lock alone goes to its last holder again.

On a CPU nobody needs to be alone: only the first is used, by clicks until they are done.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from weakref import finalize

_log = logging.getLogger(__name__)


def turns_folder() -> Path:
    """Where the processes of this user and machine (or container) find each other's locks."""
    return Path(tempfile.gettempdir()) / f"vidgrain-turns-{os.getuid()}"


class Between:
    """One device as seen by this process. The thread that has the process's own turn uses it, one at a time."""

    def __init__(self, folder: Path, device: str, *, alone: bool) -> None:
        """`alone`: steps of different processes exclude each other. OSError when the folder is of somebody else, or
        its file system has no locks."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if found.st_uid != os.getuid() or folder.is_symlink() or found.st_mode & 0o022:
            raise PermissionError(f"{folder} belongs to somebody else, or others may write to it")
        name = re.sub(r"[^A-Za-z0-9-]", "_", device)
        self.alone = alone
        self._clicks_path = folder / f"{name}.clicks"
        self._clicks = _open(self._clicks_path)
        self._turn, self._queue = (_open(folder / f"{name}.{part}") for part in ("turn", "queue"))
        finalize(self, _close, (self._clicks, self._turn, self._queue))
        with suppress(BlockingIOError):  # somebody has it, so there are locks
            fcntl.flock(self._queue, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(self._queue, fcntl.LOCK_UN)

    def ask(self) -> int:
        """A click waits from now on, until `asked` gets what this gave."""
        mine = _open(self._clicks_path)
        fcntl.flock(mine, fcntl.LOCK_SH)
        return mine

    def asked(self, mine: int) -> None:
        """The click waits no longer."""
        os.close(mine)

    def let_clicks_pass(self) -> None:
        """For propagation, without the process's own turn: a click of this process may wait for that."""
        fcntl.flock(self._clicks, fcntl.LOCK_EX)
        fcntl.flock(self._clicks, fcntl.LOCK_UN)

    def enter_click(self) -> None:
        """The device for a click, after the step under way."""
        if self.alone:
            fcntl.flock(self._turn, fcntl.LOCK_EX)

    def enter(self) -> bool:
        """The device for a step of propagation; False (and not entered) when a click came in the meantime."""
        if self.alone:
            fcntl.flock(self._queue, fcntl.LOCK_EX)
            try:
                fcntl.flock(self._turn, fcntl.LOCK_EX)
            finally:
                fcntl.flock(self._queue, fcntl.LOCK_UN)
        try:
            fcntl.flock(self._clicks, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.leave()
            return False
        fcntl.flock(self._clicks, fcntl.LOCK_UN)
        return True

    def leave(self) -> None:
        """The step is done."""
        if self.alone:
            fcntl.flock(self._turn, fcntl.LOCK_UN)


def between(folder: str | Path | None, device: str, *, alone: bool) -> Between | None:
    """The order with other processes; None without a folder, or (said in the log) where there can be none."""
    if folder is None:
        return None
    try:
        return Between(Path(folder), device, alone=alone)
    except OSError as error:
        _log.warning("clicks of other processes do not go first on %s: %s", device, error)
        return None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _close(files: Sequence[int]) -> None:
    for file in files:
        os.close(file)
