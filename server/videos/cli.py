"""`vidgrain import`: a folder of videos, or single files, into a project, on the server's own machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.parts import Parts
from server.settings import Settings
from server.tables.accounts import User
from server.tables.projects import Project
from server.tables.videos import Video, VideoState
from server.terminal import terminal
from server.videos.store import SUFFIXES, add_video, hash_file, plain_name, store_content
from server.workoff import JobNotDone, command_parts, work_off

Told = Callable[[float, float | None, str], None]


def register(app: typer.Typer) -> None:
    """Add this command to `vidgrain`."""
    app.command(name="import")(import_videos)


def import_videos(
    context: typer.Context,
    sources: Annotated[list[Path], typer.Argument(help="Folders (searched whole) and video files.", exists=True)],
    project: Annotated[str, typer.Option(help="The project: its id, or its name where that is the only one.")],
    dataset: Annotated[str, typer.Option(help="Name of the dataset the videos are from, kept with them.")] = "",
    by: Annotated[str, typer.Option(help="E-mail of whoever adds them; by default the first admin.")] = "",
) -> None:
    """Import videos. The same file twice is one video, so an interrupted import is simply run again."""
    shell = terminal(context)
    settings = Settings()
    parts = command_parts(settings)
    with parts.database.read() as session:
        project_id, user_id = _project(session, project).id, _user(session, by).id
    files = list(find_files(sources))
    if not files:
        shell.fail({"type": "nothing_found", "detail": f"No video in {', '.join(map(str, sources))}."})
    results = []
    with shell.progress("Importing", float(len(files))) as bar:
        for number, path in enumerate(files):
            tell = _part_of(bar, number, len(files))
            found = import_file(parts, path, tell, project_id=project_id, user_id=user_id, dataset=dataset)
            results.append(found)
            bar(number + 1, len(files), path.name)
    lines = [f"{r['state']:8} {r['file']}" + (f": {r['reason']}" if r["reason"] else "") for r in results]
    shell.show({"videos": results}, "\n".join(lines))
    if any(r["state"] != VideoState.READY for r in results):
        raise typer.Exit(1)


def _part_of(bar: Told, number: int, count: int) -> Callable[[float, str], None]:
    return lambda share, what: bar(number + min(share, 0.99), count, what)


def find_files(sources: Sequence[Path]) -> Iterator[Path]:
    """The files that are named, and the videos below the folders, in order of name; links are not followed."""
    for source in sources:
        if not source.is_dir():
            yield source
            continue
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink():
                yield path


def import_file(
    parts: Parts, path: Path, tell: Callable[[float, str], None], *, project_id: UUID, user_id: UUID, dataset: str = ""
) -> dict[str, Any]:
    """Store one file, add it to the project and bring its import to an end: {file, id, state, reason, pictures}."""
    name = plain_name(path.name)
    sha256 = hash_file(path, lambda done, total: tell(0.1 * done / max(1, total), f"{name} (reading)"))
    content = store_content(parts.storage, path, name, sha256)
    with parts.database.begin() as session:
        video = add_video(
            session, parts.settings, content, project_id=project_id, name=name, user_id=user_id, source_dataset=dataset
        )
        job_id = video.job_id if video.state != VideoState.READY else None
    if job_id is not None:
        with suppress(JobNotDone):  # the video's own row says what came of it
            work_off(parts, job_id, lambda share, what: tell(0.1 + 0.9 * share, f"{name} {what}"))
    with parts.database.read() as session:
        video = session.get_one(Video, video.id)
    return {
        "file": str(path),
        "id": str(video.id),
        "state": video.state.value,
        "reason": video.reason,
        "pictures": video.pictures,
    }


def _project(session: Session, text: str) -> Project:
    try:
        found = [p for p in [session.get(Project, UUID(text))] if p is not None]
    except ValueError:
        found = list(session.scalars(select(Project).where(Project.name == text)))
    if len(found) != 1:
        known = "; ".join(f"{p.name} ({p.id})" for p in session.scalars(select(Project).limit(20)))
        what = f"{len(found)} projects are called {text!r}: give the id." if found else f"There is no project {text!r}."
        raise NotFound(f"{what} Known: {known or 'none'}.", field="project")
    return found[0]


def _user(session: Session, email: str) -> User:
    statement = select(User).where(User.active)
    statement = statement.where(User.email == email.lower()) if email else statement.where(User.is_admin)
    user = session.scalars(statement.order_by(User.id).limit(1)).first()
    if user is None:
        raise NotFound(f"There is no active {email or 'admin'}: vidgrain user add.", field="by")
    return user
