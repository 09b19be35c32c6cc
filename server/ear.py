"""One connection to Redis that hears the news for all open pages of a process, and hands them on."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog

from server.events import Event, wake

log = structlog.get_logger()

CLOCK = "vidgrain:events-clock"
"""The key that holds the newest event's moment."""
WAITING = 100
"""So many events wait for a listener; one that is further behind reads the kept ones."""
WAIT_SECONDS = 2.0
"""How long Redis may take to answer."""
RETRY_SECONDS = 1.0
_SILENT_SECONDS = 5.0
"""After so long without a word Redis is asked for one: a wire that was cut says nothing."""
_PREFIX = "vidgrain:events:"


def channel_of(topic: str) -> str:
    """A topic's stream, and the channel on which its events are called out."""
    return _PREFIX + topic


class Heard:
    """What one listener is told. Filled by the ear's thread, emptied by the listener's loop."""

    def __init__(self, topics: Sequence[str], loop: asyncio.AbstractEventLoop) -> None:
        self.topics = list(dict.fromkeys(topics))
        self.listens = False
        """Whether Redis has confirmed all its topics: from then on nothing is missed."""
        self._loop = loop
        self._news = asyncio.Event()
        self._lock = threading.Lock()
        self._waiting: deque[Event] = deque()
        self._behind = True  # the kept events come first
        self._interrupted = False

    def tell(self, event: Event) -> None:
        """Add an event, or when too many wait already none: then the listener reads the kept ones."""
        with self._lock:
            if len(self._waiting) >= WAITING:
                self._behind = True
                return
            self._waiting.append(event)
            first = len(self._waiting) == 1
        if first:
            self.wake()

    def interrupt(self) -> None:
        """Redis went away: some may be lost."""
        with self._lock:
            self.listens = False
            self._behind = self._interrupted = True
        self.wake()

    def wake(self) -> None:
        """Let the listener look again."""
        wake(self._loop, self._news)

    async def wait(self) -> None:
        """Until `wake` since the last wait."""
        await self._news.wait()
        self._news.clear()

    def take(self) -> Event | None:
        """The next event that waits."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def fall_behind(self) -> None:
        """Read the kept events before the waiting ones."""
        with self._lock:
            self._behind = True

    def take_behind(self) -> bool:
        """Whether the kept events are to be read now; news gather anew from here on."""
        with self._lock:
            was, self._behind = self._behind, False
            if was:
                self._waiting.clear()
            return was

    def take_interrupted(self) -> bool:
        """Whether Redis was away since the last question."""
        with self._lock:
            was, self._interrupted = self._interrupted, False
            return was


class Ear:
    """Hears, by one connection in a thread, the topics of all listeners of this process, from the first one on.

    Subscriptions are sent by whoever adds a listener, answers are read by the thread alone.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: dict[str, set[Heard]] = {}
        """By channel."""
        self._unanswered: dict[str, int] = {}
        """Channels with commands that Redis has not confirmed yet, and how many."""
        self._connection: Any = None
        """The one that listens; None while there is none."""
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()

    def add(self, heard: Heard) -> None:
        """Tell this listener the events of its topics, from when it `listens`."""
        with self._lock:
            new = []
            for topic in heard.topics:
                listeners = self._listeners.setdefault(channel_of(topic), set())
                if not listeners:
                    new.append(channel_of(topic))
                listeners.add(heard)
            self._send("SUBSCRIBE", new)
            self._look(heard)
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._run, name="events", daemon=True)
                self._thread.start()

    def remove(self, heard: Heard) -> None:
        """This listener has gone."""
        with self._lock:
            old = []
            for topic in heard.topics:
                listeners = self._listeners.get(channel_of(topic), set())
                listeners.discard(heard)
                if not listeners and self._listeners.pop(channel_of(topic), None) is not None:
                    old.append(channel_of(topic))
            self._send("UNSUBSCRIBE", old)

    def close(self) -> None:
        """End the thread, and wake all listeners."""
        self._closed.set()
        with self._lock:
            everybody = {heard for listeners in self._listeners.values() for heard in listeners}
            if self._connection is not None:
                with suppress(Exception):  # gone already
                    self._connection.send_command("PING")  # its thread wakes by the answer
        for heard in everybody:
            heard.wake()

    # Both are called with the lock held.

    def _send(self, verb: str, channels: Sequence[str]) -> None:
        import redis

        if self._connection is None or not channels:
            return  # all are named anew when there is a connection
        for channel in channels:
            self._unanswered[channel] = self._unanswered.get(channel, 0) + 1
        try:
            self._connection.send_command(verb, *channels)
        except (redis.RedisError, OSError):
            self._connection = None  # its thread finds out, and begins anew

    def _look(self, heard: Heard) -> None:
        channels = map(channel_of, heard.topics)
        listens = self._connection is not None and not any(channel in self._unanswered for channel in channels)
        if listens and not heard.listens:
            heard.listens = True
            heard.wake()

    # --- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        import redis

        pool = redis.ConnectionPool.from_url(
            self._url, socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS, protocol=2
        )
        while not self._closed.is_set():
            connection = pool.connection_class(**pool.connection_kwargs)
            try:
                connection.connect()
                self._begin(connection)
                self._hear(connection)
            except Exception as error:  # noqa: BLE001 - whatever it is, it begins anew: nobody else would hear the news
                if not self._closed.is_set():
                    log.warning("events_interrupted", error=str(error))
            finally:
                self._interrupted()
                connection.disconnect()
            self._closed.wait(RETRY_SECONDS)

    def _begin(self, connection: Any) -> None:
        with self._lock:
            if self._closed.is_set():
                return
            self._connection, self._unanswered = connection, {}
            # One that is never given up: a connection without any would leave the mode in which it is told news.
            self._send("SUBSCRIBE", [CLOCK, *self._listeners])

    def _interrupted(self) -> None:
        with self._lock:
            self._connection = None
            everybody = {heard for listeners in self._listeners.values() for heard in listeners}
        for heard in everybody:
            heard.interrupt()

    def _hear(self, connection: Any) -> None:
        """Until the connection breaks."""
        import redis

        while not self._closed.is_set():
            if self._connection is not connection:
                raise redis.ConnectionError("A subscription could not be sent.")
            if not connection.can_read(timeout=_SILENT_SECONDS):
                with self._lock:  # two commands at once would mix their bytes
                    connection.send_command("PING")
                if not connection.can_read(timeout=WAIT_SECONDS):
                    raise redis.TimeoutError("Redis does not answer.")
            kind, *rest = connection.read_response(disable_decoding=True, disconnect_on_error=False)
            if kind == b"message":
                self._tell(*rest)
            elif kind in (b"subscribe", b"unsubscribe"):
                self._answered(rest[0].decode())

    def _tell(self, channel: bytes, message: bytes) -> None:
        name = channel.decode()
        key, what, data = message.split(b"\n", 2)
        event = Event(key.decode(), name.removeprefix(_PREFIX), what.decode(), data)
        with self._lock:
            listeners = list(self._listeners.get(name, ()))
        for heard in listeners:
            heard.tell(event)

    def _answered(self, channel: str) -> None:
        with self._lock:
            left = self._unanswered.pop(channel, 1) - 1
            if left > 0:
                self._unanswered[channel] = left
                return
            for heard in self._listeners.get(channel, ()):
                self._look(heard)
