"""Tracks: the masks of a masklet over the whole video, computed from its prompts by the track lane.

Only stretches whose keyframes changed are followed anew; the others are copied from the last track. A cancelled track
keeps the stretches that it finished, for the next one to copy.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from annotator.masklet import rle
from annotator.masklet.packed import PackedMasklet
from annotator.propagate.protocol import MaskFrame, Session
from annotator.propagate.run import Stretch, affected, plan, run_track, stretches
from annotator.records import PromptRecord
from server.jobs import cancel, enqueue
from server.masklets.edit import decisive, prompts_hash, prompts_of
from server.masklets.errors import NothingToTrack
from server.tables.accounts import User
from server.tables.jobs import Job
from server.tables.masklets import Masklet, Track, TrackState
from server.tables.projects import Project

BATCH_FRAMES = 32
BATCH_SECONDS = 0.25
SUBJECT = "subject"


def start_track(session: DbSession, masklet: Masklet, user: User) -> Track:
    """A track from the present prompts. The newest one is given back when nothing changed; an outdated one is ended.

    Raises NothingToTrack without a prompt that shows the subject.
    """
    prompts = prompts_of(session, [masklet.id])[masklet.id]
    if not prompts:
        raise NothingToTrack
    project = session.get_one(Project, masklet.project_id)
    hashed = prompts_hash(prompts)
    newest = session.scalar(select(Track).where(Track.masklet_id == masklet.id).order_by(Track.version.desc()).limit(1))
    if newest is not None and newest.state in (TrackState.RUNNING, TrackState.DONE):
        if newest.prompts_hash == hashed and newest.propagator == project.propagator:
            return newest
        end_track(session, newest)
    version = session.scalar(select(func.max(Track.version)).where(Track.masklet_id == masklet.id)) or 0
    track = Track(
        masklet_id=masklet.id,
        version=version + 1,
        state=TrackState.RUNNING,
        propagator=project.propagator,
        prompts_hash=hashed,
        prompts={str(p.picture): decisive(p) for p in prompts},
    )
    session.add(track)
    session.flush()
    row = enqueue(
        session,
        "track",
        {"track_id": str(track.id)},
        project_id=masklet.project_id,
        created_by=user.id,
        topics=[f"masklet:{masklet.id}"],
    )
    track.job_id = row.id
    session.flush()
    return track


def end_track(session: DbSession, track: Track) -> None:
    """Ask a running track to stop; it does so within a frame step."""
    job = session.get(Job, track.job_id) if track.job_id and track.state == TrackState.RUNNING else None
    if job is not None:
        cancel(session, job)


def previous_track(session: DbSession, track: Track) -> Track | None:
    """The newest earlier track of the same propagator that left a file."""
    return session.scalar(
        select(Track)
        .where(
            Track.masklet_id == track.masklet_id,
            Track.version < track.version,
            Track.propagator == track.propagator,
            Track.file_key.is_not(None),
        )
        .order_by(Track.version.desc())
        .limit(1)
    )


def records_of(track: Track) -> list[PromptRecord]:
    """The prompts that a track is made from, by picture."""
    return [PromptRecord.model_validate(track.prompts[key]) for key in sorted(track.prompts, key=int)]


@dataclass(frozen=True)
class Work:
    """What a track has to do: stretches to follow, and what the last track knows already."""

    only: list[Stretch]
    copied: dict[int, tuple[str | None, float]]
    steps: int
    """Frame steps to come, for the progress: stretches followed from both sides count twice."""


def work_of(prompts: list[PromptRecord], count: int, before: tuple[list[PromptRecord], PackedMasklet] | None) -> Work:
    """Which stretches of the video follow anew, and the frames to copy. Raises PromptError."""
    keyframes, absent = plan(prompts, count)
    todo = stretches([k.picture for k in keyframes], absent, count)
    copied: dict[int, tuple[str | None, float]] = {}
    if before is not None and before[1].count == count:
        old_prompts, old = before
        todo, copied = _reuse(prompts, old_prompts, old, todo, count)
    steps = len(keyframes) + sum((s.stop - s.start + 1) * (2 if s.way == "both" else 1) for s in todo)
    return Work(todo, copied, steps)


def _reuse(
    prompts: list[PromptRecord], old_prompts: list[PromptRecord], old: PackedMasklet, todo: list[Stretch], count: int
) -> tuple[list[Stretch], dict[int, tuple[str | None, float]]]:
    now_is, was = ({p.picture: decisive(p) for p in side} for side in (prompts, old_prompts))
    changed = {picture for picture in now_is.keys() | was.keys() if now_is.get(picture) != was.get(picture)}
    old_keyframes, old_absent = plan(old_prompts, count)
    _, absent = plan(prompts, count)
    for first, last in set(absent) ^ set(old_absent):
        changed.update(range(first, last + 1))
    old_stretches = stretches([k.picture for k in old_keyframes], old_absent, count)
    known = old.known()
    fresh = set(affected(old_stretches, todo, changed))
    fresh |= {s for s in todo if not known[s.start : s.stop + 1].all()}
    kept = [p for s in todo if s not in fresh for p in range(s.start, s.stop + 1)]
    kept += [p for p, record in now_is.items() if p not in changed and known[p] and "absent" not in record]
    copied = {}
    for picture in kept:
        frame = old.frame(picture)
        copied[picture] = (frame.rle.counts if frame.rle else None, frame.score)
    return [s for s in todo if s in fresh], copied


@dataclass
class Collected:
    """Frames as they come, and the batch that listeners have not seen yet."""

    track_id: UUID
    frames: dict[int, tuple[str | None, float]]
    settled: set[int] = field(default_factory=set)
    """Pictures whose answer is final."""
    agreement: dict[int, float] = field(default_factory=dict)
    """How far both directions agreed, of the pictures that were followed from both now."""
    steps: int = 0
    _batch: dict[int, tuple[str | None, float]] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    def add(self, frame: MaskFrame) -> None:
        """Take one frame."""
        counts = None if frame.mask is None else rle.encode(frame.mask).counts
        self.frames[frame.picture] = self._batch[frame.picture] = (counts, round(float(frame.score), 4))
        if frame.final:
            self.settled.add(frame.picture)
            if frame.agreement is not None:
                self.agreement[frame.picture] = round(frame.agreement, 4)
        self.steps += 1

    def batch(self, *, rest: bool = False) -> dict[str, object] | None:
        """The event of the frames that came since the last one, when it is time for one."""
        due = len(self._batch) >= BATCH_FRAMES or time.monotonic() - self._since >= BATCH_SECONDS
        if not self._batch or not (due or rest):
            return None
        frames = [{"picture": p, "counts": c, "score": s} for p, (c, s) in sorted(self._batch.items())]
        self._batch, self._since = {}, time.monotonic()
        return {"track_id": str(self.track_id), "frames": frames}

    def final_frames(self) -> list[tuple[int, str | None, float]]:
        """What may be stored: every picture with its last word."""
        return [(p, *self.frames[p]) for p in sorted(self.settled)]


def frames_of(session: Session, prompts: list[PromptRecord], count: int, work: Work) -> Iterable[MaskFrame]:
    """The frames of the stretches in `work`, then the keyframes that lie beside none of them."""
    seen: set[int] = set()
    with closing(run_track(session, SUBJECT, prompts, [], count, only=work.only)) as frames:
        for frame in frames:
            seen.add(frame.picture)
            yield frame
    for prompt in prompts:
        if not prompt.absent and prompt.picture not in seen and prompt.picture not in work.copied:
            with closing(session.track(SUBJECT, prompt.picture, prompt.picture, "forward")) as frames:
                yield from frames


def presence_runs(present: NDArray[np.bool_]) -> list[list[int]]:
    """Runs of pictures with a mask, [[first, last], …], both included."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], present, [False])).astype(np.int8)))
    return [[int(a), int(b) - 1] for a, b in edges.reshape(-1, 2)]
