"""The import job. It runs in a process of its own, so a decoder that hangs or dies takes nothing with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from annotator.video.probe import VideoRefused
from annotator.video.proxy import ProxyStopped
from server.db import now
from server.jobrun import JobContext
from server.jobs import JobCancelled, enqueue, job
from server.storage import StorageFull, full_disk
from server.tables.jobs import Job, JobState
from server.tables.videos import Video, VideoState
from server.videos import upload
from server.videos.ingest import check_room, fill, limits_of, make_files, store_files

FULL = "disk_full"
ABANDONED = timedelta(days=1)
"""An upload that got no piece for so long is given up."""


def _failed(session: Session, row: Job) -> None:
    """The import was given up: say so on the video, which can be tried again."""
    video = session.get(Video, UUID(row.payload["video_id"]))
    if video is None or video.state in (VideoState.READY, VideoState.REFUSED):
        return
    video.state = VideoState.FAILED
    cancelled = row.state is JobState.CANCELLED
    video.reason_code = video.reason_code or ("cancelled" if cancelled else "failed")
    why = "The import was cancelled." if cancelled else row.error or "The import failed."
    video.reason = f"{video.name}: {why} Try again."
    session.flush()


@job("ingest", lane="ingest", on_failure=_failed)
def ingest(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Payload: `video_id`. Running it again for a video that is ready changes nothing."""
    video_id = UUID(payload["video_id"])
    with ctx.db() as session:
        video = session.get_one(Video, video_id)
        if video.state == VideoState.READY:
            return {"state": video.state.value}
        video.state, video.reason_code, video.reason = VideoState.INGESTING, None, None
        name, sha256, source_key, size = video.name, video.sha256, video.source_key, video.size
    try:
        with full_disk("the video for the browser"):
            check_room(ctx.folder, size)
        with ctx.storage.local(source_key) as source:
            found = make_files(source, ctx.folder, limits_of(ctx.settings), ctx.progress, ctx.cancelled)
        keys = store_files(ctx.storage, ctx.folder, sha256)
    except VideoRefused as refusal:
        with ctx.db() as session:
            video = session.get_one(Video, video_id)
            video.state, video.reason_code = VideoState.REFUSED, refusal.code
            video.reason = f"{name}: {refusal.message}"
        return {"state": VideoState.REFUSED.value, "reason_code": refusal.code}
    except ProxyStopped as stopped:
        ctx.check()
        raise JobCancelled from stopped
    except StorageFull:
        with ctx.db() as session:
            session.get_one(Video, video_id).reason_code = FULL
        raise
    with ctx.db() as session:
        fill(session.get_one(Video, video_id), found, keys)
        enqueue(session, "open_tasks", {"video_id": str(video_id)}, project_id=ctx.project_id)
    return {"state": VideoState.READY.value, "pictures": len(found.table)}


@job("delete_abandoned_uploads", lane="light", every=timedelta(hours=1))
def delete_abandoned_uploads(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Delete uploads that nobody went on with for a day, and bytes whose upload is gone."""
    before = now() - ABANDONED
    deleted = upload.delete_abandoned(ctx.parts.database, ctx.settings, before)
    return {"uploads": deleted, "strays": upload.delete_strays(ctx.parts.database, ctx.settings, before)}
