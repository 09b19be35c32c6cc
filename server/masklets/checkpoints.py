"""Checkpoints of a running track: when its worker dies, another one goes on from the last of them.

A checkpoint follows from the prompts like everything else of a track, so one that is missing, damaged or of another
network is no loss but of time. Each has a key of its own; those that the row does not name any more are collected.
"""

from __future__ import annotations

import hashlib
import time
from uuid import uuid4

import orjson
import structlog
from sqlalchemy import update

from annotator.propagate.checkpoint import Checkpoint
from annotator.propagate.protocol import Propagator, Session, SnapshotError
from annotator.propagate.run import Halfway
from annotator.records import PromptRecord
from annotator.video.reader import PictureReader
from server.errors import UNREACHABLE, DomainError
from server.events import REPLAY
from server.jobs.run import JobContext
from server.masklets.track import Collected
from server.masklets.work import Work
from server.settings import program_version
from server.storage import ObjectMissing, read_bytes
from server.tables.masklets import Track

log = structlog.get_logger()

EVERY_SECONDS = 10.0
"""What a lost worker may cost, about."""
EVERY_PICTURES = 250
"""Frames after which one is written sooner; later a quarter of all, because each one holds all masks."""
SHARE = 0.05
"""Of a track's time that writing them may take: a slow store gets fewer."""
EVERY_BATCHES = REPLAY // 4
"""But never so few that a page that opens finds neither in the last one nor among the kept events what was given since:
a track's progress is told as often as its masks, and others tell of the masklet, too."""


class Checkpoints:
    """Those of one running track, for the worker that follows it."""

    def __init__(self, ctx: JobContext, track: Track, work: Work) -> None:
        self._ctx, self._track, self.work = ctx, track, work
        self._since = time.monotonic()
        self._seconds = 0.0  # what the last one took
        self._written = 0  # frames in the last one
        self._told = 0  # batches until then
        self.taken_up = 0
        """Frames that an earlier attempt had followed."""
        options = orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS
        told = orjson.dumps(work, PromptRecord.model_dump, options)  # the edges of locks are prompts
        self._hash = hashlib.sha256(told).hexdigest()

    def open(
        self, propagator: Propagator, reader: PictureReader, collected: Collected
    ) -> tuple[Session, Halfway | None]:
        """A session on the video, and where it goes on; `collected` gets what the lost worker had. Without a usable
        checkpoint it begins with the prompts."""
        found = self._read(propagator)
        if found is not None:
            try:
                session = propagator.open(reader, reader.width, reader.height, len(reader), found.session)
            except SnapshotError as error:
                self._ignored(error)
            else:
                collected.frames.update(found.frames)
                collected.settled |= found.settled
                collected.agreement.update(found.agreement)
                collected.steps = self.taken_up = self._written = found.given
                log.info("track_taken_up", track=str(self._track.id), frames=found.given)
                return session, found.halfway(reader.height, reader.width)
        return propagator.open(reader, reader.width, reader.height, len(reader)), None

    def due(self, collected: Collected) -> bool:
        """Whether it is time to `keep` one."""
        waited, fresh = time.monotonic() - self._since, collected.steps - self._written
        due = waited >= EVERY_SECONDS or fresh >= max(EVERY_PICTURES, collected.steps // 4)
        if collected.batches - self._told >= EVERY_BATCHES:
            return fresh > 0
        return due and fresh > 0 and waited >= self._seconds / SHARE

    def keep(self, propagator: Propagator, reader: PictureReader, collected: Collected, session: Session) -> None:
        """Write one. Whoever listens must have heard what is in it: nobody tells them again.

        A store or database that is away costs the checkpoint, not the track. Raises JobLost.
        """
        begun = time.monotonic()
        copied = self.work.copied
        made = Checkpoint(
            given=collected.steps,
            frames={p: frame for p, frame in collected.frames.items() if copied.get(p) != frame},
            settled=collected.settled,
            agreement=collected.agreement,
            session=session.snapshot(),
        )
        key = f"masklets/{self._track.masklet_id}/{self._track.id}.{collected.steps}-{uuid4().hex[:8]}.checkpoint"
        try:
            self._ctx.storage.put(key, made.pack(reader.height, reader.width, len(reader), self._of(propagator)))
            self._name(key)
            self._written = collected.steps
        except (DomainError, *UNREACHABLE) as error:
            log.warning("checkpoint_not_written", track=str(self._track.id), reason=str(getattr(error, "orig", error)))
        self._told = collected.batches
        self._since = time.monotonic()
        self._seconds = self._since - begun

    def distrust(self) -> None:
        """The attempt that went on from a checkpoint broke: the next one begins with the prompts."""
        if self.taken_up:
            log.warning("checkpoint_dropped", track=str(self._track.id))
            self._name(None)

    def _name(self, key: str | None) -> None:
        with self._ctx.db() as session:
            session.execute(update(Track).where(Track.id == self._track.id).values(checkpoint_key=key))

    def _read(self, propagator: Propagator) -> Checkpoint | None:
        key = self._track.checkpoint_key
        if key is None:
            return None
        try:
            return Checkpoint.unpack(read_bytes(self._ctx.storage, key), self._of(propagator))
        except (ObjectMissing, SnapshotError) as error:
            self._ignored(error)
            return None

    def _ignored(self, error: Exception) -> None:
        reason = str(error)
        log.warning("checkpoint_ignored", track=str(self._track.id), key=self._track.checkpoint_key, reason=reason)

    def _of(self, propagator: Propagator) -> dict[str, str]:
        """What must be the same for a checkpoint to be this track's, made as this worker would have made it."""
        return {
            "track": str(self._track.id),
            "network": propagator.fingerprint,
            "work": self._hash,
            "version of Vidgrain": program_version(),
        }
