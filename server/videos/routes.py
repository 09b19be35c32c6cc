"""HTTP of videos: uploads in pieces, lists, and the media themselves with fixed types."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from server import access
from server.access import CurrentActor, RoleTooLow
from server.db import Db, Page, in_turn, page
from server.errors import RangeNotSatisfiable, responses
from server.events import topic_guard
from server.parts import Parts
from server.projects.find import ProjectNotFound, find_project
from server.storage import StorageFull, full_disk
from server.storage.threads import apart
from server.tables.projects import Role
from server.tables.tasks import Task, TaskState
from server.tables.videos import ProjectVideo, Segment, Upload, UploadState, Video, VideoState
from server.videos import errors, fetch_routes, media, read, segment_routes, store, upload
from server.videos.quota import check_quota
from server.videos.readers import readers_of
from server.videos.schemas import FramesOut, UploadFinish, UploadNew, UploadOut, VideoOut

router = APIRouter(tags=["videos"])
router.include_router(segment_routes.router)
router.include_router(fetch_routes.router)

_UPLOADS = (errors.UploadNotFound, errors.OffsetDiffers, errors.UploadFinished, errors.UploadTooLarge, StorageFull)
_MEDIA = responses(errors.VideoNotFound, errors.VideoNotReady, RangeNotSatisfiable)


@topic_guard("video")
def _video_topic(db: Session, who: access.Actor, video_id: UUID) -> bool:
    try:
        read.find_video(db, who, video_id)
    except errors.VideoNotFound:
        return False
    return True


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _upload_out(parts: Parts, row: Upload) -> UploadOut:
    return UploadOut(id=row.id, name=row.name, size=row.size, received=upload.standing(parts.settings, row))


async def _raw(request: Request) -> bytes:
    """The bytes of the body, whatever type the client says they are."""
    return await request.body()


@router.post(
    "/projects/{project_id}/uploads",
    status_code=201,
    responses=responses(ProjectNotFound, RoleTooLow, errors.UploadTooLarge, errors.QuotaExceeded),
)
def begin_upload(project_id: UUID, new: UploadNew, db: Db, who: CurrentActor, request: Request) -> UploadOut:
    """Announce a file. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    parts = _parts(request)
    row = upload.begin_upload(
        db, parts.settings, project_id=project.id, name=new.name, size=new.size, user_id=who.user.id
    )
    return _upload_out(parts, row)


@router.get("/uploads/{upload_id}", responses=responses(errors.UploadNotFound))
def read_upload(upload_id: UUID, db: Db, who: CurrentActor, request: Request) -> UploadOut:
    """Where an upload stands: go on from `received`."""
    return _upload_out(_parts(request), upload.find_upload(db, who, upload_id))


@router.patch(
    "/uploads/{upload_id}",
    responses=responses(*_UPLOADS),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def append_upload(
    upload_id: UUID, offset: Annotated[int, Query(ge=0)], piece: Annotated[bytes, Depends(_raw)], request: Request
) -> UploadOut:
    """Append a piece at `offset`; 409 with `received` when the upload stands elsewhere."""
    parts = _parts(request)
    # Two short transactions around the writing of the bytes: nobody waits for this disk.
    with parts.database.begin() as db:
        row = upload.find_upload(db, access.actor(request, db), upload_id)
    with full_disk(row.name), upload.locked_part(parts.settings, upload_id) as file:
        with parts.database.read() as db:
            row = upload.held_upload(db, parts.settings, upload_id)
        received = upload.append(parts.settings, row, file, offset, piece)
        with parts.database.begin() as db:
            upload.record_received(db, upload_id, received)
    return UploadOut(id=row.id, name=row.name, size=row.size, received=received)


@router.post(
    "/uploads/{upload_id}/finish",
    responses=responses(*_UPLOADS, errors.UploadIncomplete, errors.HashDiffers, errors.QuotaExceeded),
)
def finish_upload(upload_id: UUID, request: Request, finish: UploadFinish | None = None) -> VideoOut:
    """All bytes were sent: check them, store them under their hash, start the import.

    Asking again after a lost answer gives the same video again.
    """
    parts = _parts(request)
    with parts.database.begin() as db:
        row = upload.find_upload(db, access.actor(request, db), upload_id)
    with upload.locked_part(parts.settings, upload_id):
        with parts.database.read() as db:
            row = upload.held_upload(db, parts.settings, upload_id)
            done = db.get(Video, row.video_id) if row.video_id is not None else None
            if done is not None:
                upload.part_path(parts.settings, upload_id).unlink(missing_ok=True)  # taking the lock made it anew
                _check_hash(row, done.sha256, finish)
                return read.video_outs(db, [(done, row.name)])[0]
        upload.check_whole(parts.settings, row)
        path = upload.part_path(parts.settings, upload_id)
        sha256 = store.hash_file(path)
        _check_hash(row, sha256, finish)
        with parts.database.begin() as db:
            # Before the bytes are kept; add_video decides.
            check_quota(db, parts.settings, row.project_id, name=row.name, size=row.size, sha256=sha256)
        content = store.store_content(parts.storage, path, row.name, sha256)
        with parts.database.begin() as db:
            row = db.get_one(Upload, upload_id)
            row.state, row.received = UploadState.DONE, row.size
            video = store.add_video(
                db, parts.settings, content, project_id=row.project_id, name=row.name, user_id=row.created_by
            )
            row.video_id = video.id
            out = read.video_outs(db, [(video, row.name)])[0]
        path.unlink(missing_ok=True)
    return out


def _check_hash(row: Upload, sha256: str, finish: UploadFinish | None) -> None:
    if finish is not None and finish.sha256 not in (None, sha256):
        raise errors.HashDiffers(f"{row.name}: its SHA-256 is {sha256}.", field="sha256")


@router.get("/projects/{project_id}/videos", responses=responses(ProjectNotFound))
def list_videos(
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    *,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[VideoOut]:
    """The videos of a project, in the order they came."""
    project, _ = find_project(db, who, project_id)
    links, following = page(
        db, select(ProjectVideo).where(ProjectVideo.project_id == project.id), [ProjectVideo.id], cursor=cursor,
        limit=limit,
    )  # fmt: skip
    videos = {v.id: v for v in db.scalars(select(Video).where(Video.id.in_([link.video_id for link in links])))}
    flags = {link.video_id: link.flag_reason for link in links}
    named = [(videos[link.video_id], link.name) for link in links]
    return Page(items=read.video_outs(db, named, flags), next=following)


@router.get("/videos/{video_id}", responses=responses(errors.VideoNotFound))
def read_video(video_id: UUID, db: Db, who: CurrentActor) -> VideoOut:
    """One video."""
    video = read.find_video(db, who, video_id)
    return read.video_outs(db, [(video, read.name_for(db, who, video))])[0]


@router.delete(
    "/projects/{project_id}/videos/{video_id}",
    status_code=204,
    responses=responses(ProjectNotFound, RoleTooLow, errors.VideoNotFound, errors.VideoInUse),
)
def remove_video(project_id: UUID, video_id: UUID, db: Db, who: CurrentActor) -> None:
    """Take a video out of the project, as long as nobody worked on it. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    link = db.scalar(
        select(ProjectVideo)
        .where(ProjectVideo.project_id == project.id, ProjectVideo.video_id == video_id)
        .with_for_update()  # before its tasks, as everybody does (server/tasks/locking.py)
    )
    if link is None:
        raise errors.VideoNotFound
    here = (Task.project_id == project.id, Task.video_id == video_id)
    if db.scalar(select(exists().where(*here, (Task.state != TaskState.READY) | (Task.active_seconds > 0)))):
        raise errors.VideoInUse
    if db.scalar(select(exists().where(Segment.project_id == project.id, Segment.video_id == video_id))):
        raise errors.VideoInUse("Segments were cut from this video: it stays in the project.")
    for task in db.scalars(select(Task).where(*here)):
        db.delete(task)
    db.delete(link)


@router.post(
    "/projects/{project_id}/videos/{video_id}/retry",
    status_code=202,
    responses=responses(ProjectNotFound, RoleTooLow, errors.VideoNotFound),
)
def retry_import(project_id: UUID, video_id: UUID, db: Db, who: CurrentActor) -> VideoOut:
    """Import a refused or failed video once more. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    linked = exists().where(ProjectVideo.project_id == project.id, ProjectVideo.video_id == video_id)
    if not db.scalar(select(linked)):
        raise errors.VideoNotFound
    video = read.find_video(db, who, video_id)
    if video.state != VideoState.READY:
        store.start_ingest(db, video, project_id=project.id, user_id=who.user.id)
    return read.video_outs(db, [(video, read.name_for(db, who, video))])[0]


@router.head("/videos/{video_id}/frames", include_in_schema=False)
@router.get("/videos/{video_id}/frames", response_model=FramesOut, responses=_MEDIA)
async def read_frames(video_id: UUID, request: Request) -> Response:
    """The frame table and the grid. Never changes."""
    video = await _ready(request, video_id)
    return await _serve(request, video, video.frames_key, "application/json", "frames")


@router.head("/videos/{video_id}/proxy.mp4", include_in_schema=False)
@router.get("/videos/{video_id}/proxy.mp4", response_class=Response, responses=_MEDIA)
async def read_proxy(video_id: UUID, request: Request) -> Response:
    """The video for the browser, whole or by range. Never changes."""
    video = await _ready(request, video_id)
    return await _serve(request, video, video.proxy_key, "video/mp4", "proxy")


@router.head("/videos/{video_id}/thumbnails.jpg", include_in_schema=False)
@router.get("/videos/{video_id}/thumbnails.jpg", response_class=Response, responses=_MEDIA)
async def read_thumbnails(video_id: UUID, request: Request) -> Response:
    """The sprite sheet of thumbnails."""
    video = await _ready(request, video_id)
    return await _serve(request, video, video.thumbnails_key, "image/jpeg", "thumbnails")


async def _ready(request: Request, video_id: UUID) -> Video:
    """A video that may be watched. Its files are read when no transaction is open any more: the store may hang."""

    def find(db: Session) -> Video:
        return read.find_ready(db, access.actor(request, db), video_id)

    return await in_turn(request, find, writing=False)


async def _serve(request: Request, video: Video, key: str | None, media_type: str, what: str) -> Response:
    if key is None:
        raise errors.VideoNotReady
    etag = media.tag(f"{video.sha256[:32]}-{what}")
    return await media.serve(request, _parts(request).storage, key, media_type=media_type, etag=etag)


@router.get(
    "/videos/{video_id}/pictures/{picture}.jpg",
    response_class=Response,
    responses=responses(errors.VideoNotFound, errors.VideoNotReady, errors.PictureNotFound),
)
async def read_picture(
    video_id: UUID, picture: int, request: Request, *, quality: Annotated[int, Query(ge=1, le=100)] = 85
) -> Response:
    """One exact picture as JPEG, in proxy pixels."""
    video = await _ready(request, video_id)
    if video.pictures is None or not 0 <= picture < video.pictures:
        last = (video.pictures or 0) - 1
        raise errors.PictureNotFound(
            f"Picture {picture} does not exist: {video.name} has 0 to {last}.", field="picture"
        )
    etag = media.tag(f"{video.sha256[:32]}-{picture}-{quality}")
    known = media.not_modified(request, etag)
    if known is not None:
        return known

    def drawn() -> bytes:
        with readers_of(_parts(request).storage).open(video) as reader:
            return reader.jpeg(picture, quality)

    data = await apart(drawn)
    headers = {"ETag": etag, "Cache-Control": media.IMMUTABLE, "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="image/jpeg", headers=headers)
