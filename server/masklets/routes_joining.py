"""HTTP of splitting and merging masklets."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request

from server import access
from server.errors import responses
from server.masklets import errors, joining, read
from server.masklets.schemas import MaskletList, MaskletOut, MergeIn, SplitIn
from server.parts import Parts
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
def split_masklet(masklet_id: UUID, wanted: SplitIn, request: Request) -> MaskletList:
    """Make what is on `picture` and after it a new subject, in the subject task that I hold. Gives both."""
    parts: Parts = request.app.state.parts
    # No transaction is open while masks are copied.
    with parts.database.begin() as db:
        seen = joining.look(db, access.actor(request, db), masklet_id)
    written = joining.write_split(parts.storage, seen, wanted.picture)
    with parts.database.begin() as db:
        who = access.actor(request, db)
        both = joining.store_split(db, who, seen, written, wanted)
        return MaskletList(items=read.masklet_outs(db, both))


@router.post("/masklets/{masklet_id}/merge", responses=responses(*_HELD, errors.MergeRefused, errors.MergeLocked))
def merge_masklets(masklet_id: UUID, wanted: MergeIn, request: Request) -> MaskletOut:
    """Add the masks of another subject of the task that I hold to this one; the other one is removed."""
    parts: Parts = request.app.state.parts
    with parts.database.begin() as db:
        both = joining.look_at_both(db, access.actor(request, db), masklet_id, wanted.other_id)
    written = joining.write_merge(parts.storage, *both)
    with parts.database.begin() as db:
        masklet = joining.store_merge(db, access.actor(request, db), both, written)
        return read.masklet_outs(db, [masklet])[0]
