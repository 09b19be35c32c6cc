"""`vidgrain release export` and `check`: a release in the forms of other tools, and what would be taken of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from typer.core import TyperGroup

from annotator.formats.aside import aside
from annotator.formats.foreign import ForeignError
from annotator.formats.forms import FORMS, Exported, export
from annotator.formats.released import FormError
from annotator.formats.spans import report
from server.errors import Conflict, NotFound, Unprocessable
from server.settings import Settings
from server.tables.releases import Release, ReleaseState
from server.terminal import Terminal, terminal


class NotExported(Conflict):
    """The release cannot be given in this form."""


class ReleaseCommands(TyperGroup):
    """`vidgrain release PROJECT` builds, as it always did; `vidgrain release export …` is a verb of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # the type is of click's copy within typer
        """What is no verb is the project to build."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["build", *args]
        return super().parse_args(ctx, args)


def export_release(
    context: typer.Context,
    release: Annotated[str, typer.Argument(help="A release folder, or the id of a release of this site.")],
    form: Annotated[str, typer.Option(help=f"One of: {', '.join(FORMS)}.")],
    to: Annotated[Path, typer.Option(help="Folder to write, which must not be there or be empty.")],
) -> None:
    """Write a release in the form that another tool reads. A folder needs no server; every file is checked first."""
    shell = terminal(context)
    if form not in FORMS:
        raise NotFound(f"There is no form {form!r}. Known: {', '.join(FORMS)}.", field="form")
    to = to.absolute()
    try:
        if (Path(release) / "manifest.json").is_file():
            written = _tell(shell, Path(release), form, to)
        else:
            with aside(to) as scratch:
                folder = scratch / "release"
                _fetch(release, folder, shell)
                written = _tell(shell, folder, form, to, verify=False)
    except FormError as error:
        raise NotExported(str(error), field="release") from error
    except OSError as error:
        raise NotExported(f"{to}: cannot be written: {error.strerror or error}", field="to") from error
    told = {"form": form, "folder": str(to), "files": written.files, "bytes": written.bytes, "notes": written.notes}
    notes = "".join(f"\n{note}" for note in written.notes)
    shell.show(told, f"{written.files} files of {FORMS[form].what} lie in {to}{notes}")


READERS = [name for name, form in FORMS.items() if form.spans is not None]


def check_captions(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that somebody made.", exists=True, dir_okay=False)],
    form: Annotated[str, typer.Option(help=f"One of: {', '.join(READERS)}.")],
) -> None:
    """Say row by row what would be taken of captions that another tool wrote. Nothing is changed."""
    shell = terminal(context)
    read = FORMS[form].spans if form in FORMS else None
    if read is None:
        raise NotFound(f"No captions are read from {form!r}. Known: {', '.join(READERS)}.", field="form")
    try:
        found = report(read(file))
    except ForeignError as error:
        raise Unprocessable(str(error), field="file") from error
    captions = [{"video": v, "subject": s, "captions": n} for (v, s), n in found.captions.items()]
    errors = [{"where": row.where, "error": row.error} for row in found.errors]
    told = {"rows": found.rows, "bad": found.bad, "out_of_frame": found.out_of_frame}
    lines = [f"{file.name}: {found.rows} rows, {found.bad} refused, {found.out_of_frame} out of frame and left out"]
    lines += [f"{c['video']}, subject {c['subject']}: {c['captions']} captions" for c in captions]
    lines += [f"{e['where']}: {e['error']}" for e in errors]
    shell.show({**told, "captions": captions, "errors": errors}, "\n".join(lines))


def _tell(shell: Terminal, folder: Path, form: str, to: Path, *, verify: bool = True) -> Exported:
    with shell.progress(f"Writing {form}") as bar:
        done = 0

        def tell(what: str) -> None:
            nonlocal done
            done += 1
            bar(done, None, what)

        return export(folder, form, to, verify=verify, tell=tell)


def _fetch(text: str, folder: Path, shell: Terminal) -> None:
    from server.jobs.workoff import command_parts
    from server.releases.cli import fetch  # which names this file

    try:
        key = UUID(text)
    except ValueError:
        raise NotFound(f"{text!r} is neither a release folder nor the id of a release.", field="release") from None
    parts = command_parts(Settings())
    try:
        with parts.database.read() as session:
            found = session.get(Release, key)
        if found is None or found.state is not ReleaseState.READY:
            raise NotFound(f"There is no release {text} that is ready.", field="release")
        if found.deleted_at is not None:
            raise NotFound(f"Release {text} was deleted: {found.deleted_why}", field="release")
        fetch(parts, found, folder, shell)
    finally:
        parts.close()
