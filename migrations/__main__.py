"""`python -m migrations revision "why"` writes the next one; `again` writes the newest anew, until it has landed."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from migrations import run


def main(arguments: list[str]) -> int:
    """Write a migration against an empty database that has all migrations so far."""
    # Not SQLite: it can not say what indexes over expressions it has, so they would be left out.
    from tests import servers

    # Two at once would each remove the other's file.
    lock = os.open(run.FOLDER, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with servers.postgres() as server:
        server.run("CREATE DATABASE scratch")
        url = server.url("scratch")
        match arguments:
            case ["revision", message]:
                run.upgrade(url)
                run.revision(url, message, f"{len(_written()) + 1:04d}")
            case ["again", message]:
                newest = _written()[-1]
                newest.unlink()
                run.upgrade(url)
                run.revision(url, message, newest.name[:4])
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    written = [str(path) for path in _written()]
    subprocess.run([sys.executable, "-m", "ruff", "check", "--fix", "--quiet", *written], check=False)  # noqa: S603 - our own files
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *written], check=False)  # noqa: S603 - our own files
    print("\n".join(written))
    return 0


def _written() -> list[Path]:
    return sorted((run.FOLDER / "versions").glob("[0-9]*.py"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
