"""Events while things are made: published by topic, replayed from an id, in this process or over Redis Streams."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sequence
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

    def subscribe(self, topics: Sequence[str], after: str | None) -> AsyncIterator[Event]:
        """Events of `topics` after the id `after` (None: only new ones), for ever.

        An event named `reset` says that some were lost: fetch the state and go on listening.
        """
        ...

    def close(self) -> None:
        """End all subscriptions."""
        ...


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
        encoded = _encode(data)
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
            _wake(loop, news)

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

    async def subscribe(self, topics: Sequence[str], after: str | None) -> AsyncIterator[Event]:
        news = asyncio.Event()
        position = self._sequence
        key = id(news)
        self._listeners[key] = (asyncio.get_running_loop(), news)
        try:
            if after is not None:
                boot, _, number = after.partition("-")
                if boot == self._boot and number.isdigit():
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

    def close(self) -> None:
        self._closed = True
        for loop, news in list(self._listeners.values()):
            _wake(loop, news)


class RedisEvents:
    """Events over Redis Streams: any process publishes, any server answers, a short history survives its restart."""

    def __init__(self, url: str) -> None:
        import redis

        self._url = url
        self._redis = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._closed = False

    @staticmethod
    def _stream(topic: str) -> str:
        return f"vidgrain:events:{topic}"

    def publish(self, topic: str, name: str, data: Any) -> None:
        import redis

        stream = self._stream(topic)
        try:
            pipe = self._redis.pipeline(transaction=False)
            pipe.xadd(stream, {"name": name, "data": _encode(data)}, maxlen=REPLAY, approximate=True)
            pipe.expire(stream, REDIS_SECONDS)
            pipe.execute()
        except redis.RedisError as error:
            # An event is news, not the truth: the row is. Losing one costs the page a refresh.
            log.warning("event_lost", topic=topic, name=name, error=str(error))

    async def subscribe(self, topics: Sequence[str], after: str | None) -> AsyncIterator[Event]:
        import redis
        from redis import asyncio as redis_async

        client = redis_async.Redis.from_url(self._url, socket_connect_timeout=5, socket_timeout=30)
        names = {self._stream(t).encode(): t for t in topics}
        try:
            position = after if after is not None and _is_stream_id(after) else None
            if after is not None and position is None:
                yield Event(await self._last(client), topics[0], "reset", b"{}")
            if position is None:
                position = await self._last(client)
            elif await self._lost(client, list(names), position):
                position = await self._last(client)
                yield Event(position, topics[0], "reset", b"{}")
            positions: dict[bytes | str | memoryview, int | bytes | str | memoryview] = dict.fromkeys(names, position)
            while not self._closed:
                try:
                    answer: Any = await client.xread(positions, count=100, block=5000)
                except (redis.RedisError, OSError) as error:
                    log.warning("events_interrupted", error=str(error))
                    await asyncio.sleep(1)
                    continue
                found = []
                for stream, entries in answer or []:
                    for entry, values in entries:
                        positions[stream] = entry
                        found.append(Event(entry.decode(), names[stream], values[b"name"].decode(), values[b"data"]))
                for event in sorted(found, key=lambda e: _stream_order(e.id)):
                    yield event
        finally:
            await client.aclose()

    @staticmethod
    async def _last(client: Any) -> str:
        # Stream ids are the Redis server's clock, so its time is a position in all topics.
        seconds, micros = await client.time()
        return f"{seconds * 1000 + micros // 1000}-0"

    @staticmethod
    async def _lost(client: Any, streams: list[bytes], position: str) -> bool:
        for stream in streams:
            oldest = await client.xrange(stream, count=1)
            if (
                oldest
                and await client.xlen(stream) >= REPLAY
                and _stream_order(oldest[0][0].decode()) > _stream_order(position)
            ):
                return True
        return False

    def close(self) -> None:
        self._closed = True
        self._redis.close()


def _encode(data: Any) -> bytes:
    return data if isinstance(data, bytes) else orjson.dumps(data, default=str)


def _wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(news.set)


def _is_stream_id(text: str) -> bool:
    time_part, dash, sequence = text.partition("-")
    return bool(dash) and time_part.isdigit() and sequence.isdigit()


def _stream_order(text: str) -> tuple[int, int]:
    time_part, _, sequence = text.partition("-")
    return int(time_part), int(sequence)


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
