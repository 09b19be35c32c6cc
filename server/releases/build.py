"""A release from request to stored files: what it takes is pinned in the request, the rest is a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.access import Actor
from server.db import one_at_a_time
from server.jobs import enqueue
from server.releases.errors import NothingAccepted
from server.releases.schemas import ReleaseIn
from server.releases.select import Item, select_items
from server.releases.split import assign
from server.storage import Storage, Stored
from server.storage.named import blob_key
from server.tables.documents import Submission
from server.tables.projects import Project
from server.tables.releases import Release, ReleaseFile, ReleaseState
from server.tables.tasks import Task

BUILD = "build_release"


def ask(session: Session, project: Project, who: Actor, wanted: ReleaseIn, idempotency_key: str | None) -> Release:
    """A new release of everything that is accepted now; its job is queued. Raises NothingAccepted.

    The same key of the same person gives the release of the first request. What is selected and the split of each
    video are decided here, in one transaction: work that is accepted while the job runs waits for the next release.
    """
    key = f"{who.id}:{idempotency_key}" if idempotency_key else None
    if key is not None:
        one_at_a_time(session, f"release:{key}")
        known = session.scalar(select(Release).where(Release.idempotency_key == key))
        if known is not None:
            return known
    session.refresh(project, with_for_update=True)  # numbers are given one at a time
    items = list(select_items(session, project))
    if not items:
        raise NothingAccepted
    splits = assign(session, [item.task.video_id for item in items], wanted.test_share)
    newest = session.scalar(select(func.max(Release.number)).where(Release.project_id == project.id)) or 0
    release = Release(
        project_id=project.id,
        number=newest + 1,
        name=wanted.name or f"{project.name} {newest + 1}",
        rule={"status": "accepted", "test_share": wanted.test_share, "items": [_pin(item) for item in items]},
        idempotency_key=key,
        created_by=who.id,
    )
    session.add(release)
    session.flush()
    assert len(splits) == len({item.task.video_id for item in items})
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


def _pin(item: Item) -> dict[str, Any]:
    return {
        "task": str(item.task.id),
        "submission": str(item.submission.id),
        "steps": [str(step.id) for step in item.steps],
        "answered": list(item.answered),
    }


def pinned_items(session: Session, release: Release) -> list[Item]:
    """The items that the release was asked for, whatever happened to them since."""
    return [
        Item(
            task=session.get_one(Task, UUID(pin["task"])),
            submission=session.get_one(Submission, UUID(pin["submission"])),
            steps=tuple(session.get_one(Task, UUID(step)) for step in pin["steps"]),
            answered=tuple(pin["answered"]),
        )
        for pin in release.rule["items"]
    ]


def store_blob(storage: Storage, path: Path, sha256: str) -> Stored:
    """Store a file under its hash; one that is there already (same hash, same size) is left alone."""
    from server.storage import ObjectMissing

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
    for entry in manifest["files"]:
        session.add(
            ReleaseFile(
                release_id=release.id,
                path=entry["path"],
                sha256=entry["sha256"],
                bytes=entry["bytes"],
                rows=entry["rows"],
            )
        )
    release.state = ReleaseState.READY
    release.counts = manifest["counts"]
    release.manifest_sha256 = manifest_sha256
    release.error = None
    session.flush()
