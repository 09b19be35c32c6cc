"""The parts that a running process is made of, chosen by the settings: database, storage, events, doorbell."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from server.db import Database
from server.events import Events, MemoryEvents
from server.events_redis import RedisEvents
from server.jobs.doorbell import CeleryDoorbell, ChildDoorbell, Doorbell, SilentDoorbell
from server.jobs.roster import Holding
from server.operations.leaving import Leaving
from server.settings import Settings
from server.storage import Storage, open_storage
from server.storage.collect import keep


@dataclass(frozen=True)
class Parts:
    """Everything a request or a job needs from outside."""

    settings: Settings
    key: bytes
    database: Database
    storage: Storage
    events: Events
    doorbell: Doorbell
    leaving: Leaving = field(default_factory=Leaving)
    holding: Holding = field(default_factory=Holding)

    def close(self) -> None:
        """Close what holds processes and connections."""
        self.doorbell.close()
        self.events.close()
        self.database.dispose()


def make_parts(settings: Settings, *, events: Events | None = None, doorbell: Doorbell | None = None) -> Parts:
    """The parts for these settings. A worker gives its own `events` and `doorbell`."""
    settings.check()
    if events is None:
        events = RedisEvents(settings.redis_url) if settings.redis_url else MemoryEvents()
    if doorbell is None:
        if settings.redis_url:
            doorbell = CeleryDoorbell(settings)
        elif settings.embedded_worker:
            doorbell = ChildDoorbell(settings, events)
        else:
            doorbell = SilentDoorbell()
    database = Database.of(settings)
    database.info.update(ring=doorbell.ring, publish=events.publish, backoff=settings.job_backoff_seconds)
    storage = open_storage(settings)
    storage.wanted = partial(keep, database)
    return Parts(settings, settings.key(), database, storage, events, doorbell)
