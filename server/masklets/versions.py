"""Versions of a masklet's masks: every track is one, and any that came to its end can be taken up again."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.propagate.plan import spans_of
from annotator.records import PromptRecord
from server.events import announce
from server.masklets.edit import decisive, said_anew, unfinished_hash
from server.masklets.errors import TrackNotFound, VersionRefused
from server.masklets.read import Present, fresh_track_out, presents, stale_pictures
from server.masklets.said import records_of
from server.masklets.track import asked_for, end_newest
from server.masklets.work import Asked
from server.tables.accounts import User
from server.tables.masklets import Masklet, Prompt, Track, TrackOrigin, TrackState


def restore(session: Session, masklet: Masklet, version: int, user: User) -> Track:
    """Make masks, prompts and locks of an older version the masklet's again, as a new version of its own.

    What people say now is kept as a version before, where none holds it. A running track is ended. What people's work
    came to stays as it is. Raises TrackNotFound and VersionRefused.
    """
    session.refresh(masklet, with_for_update=True)  # no track may become the masklet's meanwhile
    old = session.scalar(select(Track).where(Track.masklet_id == masklet.id, Track.version == version))
    if old is None:
        raise TrackNotFound(f"This masklet has no version {version}.", field="version")
    if old.state != TrackState.DONE or old.file_key is None:
        what = {
            TrackState.RUNNING: "is still being followed",
            TrackState.CANCELLED: "was cancelled",
            TrackState.FAILED: "failed",
        }.get(old.state, "has no masks")
        raise VersionRefused(f"Version {version} {what}: only a finished one can be restored.", field="version")
    end_newest(session, masklet)
    _keep(session, masklet, user)
    track = Track(
        masklet_id=masklet.id,
        version=_next(session, masklet),
        state=TrackState.DONE,
        file_key=old.file_key,
        propagator=old.propagator,
        prompts_hash=old.prompts_hash,
        prompts=old.prompts,
        locks=old.locks,
        wanted=old.wanted,
        origin=TrackOrigin.RESTORED,
        flags=old.flags,
        created_by=user.id,
        presence=old.presence,
        pictures_done=old.pictures_done,
    )
    session.add(track)
    session.flush()
    _put_back(session, masklet, track, user.id)
    masklet.current_track_id, masklet.locks = track.id, list(old.locks)
    said_anew(session, masklet)
    announce(session, f"masklet:{masklet.id}", "track", fresh_track_out(session, track).model_dump(mode="json"))
    return track


def _next(session: Session, masklet: Masklet) -> int:
    return (session.scalar(select(func.max(Track.version)).where(Track.masklet_id == masklet.id)) or 0) + 1


def _keep(session: Session, masklet: Masklet, user: User) -> None:
    """Prompts and locks of no finished version become one, with the masks that are shown and what of them is outdated:
    also those of a track that was ended, so that whatever is put in their place can be undone."""
    assert masklet.current_track_id is not None  # a finished version is there
    current = session.get_one(Track, masklet.current_track_id)
    now = presents(session, [masklet], [current])[masklet.id]
    finished = select(Track.prompts_hash, Track.wanted).where(
        Track.masklet_id == masklet.id, Track.state == TrackState.DONE, Track.file_key.is_not(None)
    )
    held = (
        hashed == unfinished_hash(now.hashed, (wanted or {}).get("left", ()))
        for hashed, wanted in session.execute(finished)
    )
    if not (now.said.prompts or masklet.locks) or any(held):
        return
    shown_again(session, current, now, user)


def shown_again(session: Session, current: Track, now: Present, user: User) -> Track:
    """A finished version of what people say now, with the masks that are shown, whatever of them it outdates."""
    masklet, left = now.masklet, spans_of(stale_pictures(current, now))
    track = Track(
        masklet_id=masklet.id,
        version=_next(session, masklet),
        state=TrackState.DONE,
        file_key=current.file_key,
        propagator=current.propagator,
        prompts_hash=unfinished_hash(now.hashed, left),
        prompts={str(record.picture): decisive(record) for record in now.said.prompts},
        locks=list(masklet.locks),
        wanted=asked_for(Asked(0, now.count - 1), now.count, left),
        origin=current.origin,
        flags=current.flags,
        created_by=user.id,
        presence=current.presence,
        pictures_done=current.pictures_done,
    )
    session.add(track)
    session.flush()
    return track


def _put_back(session: Session, masklet: Masklet, track: Track, user_id: UUID) -> None:
    """The prompts of a track become the masklet's. A present one that says the same keeps the clicks that led to it."""
    wanted = {record.picture: record for record in records_of(track)}
    for row in session.scalars(select(Prompt).where(Prompt.masklet_id == masklet.id)).all():
        record = wanted.pop(row.picture, None)
        if record is None:
            session.delete(row)
        elif decisive(PromptRecord.model_validate(row.record)) != decisive(record):
            row.record, row.created_by = record.model_dump(mode="json"), user_id
    for record in wanted.values():
        values = record.model_dump(mode="json")
        session.add(Prompt(masklet_id=masklet.id, picture=record.picture, record=values, created_by=user_id))
    session.flush()
