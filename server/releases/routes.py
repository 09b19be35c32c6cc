"""HTTP of releases: ask for one, follow it, read its files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import Actor, CurrentActor, RoleTooLow, require
from server.db import Db, Page, page
from server.errors import NotFound, responses
from server.events import topic_guard
from server.projects.find import ProjectNotFound, find_project
from server.releases.build import ask
from server.releases.errors import NothingAccepted, ReleaseFileNotFound, ReleaseNotFound, ReleaseNotReady
from server.releases.schemas import FileOut, ReleaseIn, ReleaseJob, ReleaseOut, ReleasePreviewOut
from server.releases.select import preview
from server.storage import Storage
from server.storage.named import blob_key
from server.tables.jobs import Job
from server.tables.projects import Role
from server.tables.releases import Release, ReleaseFile, ReleaseState
from server.videos.media import serve, tag

router = APIRouter(tags=["releases"])

TYPES = {
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "mp4": "video/mp4",
    "md": "text/plain; charset=utf-8",
    "yaml": "text/plain; charset=utf-8",
}


def find_release(db: Session, who: Actor, release_id: UUID) -> Release:
    """The release, for leads of its project. ReleaseNotFound for a foreign one."""
    release = db.get(Release, release_id)
    if release is None:
        raise ReleaseNotFound
    try:
        require(db, who, release.project_id, Role.LEAD)
    except NotFound as error:
        raise ReleaseNotFound from error
    return release


@topic_guard("release")
def _may_listen(db: Session, who: Actor, release_id: UUID) -> bool:
    release = db.get(Release, release_id)
    try:
        return release is not None and require(db, who, release.project_id, Role.LEAD) is not None
    except (NotFound, RoleTooLow):
        return False


def _outs(db: Session, releases: Sequence[Release], *, files: bool) -> list[ReleaseOut]:
    jobs = {j.id: j for j in db.scalars(select(Job).where(Job.id.in_([r.job_id for r in releases if r.job_id])))}
    of_release: dict[UUID, list[FileOut]] = {}
    if files:
        ids = [release.id for release in releases]
        rows = select(ReleaseFile).where(ReleaseFile.release_id.in_(ids)).order_by(ReleaseFile.path)
        for row in db.scalars(rows):
            entry = FileOut(path=row.path, sha256=row.sha256, bytes=row.bytes, rows=row.rows)
            of_release.setdefault(row.release_id, []).append(entry)
    return [
        ReleaseOut(
            id=r.id,
            project_id=r.project_id,
            number=r.number,
            name=r.name,
            state=r.state,
            counts=r.counts,
            manifest_sha256=r.manifest_sha256,
            job=_job(jobs.get(r.job_id)) if r.job_id else None,
            error=r.error,
            created_at=r.created_at,
            files=of_release.get(r.id, []),
        )
        for r in releases
    ]


def _job(row: Job | None) -> ReleaseJob | None:
    return None if row is None else ReleaseJob(id=row.id, fraction=row.progress, message=row.message)


@router.get("/projects/{project_id}/releases/preview", responses=responses(ProjectNotFound, RoleTooLow))
def preview_release(project_id: UUID, db: Db, who: CurrentActor) -> ReleasePreviewOut:
    """What a release would hold now. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    return preview(db, project)


@router.post(
    "/projects/{project_id}/releases",
    status_code=202,
    responses=responses(ProjectNotFound, RoleTooLow, NothingAccepted),
)
def create_release(
    project_id: UUID,
    wanted: ReleaseIn,
    db: Db,
    who: CurrentActor,
    idempotency_key: Annotated[str | None, Header(max_length=128)] = None,
) -> ReleaseOut:
    """Release everything that is accepted now. Leads only. The build is a job; follow `release:{id}` or ask again."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    return _outs(db, [ask(db, project, who, wanted, idempotency_key)], files=True)[0]


@router.get("/projects/{project_id}/releases", responses=responses(ProjectNotFound, RoleTooLow))
def list_releases(
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[ReleaseOut]:
    """The releases of a project, newest first, without their files. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    statement = select(Release).where(Release.project_id == project.id)
    rows, following = page(db, statement, [Release.id], cursor=cursor, limit=limit, newest_first=True)
    return Page(items=_outs(db, rows, files=False), next=following)


@router.get("/releases/{release_id}", responses=responses(ReleaseNotFound, RoleTooLow))
def read_release(release_id: UUID, db: Db, who: CurrentActor) -> ReleaseOut:
    """One release with its files."""
    return _outs(db, [find_release(db, who, release_id)], files=True)[0]


_FILE = responses(ReleaseNotFound, ReleaseNotReady, RoleTooLow)


@router.head("/releases/{release_id}/manifest.json", name="head_manifest", include_in_schema=False)
@router.get("/releases/{release_id}/manifest.json", response_class=Response, responses=_FILE)
def read_manifest(release_id: UUID, db: Db, who: CurrentActor, request: Request) -> Response:
    """The manifest: every file with its hash, counts, splits and lineage."""
    release = find_release(db, who, release_id)
    if release.state is not ReleaseState.READY or release.manifest_sha256 is None:
        raise ReleaseNotReady(release.error or "")
    return _blob(request, release.manifest_sha256, "manifest.json")


@router.head(
    "/releases/{release_id}/files/{path:path}", name="head_release_file", responses=_FILE, include_in_schema=False
)
@router.get(
    "/releases/{release_id}/files/{path:path}",
    response_class=Response,
    responses={**_FILE, **responses(ReleaseNotFound, ReleaseFileNotFound)},
)
def read_release_file(release_id: UUID, path: str, db: Db, who: CurrentActor, request: Request) -> Response:
    """One file of a release, whole or by range; its entity tag is its SHA-256."""
    release = find_release(db, who, release_id)
    row = db.scalar(select(ReleaseFile).where(ReleaseFile.release_id == release.id, ReleaseFile.path == path))
    if row is None:
        if release.state is not ReleaseState.READY:
            raise ReleaseNotReady(release.error or "")
        raise ReleaseFileNotFound(f"Release “{release.name}” has no file {path[:200]!r}.", field="path")
    return _blob(request, row.sha256, path)


def _blob(request: Request, sha256: str, path: str) -> Response:
    storage: Storage = request.app.state.parts.storage
    name = path.rsplit("/", 1)[-1]
    media_type = TYPES.get(name.rsplit(".", 1)[-1], "application/octet-stream")
    return serve(request, storage, blob_key(sha256), media_type=media_type, etag=tag(sha256), download_as=name)
