"""Turns at an accelerator: one thread at a time, clicks before propagation, else first come, first served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from itertools import count


class Urgency(IntEnum):
    """Who goes first. A person waits for a click and watches a propagation."""

    CLICK = 0
    PROPAGATION = 1


class Turns:
    """A lock that is handed on to whom it is due; a plain one goes to whoever is quickest, which is the last holder.

    Held for one step (one picture through the network), never for a track: a click waits for one step at most, and
    tracks of several sessions take turns picture by picture. Not re-entrant.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[Urgency, int]] = []
        self._numbers = count()
        self._held = False

    @contextmanager
    def take(self, urgency: Urgency) -> Iterator[None]:
        """The accelerator for this thread alone, until the block ends."""
        with self._changed:
            mine = (urgency, next(self._numbers))
            self._waiting.append(mine)
            try:
                self._changed.wait_for(lambda: not self._held and min(self._waiting) == mine)
                self._held = True
            finally:
                self._waiting.remove(mine)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._held = False
                self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many threads wait now."""
        with self._changed:
            return len(self._waiting)
