"""HTTP of imports: a foreign file comes as the body, is written to scratch, looked at, and made into masklets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from annotator.formats.sources import Format
from server import access
from server.access import RoleTooLow
from server.db import MAX_INT, in_turn
from server.errors import responses
from server.masklets.foreign import ImportRefused, Wanted
from server.masklets.import_body import ANY_SIZE, BODY, body_file
from server.masklets.import_turn import ImportRuns, turn_of
from server.masklets.imports import look
from server.masklets.schemas_imports import MaskletImportOut
from server.parts import Parts
from server.projects.find import ProjectNotFound, find_project
from server.received import takes_file
from server.storage import StorageFull
from server.tables.projects import Role
from server.videos.errors import UploadTooLarge
from server.videos.store import plain_name

router = APIRouter()

MAX_BYTES = 2 << 30
"""Of a file, where the site's own limit is not lower."""
SECONDS = 600.0
"""How long a file may take to read."""


@dataclass(frozen=True)
class _Asked:
    """What was asked for, by whom: decided before a byte of the file is read."""

    parts: Parts
    project_id: UUID
    user_id: UUID
    kind: Format
    name: str
    video_id: UUID | None
    first_frame: int | None


async def _asked(
    request: Request,
    project_id: UUID,
    kind: Annotated[Format, Query(alias="format", description="What the file is.")],
    *,
    name: Annotated[
        str, Query(max_length=300, description="The file's name: videos are found by it where it is all there is.")
    ] = "",
    video_id: Annotated[
        UUID | None, Query(description="The video that the file is about; without: by the names in the file.")
    ] = None,
    first_frame: Annotated[
        int | None, Query(ge=0, le=MAX_INT, description="Number of the file's first frame: 0, and 1 for MOTS.")
    ] = None,
) -> _Asked:
    parts: Parts = request.app.state.parts
    user_id = await in_turn(request, partial(_lead, request, project_id))
    return _Asked(parts, project_id, user_id, kind, name, video_id, first_frame)


def _lead(request: Request, project_id: UUID, db: Session) -> UUID:
    """Who asks; ProjectNotFound or RoleTooLow for everybody but leads."""
    who = access.actor(request, db)
    find_project(db, who, project_id, Role.LEAD)
    return who.id


async def _file(request: Request, asked: Annotated[_Asked, Depends(_asked)]) -> AsyncIterator[Wanted]:
    """The body as a file of a folder that goes when the answer is made. ImportRuns, UploadTooLarge or StorageFull."""
    async with turn_of(request, asked.project_id):
        name = plain_name(asked.name)
        most = min(asked.parts.settings.max_upload_bytes, MAX_BYTES)
        async with body_file(request, asked.parts.settings, name, most) as path:
            scratch = path.parent.parent / "unpacked"
            scratch.mkdir()
            yield Wanted(
                project_id=asked.project_id,
                user_id=asked.user_id,
                kind=asked.kind,
                path=path,
                scratch=scratch,
                video_id=asked.video_id,
                first_frame=asked.first_frame,
                name=name,
                seconds=SECONDS,
            )


@router.post(
    "/projects/{project_id}/masklet-imports",
    responses=responses(ProjectNotFound, RoleTooLow, ImportRefused, ImportRuns, UploadTooLarge, StorageFull),
    max_body_size=ANY_SIZE,
    openapi_extra=BODY,
)
@takes_file
async def import_masklet_file(
    request: Request,
    wanted: Annotated[Wanted, Depends(_file, scope="function")],
    *,
    dry_run: Annotated[bool, Query(description="Only tell what would come, and change nothing.")] = True,
) -> MaskletImportOut:
    """Make masklets of a file from elsewhere, or say what would come. All of a file or nothing. Leads only.

    The body is the file: SA-V or COCO JSON (or a zip of them), a zip of DAVIS or YouTube-VOS pictures, MOTS text or a
    zip of its pictures. Bringing the same masks again makes nothing twice.
    """
    found = await run_in_threadpool(look, request.app.state.parts, wanted, dry_run=dry_run)

    def make(db: Session) -> None:
        _lead(request, wanted.project_id, db)  # a large file takes its time: they may be no lead any more
        found.make(db)

    if not dry_run:
        await in_turn(request, make)
    return await run_in_threadpool(found.report)
