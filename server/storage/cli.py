"""`vidgrain storage`: whether everything that rows name is there, and what is there that no row names."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from server.jobs.workoff import command_parts
from server.settings import Settings
from server.storage.collect import SHOWN, Collector, Round, missing
from server.terminal import terminal

commands = typer.Typer(
    name="storage", no_args_is_help=True, help="Stored objects: whether all are there, and which nothing needs."
)


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    app.add_typer(commands)


@commands.command("check")
def check(context: typer.Context) -> None:
    """Reach the storage, look for objects that the database names and that are missing. Changes nothing.

    EXIT STATUS is 1 when one is missing.
    """
    shell = terminal(context)
    parts = command_parts(Settings())
    parts.storage.check()
    found = Collector(parts.database, parts.storage, parts.settings, dry_run=True).run()
    lost = missing(parts.database, parts.storage)
    lines = [*_lines(found), f"{len(lost)} objects are missing that the database names."]
    shell.show({**asdict(found), "missing": lost}, "\n".join([*lines, *(f"  {key}" for key in lost[:SHOWN])]))
    if lost:
        raise typer.Exit(1)


@commands.command("collect")
def collect(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without: only say what would be done.")] = False,
) -> None:
    """Delete what no row names. The server does this by itself every six hours.

    An object is deleted when it was found unnamed VIDGRAIN_COLLECT_AFTER_HOURS ago and is so still: the first time
    this only remembers what it found.
    """
    shell = terminal(context)
    parts = command_parts(Settings())
    found = Collector(parts.database, parts.storage, parts.settings, dry_run=not yes).run()
    shell.show({**asdict(found), "dry_run": not yes}, "\n".join([*_lines(found), *_deeds(found, done=yes)]))


def _lines(found: Round) -> list[str]:
    lines = [
        f"{found.objects} objects, {found.bytes / 1e9:.3f} GB; {found.foreign} of another form are left alone.",
        f"{found.unnamed} objects, {found.unnamed_bytes / 1e9:.3f} GB, are old and named by nothing.",
    ]
    return [*lines, *(f"  {key}" for key in found.examples)]


def _deeds(found: Round, *, done: bool) -> list[str]:
    would = "" if done else "would be "
    lines = [
        f"{found.collected} objects, {found.collected_bytes / 1e9:.3f} GB, {would}deleted.",
        f"{found.unused_videos} videos that no project has {would}forgotten.",
    ]
    if not done:
        return [*lines, "Nothing was changed: add --yes to do it."]
    return [*lines, f"{found.broken_writes} broken writes and {found.scratch_folders} scratch folders removed."]
