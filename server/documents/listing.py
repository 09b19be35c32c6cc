"""HTTP of a project's documents as a list: what another program reads to keep a copy of the work up to date."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import select, tuple_
from sqlalchemy.orm import load_only

from annotator.records import Body
from server.access import CurrentActor, RoleTooLow
from server.db import Db, Page, page
from server.errors import responses
from server.projects.find import ProjectNotFound, find_project
from server.sparse import BadFields, Fields, only, wanted_fields
from server.tables.documents import Document, DocumentOperation
from server.tables.projects import Role
from server.tables.tasks import Task, TaskKind

router = APIRouter()

SKEW = timedelta(hours=1)
"""How far the clock of a machine that made an id may be from the database's."""


class DocumentRow(BaseModel):
    """A document as it stands, handed in or not."""

    id: UUID
    task_id: UUID
    kind: TaskKind
    revision: int
    created_at: datetime
    updated_at: datetime
    """When it was last saved."""
    body: Body | None
    """Only where `fields` asks for it."""


def first_id_at(moment: datetime) -> UUID:
    """The least UUID of version 7 of that millisecond: ids are in the order of their time (server.db.new_id)."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62)


@router.get("/projects/{project_id}/documents", responses=responses(ProjectNotFound, RoleTooLow, BadFields))
def list_documents(  # noqa: PLR0917 - FastAPI passes them by name
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    updated_since: AwareDatetime | None = None,
    fields: Fields = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[DocumentRow]:
    """The documents of a project, oldest first; `fields=…,body` for what is in them. Leads only.

    `updated_since` asks for those that were begun or saved at or after that moment.
    """
    project, _ = find_project(db, who, project_id, Role.LEAD)
    wanted = wanted_fields(DocumentRow, fields)
    with_body = wanted is not None and "body" in wanted
    statement = select(Document).join(Task, Task.id == Document.task_id).where(Task.project_id == project.id)
    if not with_body:
        light = load_only(Document.task_id, Document.kind, Document.revision, Document.created_at)
        statement = statement.options(light)
    if updated_since is not None:
        # Ids grow with time, so the newest operations are one end of a key that is there anyway.
        saved = select(DocumentOperation.document_id).where(
            DocumentOperation.id >= first_id_at(updated_since - SKEW), DocumentOperation.created_at >= updated_since
        )
        statement = statement.where((Document.created_at >= updated_since) | Document.id.in_(saved))
    rows, following = page(db, statement, [Document.id], cursor=cursor, limit=limit)
    newest = select(DocumentOperation.document_id, DocumentOperation.created_at).where(
        tuple_(DocumentOperation.document_id, DocumentOperation.revision).in_([(row.id, row.revision) for row in rows])
    )
    saved_at = {row[0]: row[1] for row in db.execute(newest)}
    out: Page[DocumentRow] = Page(
        items=[
            DocumentRow(
                id=row.id,
                task_id=row.task_id,
                kind=row.kind,
                revision=row.revision,
                created_at=row.created_at,
                updated_at=max(row.created_at, saved_at.get(row.id, row.created_at)),
                body=Body.model_validate(row.body) if with_body else None,
            )
            for row in rows
        ],
        next=following,
    )
    return only(out, wanted)
