"""Masklets from files that others made: looked at first, then all of a file or nothing.

A subject whose masks are known on every picture gets a finished track, so that nothing is followed anew; of one that is
known on some pictures these are the prompts, and a track is begun. A masklet's id follows from what it was made of, so
the same masks come once, however often and in whatever file they are brought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from uuid import UUID, uuid5

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.formats.foreign import ForeignError, Row
from annotator.formats.given import MAX_MASKS, Frames, Given, fits, read
from annotator.formats.sources import Foreign, Format, Source
from annotator.masklet.packed import pack
from server.errors import FieldProblem, Unprocessable
from server.masklets.edit import decisive, prompts_hash
from server.masklets.schemas_imports import ImportedSubject, ImportedVideo, MaskletImportOut, Refusal
from server.masklets.track import presence_runs, start_track
from server.parts import Parts
from server.tables.accounts import User
from server.tables.masklets import Masklet, MaskletState, Prompt, Track, TrackOrigin, TrackState
from server.tables.projects import Project, ProjectKind
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo, Video, VideoState
from server.tasks.open import open_tasks
from server.videos.readers import frame_table

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


@dataclass
class Subject:
    """One object of the file, and what becomes of it."""

    given: Given
    id: UUID
    state: str = "new"
    file_key: str | None = None

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


def import_masklets(parts: Parts, wanted: Wanted, *, dry_run: bool) -> MaskletImportOut:
    """Look at a file, and unless this is a dry run make its masklets, all or none.

    A dry run tells what is wrong and raises nothing; else ImportRefused names every place that is wrong.
    """
    refused = Refused()
    clips = _clips(parts, wanted, refused)
    with parts.database.read() as session:
        _look(session, wanted, clips, refused)
    if dry_run:
        return _report(wanted, clips, refused, dry_run=True)
    if refused.count:
        raise refused.error()
    _store(parts, clips)
    with parts.database.begin() as session:
        _look(session, wanted, clips, refused, lock=True)
        if refused.count:
            raise refused.error()
        tracks = sum(_make(session, wanted, clip) for clip in clips)
    report = _report(wanted, clips, refused, dry_run=False)
    report.made, report.tracks = sum(len(clip.new) for clip in clips), tracks
    return report


# What the file says


def _clips(parts: Parts, wanted: Wanted, refused: Refused) -> list[Clip]:
    """The videos that the file tells of, with their subjects."""
    with parts.database.read() as session:
        if session.get_one(Project, wanted.project_id).kind != ProjectKind.STC:
            refused.add("project", "Masklets belong to projects of spatio-temporal captions.")
            return []
        links = select(ProjectVideo.video_id, ProjectVideo.name).where(ProjectVideo.project_id == wanted.project_id)
        names = {row[0]: row[1] for row in session.execute(links)}
    found: list[Clip] = []
    try:
        with Foreign(wanted.kind, wanted.path, wanted.scratch, wanted.first_frame) as foreign:
            room = MAX_MASKS
            for source, video_id in _matched(foreign.sources, names, wanted.video_id, refused):
                clip, read_rows = _clip(parts, wanted, source, names[video_id], video_id, refused=refused, room=room)
                room -= read_rows
                if clip is not None:
                    found.append(clip)
    except ForeignError as error:
        refused.add(error.where, error.message)
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
    parts: Parts, wanted: Wanted, source: Source, name: str, video_id: UUID, *, refused: Refused, room: int
) -> tuple[Clip | None, int]:
    """A source held beside its video: its subjects, and how many masks it has. Raises ForeignError."""
    with parts.database.read() as session:
        video = session.get_one(Video, video_id)
    if video.state != VideoState.READY or not video.pictures or not video.width or not video.height:
        refused.add(source.where, f"{name} is not imported yet.")
        return None, 0
    frames = Frames(video.height, video.width, video.pictures, frame_table(parts.storage, video).grid().tolist())
    problem = fits(source, frames)
    if problem is not None:
        refused.add(source.where, f"{name}: {problem}")
        return None, 0
    given, wrong, rows = read(source, frames, room)
    for row in wrong:
        refused.add(*_told(row))
    clip = Clip(source, video, name, video.pictures)
    for one in given:
        key = f"{wanted.project_id}/{video.id}/{one.digest}"
        clip.subjects.append(Subject(one, uuid5(_IDS, key), "new" if one.visible else "never_visible"))
    return clip, rows


def _told(row: Row) -> tuple[str, str]:
    return row.where, row.error or "cannot be read"


# What is there already


def _look(session: Session, wanted: Wanted, clips: Sequence[Clip], refused: Refused, *, lock: bool = False) -> None:
    """Which subjects are there already, and whether the others may be added to their videos' subject tasks."""
    places: dict[UUID, tuple[str | None, Task | None]] = {}
    for clip in sorted(clips, key=lambda clip: clip.video.id):  # one order of locks for everybody
        link = select(ProjectVideo.flag_reason).where(
            ProjectVideo.project_id == wanted.project_id, ProjectVideo.video_id == clip.video.id
        )
        flagged = session.execute(link.with_for_update() if lock else link).one_or_none()
        gone = flagged is None or flagged[0] is not None
        problem = f"{clip.name} is set aside in this project: take the flag off first." if gone else None
        places[clip.video.id] = problem, _task(session, wanted.project_id, clip, lock=lock)
    # After the locks: whoever brings the same masks at the same moment has made them by now, or waits for us.
    ids = [s.id for clip in clips for s in clip.subjects]
    there: dict[UUID, MaskletState] = {}
    for start in range(0, len(ids), 500):
        rows = select(Masklet.id, Masklet.state).where(Masklet.id.in_(ids[start : start + 500]))
        there |= {row[0]: row[1] for row in session.execute(rows)}
    for clip in clips:
        for subject in clip.subjects:
            if subject.id in there:
                subject.state = "removed" if there[subject.id] == MaskletState.REMOVED else "present"
        problem, task = places[clip.video.id]
        if not clip.new:
            continue
        if problem is not None:
            refused.add(clip.source.where, problem)
        elif task is not None and task.state != TaskState.READY:
            refused.add(clip.source.where, f"{clip.name}: {_why_not(session, task)}")


def _task(session: Session, project_id: UUID, clip: Clip, *, lock: bool) -> Task | None:
    """The video's subject task, None while it is not opened. With `lock`, nobody leases it until this is done."""
    here = (Task.project_id == project_id, Task.video_id == clip.video.id, Task.kind == TaskKind.STC_SUBJECT)
    statement = select(Task).where(*here, Task.copy_number == 0).execution_options(populate_existing=True)
    return session.scalar(statement.with_for_update() if lock else statement)


def _why_not(session: Session, task: Task) -> str:
    if task.state == TaskState.LEASED:
        holder = session.get(User, task.lease_user_id) if task.lease_user_id else None
        return f"{holder.name if holder else 'Somebody'} works on its subject task: it must be given back first."
    if task.state in (TaskState.SUBMITTED, TaskState.ACCEPTED):
        return "its subject task is handed in: reopen it first."
    return f"its subject task is {task.state.value}{f': {task.closed_why}' if task.closed_why else ''}."


# Making


def _store(parts: Parts, clips: Sequence[Clip]) -> None:
    """Write the packed file of each new subject that comes with all masks. Objects first, rows after."""
    for clip in clips:
        assert clip.video.height is not None
        assert clip.video.width is not None
        for subject in clip.new:
            if subject.given.is_whole(clip.pictures):
                subject.file_key = f"masklets/{subject.id}/{subject.track_id}.masklet"
                masks = subject.given.masks(clip.pictures)
                parts.storage.put(subject.file_key, pack(clip.video.height, clip.video.width, masks, clip.pictures))


def _make(session: Session, wanted: Wanted, clip: Clip) -> int:
    """Add the new subjects of a video; how many tracks were begun."""
    if not clip.new:
        return 0
    task = _task(session, wanted.project_id, clip, lock=True)
    if task is None:
        open_tasks(session, project_id=wanted.project_id, video_id=clip.video.id)
        task = _task(session, wanted.project_id, clip, lock=True)
        assert task is not None
    user = session.get_one(User, wanted.user_id)
    project = session.get_one(Project, wanted.project_id)
    here = (Masklet.project_id == wanted.project_id, Masklet.video_id == clip.video.id)
    number = session.scalar(select(func.max(Masklet.number)).where(*here)) or 0
    begun = 0
    for place, subject in enumerate(clip.new, start=1):
        records = subject.given.prompts(clip.pictures)
        masklet = Masklet(
            id=subject.id,
            project_id=wanted.project_id,
            video_id=clip.video.id,
            task_id=task.id,
            number=number + place,
            label=subject.given.label,
            prompts_hash=prompts_hash(records),
            created_by=user.id,
        )
        session.add(masklet)
        session.flush()
        # Nobody clicked: an import counts as no work of people (effort.py).
        session.add_all(
            Prompt(masklet_id=masklet.id, picture=r.picture, record=r.model_dump(mode="json"), created_by=user.id)
            for r in records
        )
        if subject.file_key is None:
            session.flush()
            start_track(session, masklet, user)
            begun += 1
            continue
        shown = np.array([subject.given.at.get(p) is not None for p in range(clip.pictures)])
        track = Track(
            id=subject.track_id,
            masklet_id=masklet.id,
            version=1,
            state=TrackState.DONE,
            origin=TrackOrigin.IMPORTED,
            file_key=subject.file_key,
            propagator=project.propagator,
            prompts_hash=masklet.prompts_hash,
            prompts={str(r.picture): decisive(r) for r in records},
            presence=presence_runs(shown),
            pictures_done=clip.pictures,
            created_by=user.id,
        )
        session.add(track)
        masklet.current_track_id = track.id
        session.flush()
    return begun


# What is answered


def _report(wanted: Wanted, clips: Sequence[Clip], refused: Refused, *, dry_run: bool) -> MaskletImportOut:
    return MaskletImportOut(
        format=wanted.kind,
        dry_run=dry_run,
        videos=[_video_out(clip, dry_run=dry_run) for clip in clips],
        refused=refused.told,
        refused_count=refused.count,
        made=0,
        tracks=0,
    )


def _video_out(clip: Clip, *, dry_run: bool) -> ImportedVideo:
    source, video, notes = clip.source, clip.video, []
    assert video.height is not None
    assert video.width is not None
    if (source.height, source.width) != (video.height, video.width):
        notes.append(
            f"Masks of {source.width} x {source.height} pixels are scaled to {video.width} x {video.height} "
            "by nearest neighbour."
        )
    if source.pictures is not None and source.pictures != clip.pictures:
        notes.append(f"The file says that the video has {source.pictures} pictures; it has {clip.pictures}.")
    return ImportedVideo(
        source=source.where,
        video_id=video.id,
        name=clip.name,
        height=source.height,
        width=source.width,
        counts=source.counts,
        notes=notes,
        subjects=[_subject_out(subject, clip.pictures, dry_run=dry_run) for subject in clip.subjects],
    )


def _subject_out(subject: Subject, pictures: int, *, dry_run: bool) -> ImportedSubject:
    given = subject.given
    shown = [picture for picture, value in given.at.items() if value is not None]
    masks = sum(isinstance(value, str) for value in given.at.values())
    made = subject.state in ("present", "removed") or (subject.state == "new" and not dry_run)
    return ImportedSubject.model_validate(
        {
            "subject": given.subject,
            "label": given.label,
            "state": subject.state,
            "masks": masks,
            "boxes": len(shown) - masks,
            "absent": len(given.at) - len(shown),
            "picture_start": shown[0] if shown else None,
            "picture_end": shown[-1] if shown else None,
            "whole": given.is_whole(pictures),
            "prompts": len(given.prompts(pictures)),
            "masklet_id": subject.id if made else None,
        }
    )
