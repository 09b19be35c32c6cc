"""HTTP of tracks: follow, stop, versions and locks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from server.access import CurrentActor
from server.db import MAX_INT, Db
from server.errors import responses
from server.masklets import edit, errors, locks, read, track, versions
from server.masklets.schemas import LocksIn, MaskletOut, TrackIn, TrackList, TrackOut
from server.tables.masklets import Track
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted

router = APIRouter()

_HELD = (errors.MaskletNotFound, errors.MaskletSettled, LeaseLost, TaskAlreadySubmitted)


@router.get("/masklets/{masklet_id}/tracks", responses=responses(errors.MaskletNotFound))
def list_tracks(
    masklet_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> TrackList:
    """The versions of the masks, the newest first."""
    return read.track_outs(db, edit.find_masklet(db, who, masklet_id), cursor, limit)


@router.post(
    "/masklets/{masklet_id}/tracks",
    status_code=202,
    responses=responses(*_HELD, errors.NothingToTrack, errors.RangeRefused),
)
def start_track(masklet_id: UUID, db: Db, who: CurrentActor, wanted: TrackIn | None = None) -> TrackOut:
    """Follow the subject through the whole video, or what is asked for. Only what follows from changed prompts or locks
    is followed, the rest is copied. The track that is there is given back when there is nothing to do."""
    masklet = edit.held_masklet(db, who, masklet_id)
    return read.fresh_track_out(db, track.start_track(db, masklet, who.user, wanted))


@router.post(
    "/masklets/{masklet_id}/tracks/{version}/restore",
    responses=responses(*_HELD, errors.TrackNotFound, errors.VersionRefused),
)
def restore_track(
    masklet_id: UUID, version: Annotated[int, Path(ge=1, le=MAX_INT)], db: Db, who: CurrentActor
) -> MaskletOut:
    """Take up masks, prompts and locks of an older version, as a new version. Restoring another one undoes it."""
    masklet = edit.held_masklet(db, who, masklet_id)
    versions.restore(db, masklet, version, who.user)
    return read.masklet_outs(db, [masklet])[0]


@router.put("/masklets/{masklet_id}/locks", responses=responses(*_HELD, errors.LockRefused, errors.NothingToLock))
def put_locks(masklet_id: UUID, wanted: LocksIn, db: Db, who: CurrentActor) -> MaskletOut:
    """Lock exactly these spans: no new track changes their masks, and what is beside them is followed from them."""
    masklet = edit.held_masklet(db, who, masklet_id)
    locks.put_locks(db, masklet, wanted.spans, who.user)
    return read.masklet_outs(db, [masklet])[0]


@router.post("/tracks/{track_id}/cancel", status_code=202, responses=responses(*_HELD, errors.TrackNotFound))
def cancel_track(track_id: UUID, db: Db, who: CurrentActor) -> TrackOut:
    """Stop following. Finished stretches are kept for the next track."""
    row = db.get(Track, track_id)
    if row is None:
        raise errors.TrackNotFound
    try:
        edit.held_masklet(db, who, row.masklet_id)
    except errors.MaskletNotFound as error:
        raise errors.TrackNotFound from error  # whether a foreign track exists is nobody's business
    track.end_track(db, row)
    db.refresh(row)
    return read.fresh_track_out(db, row)
