"""`vidgrain backup` and `vidgrain restore`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from server.backup import keep, whole
from server.backup.manifest import Manifest
from server.backup.whole import Amiss
from server.settings import Settings
from server.storage import open_storage
from server.terminal import Terminal, terminal

SHOW_SECONDS = 0.2
SHOWN = 20
"""Objects that people are told of by name."""


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

    EXIT STATUS is 1 when the storage has lost or changed an object that the rows name: the rest is backed up.
    """
    from server.operations.serve import check_database

    settings = Settings()
    settings.check()
    check_database(settings)
    shell = terminal(context)
    with _shown(shell, "Backing up") as show:
        made = keep.backup(settings, open_storage(settings), folder, copy_objects=objects, show=show)
    found = whole.amiss(folder, made)
    _tell(shell, folder, made, f"{_summary(made)} lie in {folder}.", found)
    if found:
        raise typer.Exit(1)


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    check: Annotated[bool, typer.Option("--check", help="Only read the backup from end to end.")] = False,
) -> None:
    """Make an empty site into the one of a backup. Everything is checked before anything is changed.

    Refuses a site that holds rows or objects, and a backup with a changed or missing file, by name. A backup of an
    older version is brought to this version's tables. What the site had lost already when it was backed up is named.

    EXIT STATUS of --check is 1 when there is such an object.
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
    what = f"{_summary(found)} are as they were backed up." if check else f"{_summary(found)} are restored."
    lost = whole.amiss(folder, found)
    _tell(shell, folder, found, what, lost)
    if check and lost:
        raise typer.Exit(1)


def _tell(shell: Terminal, folder: Path, made: Manifest, what: str, found: Amiss) -> None:
    """The end of a command, with the objects that are amiss: all for scripts, the first for people."""
    lines = [what]
    for keys, said in (
        (found.missing, "objects were missing in the storage when it was backed up"),
        (found.altered, "objects had been changed in the storage when it was backed up"),
    ):
        if keys:
            lines += [f"{len(keys)} {said}:", *(f"  {key}" for key in keys[:SHOWN])]
    told = {"missing": list(found.missing), "altered": list(found.altered)}
    shell.show({"folder": str(folder.absolute()), **_told(made), **told}, "\n".join(lines))


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
