"""HTTP of splitting and merging masklets."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session

from server import access
from server.db import in_turn
from server.errors import responses
from server.masklets import errors, joining, read
from server.masklets.schemas import MaskletList, MaskletOut, MergeIn, SplitIn
from server.storage.threads import apart
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted

router = APIRouter()

_HELD = (
    errors.MaskletNotFound,
    errors.MaskletSettled,
    errors.NotASubjectTask,
    errors.NotFollowed,
    errors.ChangedMeanwhile,
    LeaseLost,
    TaskAlreadySubmitted,
)


@router.post("/masklets/{masklet_id}/split", responses=responses(*_HELD, errors.SplitRefused))
async def split_masklet(masklet_id: UUID, wanted: SplitIn, request: Request) -> MaskletList:
    """Make what is on `picture` and after it a new subject, in the subject task that I hold. Gives both."""

    def store(db: Session) -> MaskletList:
        both = joining.store_split(db, access.actor(request, db), seen, written, wanted)
        return MaskletList(items=read.masklet_outs(db, both))

    # No transaction is open while masks are copied.
    seen = await in_turn(request, lambda db: joining.look(db, access.actor(request, db), masklet_id))
    storage = request.app.state.parts.storage
    written = await apart(partial(joining.write_split, storage, seen, wanted.picture))
    return await in_turn(request, store)


@router.post("/masklets/{masklet_id}/merge", responses=responses(*_HELD, errors.MergeRefused, errors.MergeLocked))
async def merge_masklets(masklet_id: UUID, wanted: MergeIn, request: Request) -> MaskletOut:
    """Add the masks of another subject of the task that I hold to this one; the other one is removed."""

    def look(db: Session) -> tuple[joining.Seen, joining.Seen]:
        return joining.look_at_both(db, access.actor(request, db), masklet_id, wanted.other_id)

    def store(db: Session) -> MaskletOut:
        masklet = joining.store_merge(db, access.actor(request, db), both, written)
        return read.masklet_outs(db, [masklet])[0]

    both = await in_turn(request, look)
    written = await apart(partial(joining.write_merge, request.app.state.parts.storage, *both))
    return await in_turn(request, store)
