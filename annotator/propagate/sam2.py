"""SAM 2 (the `sam2` package) behind the propagator protocol: one network on one device for many sessions.

The package's own session reads a folder of JPEGs and keeps every frame and every output. Here a session's state is a
plain dict over the video's reader (`sam2_session`), kept to what later pictures look at (`sam2_memory`), and the
accelerator is taken for one picture at a time, clicks first. torch is imported only inside functions: this module may
be imported without it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from annotator.propagate.between import between
from annotator.propagate.marks import Marks
from annotator.propagate.protocol import AcceleratorBusy, AcceleratorFull, FellBack, PictureSource, PropagatorOptions
from annotator.propagate.sam2_compile import Forwards
from annotator.propagate.sam2_session import Sam2Session
from annotator.propagate.sam2_weights import Sam2Unavailable, fingerprint_of, load_model
from annotator.propagate.turns import Turns, Urgency

T = TypeVar("T")
_log = logging.getLogger(__name__)
_TIDY_SECONDS = 1.0


class Sam2Propagator:
    """One network on one device, shared by all sessions; it keeps nothing of theirs but their names.

    Sessions that are idle may hold `session_bytes` on the device together; the least used go to host memory, as do
    those that nobody used for `session_seconds`, and half of the idle ones whenever the device runs out of memory.
    """

    def __init__(self, options: PropagatorOptions) -> None:
        self.model = load_model(options)
        self.side = int(self.model.image_size)
        self.fingerprint = fingerprint_of(self.model, options)
        device = self.model.device
        self.turns = Turns(between(options.turns_folder, _name_of(device), alone=device.type != "cpu"))
        self.most_sessions: int | None = None
        """Sessions that may stay on the device at once, since it ran out of memory; None: no such limit yet."""
        self._forwards = Forwards(self.model)
        self._options = options
        self._used: WeakKeyDictionary[Sam2Session, float] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._tidied = time.monotonic()

    def open(
        self, reader: PictureSource, width: int, height: int, count: int, snapshot: bytes | None = None
    ) -> Sam2Session:
        """A session over a video, new or as a snapshot left it; nothing is decoded yet. Raises SnapshotError."""
        if self.model is None:
            raise Sam2Unavailable("this propagator was closed")
        session = Sam2Session(self, reader, Marks(width, height, count), self.model.device, snapshot)
        self._touch(session)
        return session

    def close(self) -> None:
        """Frees the network."""
        self.model = None

    def run(self, session: Sam2Session, urgency: Urgency, work: Callable[[Any], T], *, compiled: bool = False) -> T:
        """One step of a session with the network: its turn, no gradients, bfloat16 on CUDA only.

        When the device runs out of memory, idle sessions are parked and the step is done again; a step that fails has
        stored nothing. Raises AcceleratorBusy when those that could be parked are at work, AcceleratorFull when nothing
        is left to park, Sam2Unavailable when closed.
        """
        import torch

        self._touch(session)
        while True:
            try:
                with ExitStack() as stack:
                    stack.enter_context(self.turns.take(urgency))
                    if self.model is None:
                        raise Sam2Unavailable("this propagator was closed")
                    stack.enter_context(torch.inference_mode())
                    if self.model.device.type == "cuda":
                        stack.enter_context(torch.autocast("cuda", dtype=torch.bfloat16))
                    stack.enter_context(self._forwards.used(compiled))
                    return work(self.model)
            except torch.OutOfMemoryError as error:
                reason = str(error).partition("\n")[0]
            # Only here are the failed step's own tensors free.
            parked, at_work = self._relieve(session)
            if parked:
                continue
            if at_work:
                others = "another clip that is" if at_work == 1 else f"{at_work} other clips that are"
                raise AcceleratorBusy(f"the accelerator's memory is taken by {others} followed just now ({reason})")
            raise AcceleratorFull(
                "the accelerator's memory does not suffice for one session: choose a smaller "
                "VIDGRAIN_SAM2_IMAGE_SIZE or another VIDGRAIN_SAM2_CHECKPOINT and VIDGRAIN_SAM2_CONFIG, or give it "
                f"a device of its own ({reason})"
            )

    def gone(self, session: Sam2Session) -> None:
        """A session was closed."""
        with self._lock:
            self._used.pop(session, None)

    def held(self) -> int:
        """Bytes that the sessions hold on the device together."""
        with self._lock:
            sessions = list(self._used)
        return sum(session.device_bytes for session in sessions)

    def _touch(self, session: Sam2Session) -> None:
        now = time.monotonic()
        with self._lock:
            fresh = session not in self._used
            self._used[session] = now
            if not fresh and now - self._tidied < _TIDY_SECONDS:
                return
            self._tidied = now
            others = sorted((used, id(s), s) for s, used in self._used.items() if s is not session)
        room = self._options.session_bytes - session.device_bytes
        places = None if self.most_sessions is None else self.most_sessions - 1
        for used, _, other in reversed(others):  # those used last may stay
            size = other.device_bytes
            if size == 0:
                continue
            old = now - used > self._options.session_seconds
            if (old or size > room or (places is not None and places <= 0)) and other.park():
                continue
            room -= size
            places = None if places is None else places - 1

    def _relieve(self, session: Sam2Session) -> tuple[int, int]:
        """Parks the less used half of the sessions that hold anything, or the next idle one. How many were parked, and
        how many could not be because they are at work."""
        import torch

        with self._lock:
            others = sorted((used, id(s), s) for s, used in self._used.items() if s is not session)
        holding = [other for _, _, other in others if other.device_bytes > 0]
        parked = at_work = 0
        for other in holding:
            if parked * 2 >= len(holding):
                break
            idle = other.park()
            parked, at_work = parked + idle, at_work + (not idle)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if parked:
            self.most_sessions = max(1, len(holding) - parked + 1)
            session.fell_back = FellBack(datetime.now(UTC), self.most_sessions)
            _log.warning(
                "out of memory on %s: %d idle sessions parked in host memory, at most %d stay on it from now on",
                self._options.device,
                parked,
                self.most_sessions,
            )
        return parked, at_work


def _name_of(device: Any) -> str:
    """The same for every process that has this device, whatever number it calls it by."""
    import torch

    if device.type != "cuda":
        return str(device)
    properties = torch.cuda.get_device_properties(device)
    return f"cuda-{getattr(properties, 'uuid', None) or device.index or 0}"
