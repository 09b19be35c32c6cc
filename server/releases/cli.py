"""`vidgrain release`: build a release of everything that is accepted, and fetch it as a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError

from server.client import Client, Refused
from server.errors import Conflict, NotFound, Unprocessable
from server.jobs.workoff import command_parts, work_off
from server.parts import Parts
from server.projects.find import find_project_by, somebody
from server.releases.build import ask
from server.releases.export import ReleaseCommands, check_captions, export_release
from server.releases.rule import Rule
from server.releases.schemas import ReleaseIn
from server.releases.stage import FileChanged, stage
from server.settings import Settings
from server.storage import read_bytes
from server.storage.named import blob_key
from server.tables.releases import Release
from server.terminal import Terminal, terminal


class DamagedRelease(Conflict):
    """A stored file of the release changed."""


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    commands = typer.Typer(cls=ReleaseCommands, no_args_is_help=True, help="Build releases, give them in other forms.")
    commands.command("build")(release_project)
    commands.command("export")(export_release)
    commands.command("check")(check_captions)
    commands.command("download")(download_release)
    app.add_typer(commands, name="release")


def release_project(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project: its id, or its name where that is the only one.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder to write the release to; files that are there and right are kept.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the release; by default the project's name and its number.")] = "",
    test_share: Annotated[float, typer.Option(min=0, max=0.9, help="Share of the source videos to hold out.")] = 0.2,
    by: Annotated[str, typer.Option(help="E-mail of whoever asks; by default the first admin.")] = "",
    rule: Annotated[str, typer.Option(help='Which work, as JSON: {"q_types": ["Pose"]}; by default all of it.')] = "{}",
    licence: Annotated[str, typer.Option(help="Under which the rows may be used, as CC-BY-4.0.")] = "",
    since: Annotated[
        UUID | None, typer.Option(help="An earlier release of the project: take only what that one does not hold.")
    ] = None,
    split_by_annotator: Annotated[
        bool, typer.Option("--split-by-annotator", help="Nobody's work is on both sides of the split.")
    ] = False,
) -> None:
    """Release what is accepted now in a project. Every file is hashed, and checked when it is fetched."""
    shell = terminal(context)
    parts = command_parts(Settings())
    try:
        selected = Rule.model_validate_json(rule)
    except ValidationError as error:
        raise _refused(error, "rule") from error
    try:
        wanted = ReleaseIn(
            name=name or None,
            test_share=test_share,
            split_by_annotator=split_by_annotator,
            rule=selected,
            licence=licence,
            since=since,
        )
    except ValidationError as error:
        raise _refused(error) from error
    with parts.database.begin() as session:
        made = ask(session, find_project_by(session, project), somebody(session, by), wanted, None)
    with shell.progress(f"Building {made.name}", 1.0) as bar:
        assert made.job_id is not None
        work_off(parts, made.job_id, lambda done, what: bar(done, 1.0, what))
    with parts.database.read() as session:
        made = session.get_one(Release, made.id)
    if out is not None:
        fetch(parts, made, out, shell)
    told = {"id": made.id, "name": made.name, "manifest_sha256": made.manifest_sha256, "counts": made.counts}
    counts = ", ".join(f"{count} {what}" for what, count in (made.counts or {}).items())
    where = f"\nIt lies in {out}" if out else ""
    shell.show({**told, "folder": str(out) if out else None}, f"{made.name} ({made.id}): {counts}{where}")


def _refused(error: ValidationError, *within: str) -> Unprocessable:
    """What is wrong with the first option that is."""
    first = error.errors()[0]
    where = ".".join([*within, *(str(part) for part in first["loc"])])
    return Unprocessable(f"{where}: {first['msg']}", field=where)


def download_release(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The other site, as https://annotate.example.org.")],
    release: Annotated[str, typer.Argument(help="The release's id.")],
    to: Annotated[Path, typer.Option(help="Folder to write; what is there and right is kept, half files go on.")],
    token: Annotated[
        str, typer.Option(envvar="VIDGRAIN_TOKEN", help="A personal access token; one that may only read will do.")
    ],
) -> None:
    """Download a release from another site over REST: with progress, going on after a break, every byte checked."""
    shell = terminal(context)
    site = Client(address, token)
    with shell.progress(f"Downloading {release}") as bar:
        try:
            manifest = site.release(
                release, to.absolute(), lambda before, total, path, more: bar(before + more, total, path)
            )
            said = site.get(f"/releases/{release}", fields="deprecated_why")["deprecated_why"]
            gone = site.every(f"/releases/{release}/withdrawn")
        except Refused as error:
            raise NotFound(str(error), field="release") from error
        except (OSError, ValueError) as error:
            raise DamagedRelease(f"Not downloaded: {error}. Try again: what came is kept.", field="release") from error
    told = {"release": manifest["release"], "folder": str(to), "counts": manifest["counts"]}
    lines = [f"{manifest['release']} lies in {to}"]
    lines += [f"It should not be used any more: {said}"] if said else []
    lines += [f"{video['video']} was withdrawn since: do not use it." for video in gone]
    shell.show({**told, "deprecated": said, "withdrawn": gone}, "\n".join(lines))


def fetch(parts: Parts, release: Release, folder: Path, shell: Terminal) -> None:
    """Write a release into a folder, checking every byte. DamagedRelease names a file that changed."""
    sha256 = release.manifest_sha256
    assert sha256 is not None
    folder = folder.absolute()
    manifest = read_bytes(parts.storage, blob_key(sha256))
    with shell.progress(f"Fetching {release.name}") as bar:
        try:
            stage(
                manifest,
                sha256,
                lambda file: parts.storage.read(blob_key(file.sha256)),
                folder,
                bar,
            )
        except FileChanged as error:
            raise DamagedRelease(str(error), field="release") from error
