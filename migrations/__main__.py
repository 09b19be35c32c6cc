"""`python -m migrations revision "why"` writes the next one; `regenerate` writes the first one anew (until 0.1.0)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from migrations import run


def main(arguments: list[str]) -> int:
    """Write a migration against an empty database that has all migrations so far."""
    # Not SQLite: it can not say what indexes over expressions it has, so they would be left out.
    from tests import servers

    with servers.postgres() as server:
        server.run("CREATE DATABASE scratch")
        url = server.url("scratch")
        match arguments:
            case ["revision", message]:
                run.upgrade(url)
                run.revision(url, message, f"{len(_written()) + 1:04d}")
            case ["regenerate"]:
                for old in _written():
                    old.unlink()
                run.revision(url, "First tables", "0001")
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    newest = [str(path) for path in _written()]
    subprocess.run([sys.executable, "-m", "ruff", "check", "--fix", "--quiet", *newest], check=False)  # noqa: S603 - our own files
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *newest], check=False)  # noqa: S603 - our own files
    print("\n".join(newest))
    return 0


def _written() -> list[Path]:
    return sorted((run.FOLDER / "versions").glob("[0-9]*.py"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
