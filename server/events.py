"""Events while things are made: published by topic, replayed from an id, in this process or over Redis Streams."""

from __future__ import annotations

import asyncio
import re
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


_NUMBER = re.compile(r"[0-9]{1,18}")


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
                if boot == self._boot and _NUMBER.fullmatch(number) and int(number) <= position:
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


# One clock for all topics, in microseconds, that never shows the same time twice: an id says what came before it in
# every stream, so one id is enough to go on with many topics. The script runs alone, so no reader sees a gap.
_PUBLISH = """
local time = redis.call('TIME')
local moment = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if moment <= last then moment = last + 1 end
local id = string.format('%.0f', moment)
redis.call('SET', KEYS[2], id)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], id .. '-0', 'name', ARGV[1], 'data', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
"""
_CLOCK = "vidgrain:events-clock"
_AT_ONCE = 100
_WAIT_SECONDS = 2.0
"""How long a publisher waits for Redis."""
_AWAY_SECONDS = 3.0
"""How long publishers leave Redis alone after it did not answer: work goes on at its pace without it."""
_BLOCK_SECONDS = 5.0
_LOST = "lost"
"""An id that no event has: whoever begins after it begins with `reset`."""


class RedisEvents:
    """Events over Redis Streams: any process publishes, any server answers, a short history survives its restart.

    While Redis is away events are lost. Both sides tell it: a listener gets `reset` when its server reaches Redis
    again, and the topics whose events a publisher could not place get `reset` before their next event.
    """

    def __init__(self, url: str) -> None:
        import redis

        self._url = url
        self._redis = redis.Redis.from_url(url, socket_timeout=_WAIT_SECONDS, socket_connect_timeout=_WAIT_SECONDS)
        self._publish = self._redis.register_script(_PUBLISH)
        self._closed = False
        self._away_until = 0.0
        self._unheard: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def _stream(topic: str) -> str:
        return f"vidgrain:events:{topic}"

    def publish(self, topic: str, name: str, data: Any) -> None:
        # An event is news, not the truth: the row is. Losing one costs the page a refresh.
        if time.monotonic() < self._away_until or (self._unheard and not self._tell_lost()):
            self._lost(topic)
        else:
            self._place(topic, name, _encode(data))

    def _place(self, topic: str, name: str, data: bytes) -> bool:
        import redis

        try:
            self._publish([self._stream(topic), _CLOCK], [name, data, REPLAY, REDIS_SECONDS])
        except redis.RedisError as error:
            log.warning("event_lost", topic=topic, name=name, error=str(error))
            self._away_until = time.monotonic() + _AWAY_SECONDS
            self._lost(topic)
            return False
        return True

    def _lost(self, topic: str) -> None:
        with self._lock:
            self._unheard[topic] = None
            while len(self._unheard) > TOPICS:
                self._unheard.popitem(last=False)

    def _tell_lost(self) -> bool:
        """Redis may be back: whoever listens to a topic that missed something fetches its state anew."""
        with self._lock:
            topics, self._unheard = list(self._unheard), OrderedDict()
        for place, topic in enumerate(topics):
            if not self._place(topic, "reset", b"{}"):
                for left in topics[place + 1 :]:
                    self._lost(left)
                return False
        return True

    async def newest(self) -> str:
        import redis

        try:
            clock: Any = await asyncio.to_thread(self._redis.get, _CLOCK)
            moment: Any = await asyncio.to_thread(self._redis.time)
        except redis.RedisError as error:
            log.warning("events_interrupted", error=str(error))
            return _LOST
        return f"{_present(clock, moment)}-0"

    async def subscribe(self, topics: Sequence[str], after: str | None) -> AsyncIterator[Event]:
        import redis
        from redis import asyncio as redis_async

        # Nothing comes for as long as a read blocks; what takes much longer than that is a dead wire.
        client = redis_async.Redis.from_url(
            self._url, socket_connect_timeout=_WAIT_SECONDS, socket_timeout=_BLOCK_SECONDS + _WAIT_SECONDS
        )
        names = {self._stream(t).encode(): t for t in topics}
        position: int | None = None
        try:
            while not self._closed:
                try:
                    if position is None:
                        # At the beginning, and whenever Redis was away: nobody knows what was missed meanwhile.
                        position = newest = await self._newest(client)
                        known = _moment(after) if after is not None else newest
                        if known is not None and not await self._missed(client, list(names), known, newest):
                            position = known
                        else:
                            yield Event(f"{newest}-0", topics[0], "reset", b"{}")
                        after = _LOST
                    positions: dict[Any, Any] = dict.fromkeys(names, f"{position}-0")
                    answer: Any = await client.xread(positions, count=_AT_ONCE, block=int(_BLOCK_SECONDS * 1000))
                    if not answer:
                        continue
                    # Whoever reads more slowly than others publish may find that the end was cut off meanwhile.
                    full = [entries[-1][0] for _, entries in answer if len(entries) == _AT_ONCE]
                    if full and await self._cut(client, list(names), position):
                        position = await self._newest(client)
                        yield Event(f"{position}-0", topics[0], "reset", b"{}")
                        continue
                except (redis.RedisError, OSError) as error:
                    log.warning("events_interrupted", error=str(error))
                    position = None
                    await asyncio.sleep(1)
                    continue
                found = [
                    Event(entry.decode(), names[stream], values[b"name"].decode(), values[b"data"])
                    for stream, entries in answer
                    for entry, values in entries
                ]
                # A stream that gave all it may give at once has more: nothing later is told before it.
                horizon = min((_order(entry.decode()) for entry in full), default=None)
                for event in sorted(found, key=lambda e: _order(e.id)):
                    if horizon is not None and _order(event.id) > horizon:
                        break
                    position = _order(event.id)
                    yield event
        finally:
            await client.aclose()

    async def _missed(self, client: Any, streams: list[bytes], position: int, newest: int) -> bool:
        """Whether events after `position` may be gone."""
        return (
            position > _present(newest, await client.time())
            or await self._expired(client, position, newest)
            or await self._cut(client, streams, position)
        )

    @staticmethod
    async def _newest(client: Any) -> int:
        return int(await client.get(_CLOCK) or 0)

    @staticmethod
    async def _expired(client: Any, position: int, newest: int) -> bool:
        """Whether streams with events after `position` may have left Redis for want of news."""
        seconds, _ = await client.time()
        return position < min(newest, (int(seconds) - REDIS_SECONDS) * 1_000_000)

    @staticmethod
    async def _cut(client: Any, streams: list[bytes], position: int) -> bool:
        """Whether events after `position` were cut off from a long stream."""
        for stream in streams:
            oldest = await client.xrange(stream, count=1)
            if oldest and _order(oldest[0][0].decode()) > position and await client.xlen(stream) >= REPLAY:
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


def _moment(text: str) -> int | None:
    """The moment of an id that a client sent back; None when it is none of ours."""
    moment, dash, rest = text.partition("-")
    return int(moment) if _NUMBER.fullmatch(moment) and dash and rest == "0" else None


def _present(clock: Any, moment: tuple[int, int]) -> int:
    """The id of this moment: not older than any event, and before any that comes.

    Of a site where nothing has happened for long, the newest event's would seem to have been missed by its reader.
    """
    return max(int(clock or 0), moment[0] * 1_000_000 + moment[1] - 1)


def _order(text: str) -> int:
    return int(text.partition("-")[0])


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
