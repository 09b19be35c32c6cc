"""HTTP of videos that are fetched from addresses, and of the room that is left for them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import func, select

from server.access import CurrentActor, RoleTooLow
from server.db import Db, Page, page
from server.errors import responses
from server.parts import Parts
from server.projects.find import ProjectNotFound, find_project
from server.tables.projects import Role
from server.tables.videos import Fetch, FetchState, ProjectVideo
from server.videos import errors, fetch, quota
from server.videos.schemas import FetchNew, FetchOut, StorageOut

router = APIRouter()

_FETCH = responses(errors.FetchNotFound, RoleTooLow)


@router.post(
    "/projects/{project_id}/fetches",
    status_code=202,
    responses=responses(ProjectNotFound, RoleTooLow, errors.AddressesRefused),
)
def begin_fetches(project_id: UUID, new: FetchNew, db: Db, who: CurrentActor, request: Request) -> list[FetchOut]:
    """Fetch videos from addresses: `https://…`, `s3://bucket/name.mp4`, or `s3://bucket/prefix`. Leads only.

    An address that is there already gives the same fetch. When one of them can not be, none is added.
    """
    project, _ = find_project(db, who, project_id, Role.LEAD)
    parts: Parts = request.app.state.parts
    rows = fetch.ask(
        db,
        parts.settings,
        project_id=project.id,
        addresses=new.addresses,
        user_id=who.user.id,
        source_dataset=new.source_dataset,
    )
    return fetch.fetch_outs(db, rows)


@router.get("/projects/{project_id}/fetches", responses=responses(ProjectNotFound, RoleTooLow))
def list_fetches(
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    *,
    state: FetchState | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[FetchOut]:
    """What was fetched and what came of it, newest first. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    statement = select(Fetch).where(Fetch.project_id == project.id)
    if state is not None:
        statement = statement.where(Fetch.state == state)
    rows, following = page(db, statement, [Fetch.id], cursor=cursor, limit=limit, newest_first=True)
    return Page(items=fetch.fetch_outs(db, rows), next=following)


@router.post("/fetches/{fetch_id}/retry", status_code=202, responses=_FETCH)
def retry_fetch(fetch_id: UUID, db: Db, who: CurrentActor) -> FetchOut:
    """Begin a failed or cancelled fetch anew. Leads only."""
    row = fetch.find_fetch(db, who, fetch_id)
    fetch.retry(db, row)
    return fetch.fetch_outs(db, [row])[0]


@router.delete(
    "/fetches/{fetch_id}",
    status_code=204,
    responses=responses(errors.FetchNotFound, RoleTooLow, errors.FetchActive),
)
def forget_fetch(fetch_id: UUID, db: Db, who: CurrentActor) -> None:
    """Take a fetch that is over off the list; its video stays. Leads only."""
    fetch.forget(db, fetch.find_fetch(db, who, fetch_id))


@router.get("/projects/{project_id}/storage", responses=responses(ProjectNotFound, RoleTooLow))
def read_storage(project_id: UUID, db: Db, who: CurrentActor, request: Request) -> StorageOut:
    """How much the project's videos weigh, and how much they may. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    parts: Parts = request.app.state.parts
    limit, site_limit = quota.project_limit(project, parts.settings), parts.settings.quota_bytes
    used = quota.project_bytes(db, project.id)
    room = [] if limit is None else [limit - used]
    if site_limit is not None:
        room.append(site_limit - quota.site_bytes(db))
    return StorageOut(
        videos=db.scalar(select(func.count()).where(ProjectVideo.project_id == project.id)) or 0,
        used_bytes=used,
        quota_bytes=limit,
        free_bytes=max(0, min(room)) if room else None,
    )
