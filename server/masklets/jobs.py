"""The jobs of masklets: candidates for a click, and whole tracks. Neither holds a transaction while it computes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from annotator.masklet import rle
from annotator.masklet.packed import PackedMasklet, pack
from annotator.propagate.protocol import AcceleratorBusy, AcceleratorFull, FellBack, PromptError
from annotator.records import Box, PromptRecord
from server.errors import UNREACHABLE, DomainError
from server.events import announce
from server.jobs import JobCancelled, JobFailed, JobLost, JobNotRetryable, job, warm_up
from server.jobs.run import JobContext
from server.masklets.checkpoints import Checkpoints
from server.masklets.earlier import earlier_of
from server.masklets.edit import prompts_hash, unfinished_hash
from server.masklets.errors import AcceleratorTaken
from server.masklets.flagging import flags_of
from server.masklets.read import fresh_track_out
from server.masklets.said import records_of
from server.masklets.sessions import sessions_of
from server.masklets.track import Collected, asked_for, frames_of, older_ending, presence_runs
from server.masklets.work import Asked, Work
from server.parts import Parts
from server.tables.jobs import Job, JobState
from server.tables.masklets import Masklet, MaskletState, Track, TrackState
from server.tables.projects import PropagatorName
from server.tables.videos import Video
from server.videos.readers import readers_of

OLDER_SECONDS = 15.0
"""How long a track waits for the one before it, which was stopped; its worker may be dead."""


@warm_up("clicks")
def _load(parts: Parts) -> None:
    """The site's propagator, and by one prompt on a made-up picture all that it loads only then."""
    name = PropagatorName(parts.settings.propagator)
    propagator = sessions_of(parts.storage).propagator(name, parts.settings)
    square = np.zeros((96, 128, 3), np.uint8)
    square[24:72, 32:96] = (200, 80, 40)
    session = propagator.open(_Still(square), 128, 96, 1)
    try:
        session.propose(0, PromptRecord(picture=0, box=Box(x1=32, y1=24, x2=96, y2=72)))
    finally:
        session.close()


class _Still:
    """A video of one picture."""

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self._picture = picture

    def picture(self, picture: int, /) -> NDArray[np.uint8]:  # noqa: ARG002 - there is one only
        return self._picture

    def pictures(self, start: int, stop: int, step: int = 1, /) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        yield from ((number, self._picture) for number in range(start, stop, step))


def _never(session: DbSession, row: Job) -> None:  # noqa: ARG001
    raise JobNotRetryable("Nobody waits for this click any more: click again.")


@job("propose", lane="clicks", max_attempts=2, on_retry=_never)
def propose(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Payload: `video_id`, `propagator`, `prompt`. The result: `candidates`, or `refused` (the reason) and `field`."""
    with ctx.read() as session:
        video = session.get_one(Video, UUID(payload["video_id"]))
    prompt = PromptRecord.model_validate(payload["prompt"])
    name = PropagatorName(payload["propagator"])
    try:
        with sessions_of(ctx.storage).for_clicks(name, ctx.settings, video) as opened:
            before = opened.fell_back
            try:
                found = opened.propose(prompt.picture, prompt)
            finally:
                _tell_of_fallback(ctx, before, opened.fell_back)
    except PromptError as error:
        return {"refused": str(error), "field": error.field}
    except AcceleratorFull as error:
        raise JobFailed(_sentence(error)) from error  # at once: somebody waits
    finally:
        ctx.hold(sessions_of(ctx.storage).held())
    return {"candidates": [{"counts": rle.encode(p.mask).counts, "score": round(float(p.score), 4)} for p in found]}


def _sentence(error: Exception) -> str:
    return f"{str(error)[:1].upper()}{str(error)[1:]}."


def _tell_of_fallback(ctx: JobContext, before: FellBack | None, now: FellBack | None) -> FellBack | None:
    """Say it once where the accelerator has run out of memory since `before`."""
    if now is not None and now is not before:
        ctx.fell_back(now.at, now.sessions)
    return now


def _ended(session: DbSession, row: Job) -> None:
    """The track was cancelled or given up: say so; the last good one stays the masklet's."""
    track = session.get(Track, UUID(row.payload["track_id"]))
    if track is None or track.state != TrackState.RUNNING:
        return
    track.state = TrackState.CANCELLED if row.state is JobState.CANCELLED else TrackState.FAILED
    track.checkpoint_key = None
    session.flush()
    _tell(session, track)


def _tell(session: DbSession, track: Track) -> None:
    announce(session, f"masklet:{track.masklet_id}", "track", fresh_track_out(session, track).model_dump(mode="json"))


def _wanted_again(session: DbSession, row: Job) -> None:
    """Somebody wants the track after all: it must still be the newest one of a masklet that can be changed."""
    track = session.get(Track, UUID(row.payload["track_id"]))
    masklet = session.get(Masklet, track.masklet_id, with_for_update=True) if track is not None else None
    if track is None or masklet is None or masklet.state in (MaskletState.ACCEPTED, MaskletState.REMOVED):
        raise JobNotRetryable("The masklet is settled or removed: it is not followed again.")
    newest = session.scalar(select(func.max(Track.version)).where(Track.masklet_id == masklet.id))
    if track.version != newest or track.state not in (TrackState.FAILED, TrackState.CANCELLED):
        raise JobNotRetryable("A newer track of this masklet took its place.")
    track.state, track.job_id = TrackState.RUNNING, row.id
    session.flush()
    _tell(session, track)


@job("track", lane="track", on_failure=_ended, on_retry=_wanted_again)
def track_job(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Payload: `track_id`. Begun again after a crash, it goes on from its last checkpoint and gives the same masks.

    The result's `followed` counts the frames of the attempt that came to the end.
    """
    track_id = UUID(payload["track_id"])
    with ctx.read() as session:
        track = session.get_one(Track, track_id)
    if track.state != TrackState.RUNNING:
        return {"state": track.state.value}
    _let_older_end(ctx, track)
    with ctx.read() as session:
        masklet = session.get_one(Masklet, track.masklet_id)
        video = session.get_one(Video, masklet.video_id)
        earlier = earlier_of(session, track)
    assert video.pictures is not None
    try:
        work = earlier.work(ctx.storage, track, video.pictures)
    except PromptError as error:
        raise JobFailed(str(error)) from error
    collected = Collected(track_id, work.standing | work.copied, set(work.copied))
    checkpoints = Checkpoints(ctx, track, work)
    try:
        _follow(ctx, track, video, collected, checkpoints)
    except JobCancelled:
        _store(ctx, track, video, work, collected, state=TrackState.CANCELLED)
        raise
    _store(ctx, track, video, work, collected, state=TrackState.DONE)
    return {
        "pictures": len(collected.settled),
        "followed": collected.steps - checkpoints.taken_up,
        "copied": len(work.copied),
    }


def _let_older_end(ctx: JobContext, track: Track) -> None:
    """What the track before this one had when it was stopped is copied: wait the frame step until it is stored."""
    deadline = time.monotonic() + OLDER_SECONDS
    while time.monotonic() < deadline:
        with ctx.read() as session:
            if not older_ending(session, track):
                return
        ctx.check()
        time.sleep(0.05)


def _follow(ctx: JobContext, track: Track, video: Video, collected: Collected, checkpoints: Checkpoints) -> None:
    """Run the propagator over the stretches that are to do, telling listeners as the masks come."""
    work = checkpoints.work
    topic = f"masklet:{track.masklet_id}"
    propagator = sessions_of(ctx.storage).propagator(track.propagator, ctx.settings)
    assert video.pictures is not None
    with readers_of(ctx.storage).open(video) as reader:
        opened, halfway = checkpoints.open(propagator, reader, collected)
        fell_back: FellBack | None = None
        try:
            for frame in frames_of(opened, records_of(track), video.pictures, work, halfway):
                collected.add(frame)
                fell_back = _tell_of_fallback(ctx, fell_back, opened.fell_back)
                due = checkpoints.due(collected)
                batch = collected.batch(rest=due)
                if batch is not None:
                    ctx.publish(topic, "masks", batch)
                ctx.progress(min(0.99, collected.steps / max(1, work.steps)), f"{len(collected.settled)} pictures")
                if due:
                    checkpoints.keep(propagator, reader, collected, opened)
        except PromptError as error:
            raise JobFailed(str(error)) from error
        except AcceleratorBusy as error:
            raise AcceleratorTaken(_sentence(error)) from error  # costs no attempt
        except (AcceleratorFull, DomainError, JobCancelled, JobLost, *UNREACHABLE):
            raise
        except Exception:
            checkpoints.distrust()  # whatever broke, it may lie in what was taken up
            raise
        finally:
            opened.close()
    batch = collected.batch(rest=True)
    if batch is not None:
        ctx.publish(topic, "masks", batch)


def _store(ctx: JobContext, track: Track, video: Video, work: Work, collected: Collected, *, state: TrackState) -> None:
    """Write the packed file, then the row. A cancelled track keeps what is final, and is never the masklet's."""
    assert video.height is not None
    assert video.width is not None
    assert video.pictures is not None
    frames = collected.final_frames(work.standing)
    data = pack(video.height, video.width, frames, video.pictures)
    # A stopped track may be tried again: what it had is kept under its own name by whoever has read it.
    key = f"masklets/{track.masklet_id}/{track.id}.{uuid4().hex[:8]}.masklet"
    ctx.storage.put(key, data)
    left = collected.left(work, video.pictures)
    masks = PackedMasklet.open(data)
    flags = flags_of(masks, collected.agreement, work)
    # Requests lock the masklet and then cancel the job: the same order here.
    with ctx.db(lambda session: session.get_one(Masklet, track.masklet_id, with_for_update=True)) as session:
        masklet = session.get_one(Masklet, track.masklet_id)
        row = session.get_one(Track, track.id)
        if row.locks != masklet.locks:  # what is locked now must stay as it is
            state = TrackState.CANCELLED
        row.state, row.file_key, row.pictures_done, row.checkpoint_key = state, key, len(frames), None
        row.flags = flags
        row.wanted = asked_for(Asked.of(row.wanted, video.pictures), video.pictures, left)
        if state == TrackState.DONE:
            row.prompts_hash = unfinished_hash(prompts_hash(records_of(row), row.locks), left)
            row.presence = presence_runs(masks.presence())
            newer = select(func.max(Track.version)).where(
                Track.masklet_id == masklet.id, Track.state == TrackState.DONE, Track.id != row.id
            )
            if (session.scalar(newer) or 0) < row.version:
                masklet.current_track_id = row.id
        session.flush()
        _tell(session, row)
