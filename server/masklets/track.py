"""Tracks: the masks of a masklet over the whole video, computed from its prompts by the track lane.

Only stretches whose keyframes changed are followed anew; the others are copied from earlier tracks, and locked pictures
from the tracks that their locks name. A cancelled track keeps what it finished, for the next one to copy.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from annotator.masklet import rle
from annotator.propagate.plan import spans_of
from annotator.propagate.protocol import MaskFrame, Session, Span
from annotator.propagate.run import Halfway, run_track
from annotator.records import PromptRecord
from server.jobs import cancel, enqueue
from server.masklets.edit import decisive, unfinished_hash
from server.masklets.errors import NothingToTrack, RangeRefused
from server.masklets.read import presents, stale_pictures
from server.masklets.schemas import TrackIn
from server.masklets.work import Asked, Work, choose
from server.tables.accounts import User
from server.tables.jobs import Job, JobState
from server.tables.masklets import Masklet, Track, TrackState
from server.tables.projects import Project, PropagatorName

BATCH_FRAMES = 32
BATCH_SECONDS = 0.25
SUBJECT = "subject"


def start_track(session: DbSession, masklet: Masklet, user: User, wanted: TrackIn | None = None) -> Track:
    """A track from the present prompts and locks, of what is asked for; an outdated one that runs is ended.

    A track is given back when it does or did that already. Raises RangeRefused for pictures that do not exist, and
    NothingToTrack without a prompt or a locked mask to follow from.
    """
    session.refresh(masklet, with_for_update=True)
    newest = newest_track(session, masklet.id)
    current = session.get(Track, masklet.current_track_id) if masklet.current_track_id is not None else None
    project = session.get_one(Project, masklet.project_id)
    bases = earlier_tracks(session, masklet.id, project.propagator)
    now = presents(session, [masklet], [track for track in (newest, current, *bases) if track is not None])[masklet.id]
    asked = _asked(wanted, now.count)
    if not now.layout.keyframes:
        raise NothingToTrack
    prompts = {str(p.picture): decisive(p) for p in now.said.prompts}
    if newest is not None and newest.state == TrackState.RUNNING and not _is_told_to_stop(session, newest):
        same = (newest.prompts, newest.locks, newest.propagator) == (prompts, masklet.locks, project.propagator)
        if same and newest.wanted in (None, asked_for(asked, now.count, (newest.wanted or {}).get("left", []))):
            return newest
    if current is not None and current.prompts_hash == now.hashed and current.propagator == project.propagator:
        end_newest(session, masklet)
        return current
    need = ~now.layout.locked
    for base in bases:
        need &= stale_pictures(base, now)
    choice = choose(now.layout, need, asked)
    if not asked.is_whole(now.count):
        inside = asked.pictures(now.count)
        if current is not None and not (stale_pictures(current, now) & inside).any():
            return current
        if not choice.only and not choice.keyframes and (need & inside).any():
            message = f"There is no prompt from which these pictures could be followed {asked.direction}."
            raise NothingToTrack(message, field="direction")
    end_newest(session, masklet)
    left = spans_of(choice.left)
    track = Track(
        masklet_id=masklet.id,
        version=(newest.version if newest is not None else 0) + 1,
        state=TrackState.RUNNING,
        propagator=project.propagator,
        prompts_hash=unfinished_hash(now.hashed, left),
        prompts=prompts,
        locks=list(masklet.locks),
        wanted=asked_for(asked, now.count, left),
        created_by=user.id,
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


def _asked(wanted: TrackIn | None, count: int) -> Asked:
    if wanted is None:
        return Asked(0, count - 1)
    start = 0 if wanted.picture_start is None else wanted.picture_start
    stop = count - 1 if wanted.picture_end is None else wanted.picture_end
    for field_name, picture in (("picture_start", start), ("picture_end", stop)):
        if picture >= count:
            message = f"Picture {picture} does not exist: the video has pictures 0 to {count - 1}."
            raise RangeRefused(message, field=field_name)
    if stop < start:
        raise RangeRefused(f"The span {start} to {stop} ends before it begins.", field="picture_end")
    return Asked(start, stop, wanted.direction)


def asked_for(asked: Asked, count: int, left: Sequence[Sequence[int]]) -> dict[str, Any] | None:
    """What a track's row says of what was asked for and what that leaves."""
    if asked.is_whole(count) and not left:
        return None
    return {
        "picture_start": asked.start,
        "picture_end": asked.stop,
        "direction": asked.direction,
        "left": [list(span) for span in left],
    }


def newest_track(session: DbSession, masklet_id: UUID) -> Track | None:
    """The last version, whatever became of it."""
    return session.scalar(select(Track).where(Track.masklet_id == masklet_id).order_by(Track.version.desc()).limit(1))


def end_newest(session: DbSession, masklet: Masklet) -> None:
    """Ask the track that runs, if one does, to stop."""
    newest = newest_track(session, masklet.id)
    if newest is not None:
        end_track(session, newest)


def _is_told_to_stop(session: DbSession, track: Track) -> bool:
    job = session.get(Job, track.job_id) if track.job_id else None
    return job is None or job.cancel_requested


def end_track(session: DbSession, track: Track) -> None:
    """Ask a running track to stop; it does so within a frame step."""
    job = session.get(Job, track.job_id) if track.job_id and track.state == TrackState.RUNNING else None
    if job is not None:
        cancel(session, job)


def earlier_tracks(
    session: DbSession, masklet_id: UUID, propagator: PropagatorName, before: int | None = None
) -> list[Track]:
    """What a new track (one of version `before`) may copy from: the newest one of its propagator that left a file, and
    the newest that came to its end."""
    files = (
        select(Track)
        .where(Track.masklet_id == masklet_id, Track.propagator == propagator, Track.file_key.is_not(None))
        .order_by(Track.version.desc())
        .limit(1)
    )
    if before is not None:
        files = files.where(Track.version < before)
    found = [session.scalar(files), session.scalar(files.where(Track.state == TrackState.DONE))]
    return list(dict.fromkeys(track for track in found if track is not None))


def older_ending(session: DbSession, track: Track) -> bool:
    """Whether an older track of the masklet was told to stop and has not stored yet what it had."""
    ending = (
        select(Track.id)
        .join(Job, Job.id == Track.job_id)
        .where(Track.masklet_id == track.masklet_id, Track.version < track.version, Track.state == TrackState.RUNNING)
        .where(Job.state == JobState.RUNNING, Job.cancel_requested)
    )
    return session.scalar(ending.limit(1)) is not None


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
    """Frames that were given, those that are not final as well."""
    batches: int = 0
    """Events that told them."""
    _batch: dict[int, tuple[str | None, float]] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)
    """When the last batch was given."""
    _added: float = field(default_factory=time.monotonic)
    _step: float = 0.0
    """Seconds between the last two frames."""

    def add(self, frame: MaskFrame) -> None:
        """Take one frame."""
        moment = time.monotonic()
        self._added, self._step = moment, moment - self._added
        counts = None if frame.mask is None else rle.encode(frame.mask).counts
        self.frames[frame.picture] = self._batch[frame.picture] = (counts, round(float(frame.score), 4))
        if frame.final:
            self.settled.add(frame.picture)
            if frame.agreement is not None:
                self.agreement[frame.picture] = round(frame.agreement, 4)
        self.steps += 1

    def batch(self, *, rest: bool = False) -> dict[str, object] | None:
        """The event of the frames that came since the last one, when it would be late for one with the next frame."""
        due = len(self._batch) >= BATCH_FRAMES or time.monotonic() - self._since + self._step >= BATCH_SECONDS
        if not self._batch or not (due or rest):
            return None
        frames = [{"picture": p, "counts": c, "score": s} for p, (c, s) in sorted(self._batch.items())]
        self._batch, self._since = {}, time.monotonic()
        self.batches += 1
        return {"track_id": str(self.track_id), "given": self.steps, "frames": frames}

    def left(self, work: Work, count: int) -> list[Span]:
        """The spans that do not follow from the prompts and locks, as far as is known now."""
        found = np.ones(count, dtype=np.bool_)
        found[sorted(self.settled)] = False
        found[work.loose] = True
        return spans_of(found)

    def final_frames(self, standing: Collection[int] = ()) -> list[tuple[int, str | None, float]]:
        """What may be stored: every picture with its last word, or with what stands there for want of one."""
        return [(p, *self.frames[p]) for p in sorted({*self.settled, *standing})]


def frames_of(
    session: Session, prompts: Sequence[PromptRecord], count: int, work: Work, halfway: Halfway | None = None
) -> Generator[MaskFrame]:
    """The frames of the stretches in `work`, then the keyframes that lie beside none of them; or the rest of them, in
    the session of a checkpoint."""
    return run_track(
        session,
        SUBJECT,
        prompts,
        [],
        count,
        only=work.only,
        also=work.also,
        without=work.without,
        locks=work.locks,
        halfway=halfway,
    )


def presence_runs(present: NDArray[np.bool_]) -> list[list[int]]:
    """Runs of pictures with a mask, [[first, last], …], both included."""
    return [list(span) for span in spans_of(present)]
