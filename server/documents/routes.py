"""HTTP of documents: open, save edits, hand in, and what to see beside them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.records import Body
from server.access import Actor, CurrentActor, RoleTooLow, actor, require
from server.db import Db, Page, in_turn, makes_on_read, page
from server.documents import beside, listing, look, routes_captions, sheet
from server.documents.errors import (
    DecideInstead,
    DocumentNotFound,
    NoTrackYet,
    OperationsRefused,
    OwnCopyOpen,
    RevisionConflict,
    RevisionMissing,
    SheetsWait,
    VersionNotFound,
    WorkUnfinished,
)
from server.documents.load import document_of, holds, open_document, problems_of, visible_task
from server.documents.save import save
from server.documents.schemas import BesideOut, ContextOut, DocumentOut, LogEntry, PreviewOut, SaveIn, SaveOut, SubmitIn
from server.documents.submit import submit
from server.documents.surroundings import context_of
from server.errors import responses
from server.storage import Storage
from server.tables.documents import Document, DocumentOperation
from server.tables.masklets import Track
from server.tables.projects import Role
from server.tables.tasks import Task
from server.tables.videos import Video
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted, TaskNotFound
from server.tasks.read import find_task, task_out
from server.tasks.schemas import TaskOut
from server.videos import media

router = APIRouter(tags=["documents"])
router.include_router(routes_captions.router)
router.include_router(listing.router)


def _storage(request: Request) -> Storage:
    storage: Storage = request.app.state.parts.storage
    return storage


def _of(session: Session, who: Actor, document_id: UUID) -> tuple[Document, Task]:
    """A document with its task, when the person may see its work."""
    document = session.get(Document, document_id)
    if document is None:
        raise DocumentNotFound
    try:
        task = visible_task(session, who, document.task_id)
    except TaskNotFound as error:
        raise DocumentNotFound from error
    return document, task


@router.get("/tasks/{task_id}/document", responses=responses(TaskNotFound, DocumentNotFound))
@makes_on_read
def read_document(task_id: UUID, db: Db, who: CurrentActor, request: Request) -> DocumentOut:
    """The work of a task. The first look of whoever holds it makes it."""
    task = visible_task(db, who, task_id)
    document = open_document(db, task, who.id)
    return DocumentOut(
        id=document.id,
        task_id=task.id,
        kind=document.kind,
        revision=document.revision,
        body=Body.model_validate(document.body),
        problems=problems_of(db, _storage(request), task, document),
        read_only=not holds(task, who.id),
    )


@router.patch(
    "/documents/{document_id}",
    responses=responses(
        DocumentNotFound, RevisionMissing, RevisionConflict, OperationsRefused, LeaseLost, TaskAlreadySubmitted
    ),
)
def save_document(  # noqa: PLR0917 - FastAPI passes them by name
    document_id: UUID,
    edits: SaveIn,
    db: Db,
    who: CurrentActor,
    request: Request,
    if_match: Annotated[str | None, Header()] = None,
) -> SaveOut:
    """Save edits on top of the revision that I have seen. Sending them again is harmless."""
    seen = _revision(if_match)
    saved = save(db, _storage(request), document_id, who, seen=seen, operations=edits.operations)
    return SaveOut(revision=saved.revision, problems=saved.problems)


def _revision(if_match: str | None) -> int:
    text = (if_match or "").strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise RevisionMissing(field="If-Match")
    return int(text)


@router.post(
    "/tasks/{task_id}/submit",
    responses=responses(
        TaskNotFound, DocumentNotFound, RevisionConflict, WorkUnfinished, LeaseLost, TaskAlreadySubmitted, DecideInstead
    ),
)
def submit_task(task_id: UUID, seen: SubmitIn, db: Db, who: CurrentActor, request: Request) -> TaskOut:
    """Hand my task in: what I saw is frozen, and the next step opens."""
    task = find_task(db, who, task_id, steps=True)
    submit(db, _storage(request), task, who, seen.revision)
    return task_out(db, task, who.user)


@router.get("/documents/{document_id}/operations", responses=responses(DocumentNotFound, RoleTooLow))
def read_operations(
    document_id: UUID,
    db: Db,
    who: CurrentActor,
    *,
    newest_first: bool = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
) -> Page[LogEntry]:
    """Every edit with who and when, oldest first unless asked otherwise. Reviewers and leads only."""
    document, task = _of(db, who, document_id)
    require(db, who, task.project_id, Role.REVIEWER)
    statement = select(DocumentOperation).where(DocumentOperation.document_id == document.id)
    keys = [DocumentOperation.revision]
    rows, following = page(db, statement, keys, cursor=cursor, limit=limit, newest_first=newest_first)
    return Page(items=look.log(db, rows), next=following)


@router.get(
    "/tasks/{task_id}/beside",
    responses=responses(TaskNotFound, RoleTooLow, OwnCopyOpen, VersionNotFound),
)
def read_beside(
    task_id: UUID, db: Db, who: CurrentActor, *, left: UUID | None = None, right: UUID | None = None
) -> BesideOut:
    """Two documents of the same work: copies by different people, or what two steps or tries handed in.

    `left` and `right` are of its `versions`; without them, those that are worth a look first. Reviewers and leads only.
    """
    return beside.beside(db, find_task(db, who, task_id, Role.REVIEWER), who, left, right)


@router.get("/tasks/{task_id}/preview", responses=responses(TaskNotFound, DocumentNotFound))
def read_preview(task_id: UUID, db: Db, who: CurrentActor, request: Request) -> PreviewOut:
    """What the trainer would read of the draft."""
    task = visible_task(db, who, task_id)
    document = document_of(db, task)
    if document is None:
        raise DocumentNotFound("Nobody has begun this task.")
    return look.preview(Body.model_validate(document.body), context_of(db, _storage(request), task, document))


@router.get(
    "/tasks/{task_id}/preview.jpg",
    response_class=Response,
    responses=responses(TaskNotFound, NoTrackYet, SheetsWait),
)
async def read_sheet(task_id: UUID, request: Request) -> Response:
    """The frames that the trainer would show the model, with the subject's red box on each, eight in a row."""

    def shown(db: Session) -> tuple[Video, Track]:
        task = visible_task(db, actor(request, db), task_id)
        track = sheet.track_of(db, task)
        if track is None or track.file_key is None:
            raise NoTrackYet
        return db.get_one(Video, task.video_id), track

    # No transaction is open while this draws: it takes seconds, and connections are few.
    video, track = await in_turn(request, shown, writing=False)
    etag = media.tag(f"sheet-{track.id}")
    cache = "private, no-cache"
    known = media.not_modified(request, etag, cache)
    if known is not None:
        return known
    data = await sheet.sheet_in_turn(_storage(request), video, track)
    headers = {"ETag": etag, "Cache-Control": cache, "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="image/jpeg", headers=headers)


@router.get("/tasks/{task_id}/context", responses=responses(TaskNotFound))
def read_context(task_id: UUID, db: Db, who: CurrentActor) -> ContextOut:
    """What the steps before this one handed in, what was said about them, and the video's other subjects."""
    task = visible_task(db, who, task_id)
    return look.context(db, task, require(db, who, task.project_id))
