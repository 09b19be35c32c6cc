"""Collects stored objects that no row names, and never one that a row names or that somebody is about to name.

An object that is old and unnamed gets a mark (a row of `unnamed_objects`). When it is unnamed still after the grace
period, the mark first says that it is being deleted, then the bytes go, then the mark. Whoever writes an object, or
means to name one that is there, calls `keep` before: it takes the mark away, or waits until a deletion has ended.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.exc import IntegrityError

from server import jobs
from server.db import Base, Database, now
from server.errors import Unavailable
from server.settings import Settings
from server.storage import Storage, Stored
from server.storage.named import BATCH, CUT, all_named, named, namings_of
from server.tables.jobs import Job, JobState
from server.tables.storage import UnnamedObject
from server.tables.videos import Video, VideoState

if TYPE_CHECKING:
    from server.jobs.run import JobContext

CUTS_KEPT = timedelta(days=90)
STUCK = timedelta(minutes=15)
"""A deletion that takes longer than any time-out of a store was begun by a process that is no more."""
WAIT_SECONDS = 30.0
SHOWN = 20

Tell = Callable[[str], None]


class BeingCollected(Unavailable):
    """An object of this name is being deleted at this moment: try again."""


@dataclass
class Round:
    """What one round saw and did. Bytes are of objects."""

    objects: int = 0
    bytes: int = 0
    foreign: int = 0
    """Objects of a form that is not ours: left alone."""
    unnamed: int = 0
    unnamed_bytes: int = 0
    """Old enough, and named by no row: they wait for the end of their grace, or were collected."""
    collected: int = 0
    collected_bytes: int = 0
    broken_writes: int = 0
    unused_videos: int = 0
    scratch_folders: int = 0
    examples: list[str] = field(default_factory=list)


def keep(database: Database, key: str) -> None:
    """From here on this object is not collected for a grace period. BeingCollected when its deletion does not end."""
    mark = select(UnnamedObject).where(UnnamedObject.key == key)
    with database.read() as session:
        if session.scalar(mark) is None:  # nearly always
            return
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        with database.begin() as session:
            row = session.scalar(mark.with_for_update())
            if row is None:
                return
            if row.deleting_at is None or row.deleting_at < now() - STUCK:
                session.delete(row)
                return
        if time.monotonic() > deadline:
            raise BeingCollected
        time.sleep(0.2)


def _batches(found: Iterator[Stored]) -> Iterator[list[Stored]]:
    while batch := list(islice(found, BATCH)):
        yield batch


class Collector:
    """One look at the storage. With `dry_run` nothing is changed, and the round says what would be."""

    def __init__(
        self, database: Database, storage: Storage, settings: Settings, *, dry_run: bool, tell: Tell = lambda _: None
    ) -> None:
        self._database = database
        self._storage = storage
        self._folder = settings.data_folder
        self._grace = timedelta(hours=settings.collect_after_hours)
        self._dry_run = dry_run
        self._tell = tell
        self.round = Round()

    def run(self) -> Round:
        """Look at everything once. `tell` may raise to end it at any place: the next round goes on."""
        moment = now()
        self._unused_videos(moment - self._grace)
        for batch in _batches(iter(self._storage.list())):
            self._look(batch, moment)
            self._tell(f"{self.round.objects} objects, {self.round.unnamed} of them named by nothing")
        self._collect(moment - self._grace)
        if not self._dry_run:
            self.round.broken_writes = self._storage.sweep(moment - self._grace)
            self.round.scratch_folders = self._scratch(moment - self._grace)
        return self.round

    def _look(self, batch: list[Stored], moment: datetime) -> None:
        self.round.objects += len(batch)
        self.round.bytes += sum(found.size for found in batch)
        old: list[Stored] = []
        for found in batch:
            age = moment - found.modified_at
            if CUT.fullmatch(found.key):
                if age > CUTS_KEPT:
                    old.append(found)
            elif not namings_of(found.key):
                self.round.foreign += 1
            elif age > self._grace:
                old.append(found)
        keys = [found.key for found in old]
        with self._database.read() as session:
            known = named(session, keys)
            marked = set(session.scalars(select(UnnamedObject.key).where(UnnamedObject.key.in_(keys))))
        free = [found for found in old if found.key not in known]
        self.round.unnamed += len(free)
        self.round.unnamed_bytes += sum(found.size for found in free)
        self.round.examples += [found.key for found in free][: SHOWN - len(self.round.examples)]
        if self._dry_run:
            return
        if marked & known:
            with self._database.begin() as session:
                session.execute(
                    delete(UnnamedObject).where(
                        UnnamedObject.key.in_(marked & known), UnnamedObject.deleting_at.is_(None)
                    )
                )
        new = [
            UnnamedObject(key=found.key, size=found.size, created_at=moment)
            for found in free
            if found.key not in marked
        ]
        if new:
            try:
                with self._database.begin() as session:
                    session.add_all(new)
            except IntegrityError:
                return  # another collector looks at the same objects: its marks are as good

    def _collect(self, before: datetime) -> None:
        due = or_(UnnamedObject.created_at < before, UnnamedObject.deleting_at < now() - STUCK)
        last: UUID | None = None
        while True:
            statement = select(UnnamedObject).where(due).order_by(UnnamedObject.id).limit(BATCH)
            with self._database.read() as session:
                rows = list(session.scalars(statement if last is None else statement.where(UnnamedObject.id > last)))
            if not rows:
                return
            last = rows[-1].id
            for row in rows:
                self._tell(f"{self.round.collected} collected")
                if self._dry_run or self._delete(row):
                    self.round.collected += 1
                    self.round.collected_bytes += row.size

    def _delete(self, row: UnnamedObject) -> bool:
        """Delete one object in three steps, so that `keep` and a crash in between always know where it stands."""
        with self._database.begin() as session:
            mark = session.scalar(select(UnnamedObject).where(UnnamedObject.id == row.id).with_for_update())
            if mark is None or (mark.deleting_at is not None and mark.deleting_at > now() - STUCK):
                return False  # somebody keeps it, or another collector is at it
            if mark.key in named(session, [mark.key]):
                session.delete(mark)
                return False
            mark.deleting_at = now()
        self._storage.delete(row.key)
        with self._database.begin() as session:
            session.execute(delete(UnnamedObject).where(UnnamedObject.id == row.id))
        return True

    def _unused_videos(self, before: datetime) -> None:
        """Forget videos that were taken out of every project: nothing points at them, so their files go as well."""
        with self._database.read() as session:
            unused = list(session.scalars(_unused(before)))
        self.round.unused_videos = len(unused)
        for video_id in unused if not self._dry_run else ():
            try:
                with self._database.begin() as session:
                    gone = session.execute(delete(Video).where(Video.id == video_id, Video.id.in_(_unused(before))))
                    if not gone.rowcount:  # type: ignore[attr-defined]
                        self.round.unused_videos -= 1
            except IntegrityError:
                self.round.unused_videos -= 1  # somebody added it to a project at this moment

    def _scratch(self, before: datetime) -> int:
        """Remove the scratch folders that killed jobs left on this machine."""
        removed = 0
        for folder in (self._folder / "scratch").glob("job-*"):
            job_id = _job_of(folder)
            with self._database.read() as session:
                row = session.get(Job, job_id) if job_id else None
            busy = row is not None and row.state in (JobState.QUEUED, JobState.RUNNING)
            if not busy and folder.stat().st_mtime < before.timestamp():
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        return removed


def _job_of(folder: Path) -> UUID | None:
    match = re.match(r"job-([0-9a-f]{32})-", folder.name)
    return UUID(match.group(1)) if match else None


def _unused(before: datetime) -> Any:
    """Videos that came before, are not on their way, and that no row needs. Columns that are set null do not count."""
    statement = select(Video.id).where(
        Video.created_at < before, Video.state.not_in((VideoState.QUEUED, VideoState.INGESTING))
    )
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column is Video.__table__.c.id and key.ondelete != "SET NULL":
                statement = statement.where(~exists().where(key.parent == Video.id))
    return statement


def missing(database: Database, storage: Storage) -> list[str]:
    """Keys that a row names and that are not there, in order: nobody collects those, something else lost them."""
    there = {found.key for found in storage.list()}
    with database.read() as session:
        return sorted({key for key in all_named(session) if key not in there})


@jobs.job("collect_objects", lane="release", every=timedelta(hours=6))
def collect_objects(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """One round over the whole storage."""

    def tell(message: str) -> None:
        ctx.progress(0.5, message)

    found = Collector(ctx.parts.database, ctx.storage, ctx.settings, dry_run=False, tell=tell).run()
    return {"objects": found.objects, "unnamed": found.unnamed, "collected": found.collected}
