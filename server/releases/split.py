"""Which source videos are held out: drawn once from the video's hash, kept for ever, so that nothing leaks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.tables.releases import Split, SplitAssignment
from server.tables.videos import Video

SEED = b"vidgrain-split-1:"


def draw(sha256: str) -> float:
    """The video's lot, 0 to 1, from its content: the same on every installation."""
    return int.from_bytes(hashlib.sha256(SEED + sha256.encode()).digest()[:8], "big") / 2**64


def assign(session: Session, video_ids: Iterable[UUID], test_share: float) -> dict[UUID, Split]:
    """The split of each video; those without one get theirs now.

    With two videos or more, and a share above 0, at least one is held out and at least one trains, as far as earlier
    assignments, which never change, leave room for it.
    """
    videos = {video.id: video for video in session.scalars(select(Video).where(Video.id.in_(set(video_ids))))}
    splits = _assigned(session, videos)
    new = sorted((v for v in videos.values() if v.id not in splits), key=lambda video: draw(video.sha256))
    for video in new:
        splits[video.id] = Split.TEST if draw(video.sha256) < test_share else Split.TRAIN
    if new and test_share > 0:
        if len(videos) > 1 and Split.TEST not in splits.values():
            splits[new[0].id] = Split.TEST
        if Split.TRAIN not in splits.values():
            splits[new[-1].id] = Split.TRAIN
    for video in new:
        try:
            with session.begin_nested():
                session.add(SplitAssignment(video_id=video.id, split=splits[video.id]))
        except IntegrityError:
            pass  # another release of this moment was first: its assignment stands
    return _assigned(session, videos)


def _assigned(session: Session, videos: Iterable[UUID]) -> dict[UUID, Split]:
    rows = session.scalars(select(SplitAssignment).where(SplitAssignment.video_id.in_(list(videos))))
    return {row.video_id: row.split for row in rows}
