"""What the server stands on, asked one by one: database, its revision, broker, storage. For readiness and at start."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import structlog
from pydantic import BaseModel
from sqlalchemy import text

from server.db import Database
from server.errors import DomainError, Unavailable
from server.settings import Settings
from server.storage import LocalStorage, Storage

log = structlog.get_logger()

KEPT_SECONDS = 2.0
"""An answer is good for so long, whoever asks."""
PATIENCE_SECONDS = 3.0
"""A part that takes longer does not answer."""
FREE_BYTES = 16 * 2**20
"""A disk with less than this can not store a piece of an upload."""


class NotReady(Unavailable):
    """The server can not work: a part that it needs is not there."""


class Standing(BaseModel):
    """How one part stands. `reason` names the setting to look at; it never repeats what the part itself said."""

    name: str
    ok: bool
    reason: str


class Broken(Exception):
    """A part can not be used, with the reason that people may read."""


@dataclass(frozen=True)
class Check:
    """One part that is needed: `ask` raises Broken, or anything else that it fails with."""

    name: str
    setting: str
    ask: Callable[[], None]


def checks(settings: Settings, storage: Storage) -> list[Check]:
    """What a server with these settings needs."""
    # Made once, when first asked: engines that come and go with each question leave memory behind.
    database, revised = (cache(partial(Database, settings.database, pool=1)) for _ in range(2))
    found = [
        Check("database", "VIDGRAIN_DATABASE_URL", lambda: _database(database())),
        Check("revision", "VIDGRAIN_DATABASE_URL", lambda: check_revision(revised())),
        Check(
            "storage",
            "VIDGRAIN_S3_BUCKET and VIDGRAIN_S3_ENDPOINT" if settings.s3_bucket else "VIDGRAIN_DATA_FOLDER",
            lambda: _storage(storage),
        ),
    ]
    if settings.redis_url:
        found.append(Check("broker", "VIDGRAIN_REDIS_URL", lambda: _broker(settings.redis_url)))
    return found


def _database(database: Database) -> None:
    # A connection of its own: it waits for nobody while the pool is used up, and shows that one can still come in.
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
    finally:
        database.dispose()


def check_revision(database: Database) -> None:
    """Raise Broken when the tables are older than this version's.

    Newer ones are fine: migrations only add, and while a site is upgraded its old servers work on for a moment.
    """
    from migrations import run

    here, newest = run.revision_of(database), run.newest()
    if here is None or (here != newest and here in run.known()):
        raise Broken(f"It is at revision {here or 'none'}, this version needs {newest}: run vidgrain migrate.")


def _storage(storage: Storage) -> None:
    if isinstance(storage, LocalStorage):
        _folder(storage.folder)
    else:
        storage.check()


def _folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise Broken("The data folder can not be written: look at VIDGRAIN_DATA_FOLDER and its owner.")
    room = os.statvfs(folder)
    if room.f_bavail * room.f_frsize < FREE_BYTES:
        raise Broken("The disk of the data folder (VIDGRAIN_DATA_FOLDER) is full.")


def _broker(url: str) -> None:
    import redis

    with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
        try:
            client.ping()
        except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
            raise Broken("Redis refused the name or password in VIDGRAIN_REDIS_URL: set them right.") from error


def ask(check: Check) -> Standing:
    """Ask one part. What it failed with goes to the log only: it may carry an address or a name."""
    try:
        check.ask()
    except Broken as error:
        return Standing(name=check.name, ok=False, reason=str(error))
    except DomainError as error:
        return Standing(name=check.name, ok=False, reason=error.detail)
    except Exception as error:  # noqa: BLE001 - each part fails in its own ways, and all mean that it is not there
        said = str(getattr(error, "orig", error)).strip().splitlines()
        # A log that takes no line, as a closed or full standard error, changes nothing about the part.
        with suppress(OSError, ValueError):
            log.warning("part_unreachable", part=check.name, error=said[0] if said else type(error).__name__)
        return _silent(check)
    return Standing(name=check.name, ok=True, reason="")


def _silent(check: Check) -> Standing:
    return Standing(name=check.name, ok=False, reason=f"It does not answer: look at {check.setting}.")


class Readiness:
    """The standing of all parts, asked at most every KEPT_SECONDS, each in a thread of its own."""

    def __init__(self, found: Sequence[Check]) -> None:
        self._checks = found
        self._lock = threading.Lock()
        self._kept: list[Standing] = []
        self._until = 0.0
        self._asked: dict[str, Future[Standing]] = {}

    def standing(self) -> list[Standing]:
        """How each part stands. Takes at most PATIENCE_SECONDS."""
        with self._lock:
            if time.monotonic() >= self._until:
                deadline = time.monotonic() + PATIENCE_SECONDS
                asked = [(check, self._ask(check)) for check in self._checks]
                self._kept = [self._answer(check, future, deadline) for check, future in asked]
                self._until = time.monotonic() + KEPT_SECONDS
            return self._kept

    def _ask(self, check: Check) -> Future[Standing]:
        before = self._asked.get(check.name)
        if before is not None and not before.done():
            return before  # it hangs since the last time: a second question would hang as well
        future: Future[Standing] = Future()
        self._asked[check.name] = future
        threading.Thread(target=self._settle, args=(check, future), name=f"ask-{check.name}", daemon=True).start()
        return future

    @staticmethod
    def _settle(check: Check, future: Future[Standing]) -> None:
        # Whatever happens, the question is answered: one that never is would be waited for, and never asked again.
        standing = _silent(check)
        try:
            standing = ask(check)
        finally:
            future.set_result(standing)

    @staticmethod
    def _answer(check: Check, future: Future[Standing], deadline: float) -> Standing:
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except Late:
            return _silent(check)


def wait_for(wanted: Sequence[Check], seconds: float, say: Callable[[str], None]) -> None:
    """Wait until these answer, as long as `seconds`. Raises NotReady, naming what is not there.

    An old revision is not waited for: nobody but a person changes it.
    """
    wanted = [check for check in wanted if check.name != "revision"]
    deadline = time.monotonic() + seconds
    pause, told = 0.25, ""
    while True:
        broken = [standing for standing in Readiness(wanted).standing() if not standing.ok]
        if not broken:
            return
        reason = " ".join(f"{standing.name}: {standing.reason}" for standing in broken)
        if reason != told:
            say(f"Waiting for {reason}")
            told = reason
        if time.monotonic() + pause > deadline:
            raise NotReady(f"Not started after {seconds:.0f} s of waiting. {reason}")
        time.sleep(pause)
        pause = min(pause * 1.5, 3.0)
