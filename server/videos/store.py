"""Takes a whole file into the store: its content is its name, so the same file twice is one video."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.jobs import enqueue
from server.settings import Settings
from server.storage import Storage
from server.tables.videos import ProjectVideo, Video, VideoState
from server.videos.quota import check_quota

SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts"}
    | {".flv", ".wmv", ".asf", ".ogv", ".3gp", ".gif", ".mxf", ".h264", ".hevc"}
)
"""What a folder is searched for; a file that is named itself is taken whatever it is called."""
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_CHUNK = 2**20

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Content:
    """A stored file: SHA-256 and number of its bytes, and where it lies."""

    sha256: str
    size: int
    key: str


def plain_name(name: str) -> str:
    """The last part of a path that a client gave, without control characters: for people to read, never to open."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", last).strip()[:300] or "video"


def folder_of(sha256: str) -> str:
    """Where everything that belongs to a video lies in the storage."""
    return f"videos/{sha256[:2]}/{sha256}"


def hash_file(path: Path, told: Told | None = None) -> str:
    """SHA-256 of a file's bytes; `told(done, total)` hears of the progress."""
    digest = hashlib.sha256()
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
            done += len(piece)
            if told is not None:
                told(done, total)
    return digest.hexdigest()


def store_content(storage: Storage, path: Path, name: str, sha256: str) -> Content:
    """Put a file under its hash. Raises StorageFull; then nothing of it remains. Storing it again changes nothing."""
    suffix = Path(name).suffix.lower()
    key = f"{folder_of(sha256)}/source{suffix if _SUFFIX.fullmatch(suffix) else ''}"
    stored = storage.put(key, path)
    return Content(sha256, stored.size, key)


def add_video(
    session: Session,
    settings: Settings,
    content: Content,
    *,
    project_id: UUID,
    name: str,
    user_id: UUID,
    source_dataset: str = "",
) -> Video:
    """The video of this content, made when it is new, and linked to the project. Its import starts when it has to.

    Raises QuotaExceeded; then nothing is added.
    """
    check_quota(session, settings, project_id, name=name, size=content.size, sha256=content.sha256)
    video = session.scalar(select(Video).where(Video.sha256 == content.sha256).with_for_update())
    if video is None:
        video = Video(sha256=content.sha256, name=name, size=content.size, source_key=content.key)
        try:
            with session.begin_nested():
                session.add(video)
        except IntegrityError:  # the same file came twice at the same moment
            video = session.scalars(select(Video).where(Video.sha256 == content.sha256)).one()
    link = select(ProjectVideo.id).where(ProjectVideo.project_id == project_id, ProjectVideo.video_id == video.id)
    if session.scalar(link) is None:
        session.add(
            ProjectVideo(
                project_id=project_id, video_id=video.id, name=name, added_by=user_id, source_dataset=source_dataset
            )
        )
        session.flush()
    if video.state == VideoState.READY:
        enqueue(session, "open_tasks", {"video_id": str(video.id)}, project_id=project_id)
    else:
        start_ingest(session, video, project_id=project_id, user_id=user_id, source_key=content.key)
    return video


def start_ingest(
    session: Session, video: Video, *, project_id: UUID, user_id: UUID, source_key: str | None = None
) -> None:
    """Queue the import of a video that is not ready; one that is under way is left alone."""
    if video.state in (VideoState.REFUSED, VideoState.FAILED):
        video.state, video.reason_code, video.reason = VideoState.QUEUED, None, None
        video.source_key = source_key or video.source_key
    row = enqueue(
        session,
        "ingest",
        {"video_id": str(video.id)},
        dedupe_key=f"ingest:{video.id}",
        project_id=project_id,
        created_by=user_id,
        topics=[f"video:{video.id}"],
    )
    video.job_id = row.id
    session.flush()
