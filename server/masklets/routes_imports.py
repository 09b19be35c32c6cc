"""HTTP of imports: a foreign file comes as the body, is written to scratch, looked at, and made into masklets."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from annotator.formats.sources import Format
from server import access
from server.access import RoleTooLow
from server.db import MAX_INT
from server.errors import responses
from server.masklets.imports import ImportRefused, Wanted, import_masklets
from server.masklets.schemas_imports import MaskletImportOut
from server.parts import Parts
from server.projects.find import ProjectNotFound, find_project
from server.received import takes_file
from server.storage import StorageFull, full_disk
from server.tables.projects import Role
from server.videos.errors import UploadTooLarge
from server.videos.store import plain_name

router = APIRouter()

_PIECE = 1 << 20
_ANY_SIZE = 1 << 50
"""The settings' limit of a file is kept while it comes; the router's is one of a body in memory."""


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


def _asked(
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
    with parts.database.begin() as db:
        who = access.actor(request, db)
        project, _ = find_project(db, who, project_id, Role.LEAD)
        return _Asked(parts, project.id, who.id, kind, name, video_id, first_frame)


async def _file(request: Request, asked: Annotated[_Asked, Depends(_asked)]) -> AsyncIterator[Wanted]:
    """The body as a file of a folder that goes when the answer is made. UploadTooLarge or StorageFull."""
    settings = asked.parts.settings
    name = plain_name(asked.name)
    place = settings.data_folder / "scratch"
    with full_disk(name):
        place.mkdir(parents=True, exist_ok=True)
        # What a crash leaves is swept like the scratch of jobs.
        folder = tempfile.TemporaryDirectory(prefix="job-import-", dir=place, ignore_cleanup_errors=True)
    with folder as root:
        path, scratch = Path(root) / "file" / name, Path(root) / "unpacked"
        path.parent.mkdir()
        scratch.mkdir()
        with full_disk(name), path.open("wb") as file:
            size, waiting = 0, bytearray()
            async for piece in request.stream():
                size += len(piece)
                if size > settings.max_upload_bytes:
                    raise UploadTooLarge(f"{name} is larger than {settings.max_upload_bytes} bytes.", field="file")
                waiting += piece
                if len(waiting) >= _PIECE:
                    await run_in_threadpool(file.write, bytes(waiting))
                    waiting.clear()
            await run_in_threadpool(file.write, bytes(waiting))
        yield Wanted(
            project_id=asked.project_id,
            user_id=asked.user_id,
            kind=asked.kind,
            path=path,
            scratch=scratch,
            video_id=asked.video_id,
            first_frame=asked.first_frame,
        )


@router.post(
    "/projects/{project_id}/masklet-imports",
    responses=responses(ProjectNotFound, RoleTooLow, ImportRefused, UploadTooLarge, StorageFull),
    max_body_size=_ANY_SIZE,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
@takes_file
def import_masklet_file(
    request: Request,
    wanted: Annotated[Wanted, Depends(_file, scope="function")],
    *,
    dry_run: Annotated[bool, Query(description="Only tell what would come, and change nothing.")] = True,
) -> MaskletImportOut:
    """Make masklets of a file from elsewhere, or say what would come. All of a file or nothing. Leads only.

    The body is the file: SA-V or COCO JSON (or a zip of them), a zip of DAVIS or YouTube-VOS pictures, MOTS text or a
    zip of its pictures. Bringing the same masks again makes nothing twice.
    """
    parts: Parts = request.app.state.parts
    return import_masklets(parts, wanted, dry_run=dry_run)
