"""Locks: spans of a masklet whose masks hold, whatever is prompted and followed beside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from annotator.propagate.plan import spans_of
from server.events import announce
from server.masklets.edit import said_anew
from server.masklets.errors import LockRefused, NothingToLock
from server.masklets.read import fresh_track_out, presents, stale_pictures
from server.masklets.said import Said, held_in
from server.masklets.track import end_newest
from server.masklets.versions import shown_again
from server.tables.accounts import User
from server.tables.masklets import Masklet, Track
from server.tables.videos import Video


def put_locks(session: Session, masklet: Masklet, spans: Sequence[tuple[int, int]], user: User) -> None:
    """Lock exactly these spans. What stays locked keeps its masks; what is new takes those of the masklet's track.

    Where that leaves nothing to be followed, the masks that are there become a version with these locks at once.
    A running track is ended, since it began without these locks. Raises LockRefused, and NothingToLock where there are
    no masks, or masks that do not follow from the present prompts.
    """
    video = session.get_one(Video, masklet.video_id)
    assert video.pictures is not None
    session.refresh(masklet, with_for_update=True)  # no track may become the masklet's meanwhile
    wanted = _pictures(spans, video.pictures)
    before = _by_picture(masklet.locks, video.pictures)
    fresh = wanted & (before == "")
    named = np.where(wanted, before, "")
    if fresh.any():
        track = _lockable(session, masklet, fresh)
        # A picture that came to this track from a lock keeps the name of the track it came from.
        origins = _by_picture(track.locks, video.pictures)
        named = np.where(fresh, np.where(origins == "", str(track.id), origins), named)
    locks = _as_stored(named)
    if locks == masklet.locks:
        return
    end_newest(session, masklet)
    masklet.locks = locks
    said_anew(session, masklet)
    _take_over(session, masklet, user)


def _take_over(session: Session, masklet: Masklet, user: User) -> None:
    """A track that would follow nothing would only copy: the masks that are there are those of the new locks."""
    current = session.get(Track, masklet.current_track_id) if masklet.current_track_id is not None else None
    if current is None or current.file_key is None:
        return
    now = presents(session, [masklet], [current])[masklet.id]
    if current.prompts_hash == now.hashed or stale_pictures(current, now).any():
        return
    track = shown_again(session, current, now, user)
    masklet.current_track_id = track.id
    session.flush()
    announce(session, f"masklet:{masklet.id}", "track", fresh_track_out(session, track).model_dump(mode="json"))


def _pictures(spans: Sequence[tuple[int, int]], count: int) -> Any:
    found = np.zeros(count, dtype=np.bool_)
    for number, (first, last) in enumerate(spans):
        field = f"spans.{number}"
        if last < first:
            raise LockRefused(f"The span {first} to {last} ends before it begins.", field=field)
        if first < 0 or last >= count:
            message = f"The span {first} to {last} is outside the video, which has pictures 0 to {count - 1}."
            raise LockRefused(message, field=field)
        found[first : last + 1] = True
    return found


def _lockable(session: Session, masklet: Masklet, fresh: Any) -> Track:
    """The track whose masks are to be locked on these pictures."""
    track = session.get(Track, masklet.current_track_id) if masklet.current_track_id is not None else None
    if track is None or track.file_key is None:
        raise NothingToLock(field="spans")
    now = presents(session, [masklet], [track])[masklet.id]
    # What was locked or unlocked since changes nothing about whether a mask is that of the present prompts.
    now = now.with_said(Said(now.said.prompts, held_in(track.locks, now.shown)))
    outdated = spans_of(fresh & stale_pictures(track, now))
    if outdated:
        first, last = outdated[0]
        message = (
            f"The masks of pictures {first} to {last} are not those of the present prompts: follow the subject first."
        )
        raise NothingToLock(message, field="spans")
    return track


def _by_picture(locks: Sequence[Any], count: int) -> Any:
    """str[count]: the track whose masks are locked on the picture, or nothing."""
    found = np.full(count, "", dtype=object)
    for lock in locks:
        found[lock["picture_start"] : lock["picture_end"] + 1] = lock["track_id"]
    return found


def _as_stored(named: Any) -> list[dict[str, Any]]:
    found = []
    for track_id, run in groupby(range(len(named)), key=lambda picture: named[picture]):
        if track_id:
            pictures = list(run)
            found.append({"picture_start": pictures[0], "picture_end": pictures[-1], "track_id": track_id})
    return found
