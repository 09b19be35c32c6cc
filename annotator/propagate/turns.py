"""Turns at an accelerator: one thread at a time, clicks before propagation, else first come, first served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from itertools import count

from annotator.propagate.between import Between


class Urgency(IntEnum):
    """Who goes first. A person waits for a click and watches a propagation."""

    CLICK = 0
    PROPAGATION = 1


class Turns:
    """A lock that is handed on to whom it is due; a plain one goes to whoever is quickest, which is the last holder.

    Held for one step (one picture through the network), never for a track: a click waits for one step at most, and
    tracks of several sessions take turns picture by picture. Not re-entrant. With `between` the same holds among the
    processes that share the device.
    """

    def __init__(self, between: Between | None = None) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[Urgency, int]] = []
        self._numbers = count()
        self._held = False
        self._between = between

    @contextmanager
    def take(self, urgency: Urgency) -> Iterator[None]:
        """The accelerator for this thread alone, until the block ends."""
        place = (urgency, next(self._numbers))
        others = self._between
        if others is None:
            self._enter(place)
            try:
                yield
            finally:
                self._leave()
        elif urgency is Urgency.CLICK:
            with self._click(others, place):
                yield
        else:
            with self._propagation(others, place):
                yield

    @contextmanager
    def _click(self, others: Between, place: tuple[Urgency, int]) -> Iterator[None]:
        # Said before anything is waited for, so that no process begins another step.
        asking: int | None = others.ask()
        try:
            self._enter(place)
            try:
                others.enter_click()
                if others.alone and asking is not None:
                    others.asked(asking)
                    asking = None
                try:
                    yield
                finally:
                    others.leave()
            finally:
                self._leave()
        finally:
            if asking is not None:
                others.asked(asking)

    @contextmanager
    def _propagation(self, others: Between, place: tuple[Urgency, int]) -> Iterator[None]:
        while True:
            others.let_clicks_pass()
            self._enter(place)
            try:
                if others.enter():
                    try:
                        yield
                    finally:
                        others.leave()
                    return
            finally:
                self._leave()

    def _enter(self, mine: tuple[Urgency, int]) -> None:
        with self._changed:
            self._waiting.append(mine)
            try:
                self._changed.wait_for(lambda: not self._held and min(self._waiting) == mine)
                self._held = True
            finally:
                self._waiting.remove(mine)
                self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._held = False
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many threads wait now."""
        with self._changed:
            return len(self._waiting)
