"""`vidgrain masklets`: masks from elsewhere into a project, on the server's own machine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, get_args
from uuid import UUID

import typer
from sqlalchemy import select

from annotator.formats.sources import Format
from server.errors import NotFound
from server.jobs.workoff import JobNotDone, command_parts, work_off
from server.masklets.foreign import Wanted
from server.masklets.imports import import_masklets
from server.masklets.schemas_imports import ImportedSubject, MaskletImportOut
from server.parts import Parts
from server.settings import Settings
from server.tables.masklets import Track
from server.terminal import Terminal, terminal
from server.videos.cli import project_of, user_of

commands = typer.Typer(name="masklets", no_args_is_help=True, help="Masks from elsewhere.")

_TOLD = 20


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    app.add_typer(commands)


@commands.callback()
def _masklets() -> None:
    """Masks from elsewhere."""  # with a callback, one command alone keeps its name


@commands.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A JSON or text file, a zip, or a folder.")],
    *,
    project: Annotated[str, typer.Option(help="The project: its id, or its name where that is the only one.")],
    kind: Annotated[str, typer.Option("--format", help=f"What the file is: {', '.join(get_args(Format))}.")],
    video: Annotated[
        str, typer.Option(help="Id of the video that the file is about; by default found by the names in the file.")
    ] = "",
    first_frame: Annotated[
        int | None, typer.Option(min=0, help="Number of the file's first frame: 0, and 1 for MOTS.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Make the masklets. Without it is only told what would come.")
    ] = False,
    by: Annotated[str, typer.Option(help="E-mail of whoever brings them; by default the first admin.")] = "",
) -> None:
    """Import masks that others made, all of a file or nothing. The same masks twice are one masklet.

    Subjects with masks on every picture are done at once; of others what is given becomes prompts, to be followed.
    """
    shell = terminal(context)
    if kind not in get_args(Format):
        raise typer.BadParameter(
            f"there is no format {kind!r}; known are {', '.join(get_args(Format))}", param_hint="--format"
        )
    if not file.exists():
        raise NotFound(f"There is no file or folder {file}.", field="file")
    parts = command_parts(Settings())
    try:
        with parts.database.read() as session:
            project_id, user_id = project_of(session, project).id, user_of(session, by).id
        with tempfile.TemporaryDirectory() as scratch:
            wanted = Wanted(
                project_id=project_id,
                user_id=user_id,
                kind=kind,  # type: ignore[arg-type]  # looked up above
                path=file,
                scratch=Path(scratch),
                video_id=_id(video),
                first_frame=first_frame,
            )
            report = import_masklets(parts, wanted, dry_run=not yes)
        if report.tracks and not parts.settings.redis_url:
            _follow(parts, report, shell)
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


def _follow(parts: Parts, report: MaskletImportOut, shell: Terminal) -> None:
    """Follow what was begun, here and now: an embedded site's jobs are done by the command itself."""
    made = [s.masklet_id for video in report.videos for s in video.subjects if s.state == "new" and not s.whole]
    with shell.progress("Following", float(len(made))) as bar:
        for number, masklet_id in enumerate(made):
            with parts.database.read() as session:
                job_id = session.scalar(select(Track.job_id).where(Track.masklet_id == masklet_id, Track.version == 1))
            if job_id is not None:
                with suppress(JobNotDone):  # the track's own row says what came of it
                    work_off(parts, job_id, partial(_tell, bar, number))
            bar(number + 1, None, "")


def _tell(bar: Callable[[float, float | None, str], None], number: int, share: float, _what: str) -> None:
    bar(number + min(share, 0.99), None, "")


def _lines(report: MaskletImportOut) -> list[str]:
    """The report for people."""
    lines = []
    for video in report.videos:
        lines += [f"{video.name} ({video.source})", *(f"  {note}" for note in video.notes)]
        lines += [f"  {_line(subject)}" for subject in video.subjects]
    lines += [f"refused: {r.where}: {r.message}" for r in report.refused[:_TOLD]]
    if report.refused_count > _TOLD:
        lines.append(f"… and {report.refused_count - _TOLD} more places.")
    new = sum(s.state == "new" for video in report.videos for s in video.subjects)
    if report.refused_count:
        lines.append(f"{report.refused_count} refused: nothing can be imported until these are right.")
    elif report.dry_run:
        lines.append(f"{new} masklets would be made; --yes makes them.")
    else:
        lines.append(f"{report.made} masklets made, {report.tracks} of them to be followed.")
    return lines


def _line(subject: ImportedSubject) -> str:
    what = {
        "new": "all masks are there" if subject.whole else f"{subject.prompts} prompts, to be followed",
        "present": "is there already",
        "removed": "was imported and removed",
        "never_visible": "is never visible: left out",
    }[subject.state]
    name = f"{subject.subject} {subject.label}".strip()
    return f"{name}: {subject.masks} masks, {subject.boxes} boxes, {subject.absent} absent; {what}"
