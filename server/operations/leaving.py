"""That this process was asked to end: whoever waits for news or a worker stops waiting, and the rest is finished."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import anyio

AGAIN_SECONDS = 0.2
"""After so long a cancel was swallowed."""

T = TypeVar("T")


class Leaving:
    """Begun once, by a signal; asked from any thread or loop."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def begun(self) -> bool:
        """True when the process ends."""
        return self._begun.is_set()

    def begin(self) -> None:
        """The process ends. May be called from a signal handler, and again."""
        self._begun.set()
        for news, loop in list(self._waiting.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(news.set)

    async def wait(self) -> None:
        """Return when the process ends."""
        news = asyncio.Event()
        self._waiting[news] = asyncio.get_running_loop()
        try:
            if not self.begun:  # after we are listed: a signal in between is not missed
                await news.wait()
        finally:
            self._waiting.pop(news, None)


async def ended(task: asyncio.Future[Any]) -> None:
    """Cancel a task, and again until it has ended: libraries swallow a cancel now and then (redis while it connects),
    and a stream would go on for a page that has left. A cancel of the one who waits here takes effect after that."""
    cancelled = False
    with anyio.CancelScope(shield=True):
        while not task.done():
            task.cancel()
            try:
                await asyncio.wait({task}, timeout=AGAIN_SECONDS)
            except asyncio.CancelledError:
                cancelled = True
    if cancelled:
        raise asyncio.CancelledError


async def until(leaving: Leaving, stream: AsyncGenerator[T, None]) -> AsyncIterator[T]:
    """What `stream` gives until the process ends. Streams without an end would hold it up."""
    end = asyncio.ensure_future(leaving.wait())
    coming: asyncio.Task[T] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(stream))
            waiting: set[asyncio.Future[Any]] = {coming, end}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            try:
                piece = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield piece
    finally:
        end.cancel()
        if coming is not None:
            await ended(coming)
        with anyio.CancelScope(shield=True):
            await stream.aclose()  # a generator can be closed only when it does not run


@contextmanager
def begun_by_signals(leaving: Leaving) -> Iterator[None]:
    """Begin leaving at SIGTERM or SIGINT, before the handlers that are there already end the server."""
    if threading.current_thread() is not threading.main_thread():
        yield  # tests: no signal reaches us there
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def hear(number: int, frame: FrameType | None) -> None:
        leaving.begin()
        previous = before[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)
        elif previous == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in before:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number, previous in before.items():
            if signal.getsignal(number) is hear:
                signal.signal(number, previous)
