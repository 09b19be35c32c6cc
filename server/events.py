"""Events while things are made: published by topic, replayed from an id. Here within one process; over Redis beside."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import orjson
import structlog
from sqlalchemy.orm import Session

from server.db import after_commit

log = structlog.get_logger()

REPLAY = 500
"""Events kept for each topic. Whoever was away for longer gets `reset` and fetches the state anew."""
TOPICS = 2000
"""Topics kept in memory; the longest unused are forgotten."""
REDIS_SECONDS = 3600
"""A topic without news for so long leaves Redis."""


NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Event:
    """One event. `id` grows over all topics; `data` is JSON already."""

    id: str
    topic: str
    name: str
    data: bytes


class Events(Protocol):
    """Publish from any thread or process; subscribe from the web server's loop."""

    def publish(self, topic: str, name: str, data: Any) -> None:
        """Give an event to everyone who listens to `topic` now or within the replay. Never raises, never waits long."""
        ...

    async def newest(self) -> str:
        """The id of the newest event of all topics: a subscription after it misses nothing that comes from now on.

        Where nobody can tell it at the moment, an id after which a subscription begins with `reset`.
        """
        ...

    def subscribe(self, topics: Sequence[str], after: str | None) -> AsyncIterator[Event]:
        """Events of `topics` after the id `after` (None: only new ones), for ever.

        An event named `reset` says that some were lost: fetch the state and go on listening.
        """
        ...

    def kept(self, topic: str, after: str | None = None) -> list[Event]:
        """The events of a topic that are kept, oldest first; with `after` those behind this one of them. Blocks for a
        moment; none where nobody can tell them."""
        ...

    def close(self) -> None:
        """End all subscriptions."""
        ...


def access_topic(user_id: UUID) -> str:
    """The topic on which a person's streams hear that what they may see has changed. Nobody else may listen to it."""
    return f"access:{user_id}"


def announce_access(session: Session, user_id: UUID) -> None:
    """Have the person's open streams checked, once the transaction of `session` is durable."""
    announce(session, access_topic(user_id), "access", {})


def announce(session: Session, topic: str, name: str, data: Any) -> None:
    """Publish once the transaction of `session` is durable."""
    publish: Callable[[str, str, Any], None] | None = session.info.get("publish")
    if publish is not None:
        call = publish
        after_commit(session, lambda: call(topic, name, data))


@dataclass
class _Topic:
    kept: deque[tuple[int, Event]] = field(default_factory=lambda: deque(maxlen=REPLAY))
    dropped: int = 0
    """Sequence of the newest event that fell out of `kept`."""


class MemoryEvents:
    """Events within one process. A slow listener reads from the kept events by itself and holds nobody back."""

    def __init__(self) -> None:
        # The boot's number in each id: after a restart an old id is known to be old.
        self._boot = format(time.time_ns() // 1_000_000, "x")
        self._sequence = 0
        self._topics: OrderedDict[str, _Topic] = OrderedDict()
        self._forgotten = 0
        self._lock = threading.Lock()
        self._listeners: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Event]] = {}
        self._closed = False

    def publish(self, topic: str, name: str, data: Any) -> None:
        encoded = encode(data)
        with self._lock:
            self._sequence += 1
            kept = self._topics.setdefault(topic, _Topic())
            self._topics.move_to_end(topic)
            if len(kept.kept) == REPLAY:
                kept.dropped = kept.kept[0][0]
            kept.kept.append((self._sequence, Event(f"{self._boot}-{self._sequence}", topic, name, encoded)))
            while len(self._topics) > TOPICS:
                _, oldest = self._topics.popitem(last=False)
                self._forgotten = max(self._forgotten, oldest.kept[-1][0])
            listeners = list(self._listeners.values())
        for loop, news in listeners:
            wake(loop, news)

    def _since(self, topics: Sequence[str], position: int) -> tuple[list[Event], int, bool]:
        """Events after `position`, the new position, and whether some before them are lost."""
        with self._lock:
            found: list[tuple[int, Event]] = []
            lost = False
            for name in topics:
                topic = self._topics.get(name)
                if topic is None:
                    lost = lost or position < self._forgotten
                    continue
                lost = lost or position < topic.dropped
                for item in reversed(topic.kept):
                    if item[0] <= position:
                        break
                    found.append(item)
            return [event for _, event in sorted(found, key=lambda i: i[0])], self._sequence, lost

    async def newest(self) -> str:
        return f"{self._boot}-{self._sequence}"

    async def subscribe(self, topics: Sequence[str], after: str | None) -> AsyncIterator[Event]:
        news = asyncio.Event()
        position = self._sequence
        key = id(news)
        self._listeners[key] = (asyncio.get_running_loop(), news)
        try:
            if after is not None:
                boot, _, number = after.partition("-")
                if boot == self._boot and NUMBER.fullmatch(number) and int(number) <= position:
                    position = int(number)
                else:
                    yield self._reset(topics[0], position)
            while not self._closed:
                news.clear()
                found, newest, lost = self._since(topics, position)
                if lost:
                    yield self._reset(topics[0], newest)
                    position = newest
                    continue
                for event in found:
                    yield event
                position = newest
                await news.wait()
        finally:
            self._listeners.pop(key, None)

    def _reset(self, topic: str, position: int) -> Event:
        return Event(f"{self._boot}-{position}", topic, "reset", b"{}")

    def kept(self, topic: str, after: str | None = None) -> list[Event]:
        position = 0 if after is None else int(after.rpartition("-")[2])
        with self._lock:
            found = self._topics.get(topic)
            return [] if found is None else [event for number, event in found.kept if number > position]

    def close(self) -> None:
        self._closed = True
        for loop, news in list(self._listeners.values()):
            wake(loop, news)


def encode(data: Any) -> bytes:
    """An event's data as JSON."""
    return data if isinstance(data, bytes) else orjson.dumps(data, default=str)


def wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    """Set `news` in its loop, from any thread."""
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(news.set)


# --- who may listen -------------------------------------------------------------------------------------------------

Guard = Callable[[Session, Any, UUID], bool]
_guards: dict[str, Guard] = {}


def topic_guard(kind: str) -> Callable[[Guard], Guard]:
    """Register who may listen to topics `kind:{id}`: a function of (session, actor, id), in a slice's routes."""

    def register(guard: Guard) -> Guard:
        if kind in _guards and _guards[kind].__qualname__ != guard.__qualname__:
            raise RuntimeError(f"two guards for the topic {kind}")
        _guards[kind] = guard
        return guard

    return register


def may_listen(session: Session, who: Any, topic: str) -> bool:
    """True when the topic exists and the person may see what it is about."""
    kind, _, text = topic.partition(":")
    guard = _guards.get(kind)
    try:
        return guard is not None and guard(session, who, UUID(text))
    except ValueError:
        return False
