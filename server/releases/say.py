"""What is said about a release once it is built: keep it, use it no more, delete it; always with the reason."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.db import now
from server.releases.errors import ReleaseDeleted, ReleaseKept, ReleaseNotReady
from server.releases.schemas import ReleaseSaid
from server.tables.releases import Release, ReleaseFile, ReleasePart, ReleaseState


def say(session: Session, release: Release, said: ReleaseSaid) -> Release:
    """Change what is said. Raises ReleaseDeleted."""
    session.refresh(release, with_for_update=True)  # nobody deletes it at the same moment
    if release.deleted_at is not None:
        raise ReleaseDeleted(release.deleted_why or "")
    for name in said.model_fields_set:
        setattr(release, name, getattr(said, name))
    release.changed_at = now()
    session.flush()
    return release


def delete_release(session: Session, release: Release, reason: str) -> Release:
    """Give its files up. Its row, its manifest and its items stay: what it was can always be told.

    Raises ReleaseKept, ReleaseNotReady (it is being built) or ReleaseDeleted. The files that no other release names
    are collected later.
    """
    session.refresh(release, with_for_update=True)
    if release.deleted_at is not None:
        raise ReleaseDeleted(release.deleted_why or "")
    if release.kept_why is not None:
        raise ReleaseKept(f"It is kept: {release.kept_why}")
    if release.state is ReleaseState.BUILDING:
        raise ReleaseNotReady("It is being built: cancel the job first.")
    for table in (ReleaseFile, ReleasePart):
        session.execute(delete(table).where(table.release_id == release.id))
    release.deleted_why = reason
    release.deleted_at = release.changed_at = now()
    session.flush()
    return release
