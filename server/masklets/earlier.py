"""What a track may take from the ones before it: masks to copy, those that locks hold, and those that people see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from server.masklets.flagging import disagreed
from server.masklets.read import packed
from server.masklets.said import Said, left_of, said_of
from server.masklets.track import earlier_tracks
from server.masklets.work import Asked, Base, Work, work_of
from server.storage import Storage
from server.tables.masklets import Track, TrackState


@dataclass(frozen=True)
class Earlier:
    """What a track may take from others, as rows."""

    said: Said
    bases: list[tuple[Said, Track]]
    """To copy from."""
    held: dict[UUID, str]
    """Files of the tracks that locks name."""
    last: str | None
    """The file of the masks that people saw until now."""

    def work(self, storage: Storage, track: Track, count: int) -> Work:
        """Raises PromptError."""
        bases = [
            Base(said, left_of(base, count), packed(storage, base.file_key), disagreed(base.flags))
            for said, base in self.bases
            if base.file_key
        ]
        held = {track_id: packed(storage, key) for track_id, key in self.held.items()}
        last = None if self.last is None else packed(storage, self.last)
        return work_of(self.said, count, Asked.of(track.wanted, count), bases, held=held, last=last)


def earlier_of(session: DbSession, track: Track) -> Earlier:
    """Of a track that runs."""
    bases = earlier_tracks(session, track.masklet_id, track.propagator, before=track.version)
    said = said_of(session, track)
    named = select(Track.id, Track.file_key).where(Track.id.in_({lock.track_id for lock in said.locks}))
    done = (
        select(Track.file_key)
        .where(Track.masklet_id == track.masklet_id, Track.version < track.version, Track.state == TrackState.DONE)
        .order_by(Track.version.desc())
        .limit(1)
    )
    return Earlier(
        said=said,
        bases=[(said_of(session, base), base) for base in bases],
        held={track_id: key for track_id, key in session.execute(named) if key is not None},
        last=session.scalar(done),
    )
