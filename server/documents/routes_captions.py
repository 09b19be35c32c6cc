"""HTTP of imports of captions: a foreign file comes as the body, is looked at, and becomes drafts of caption tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from server import access
from server.access import RoleTooLow
from server.db import in_turn
from server.documents.captioned import Wanted
from server.documents.captions import look
from server.documents.schemas_captions import CaptionFormat, CaptionImportOut
from server.errors import responses
from server.masklets.foreign import ImportRefused
from server.masklets.import_body import ANY_SIZE, BODY, body_file
from server.masklets.import_turn import ImportRuns, turn_of
from server.parts import Parts
from server.projects.find import ProjectNotFound, find_project
from server.received import takes_file
from server.storage import StorageFull
from server.tables.projects import Role
from server.videos.errors import UploadTooLarge
from server.videos.store import plain_name

router = APIRouter()

MAX_BYTES = 64 << 20
"""Of a file: some of the forms are read as a whole."""


def _lead(request: Request, project_id: UUID, db: Session) -> UUID:
    """Who asks; ProjectNotFound or RoleTooLow for everybody but leads."""
    who = access.actor(request, db)
    find_project(db, who, project_id, Role.LEAD)
    return who.id


async def _asked(
    request: Request,
    project_id: UUID,
    kind: Annotated[CaptionFormat, Query(alias="format", description="What the file is.")],
    *,
    name: Annotated[
        str, Query(max_length=300, description="The file's name: WebVTT says by it what it is about.")
    ] = "",
    video_id: Annotated[
        UUID | None, Query(description="The video that the file is about; without: by the names in the file.")
    ] = None,
) -> AsyncIterator[Wanted]:
    """The body as a file of a folder that goes when the answer is made. ImportRuns, UploadTooLarge or StorageFull."""
    parts: Parts = request.app.state.parts
    user_id = await in_turn(request, partial(_lead, request, project_id))
    async with turn_of(request, project_id):
        most = min(parts.settings.max_upload_bytes, MAX_BYTES)
        async with body_file(request, parts.settings, plain_name(name), most) as path:
            yield Wanted(project_id, user_id, kind, path, video_id)


@router.post(
    "/projects/{project_id}/caption-imports",
    responses=responses(ProjectNotFound, RoleTooLow, ImportRefused, ImportRuns, UploadTooLarge, StorageFull),
    max_body_size=ANY_SIZE,
    openapi_extra=BODY,
)
@takes_file
async def import_caption_file(
    request: Request,
    wanted: Annotated[Wanted, Depends(_asked, scope="function")],
    *,
    dry_run: Annotated[bool, Query(description="Only tell what would come, and change nothing.")] = True,
) -> CaptionImportOut:
    """Put captions that others wrote into the drafts of caption tasks, or say what would come. All of a file or
    nothing. Leads only.

    The body is the file. Subjects are found by their masklet's number, else by its label. Work that somebody began is
    never written over, and bringing the same captions again changes nothing.
    """
    found = await run_in_threadpool(look, request.app.state.parts, wanted, dry_run=dry_run)

    def make(db: Session) -> None:
        _lead(request, wanted.project_id, db)  # a large file takes its time: they may be no lead any more
        found.make(db)

    if not dry_run:
        await in_turn(request, make)
    return await run_in_threadpool(found.report)
