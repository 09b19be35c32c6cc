"""The one clock of a site: PostgreSQL's, carried on by each process's monotonic clock.

Leases, heartbeats and due times of many machines are compared with each other. A machine whose own clock is wrong, or
jumps, must not take work for lost that is not, nor hold what is long over.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

ASK_SECONDS = 5.0
"""How often a process that works with the database asks for its time."""


class Clock:
    """This machine's time until a database was asked; from then on the database's."""

    def __init__(self) -> None:
        self._at: tuple[datetime, float] | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present moment, in UTC."""
        at = self._at
        return datetime.now(UTC) if at is None else at[0] + timedelta(seconds=time.monotonic() - at[1])

    @property
    def is_own(self) -> bool:
        """Whether no database was asked yet."""
        return self._at is None

    def ask(self, connection: Any) -> None:
        """Take the time of a driver's connection, when it was not asked lately."""
        with self._lock:
            if self._at is not None and time.monotonic() - self._at[1] < ASK_SECONDS:
                return
            try:
                with connection.cursor() as cursor:
                    begun = time.monotonic()
                    (moment,) = cursor.execute("SELECT clock_timestamp()").fetchone()
                    ended = time.monotonic()
                connection.rollback()  # asking has begun a transaction
            except psycopg.Error as error:
                raise DisconnectionError from error  # the pool tries another connection
            self._at = moment.astimezone(UTC), (begun + ended) / 2


clock = Clock()


def follow(engine: Engine) -> None:
    """Let this process's clock be that of the engine's PostgreSQL."""

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, _record: Any, _proxy: Any) -> None:
        clock.ask(connection)
