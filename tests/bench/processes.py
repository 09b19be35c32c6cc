"""The memory of the browser's processes that this one started (Linux)."""

from __future__ import annotations

import os
import re
from pathlib import Path


def largest_page() -> int:
    """Private bytes of the largest page process of our Chromium: its heap, its workers and their pictures."""
    most = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            if b"--type=renderer" not in command or not _is_ours(int(entry.name)):
                continue
            rollup = (entry / "smaps_rollup").read_text()
        except OSError:  # it ended meanwhile
            continue
        private = sum(int(size) for size in re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.M))
        most = max(most, private * 1024)
    return most


def _is_ours(process: int) -> bool:
    """Whether a process descends from this one."""
    while process > 1:
        if process == os.getpid():
            return True
        stat = Path(f"/proc/{process}/stat").read_text()
        process = int(stat.rpartition(")")[2].split()[1])
    return False
