"""Masklets from files that others made: looked at first, then all of a file or nothing.

A subject whose masks are known on every picture gets a finished track, so that nothing is followed anew; of one that is
known on some pictures these are the prompts, and a track is begun. A masklet's id follows from what it was made of, so
the same masks come once, however often and in whatever file they are brought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.masklet.packed import pack
from server.masklets.edit import decisive, prompts_hash
from server.masklets.foreign import Clip, Refused, Subject, Wanted, clips_of
from server.masklets.schemas_imports import ImportedSubject, ImportedVideo, MaskletImportOut
from server.masklets.track import presence_runs, start_track
from server.parts import Parts
from server.tables.accounts import User
from server.tables.masklets import Masklet, MaskletState, Prompt, Track, TrackOrigin, TrackState
from server.tables.projects import Project
from server.tables.tasks import Task, TaskKind, TaskState
from server.tasks.locking import flags_of
from server.tasks.open import open_tasks


def import_masklets(parts: Parts, wanted: Wanted, *, dry_run: bool) -> MaskletImportOut:
    """Look at a file, and unless this is a dry run make its masklets, all or none.

    A dry run tells what is wrong and raises nothing; else ImportRefused names every place that is wrong.
    """
    found = look(parts, wanted, dry_run=dry_run)
    if not dry_run:
        with parts.database.begin() as session:
            found.make(session)
    return found.report()


@dataclass
class Import:
    """A file that was read: what would come of it, and what did."""

    wanted: Wanted
    clips: list[Clip]
    refused: Refused
    dry_run: bool
    stored: dict[UUID, Stored] = field(default_factory=dict)
    """By subject."""
    made: int = 0
    tracks: int = 0

    def make(self, session: Session) -> None:
        """The rows of all masklets. Raises ImportRefused when somebody was faster."""
        _look(session, self.wanted, self.clips, self.refused, lock=True)
        if self.refused.count:
            raise self.refused.error()
        self.tracks = sum(_make(session, self.wanted, clip, self.stored) for clip in self.clips)
        self.made = sum(len(clip.new) for clip in self.clips)

    def report(self) -> MaskletImportOut:
        """What is answered."""
        return MaskletImportOut(
            format=self.wanted.kind,
            dry_run=self.dry_run,
            videos=[_video_out(clip, dry_run=self.dry_run) for clip in self.clips],
            refused=self.refused.told,
            refused_count=self.refused.count,
            made=self.made,
            tracks=self.tracks,
        )


@dataclass(frozen=True)
class Stored:
    """What the rows of a new subject will say, found out while no transaction is open."""

    records: list[dict[str, Any]]
    """Its prompts."""
    decisive: dict[str, Any]
    prompts_hash: str
    presence: list[list[int]]
    file_key: str | None
    """Where its masks lie, when it comes with all of them."""


def look(parts: Parts, wanted: Wanted, *, dry_run: bool) -> Import:
    """Read the file, and unless this is a dry run write its masks into the storage: objects first, rows after.

    A dry run raises nothing; else ImportRefused.
    """
    refused = Refused()
    found = Import(wanted, clips_of(parts, wanted, refused), refused, dry_run)
    with parts.database.read() as session:
        _look(session, wanted, found.clips, refused)
    if dry_run:
        return found
    if refused.count:
        raise refused.error()
    for clip in found.clips:
        found.stored |= {subject.id: _store(parts, clip, subject) for subject in clip.new}
    return found


# What is there already


def _look(session: Session, wanted: Wanted, clips: Sequence[Clip], refused: Refused, *, lock: bool = False) -> None:
    """Which subjects are there already, and whether the others may be added to their videos' subject tasks."""
    places: dict[UUID, tuple[str | None, Task | None]] = {}
    ordered = sorted(clips, key=lambda clip: clip.video.id)  # one order of locks for everybody
    flags = flags_of(session, wanted.project_id, [clip.video.id for clip in ordered], lock="alone" if lock else None)
    for clip in ordered:
        task = _task(session, wanted.project_id, clip, lock=lock)
        gone = flags.get(clip.video.id, "") is not None
        problem = f"{clip.name} is set aside in this project: take the flag off first." if gone else None
        places[clip.video.id] = problem, task
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


def _store(parts: Parts, clip: Clip, subject: Subject) -> Stored:
    """Write the packed file of a subject that comes with all masks."""
    assert clip.video.height is not None
    assert clip.video.width is not None
    key = None
    if subject.given.is_whole(clip.pictures):
        key = f"masklets/{subject.id}/{subject.track_id}.masklet"
        masks = subject.given.masks(clip.pictures)
        parts.storage.put(key, pack(clip.video.height, clip.video.width, masks, clip.pictures))
    records = subject.given.prompts(clip.pictures)
    return Stored(
        records=[record.model_dump(mode="json") for record in records],
        decisive={str(record.picture): decisive(record) for record in records},
        prompts_hash=prompts_hash(records),
        presence=presence_runs(np.array([subject.given.at.get(p) is not None for p in range(clip.pictures)])),
        file_key=key,
    )


def _make(session: Session, wanted: Wanted, clip: Clip, stored: Mapping[UUID, Stored]) -> int:
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
        told = stored[subject.id]
        masklet = Masklet(
            id=subject.id,
            project_id=wanted.project_id,
            video_id=clip.video.id,
            task_id=task.id,
            number=number + place,
            label=subject.given.label,
            prompts_hash=told.prompts_hash,
            created_by=user.id,
        )
        session.add(masklet)
        session.flush()
        # Nobody clicked: an import counts as no work of people (effort.py).
        session.add_all(
            Prompt(masklet_id=masklet.id, picture=record["picture"], record=record, created_by=user.id)
            for record in told.records
        )
        if told.file_key is None:
            session.flush()
            start_track(session, masklet, user)
            begun += 1
            continue
        track = Track(
            id=subject.track_id,
            masklet_id=masklet.id,
            version=1,
            state=TrackState.DONE,
            origin=TrackOrigin.IMPORTED,
            file_key=told.file_key,
            propagator=project.propagator,
            prompts_hash=masklet.prompts_hash,
            prompts=told.decisive,
            presence=told.presence,
            pictures_done=clip.pictures,
            created_by=user.id,
        )
        session.add(track)
        masklet.current_track_id = track.id
        session.flush()
    return begun


# What is answered


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
            "prompts": subject.prompts,
            "masklet_id": subject.id if made else None,
        }
    )
