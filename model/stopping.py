"""How a run or an evaluation is asked to stop: by SIGTERM or SIGINT, heeded between two steps."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

STOPPED: Final = os.EX_TEMPFAIL
"""Exit code of a command that stopped on request: start it again to go on."""


class StopRequestedError(Exception):
    """Somebody asked for the end of work that cannot be continued later."""


@contextmanager
def stop_on_sigterm() -> Iterator[Callable[[], bool]]:
    """Turns SIGTERM and SIGINT into a request that the yielded function tells; in another thread none is installed."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
