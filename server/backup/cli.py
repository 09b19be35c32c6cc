"""`vidgrain backup` and `vidgrain restore`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from server.backup import keep
from server.backup.manifest import Manifest
from server.settings import Settings
from server.storage import open_storage
from server.terminal import Terminal, terminal

SHOW_SECONDS = 0.2


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    app.command()(backup)
    app.command()(restore)


def backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new folder, on another disk than the site.")],
    objects: Annotated[
        bool, typer.Option(help="Copy the objects too. --no-objects lists them only, with sizes and hashes.")
    ] = True,
) -> None:
    """Write database and objects of a running site into a folder, with hashes. The site goes on meanwhile.

    The rows are those of one moment. The format is the same for SQLite and PostgreSQL, so a site can move from one to
    the other. The folder holds password hashes: keep it closed. VIDGRAIN_SECRET is not in it; keep that apart.
    """
    from server.operations.serve import check_database

    settings = Settings()
    settings.check()
    check_database(settings)
    shell = terminal(context)
    with _shown(shell, "Backing up") as show:
        made = keep.backup(settings, open_storage(settings), folder, copy_objects=objects, show=show)
    shell.show({"folder": str(folder.absolute()), **_told(made)}, f"{_summary(made)} lie in {folder}.")


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    check: Annotated[bool, typer.Option("--check", help="Only read the backup from end to end.")] = False,
) -> None:
    """Make an empty site into the one of a backup. Everything is checked before anything is changed.

    Refuses a site that holds rows or objects, and a backup with a changed or missing file, by name. A backup of an
    older version is brought to this version's tables.
    """
    from server.operations.serve import alone

    settings = Settings()
    settings.check()
    shell = terminal(context)
    storage = open_storage(settings)
    with _shown(shell, "Checking" if check else "Restoring") as show:
        if check:
            found = keep.check(storage, folder, show)
        else:
            with alone(settings):
                found = keep.restore(settings, storage, folder, show)
    what = f"{_summary(found)} are whole." if check else f"{_summary(found)} are restored."
    shell.show({"folder": str(folder.absolute()), **_told(found)}, what)


def _summary(made: Manifest) -> str:
    return (
        f"{made.rows} rows of {len(made.tables)} tables and {made.objects.count} objects ({made.objects.bytes} bytes)"
    )


def _told(made: Manifest) -> dict[str, Any]:
    return {
        "made_at": made.made_at,
        "revision": made.revision,
        "rows": made.rows,
        "objects": made.objects.count,
        "bytes": made.objects.bytes,
        "objects_copied": made.objects.copied,
        "objects_vanished": made.objects.vanished,
    }


@contextmanager
def _shown(shell: Terminal, label: str) -> Iterator[keep.Show]:
    """A bar of what is done, drawn a few times a second."""
    with shell.progress(label) as bar:
        last = 0.0
        before = ""

        def show(what: str, done: int, of: int) -> None:
            nonlocal last, before
            moment = time.monotonic()
            if moment - last >= SHOW_SECONDS or what != before or done == of:
                last, before = moment, what
                bar(done, of, what)

        yield show
