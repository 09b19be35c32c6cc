"""Tombstones: videos that were released, and that nobody may use any more."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.tables.releases import Release, ReleaseItem
from server.tables.videos import ProjectVideo, Video


def withdrawn(session: Session, release: Release, *, only_its_own: bool = False) -> list[dict[str, str]]:
    """Videos that this release or an earlier one of the project was made of, and that were set aside since: whoever
    holds such a release must not use them any more. In order of name."""
    of = (
        ReleaseItem.release_id == release.id
        if only_its_own
        else ReleaseItem.release_id.in_(
            select(Release.id).where(Release.project_id == release.project_id, Release.number <= release.number)
        )
    )
    rows = session.scalars(
        select(Video.sha256)
        .join(ProjectVideo, ProjectVideo.video_id == Video.id)
        .where(ProjectVideo.project_id == release.project_id, ProjectVideo.flag_reason.is_not(None))
        .where(Video.id.in_(select(ReleaseItem.video_id).where(of)))
        .order_by(Video.sha256)
    )
    return [{"video": f"v{sha256[:16]}", "sha256": sha256} for sha256 in rows]
