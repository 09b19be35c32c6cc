"""`vidgrain import`: folders, files and addresses into a project, on the server's own machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.jobs.workoff import JobNotDone, command_parts, work_off
from server.parts import Parts
from server.settings import Settings
from server.tables.accounts import User
from server.tables.projects import Project
from server.tables.videos import Fetch, FetchKind, FetchState, Video, VideoState
from server.terminal import terminal
from server.videos import fetch
from server.videos.store import SUFFIXES, add_video, hash_file, plain_name, store_content

Told = Callable[[float, float | None, str], None]


def register(app: typer.Typer) -> None:
    """Add this command to `vidgrain`."""
    app.command(name="import")(import_videos)


def import_videos(
    context: typer.Context,
    *,
    project: Annotated[str, typer.Option(help="The project: its id, or its name where that is the only one.")],
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Folders (searched whole), video files, https://… addresses, s3://bucket/prefix."),
    ] = None,
    from_urls: Annotated[
        Path | None,
        typer.Option(help="A file with one address a line; - is standard input, # begins a remark.", allow_dash=True),
    ] = None,
    dataset: Annotated[str, typer.Option(help="Name of the dataset the videos are from, kept with them.")] = "",
    by: Annotated[str, typer.Option(help="E-mail of whoever adds them; by default the first admin.")] = "",
) -> None:
    """Import videos. The same file twice is one video, so an interrupted import is simply run again."""
    shell = terminal(context)
    settings = Settings()
    parts = command_parts(settings)
    with parts.database.read() as session:
        project_id, user_id = project_of(session, project).id, user_of(session, by).id
    given = sources or []
    addresses = [text for text in given if "://" in text] + (_addresses_in(from_urls) if from_urls else [])
    paths = [Path(text) for text in given if "://" not in text]
    for path in paths:
        if not path.exists():
            raise NotFound(f"There is no file or folder {path}.", field="sources")
    files = list(find_files(paths))
    if not files and not addresses:
        shell.fail({"type": "nothing_found", "detail": f"No video in {', '.join(given) or from_urls or 'nothing'}."})
    fetches = begin(parts, addresses, project_id=project_id, user_id=user_id, dataset=dataset)
    results = []
    with shell.progress("Importing", float(len(files) + len(fetches))) as bar:
        for number, path in enumerate(files):
            tell = _part_of(bar, number, len(files) + len(fetches))
            results.append(import_file(parts, path, tell, project_id=project_id, user_id=user_id, dataset=dataset))
            bar(number + 1, len(files) + len(fetches), path.name)
        # A folder of a bucket adds to the list when its turn comes.
        for place, fetch_id in enumerate(fetches):
            tell = _part_of(bar, len(files) + place, len(files) + len(fetches))
            found, more = follow(parts, fetch_id, tell)
            fetches += [other for other in more if other not in fetches]
            results += [found] if found else []
            bar(len(files) + place + 1, len(files) + len(fetches), "")
    lines = [f"{r['state']:8} {r['file']}" + (f": {r['reason']}" if r["reason"] else "") for r in results]
    shell.show({"videos": results}, "\n".join(lines))
    if any(r["state"] != VideoState.READY for r in results):
        raise typer.Exit(1)


def _addresses_in(source: Path) -> list[str]:
    text = sys.stdin.read() if str(source) == "-" else source.read_text()
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def begin(parts: Parts, addresses: list[str], *, project_id: UUID, user_id: UUID, dataset: str = "") -> list[UUID]:
    """Queue the fetch of each address. Raises AddressesRefused; then nothing was queued."""
    if not addresses:
        return []
    with parts.database.begin() as session:
        rows = fetch.ask(
            session,
            parts.settings,
            project_id=project_id,
            addresses=addresses,
            user_id=user_id,
            source_dataset=dataset,
        )
    return [row.id for row in rows]


def follow(
    parts: Parts, fetch_id: UUID, tell: Callable[[float, str], None]
) -> tuple[dict[str, Any] | None, list[UUID]]:
    """Bring one fetch and the import of its video to an end: what `import_file` says, and the fetches of a folder."""
    with parts.database.read() as session:
        row = session.get_one(Fetch, fetch_id)
    if row.job_id is not None and row.state in (FetchState.QUEUED, FetchState.RUNNING):
        with suppress(JobNotDone):  # the fetch's own row says what came of it
            work_off(parts, row.job_id, lambda share, what: tell(0.5 * share, f"{row.name} {what}"))
    with parts.database.read() as session:
        row = session.get_one(Fetch, fetch_id)
        shown = fetch.fetch_outs(session, [row])[0]
        video = session.get(Video, row.video_id) if row.video_id else None
        below = fetch.below(session, row)
    if row.kind is FetchKind.FOLDER and row.state is FetchState.DONE:
        return None, below
    if video is None:
        state = "waiting" if shown.state is FetchState.QUEUED else shown.state.value
        return {"file": row.address, "id": None, "state": state, "reason": shown.reason, "pictures": None}, []
    return {"file": row.address, **_import(parts, video.id, lambda s, what: tell(0.5 + s / 2, what), row.name)}, []


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
            session,
            parts.settings,
            content,
            project_id=project_id,
            name=name,
            user_id=user_id,
            source_dataset=dataset,
        )
    return {"file": str(path), **_import(parts, video.id, lambda share, what: tell(0.1 + 0.9 * share, what), name)}


def _import(parts: Parts, video_id: UUID, tell: Callable[[float, str], None], name: str) -> dict[str, Any]:
    """Bring the import of a video to an end: {id, state, reason, pictures}."""
    with parts.database.read() as session:
        video = session.get_one(Video, video_id)
    if video.job_id is not None and video.state != VideoState.READY:
        with suppress(JobNotDone):  # the video's own row says what came of it
            work_off(parts, video.job_id, lambda share, what: tell(share, f"{name} {what}"))
        with parts.database.read() as session:
            video = session.get_one(Video, video_id)
    return {"id": str(video.id), "state": video.state.value, "reason": video.reason, "pictures": video.pictures}


def project_of(session: Session, text: str) -> Project:
    """The project of this id or name. NotFound says which there are."""
    try:
        found = [p for p in [session.get(Project, UUID(text))] if p is not None]
    except ValueError:
        found = list(session.scalars(select(Project).where(Project.name == text)))
    if len(found) != 1:
        known = "; ".join(f"{p.name} ({p.id})" for p in session.scalars(select(Project).limit(20)))
        what = f"{len(found)} projects are called {text!r}: give the id." if found else f"There is no project {text!r}."
        raise NotFound(f"{what} Known: {known or 'none'}.", field="project")
    return found[0]


def user_of(session: Session, email: str) -> User:
    """The active person of this e-mail, or the first admin. NotFound when there is none."""
    statement = select(User).where(User.active)
    statement = statement.where(User.email == email.lower()) if email else statement.where(User.is_admin)
    user = session.scalars(statement.order_by(User.id).limit(1)).first()
    if user is None:
        raise NotFound(f"There is no active {email or 'admin'}: vidgrain user add.", field="by")
    return user
