"""Imports and fetches. Each runs in a process of its own: a decoder that hangs or dies takes nothing with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from annotator.video.probe import VideoRefused
from annotator.video.proxy import ProxyStopped
from server.db import now
from server.jobs import JobCancelled, JobNotRetryable, enqueue, job
from server.jobs.run import JobContext
from server.storage import StorageFull, full_disk
from server.tables.jobs import Job, JobState
from server.tables.videos import Fetch, FetchKind, FetchState, Video, VideoState
from server.videos import fetch, sources, upload
from server.videos.ingest import check_room, fill, limits_of, make_files, store_files
from server.videos.quota import check_quota
from server.videos.store import add_video, store_content

FULL = "disk_full"
BATCH = 200
"""Fetches of a folder that are added in one transaction."""
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


def _again(session: Session, row: Job) -> None:
    """Somebody wants the import tried again: the video says so."""
    video = session.get(Video, UUID(row.payload["video_id"]))
    if video is None or video.state in (VideoState.READY, VideoState.REFUSED):
        raise JobNotRetryable("The video was imported, refused or deleted meanwhile.")
    video.state, video.reason_code, video.reason, video.job_id = VideoState.QUEUED, None, None, row.id
    session.flush()


@job("ingest", lane="ingest", on_failure=_failed, on_retry=_again)
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
        ctx.check()
        keys = store_files(ctx.storage, ctx.folder, sha256, ctx.is_ours)
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


@job(fetch.FETCH, lane="ingest", max_attempts=8, on_failure=fetch.over, on_retry=fetch.again)
def fetch_video(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Payload: `fetch_id`. A file goes into the store under its hash and becomes a video; a folder becomes fetches."""
    fetch_id = UUID(payload["fetch_id"])
    with ctx.db() as session:
        row = session.get(Fetch, fetch_id)
        if row is None or row.state is FetchState.DONE:
            return {}
        row.state = FetchState.RUNNING
    if row.kind is FetchKind.FOLDER:
        return _open_folder(ctx, row)

    def room(size: int, sha256: str | None = None) -> None:
        with ctx.db() as session:
            check_quota(session, ctx.settings, row.project_id, name=row.name, size=size, sha256=sha256)

    def told(received: int, size: int | None) -> None:
        share = min(1.0, received / size) if size else 0.5
        ctx.progress(0.95 * share, f"{received / 1e6:.1f}" + (f" of {size / 1e6:.1f} MB" if size else " MB"))

    path = ctx.folder / "fetched"
    guard = sources.guard_of(ctx.settings)
    found = sources.download(ctx.settings, guard, row.address, path, told=told, check_size=room)
    room(found.size, found.sha256)
    ctx.progress(0.95, "Storing")
    content = store_content(ctx.storage, path, row.name, found.sha256)
    with ctx.db() as session:
        video = add_video(
            session,
            ctx.settings,
            content,
            project_id=row.project_id,
            name=row.name,
            user_id=row.created_by,
            source_dataset=row.source_dataset,
        )
        session.execute(
            update(Fetch)
            .where(Fetch.id == fetch_id)
            .values(state=FetchState.DONE, reason=None, video_id=video.id, size=found.size)
        )
    return {"video_id": str(video.id), "sha256": found.sha256}


def _open_folder(ctx: JobContext, row: Fetch) -> dict[str, Any]:
    found = sources.find_videos(ctx.settings, row.address, lambda seen: ctx.progress(0.0, f"{seen} files seen"))
    for begin in range(0, len(found), BATCH):
        with ctx.db() as session:
            fetch.ask(
                session,
                ctx.settings,
                project_id=row.project_id,
                addresses=found[begin : begin + BATCH],
                user_id=row.created_by,
                source_dataset=row.source_dataset,
            )
        ctx.progress(min(0.99, (begin + BATCH) / len(found)), f"{min(begin + BATCH, len(found))} of {len(found)}")
    with ctx.db() as session:
        session.execute(
            update(Fetch).where(Fetch.id == row.id).values(state=FetchState.DONE, reason=None, found=len(found))
        )
    return {"found": len(found)}


@job("delete_abandoned_uploads", lane="light", every=timedelta(hours=1))
def delete_abandoned_uploads(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Delete uploads that nobody went on with for a day, and bytes whose upload is gone."""
    before = now() - ABANDONED
    deleted = upload.delete_abandoned(ctx.parts.database, ctx.settings, before)
    return {"uploads": deleted, "strays": upload.delete_strays(ctx.parts.database, ctx.settings, before)}
