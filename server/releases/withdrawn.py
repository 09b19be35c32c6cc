"""Tombstones: videos that were released, and that nobody may use any more."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.tables.releases import Release, ReleaseItem
from server.tables.videos import ProjectVideo, Video


def withdrawn_of(release: Release, *, only_its_own: bool = False) -> Select[Video]:
    """Videos that this release or an earlier one of the project was made of, and that were set aside since: whoever
    holds such a release must not use them any more."""
    of = (
        ReleaseItem.release_id == release.id
        if only_its_own
        else ReleaseItem.release_id.in_(
            select(Release.id).where(Release.project_id == release.project_id, Release.number <= release.number)
        )
    )
    return (
        select(Video)
        .join(ProjectVideo, ProjectVideo.video_id == Video.id)
        .where(ProjectVideo.project_id == release.project_id, ProjectVideo.flag_reason.is_not(None))
        .where(Video.id.in_(select(ReleaseItem.video_id).where(of)))
    )


def tombstone(sha256: str) -> dict[str, str]:
    """How a withdrawn video is named: as the records name it, and by its content."""
    return {"video": f"v{sha256[:16]}", "sha256": sha256}


def withdrawn(session: Session, release: Release) -> list[dict[str, str]]:
    """All of them, of earlier releases too, in order of name: for the manifest."""
    hashes = withdrawn_of(release).with_only_columns(Video.sha256).order_by(Video.sha256)
    return [tombstone(sha256) for sha256 in session.scalars(hashes)]
