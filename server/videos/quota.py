"""How much the videos of a project, and of the whole site, may weigh: bytes of source files, each counted once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db import one_at_a_time
from server.settings import Settings
from server.tables.projects import Project
from server.tables.videos import ProjectVideo, Video
from server.videos.errors import QuotaExceeded


def project_bytes(session: Session, project_id: UUID) -> int:
    """Bytes of the source files of a project's videos."""
    linked = select(ProjectVideo.video_id).where(ProjectVideo.project_id == project_id)
    return int(session.scalar(select(func.coalesce(func.sum(Video.size), 0)).where(Video.id.in_(linked))) or 0)


def site_bytes(session: Session) -> int:
    """Bytes of the source files of all videos: one that several projects have counts once."""
    return int(session.scalar(select(func.coalesce(func.sum(Video.size), 0))) or 0)


def project_limit(project: Project, settings: Settings) -> int | None:
    """The project's own limit, else the site's for each project; None: no limit."""
    return settings.project_quota_bytes if project.quota_bytes is None else project.quota_bytes


def check_quota(
    session: Session, settings: Settings, project_id: UUID, *, name: str, size: int, sha256: str | None = None
) -> None:
    """Raise QuotaExceeded unless a file of `size` bytes still fits. What is there already (by `sha256`) adds nothing.

    In the transaction that adds the video this is the decision: whoever asks at the same time waits for its end. Before
    the bytes are kept it is the friendly word.
    """
    project = session.get_one(Project, project_id)
    limit, site_limit = project_limit(project, settings), settings.quota_bytes
    if limit is None and site_limit is None:
        return
    one_at_a_time(session, "quota")
    known = session.scalar(select(Video.id).where(Video.sha256 == sha256)) if sha256 else None
    if known is not None:
        here = select(ProjectVideo.id).where(ProjectVideo.project_id == project_id, ProjectVideo.video_id == known)
        if session.scalar(here) is not None:
            return
    if limit is not None:
        _refuse(name, size, project_bytes(session, project_id), limit, f"The project “{project.name}”")
    if site_limit is not None and known is None:
        _refuse(name, size, site_bytes(session), site_limit, "This site")


def _refuse(name: str, size: int, used: int, limit: int, whose: str) -> None:
    if used + size > limit:
        raise QuotaExceeded(
            f"{name} has {size:,} bytes. {whose} may hold {limit:,} bytes of videos and holds {used:,}: "
            "take videos out, or ask whoever runs this site for more.",
            field="size",
            used_bytes=used,
            quota_bytes=limit,
        )
