"""What a foreign file says of a project's videos: their subjects, and everything that is wrong with them."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from uuid import UUID, uuid5

from sqlalchemy import select

from annotator.formats.foreign import ForeignError, Row
from annotator.formats.given import Frames, Given, Room, counted, fits, read
from annotator.formats.sources import Foreign, Format, Source
from server.errors import FieldProblem, Unprocessable
from server.masklets.schemas_imports import Refusal
from server.parts import Parts
from server.storage import full_disk
from server.tables.projects import Project, ProjectKind
from server.tables.videos import ProjectVideo, Video, VideoState
from server.videos.readers import frame_table

MAX_PROMPTS = 5000
"""Of one subject: each change of it plans them all."""
MOST_PROMPTS = 100_000
"""Of one import: they are stored in one transaction."""
MOST_TOLD = 500
_IDS = UUID("7d0f6a3c-52a1-5b0e-9a55-6f1d3f2b8c11")
"""Namespace of the ids of what is imported."""


class ImportRefused(Unprocessable):
    """This file cannot be imported: nothing was made."""


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for: `path` is the file on this machine, `name` what it is called."""

    project_id: UUID
    user_id: UUID
    kind: Format
    path: Path
    scratch: Path
    """An empty folder for what must be unpacked."""
    video_id: UUID | None = None
    """The video that the file is about; None: by the names in the file."""
    first_frame: int | None = None
    """The number of the file's first frame; None: the format's own."""
    name: str | None = None
    """What the file is called, where `path` says it otherwise."""
    seconds: float = math.inf
    """How long it may take to read."""


@dataclass
class Subject:
    """One object of the file, and what becomes of it."""

    given: Given
    id: UUID
    prompts: int
    """How many it gets."""
    state: str = "new"

    @property
    def track_id(self) -> UUID:
        """Of its track, when it comes with all masks."""
        return uuid5(self.id, "track")


@dataclass
class Clip:
    """A video of the project that the file tells of."""

    source: Source
    video: Video
    name: str
    pictures: int
    subjects: list[Subject] = field(default_factory=list)

    @property
    def new(self) -> list[Subject]:
        """The subjects that are to be made."""
        return [s for s in self.subjects if s.state == "new"]


class Refused:
    """Why nothing can be made: all reasons are counted, the first ones told."""

    def __init__(self) -> None:
        self.told: list[Refusal] = []
        self.count = 0

    def add(self, where: str, message: str) -> None:
        """One more reason."""
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(Refusal(where=where[:500], message=message[:1000]))

    def error(self) -> ImportRefused:
        """What is answered instead of making."""
        first = self.told[0]
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        problems = [FieldProblem(field=r.where, message=r.message) for r in self.told]
        return ImportRefused(f"{first.where}: {first.message}{more}", field=first.where, errors=problems)


def clips_of(parts: Parts, wanted: Wanted, refused: Refused) -> list[Clip]:
    """The videos that the file tells of, with their subjects."""
    with parts.database.read() as session:
        if session.get_one(Project, wanted.project_id).kind != ProjectKind.STC:
            refused.add("project", "Masklets belong to projects of spatio-temporal captions.")
            return []
        links = select(ProjectVideo.video_id, ProjectVideo.name).where(ProjectVideo.project_id == wanted.project_id)
        names = {row[0]: row[1] for row in session.execute(links)}
    found: list[Clip] = []
    try:
        room = Room(until=time.monotonic() + wanted.seconds)
        with (
            full_disk("what is in the file"),
            Foreign(wanted.kind, wanted.path, wanted.scratch, wanted.first_frame, wanted.name) as foreign,
        ):
            for source, video_id in _matched(foreign.sources, names, wanted.video_id, refused):
                clip = _clip(parts, wanted, source, names[video_id], video_id, refused=refused, room=room)
                if clip is not None:
                    found.append(clip)
    except ForeignError as error:
        refused.add(error.where, error.message)
    prompts = sum(subject.prompts for clip in found for subject in clip.subjects)
    if prompts > MOST_PROMPTS:
        refused.add("file", f"would make {prompts} prompts; at most {MOST_PROMPTS} in one import: split the file")
    return found


def _matched(
    sources: Sequence[Source], names: dict[UUID, str], video_id: UUID | None, refused: Refused
) -> list[tuple[Source, UUID]]:
    """The project's video of each source, by the id that was given or by its name with or without suffix."""
    if video_id is not None:
        if video_id not in names:
            refused.add("video_id", "There is no such video in this project.")
        elif len(sources) > 1:
            called = ", ".join(source.names[0] for source in sources[:5])
            refused.add("video_id", f"The file tells of {len(sources)} videos ({called} …): leave it out.")
        else:
            return [(sources[0], video_id)]
        return []
    known: defaultdict[str, set[UUID]] = defaultdict(set)
    for one, name in names.items():
        for called in {name, PurePosixPath(name).stem}:
            known[called].add(one)
    found: dict[UUID, Source] = {}
    for source in sources:
        here = next((known[name] for name in source.names if name and name in known), set())
        called = " or ".join(dict.fromkeys(name for name in source.names if name))
        if not here:
            refused.add(source.where, f"No video of this project is called {called}: import it first, or say which.")
        elif len(here) > 1:
            refused.add(source.where, f"{len(here)} videos of this project are called {called}: say which.")
        elif (other := found.get(one := next(iter(here)))) is not None:
            refused.add(source.where, f"{names[one]} is in the file twice, also in {other.where}.")
        else:
            found[one] = source
    return [(source, one) for one, source in found.items()]


def _clip(
    parts: Parts, wanted: Wanted, source: Source, name: str, video_id: UUID, *, refused: Refused, room: Room
) -> Clip | None:
    """A source held beside its video: its subjects. Raises ForeignError."""
    with parts.database.read() as session:
        video = session.get_one(Video, video_id)
    if video.state != VideoState.READY or not video.pictures or not video.width or not video.height:
        refused.add(source.where, f"{name} is not imported yet.")
        return None
    frames = Frames(video.height, video.width, video.pictures, frame_table(parts.storage, video).grid().tolist())
    source = counted(source, frames)
    problem = fits(source, frames)
    if problem is not None:
        refused.add(source.where, f"{name}: {problem}")
        return None
    given, wrong = read(source, frames, room)
    for row in wrong:
        refused.add(*_told(row))
    clip = Clip(source, video, name, video.pictures)
    for one in given:
        key = f"{wanted.project_id}/{video.id}/{one.digest}"
        prompts = len(one.prompts(video.pictures))
        if prompts > MAX_PROMPTS:
            message = f"subject {one.subject} would have {prompts} prompts; at most {MAX_PROMPTS} are taken: "
            refused.add(source.where, f"{message}give a mask or an absence for every picture, or fewer masks")
        clip.subjects.append(Subject(one, uuid5(_IDS, key), prompts, "new" if one.visible else "never_visible"))
    return clip


def _told(row: Row) -> tuple[str, str]:
    return row.where, row.error or "cannot be read"
