"""`vidgrain captions`: captions from elsewhere into a project, on the server's own machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args
from uuid import UUID

import typer

from server.documents.captioned import Wanted
from server.documents.captions import import_captions
from server.documents.schemas_captions import CaptionedMasklet, CaptionFormat, CaptionImportOut
from server.jobs.workoff import command_parts
from server.settings import Settings
from server.terminal import terminal
from server.videos.cli import project_of, user_of

commands = typer.Typer(name="captions", no_args_is_help=True, help="Captions from elsewhere.")

_TOLD = 20


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    app.add_typer(commands)


@commands.callback()
def _captions() -> None:
    """Captions from elsewhere."""  # with a callback, one command alone keeps its name


@commands.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that another tool wrote.", exists=True, dir_okay=False)],
    *,
    project: Annotated[str, typer.Option(help="The project: its id, or its name where that is the only one.")],
    kind: Annotated[str, typer.Option("--format", help=f"What the file is: {', '.join(get_args(CaptionFormat))}.")],
    video: Annotated[
        str, typer.Option(help="Id of the video that the file is about; by default found by the names in the file.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Take them. Without it is only told what would come.")] = False,
    by: Annotated[str, typer.Option(help="E-mail of whoever brings them; by default the first admin.")] = "",
) -> None:
    """Import captions as drafts of caption tasks, all of a file or nothing. Nothing that somebody began is changed."""
    shell = terminal(context)
    if kind not in get_args(CaptionFormat):
        raise typer.BadParameter(
            f"there is no format {kind!r}; known are {', '.join(get_args(CaptionFormat))}", param_hint="--format"
        )
    video_id = _id(video)
    parts = command_parts(Settings())
    try:
        with parts.database.read() as session:
            project_id, user_id = project_of(session, project).id, user_of(session, by).id
        wanted = Wanted(
            project_id=project_id,
            user_id=user_id,
            kind=kind,  # type: ignore[arg-type]  # looked up above
            path=file,
            video_id=video_id,
        )
        report = import_captions(parts, wanted, dry_run=not yes)
    finally:
        parts.close()
    shell.show(report.model_dump(mode="json"), "\n".join(_lines(report)))
    if report.refused_count:
        raise typer.Exit(1)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no id of a video", param_hint="--video") from None


def _lines(report: CaptionImportOut) -> list[str]:
    """The report for people."""
    lines = [f"{report.rows} rows, {report.out_of_frame} out of frame and left out"]
    lines += [_line(masklet) for masklet in report.masklets]
    lines += [f"refused: {r.where}: {r.message}" for r in report.refused[:_TOLD]]
    if report.refused_count > _TOLD:
        lines.append(f"… and {report.refused_count - _TOLD} more places.")
    new = sum(masklet.captions for masklet in report.masklets if masklet.state == "new")
    if report.refused_count:
        lines.append(f"{report.refused_count} refused: nothing can be imported until these are right.")
    elif report.dry_run:
        lines.append(f"{new} captions would become drafts; --yes takes them.")
    else:
        lines.append(f"{report.made} captions taken as drafts.")
    return lines


def _line(masklet: CaptionedMasklet) -> str:
    what = {"new": "a new draft", "present": "is there already", "refused": "refused"}[masklet.state]
    name = f"{masklet.video}, {masklet.number} {masklet.label}".strip()
    return f"{name}: {masklet.captions} captions, grid frames {masklet.grid_start} to {masklet.grid_end}; {what}"
