"""Open propagators and sessions of a worker, kept between clicks: the second click on a video waits for no file.

Everything here is a cache: prompts are the record, and any other worker can build the same from them.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from annotator.propagate.between import turns_folder
from annotator.propagate.protocol import AcceleratorFull, PromptError, Propagator, PropagatorOptions, Session
from annotator.propagate.registry import open_propagator
from server.settings import Settings
from server.storage import Storage
from server.tables.projects import PropagatorName
from server.tables.videos import Video
from server.videos.readers import open_reader

KEPT = 4
KEPT_BYTES = 2**30
"""What the kept sessions may hold together, on the accelerator and in host memory, beside their readers."""
IDLE_SECONDS = 600.0


def options_of(settings: Settings) -> PropagatorOptions:
    """What the settings say to propagators."""
    checkpoint = str(settings.sam2_checkpoint) if settings.sam2_checkpoint else None
    return PropagatorOptions(
        checkpoint=checkpoint,
        size=settings.sam2_config or "small",
        image_size=settings.sam2_image_size,
        device=settings.device,
        compiled=settings.sam2_compile,
        session_bytes=settings.sam2_session_bytes,
        turns_folder=str(turns_folder()),
    )


def name_of(propagator: PropagatorName, sha256: str) -> str:
    """What a worker that has a session of this propagator on this video says that it holds."""
    return f"{propagator.value}:{sha256}"


@dataclass
class _Kept:
    session: Session | None = None
    stack: ExitStack = field(default_factory=ExitStack)
    lock: threading.Lock = field(default_factory=threading.Lock)
    used: float = field(default_factory=time.monotonic)
    users: int = 0
    """Threads that have it or wait for it."""


class Sessions:
    """The propagators and the click sessions of one process."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._propagators: dict[PropagatorName, Propagator] = {}
        self._kept: OrderedDict[tuple[PropagatorName, str], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def propagator(self, name: PropagatorName, settings: Settings) -> Propagator:
        """The propagator of that name, opened once. Raises what opening it raises."""
        with self._lock:
            if name not in self._propagators:
                self._propagators[name] = open_propagator(name.value, options_of(settings))
            return self._propagators[name]

    @contextmanager
    def for_clicks(self, name: PropagatorName, settings: Settings, video: Video) -> Iterator[Session]:
        """A session on the video for this thread alone, kept open afterwards."""
        propagator = self.propagator(name, settings)
        key = (name, video.sha256)
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            kept.users += 1
        try:
            with kept.lock:  # nobody holds it for longer than one click
                if kept.session is None:
                    kept.session = self._open(propagator, video, kept.stack)
                try:
                    yield kept.session
                except (AcceleratorFull, PromptError):
                    raise  # a step that is refused has changed nothing
                except BaseException:
                    # Whatever broke may lie in the session or its reader: the next click, which comes here because
                    # this worker has the video, opens them anew.
                    with self._lock:
                        kept.session = None
                    kept.stack.close()
                    raise
        finally:
            with self._lock:
                kept.users -= 1
                kept.used = time.monotonic()
            self._tidy()

    def _open(self, propagator: Propagator, video: Video, kept: ExitStack) -> Session:
        with ExitStack() as stack:
            opened = open_reader(self._storage, video)
            stack.callback(opened.stack.close)
            reader = opened.reader
            session = propagator.open(reader, reader.width, reader.height, len(reader))
            stack.callback(session.close)
            kept.push(stack.pop_all())
            return session

    def held(self) -> list[str]:
        """Names of what is open, as `name_of` gives them."""
        with self._lock:
            return [name_of(*key) for key, kept in self._kept.items() if kept.session is not None]

    def _tidy(self) -> None:
        with self._lock:
            moment = time.monotonic()
            for key, kept in list(self._kept.items()):  # the one used longest ago first
                held = sum(other.session.nbytes for other in self._kept.values() if other.session is not None)
                too_many = len(self._kept) > KEPT or (len(self._kept) > 1 and held > KEPT_BYTES)
                unused = kept.users == 0
                if unused and (too_many or kept.session is None or moment - kept.used > IDLE_SECONDS):
                    del self._kept[key]
                    kept.stack.close()


_all: WeakKeyDictionary[Storage, Sessions] = WeakKeyDictionary()
_all_lock = threading.Lock()


def sessions_of(storage: Storage) -> Sessions:
    """The sessions of this process over a storage; they go when it goes."""
    with _all_lock:
        return _all.setdefault(storage, Sessions(storage))
