"""Events over Redis: Streams keep them for whoever comes late, and one connection a process hears them as they come."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from server import events
from server.ear import CLOCK, RETRY_SECONDS, WAIT_SECONDS, WAITING, Ear, Heard, channel_of
from server.events import NUMBER, TOPICS, Event, encode

log = structlog.get_logger()

# One clock for all topics, in microseconds, that never shows the same time twice: an id says what came before it in
# every stream, so one id is enough to go on with many topics. The script runs alone, so no reader sees a gap, and a
# connection that listens to several topics hears them in the order of their ids.
_PUBLISH = """
local time = redis.call('TIME')
local moment = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if moment <= last then moment = last + 1 end
local id = string.format('%.0f', moment)
redis.call('SET', KEYS[2], id)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], id .. '-0', 'name', ARGV[1], 'data', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', KEYS[1], id .. '-0\\n' .. ARGV[1] .. '\\n' .. ARGV[2])
"""
_AWAY_SECONDS = 3.0
"""How long Redis is left alone, by who publishes, asks for what is kept, or begins to listen, after it did not answer:
work goes on at its pace without it."""
_READERS = 4
"""Connections by which kept events are read."""
_LOST = "lost"
"""An id that no event has: whoever begins after it begins with `reset`."""


class RedisEvents:
    """Events over Redis: any process publishes, any server answers, a short history survives its restart.

    While Redis is away events are lost. Both sides tell it: a listener gets `reset` when its server reaches Redis
    again, and the topics whose events a publisher could not place get `reset` before their next event.
    """

    def __init__(self, url: str) -> None:
        import redis

        wait = {"socket_timeout": WAIT_SECONDS, "socket_connect_timeout": WAIT_SECONDS}
        self._redis = redis.Redis.from_url(url, **wait)
        # Pages that come back all at once after an outage stand in line for these.
        kept = redis.BlockingConnectionPool.from_url(url, max_connections=_READERS, timeout=30, **wait)
        self._kept = redis.Redis.from_pool(kept)
        self._publish = self._redis.register_script(_PUBLISH)
        self._ear = Ear(url)
        self._closed = False
        self._away_until = 0.0
        self._unheard: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    # --- publishing -------------------------------------------------------------------------------------------------

    def publish(self, topic: str, name: str, data: Any) -> None:
        # An event is news, not the truth: the row is. Losing one costs the page a refresh.
        if time.monotonic() < self._away_until or (self._unheard and not self._tell_lost()):
            self._lost(topic)
        else:
            self._place(topic, name, encode(data))

    def _place(self, topic: str, name: str, data: bytes) -> bool:
        import redis

        try:
            self._publish([channel_of(topic), CLOCK], [name, data, events.REPLAY, events.REDIS_SECONDS])
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

    # --- listening --------------------------------------------------------------------------------------------------

    async def newest(self) -> str:
        return await asyncio.to_thread(self._newest)

    def _newest(self) -> str:
        import redis

        if time.monotonic() < self._away_until:  # asked here: of many that come at once the first ones alone wait
            return _LOST
        try:
            newest, present = self._clock(self._redis)  # without a line to stand in: Redis may be silent
        except redis.RedisError as error:
            self._leave_alone(error)
            return _LOST
        # Not older than any event, and before any that comes. Of a site where nothing has happened for long, the
        # newest event's would seem to have been missed by its reader.
        return f"{max(newest, present)}-0"

    def _clock(self, client: Any) -> tuple[int, int]:
        """The newest event's moment and the present one, in Redis' microseconds."""
        with client.pipeline() as asked:
            newest, moment = asked.get(CLOCK).time().execute()
        return int(newest or 0), moment[0] * 1_000_000 + moment[1] - 1

    async def subscribe(self, topics: Sequence[str], after: str | None) -> AsyncIterator[Event]:
        import redis

        heard = Heard(topics, asyncio.get_running_loop())
        self._ear.add(heard)
        position: int | None = None
        try:
            while not self._closed:
                if not heard.listens:  # Redis is away, or has not confirmed yet that we are told the news
                    await heard.wait()
                    continue
                if heard.take_interrupted():
                    after, position = _LOST, None  # nobody knows what was missed meanwhile
                if heard.take_behind():
                    # From here on news gather, so that none is missed between the kept ones and them.
                    try:
                        kept = await asyncio.to_thread(self._read_kept, heard.topics, position, after)
                    except redis.RedisError as error:
                        log.warning("events_interrupted", error=str(error))
                        after, position = _LOST, None
                        heard.fall_behind()
                        await asyncio.sleep(RETRY_SECONDS)
                        continue
                    if kept.more:
                        heard.fall_behind()
                    for event in kept.events:
                        yield event
                    position = kept.position
                    continue
                news = heard.take()
                if news is None:
                    await heard.wait()
                elif position is None or _moment_of(news.id) > position:
                    position = _moment_of(news.id)
                    yield news
        finally:
            self._ear.remove(heard)

    def _read_kept(self, topics: Sequence[str], position: int | None, after: str | None) -> _Kept:
        """The kept events after `position`, or at the beginning after the id `after`. Blocks.

        `reset` alone when some before them are lost.
        """
        if position is None:
            newest, present = self._clock(self._kept)
            position = newest if after is None else _moment(after)
            # Streams with events after an old id may have left Redis for want of news.
            oldest_known = min(newest, present - events.REDIS_SECONDS * 1_000_000)
            if position is None or not oldest_known <= position <= max(newest, present):
                return _reset(topics[0], newest)
        transaction: Any = self._kept.pipeline()  # all its answers are of one moment
        with transaction as asked:
            asked.get(CLOCK)
            for topic in topics:
                stream = channel_of(topic)
                asked.xrange(stream, min=f"{position + 1}-0", count=WAITING).xrange(stream, count=1).xlen(stream)
            clock, *answers = asked.execute()
        found: list[Event] = []
        horizon: int | None = None
        for place, topic in enumerate(topics):
            entries, first, length = answers[3 * place : 3 * place + 3]
            if first and _order(first[0][0]) > position and length >= events.REPLAY:  # its end was cut off
                return _reset(topics[0], int(clock or 0))
            if len(entries) == WAITING:
                # It has more: nothing later of another one is told before that.
                last = _order(entries[-1][0])
                horizon = last if horizon is None else min(horizon, last)
            found += [Event(key.decode(), topic, of[b"name"].decode(), of[b"data"]) for key, of in entries]
        found.sort(key=lambda event: _moment_of(event.id))
        if horizon is not None:
            found = [event for event in found if _moment_of(event.id) <= horizon]
        return _Kept(found, _moment_of(found[-1].id) if found else position, horizon is not None)

    def kept(self, topic: str, after: str | None = None) -> list[Event]:
        import redis

        if time.monotonic() < self._away_until:
            return []  # whoever asks may hold a connection of the database
        first = "-" if after is None else f"{_moment_of(after) + 1}-0"
        try:
            entries: Any = self._redis.xrange(channel_of(topic), min=first)
        except redis.RedisError as error:
            self._leave_alone(error)
            return []
        return [Event(key.decode(), topic, of[b"name"].decode(), of[b"data"]) for key, of in entries]

    def _leave_alone(self, error: Exception) -> None:
        log.warning("events_interrupted", error=str(error))
        self._away_until = time.monotonic() + _AWAY_SECONDS

    def close(self) -> None:
        self._closed = True
        self._ear.close()
        self._redis.close()
        self._kept.close()


@dataclass(frozen=True)
class _Kept:
    """Kept events, the place after them, and whether there are more."""

    events: list[Event]
    position: int
    more: bool


def _reset(topic: str, position: int) -> _Kept:
    return _Kept([Event(f"{position}-0", topic, "reset", b"{}")], position, more=False)


def _moment_of(text: str) -> int:
    """The moment of one of our ids."""
    return int(text.partition("-")[0])


def _order(key: bytes) -> int:
    return int(key.partition(b"-")[0])


def _moment(text: str) -> int | None:
    """The moment of an id that a client sent back; None when it is none of ours."""
    moment, dash, rest = text.partition("-")
    return int(moment) if NUMBER.fullmatch(moment) and dash and rest == "0" else None
