"""HTTP of masklets: prompts in, candidates, tracks and masks out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from annotator.records import PromptRecord
from server import access
from server.access import Actor, CurrentActor
from server.db import MAX_INT, Db, in_turn
from server.errors import NotFound, responses
from server.events import topic_guard
from server.masklets import drawing, edit, errors, propose, read, routes_imports, routes_joining, routes_tracks
from server.masklets.effort import effort
from server.masklets.schemas import (
    EffortOut,
    MaskletList,
    MaskletNew,
    MaskletOut,
    MaskletPatch,
    MasksOut,
    ProposalIn,
    ProposalOut,
)
from server.masklets.sofar import Running, masks_so_far, running
from server.parts import Parts
from server.projects.find import ProjectNotFound, find_project
from server.storage.threads import apart
from server.tables.masklets import Masklet, Track, TrackState
from server.tables.projects import Project, Role
from server.tables.tasks import TaskKind
from server.tables.videos import Video
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted, TaskNotFound
from server.tasks.read import find_task
from server.videos import media

router = APIRouter(tags=["masklets"])
router.include_router(routes_tracks.router)
router.include_router(routes_joining.router)
router.include_router(routes_imports.router)

MASKS_AT_ONCE = 256
_HELD = (errors.MaskletNotFound, errors.MaskletSettled, LeaseLost, TaskAlreadySubmitted)


@topic_guard("masklet")
def _masklet_topic(db: Session, who: Actor, masklet_id: UUID) -> bool:
    try:
        edit.find_masklet(db, who, masklet_id)
    except errors.MaskletNotFound:
        return False
    return True


def _out(db: Session, masklet: Masklet) -> MaskletOut:
    return read.masklet_outs(db, [masklet])[0]


@router.get("/tasks/{task_id}/masklets", responses=responses(TaskNotFound))
def list_masklets(task_id: UUID, db: Db, who: CurrentActor) -> MaskletList:
    """The masklets that a task is about."""
    task = find_task(db, who, task_id)
    return MaskletList(items=read.masklet_outs(db, read.masklets_of(db, task)))


@router.post(
    "/tasks/{task_id}/masklets",
    status_code=201,
    responses=responses(TaskNotFound, errors.NotASubjectTask, LeaseLost, TaskAlreadySubmitted),
)
def create_masklet(task_id: UUID, new: MaskletNew, db: Db, who: CurrentActor) -> MaskletOut:
    """Choose a subject, in a subject task that I hold."""
    task = find_task(db, who, task_id, lock=True)
    return _out(db, edit.create_masklet(db, task, who.user, new.label))


@router.patch("/masklets/{masklet_id}", responses=responses(*_HELD))
def patch_masklet(masklet_id: UUID, patch: MaskletPatch, db: Db, who: CurrentActor) -> MaskletOut:
    """Name the subject."""
    masklet = edit.held_masklet(db, who, masklet_id)
    masklet.label = patch.label
    db.flush()
    return _out(db, masklet)


@router.delete("/masklets/{masklet_id}", status_code=204, responses=responses(*_HELD, errors.NotASubjectTask))
def remove_masklet(masklet_id: UUID, db: Db, who: CurrentActor) -> None:
    """Remove the subject, in its subject task."""
    masklet = edit.held_masklet(db, who, masklet_id)
    task = find_task(db, who, masklet.task_id)
    if task.kind != TaskKind.STC_SUBJECT or task.lease_user_id != who.user.id:
        raise errors.NotASubjectTask
    edit.remove_masklet(db, masklet)


@router.post(
    "/masklets/{masklet_id}/proposals",
    responses=responses(*_HELD, errors.PromptRefused, errors.ProposalLate, errors.ProposalFailed),
)
async def propose_masks(masklet_id: UUID, wanted: ProposalIn, request: Request) -> ProposalOut:
    """Candidate masks for clicks or a box, best first. Waits for the clicks lane; nothing is stored."""

    def ask(db: Session) -> UUID:
        who = access.actor(request, db)
        masklet = edit.held_masklet(db, who, masklet_id)
        record = PromptRecord(picture=wanted.picture, points=wanted.points, box=wanted.box)
        video = db.get_one(Video, masklet.video_id)
        edit.check_record(record, video)
        project = db.get_one(Project, masklet.project_id)
        return propose.ask(
            db,
            video=video,
            project_id=project.id,
            user_id=who.user.id,
            propagator=project.propagator,
            record=record,
        )

    return await propose.answer(request.app.state.parts, await in_turn(request, ask))


@router.post(
    "/masklets/{masklet_id}/drawings",
    responses=responses(*_HELD, errors.PromptRefused, drawing.DrawingRefused, drawing.DrawingsWait),
)
async def draw_mask(masklet_id: UUID, wanted: drawing.DrawingIn, request: Request) -> drawing.DrawingOut:
    """The mask that brush strokes, outlines and cleaning lead to, at once. Nothing is stored: put it as a prompt."""

    def size(db: Session) -> tuple[int, int]:
        masklet = edit.held_masklet(db, access.actor(request, db), masklet_id)
        video = db.get_one(Video, masklet.video_id)
        edit.check_record(PromptRecord(picture=wanted.picture, absent=True), video)
        return video.height or 0, video.width or 0

    # No transaction is open while this computes.
    return await drawing.draw_in_turn(wanted, *await in_turn(request, size))


@router.get("/projects/{project_id}/effort", responses=responses(ProjectNotFound, access.RoleTooLow))
def read_effort(project_id: UUID, db: Db, who: CurrentActor) -> EffortOut:
    """What masklets cost people: seconds a frame, edited frames, clicks. For leads."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    return effort(db, project)


@router.put(
    "/masklets/{masklet_id}/prompts/{picture}",
    responses=responses(*_HELD, errors.PromptRefused, errors.PictureLocked),
)
def put_prompt(masklet_id: UUID, picture: int, record: PromptRecord, db: Db, who: CurrentActor) -> MaskletOut:
    """Keep what I gave on a picture. The track is stale until it is computed again."""
    masklet = edit.held_masklet(db, who, masklet_id)
    if record.picture != picture:
        raise errors.PromptRefused(f"The prompt is for picture {record.picture}, not {picture}.", field="picture")
    edit.put_prompt(db, masklet, record, who.user)
    return _out(db, masklet)


@router.delete("/masklets/{masklet_id}/prompts/{picture}", responses=responses(*_HELD, errors.PictureLocked, NotFound))
def delete_prompt(
    masklet_id: UUID, picture: Annotated[int, Path(ge=0, le=MAX_INT)], db: Db, who: CurrentActor
) -> MaskletOut:
    """Take a prompt back."""
    masklet = edit.held_masklet(db, who, masklet_id)
    edit.delete_prompt(db, masklet, picture)
    return _out(db, masklet)


@router.get(
    "/masklets/{masklet_id}/masks",
    response_model=MasksOut,
    responses=responses(errors.MaskletNotFound, errors.TrackNotFound),
)
async def read_masks(
    masklet_id: UUID,
    request: Request,
    *,
    start: Annotated[int, Query(ge=0)] = 0,
    stop: Annotated[int | None, Query(ge=0)] = None,
    wanted: Annotated[UUID | None, Query(alias="track")] = None,
) -> Response:
    """The masks of the pictures start … stop-1 (at most 256), of the masklet's track or of another one.

    Of one that is running, those that it has until now: listen to its events first, then nothing is missed.
    """

    def find(db: Session) -> Track | Running:
        masklet = edit.find_masklet(db, access.actor(request, db), masklet_id)
        track_id = wanted or masklet.current_track_id
        row = db.get(Track, track_id) if track_id else None
        if row is None or row.masklet_id != masklet.id:
            raise errors.TrackNotFound
        if row.state == TrackState.RUNNING:
            return running(db, row)
        if row.file_key is None:
            raise errors.TrackNotFound
        return row

    # No transaction is open while the store is read: it may hang.
    row = await in_turn(request, find, writing=False)
    parts: Parts = request.app.state.parts
    end = min(start + MASKS_AT_ONCE, stop if stop is not None else start + MASKS_AT_ONCE)
    if isinstance(row, Running):
        so_far = await apart(lambda: masks_so_far(parts, row, start, end).model_dump_json())
        return Response(so_far, media_type="application/json", headers={"Cache-Control": "no-store"})
    assert row.file_key is not None
    # By the file, not by the track: one that was stopped and is tried again gets another.
    etag = media.tag(f"{row.id}-{row.file_key.rpartition('/')[2]}-{start}-{end}")
    # Without `track` the same address shows the next track later: then it must be asked again.
    cache = media.IMMUTABLE if wanted is not None and row.state == TrackState.DONE else "private, no-cache"
    known = media.not_modified(request, etag, cache)
    if known is not None:
        return known
    out = await apart(lambda: read.masks_out(parts.storage, row, start, end).model_dump_json())
    headers = {"ETag": etag, "Cache-Control": cache}
    return Response(out, media_type="application/json", headers=headers)
