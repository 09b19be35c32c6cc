"""Videos as the wire shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import Actor, visible
from server.tables.jobs import Job
from server.tables.videos import ProjectVideo, Video, VideoState
from server.videos.errors import VideoNotFound, VideoNotReady
from server.videos.schemas import Thumbnails, VideoOut, VideoProgress


def find_video(session: Session, who: Actor, video_id: UUID) -> Video:
    """The video, for members of one of its projects; VideoNotFound else."""
    linked = select(ProjectVideo.id).where(ProjectVideo.video_id == video_id, visible(who, ProjectVideo.project_id))
    video = session.get(Video, video_id)
    if video is None or (session.scalars(linked.limit(1)).first() is None and not who.is_admin):
        raise VideoNotFound
    return video


def find_ready(session: Session, who: Actor, video_id: UUID) -> Video:
    """A video that can be watched. VideoNotFound, or VideoNotReady with the reason."""
    video = find_video(session, who, video_id)
    if video.state != VideoState.READY:
        raise VideoNotReady(video.reason or "")
    return video


def video_outs(
    session: Session, videos: Sequence[tuple[Video, str]], flags: Mapping[UUID, str | None] | None = None
) -> list[VideoOut]:
    """Videos under the names they have in a project; one more query for the progress of those on their way."""
    waiting = [v.job_id for v, _ in videos if v.job_id and v.state in (VideoState.QUEUED, VideoState.INGESTING)]
    jobs = {j.id: j for j in session.scalars(select(Job).where(Job.id.in_(waiting)))} if waiting else {}
    flags = flags or {}
    return [_out(v, name, jobs.get(v.job_id) if v.job_id else None, flags.get(v.id)) for v, name in videos]


def _out(video: Video, name: str, job: Job | None, flag: str | None) -> VideoOut:
    return VideoOut(
        id=video.id,
        name=name,
        sha256=video.sha256,
        size=video.size,
        state=video.state,
        reason_code=video.reason_code,
        reason=video.reason,
        width=video.width,
        height=video.height,
        source_width=video.source_width,
        source_height=video.source_height,
        pictures=video.pictures,
        grid_length=video.grid_length,
        seconds=video.seconds,
        rate=video.rate,
        has_audio=video.has_audio,
        constant_rate=video.constant_rate,
        thumbnails=Thumbnails(**video.thumbnails) if video.thumbnails else None,
        progress=None if job is None else VideoProgress(job_id=job.id, fraction=job.progress, message=job.message),
        flag_reason=flag,
    )


def name_for(session: Session, who: Actor, video: Video) -> str:
    """What the video is called in (the first of) the person's projects."""
    statement = select(ProjectVideo.name).where(
        ProjectVideo.video_id == video.id, visible(who, ProjectVideo.project_id)
    )
    return session.scalars(statement.order_by(ProjectVideo.id).limit(1)).first() or video.name
