"""A release from request to stored files: the rule is written down in the request, the rest is a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import Subquery

from server.access import Actor
from server.db import now, one_at_a_time
from server.jobs import enqueue
from server.releases.errors import NothingAccepted, NothingSelected, OtherRequest, ReleaseNotReady
from server.releases.preview import has_rows
from server.releases.rule import Rule
from server.releases.schemas import ReleaseIn
from server.releases.select import chosen
from server.storage import ObjectMissing, Storage, Stored
from server.storage.named import blob_key
from server.tables.projects import Project
from server.tables.releases import Release, ReleaseFile, ReleasePart, ReleaseProblem, ReleaseState
from server.tables.webhooks import EventKind
from server.webhooks.note import note

BUILD = "build_release"


def ask(session: Session, project: Project, who: Actor, wanted: ReleaseIn, idempotency_key: str | None) -> Release:
    """A new release of what the rule selects; its job is queued. Raises NothingAccepted, NothingSelected, OtherRequest,
    and ReleaseNotReady for an earlier release that it cannot be built upon.

    The same key of the same person gives the release of the first request. What is taken is pinned when the job begins.
    """
    key = f"{who.id}:{idempotency_key}" if idempotency_key else None
    asked = wanted.model_dump(mode="json")
    if key is not None:
        one_at_a_time(session, f"release:{key}")
        known = session.scalar(select(Release).where(Release.idempotency_key == key))
        if known is not None:
            if known.project_id != project.id or known.rule.get("asked", asked) != asked:
                raise OtherRequest(field="Idempotency-Key")
            return known
    since = earlier_of(session, project, wanted)
    if not has_rows(session, project, wanted.rule, since.id if since else None):
        if wanted.rule == Rule() and since is None:
            raise NothingAccepted
        raise NothingSelected(field="rule")
    session.refresh(project, with_for_update=True)  # numbers are given one at a time
    newest = session.scalar(select(func.max(Release.number)).where(Release.project_id == project.id)) or 0
    release = Release(
        project_id=project.id,
        number=newest + 1,
        name=wanted.name or f"{project.name} {newest + 1}",
        rule={"asked": asked},
        since_id=since.id if since else None,
        licence=wanted.licence,
        idempotency_key=key,
        created_by=who.id,
    )
    session.add(release)
    session.flush()
    job = enqueue(
        session,
        BUILD,
        {"release_id": str(release.id)},
        project_id=project.id,
        created_by=who.id,
        topics=[f"release:{release.id}", f"project:{project.id}"],
    )
    release.job_id = job.id
    session.flush()
    return release


_WITHIN = ("q_types", "human_only", "languages")
"""Conditions that take some rows of a document and leave others."""


def earlier_of(session: Session, project: Project, wanted: ReleaseIn) -> Release | None:
    """The release that `since` names, which a new one can be built upon. Raises ReleaseNotReady with the reason."""
    if wanted.since is None:
        return None
    release = session.get(Release, wanted.since)
    if release is None or release.project_id != project.id:
        raise ReleaseNotReady("There is no such earlier release in this project.", field="since")
    if release.state is not ReleaseState.READY or release.pinned_items is None:
        raise ReleaseNotReady(f"Release {release.number} is not built, or was built before items were kept.",
                              field="since")  # fmt: skip
    earlier = asked_of(release).rule
    for name in _WITHIN:
        before = getattr(earlier, name)
        if before and before != getattr(wanted.rule, name):
            raise ReleaseNotReady(
                f"Release {release.number} took only some rows of its documents ({name}); what it left is not new. "
                f"Ask for the same {name}, or for a whole release.",
                field="since",
            )
    return release


def asked_of(release: Release) -> ReleaseIn:
    """What was asked for; of a release from before there were rules, everything."""
    asked = release.rule.get("asked")
    if asked is None:
        return ReleaseIn(test_share=float(release.rule.get("test_share", 0.2)))
    return ReleaseIn.model_validate(asked)


def items_of(project: Project, release: Release) -> Subquery:
    """The statement of what the release takes at this moment."""
    return chosen(project, asked_of(release).rule, release.since_id)


def begin(session: Session, release: Release) -> None:
    """Forget what an earlier attempt, which cannot be gone on with, left behind."""
    for table in (ReleaseFile, ReleasePart, ReleaseProblem):
        session.execute(delete(table).where(table.release_id == release.id))
    release.problems = 0
    release.manifest_sha256 = release.counts = None
    session.flush()


def store_blob(storage: Storage, path: Path, sha256: str) -> Stored:
    """Store a file under its hash; one that is there already (same hash, same size) is left alone."""
    key = blob_key(sha256)
    storage.wanted(key)  # a row will name it, also where it lies there already
    try:
        known = storage.stat(key)
    except ObjectMissing:
        return storage.put(key, path)
    return known if known.size == path.stat().st_size else storage.put(key, path)


def finish(session: Session, release: Release, manifest: dict[str, Any], manifest_sha256: str) -> None:
    """The files lie in the storage: from here on nothing of the release changes."""
    if release.state is ReleaseState.READY:
        return
    known = set(
        session.scalars(
            select(ReleaseFile.path).where(ReleaseFile.release_id == release.id, ReleaseFile.media.is_(False))
        )
    )
    for entry in manifest["files"]:
        if entry["path"] not in known:
            session.add(ReleaseFile(release_id=release.id, media=False, **entry))
    session.execute(delete(ReleasePart).where(ReleasePart.release_id == release.id))
    release.state = ReleaseState.READY
    release.counts = manifest["counts"]
    release.manifest_sha256 = manifest_sha256
    release.error = None
    release.changed_at = now()
    session.flush()
    path = f"/api/releases/{release.id}"
    note(session, EventKind.RELEASE_READY, release.project_id, path, release_id=release.id, number=release.number)
