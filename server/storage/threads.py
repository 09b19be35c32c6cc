"""Threads of their own for requests that read the store, so that a store that hangs keeps these and nothing else.

Whoever reads it in the threads that all requests share, or with a database connection in hand, takes autosave's turn
while the store says nothing: that may be minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar
from weakref import WeakKeyDictionary

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")

AT_ONCE = 32
"""Requests of one process that read the store at the same time; others wait without a thread."""

_places: WeakKeyDictionary[asyncio.AbstractEventLoop, CapacityLimiter] = WeakKeyDictionary()


async def apart(work: Callable[[], T]) -> T:
    """What `work` reads of the store. No transaction may be open around it."""
    places = _places.setdefault(asyncio.get_running_loop(), CapacityLimiter(AT_ONCE))
    return await to_thread.run_sync(work, limiter=places)


async def pieces_apart(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of an object, each read in its turn: a slow client keeps no thread."""
    try:
        while (piece := await apart(lambda: next(pieces, None))) is not None:
            yield piece
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
