"""One video under work with SAM 2: prompts are its record, the network's memory a cache that is made from them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from annotator.masklet import edit
from annotator.propagate import sam2_steps, snapshot
from annotator.propagate.marks import Marks
from annotator.propagate.presence import Presence
from annotator.propagate.protocol import (
    BoolMask,
    Direction,
    FellBack,
    MaskFrame,
    PictureSource,
    Proposal,
    SnapshotError,
    Span,
    check_picture,
    check_prompt,
    mask_of,
)
from annotator.propagate.sam2_memory import Memory, new_state
from annotator.propagate.turns import Urgency
from annotator.propagate.walk import walk
from annotator.records import PromptRecord

if TYPE_CHECKING:
    from annotator.propagate.sam2 import Sam2Propagator

T = TypeVar("T")


class Sam2Session:
    """Keyframes, absent spans and network state of the subjects of one video; see `protocol.Session`."""

    def __init__(
        self, owner: Sam2Propagator, reader: PictureSource, marks: Marks, device: Any, taken: bytes | None = None
    ) -> None:
        self._owner, self._marks, self._device = owner, marks, device
        self._frames = sam2_steps.Frames(reader, marks.count, owner.side, device)
        self._features: dict[int, Any] = {}  # of the picture seen last: the encoder is shared by all subjects
        self._memories: dict[str, Memory] = {}
        self.fell_back: FellBack | None = None
        """That the accelerator ran out of memory in a step of this session, as the propagator says."""
        if taken is not None:
            self._restore(taken)

    def propose(self, picture: int, prompt: PromptRecord) -> list[Proposal]:
        """Three candidates for one click, one for a box or several clicks; best first by predicted IoU."""
        check_picture(picture, self._marks.count)
        accepted = mask_of(prompt, self._marks.width, self._marks.height)
        if accepted is not None:
            return [Proposal(accepted, 1.0)]
        check_prompt(prompt, self._marks.width, self._marks.height)
        with self._marks.lock:
            state = self._new_state()
            masks, scores = self._step(
                Urgency.CLICK, state, picture, lambda model: sam2_steps.propose(model, state, picture, prompt)
            )
        found = [Proposal(_tidy(mask), round(score, 4)) for mask, score in zip(masks, scores, strict=True)]
        return [proposal for proposal in found if proposal.mask.any()] or found[:1]

    def set_keyframe(self, subject: str, picture: int, prompt: PromptRecord | BoolMask | None) -> None:
        """Sets, replaces or (None) takes back what the subject is on a picture. The network hears of it in `track`."""
        with self._marks.lock:
            if prompt is None:
                self._marks.take(subject, picture)
            else:
                mask = self.propose(picture, prompt)[0].mask if isinstance(prompt, PromptRecord) else prompt
                self._marks.put(subject, picture, mask)
            memory = self._memories.get(subject)
            if memory is not None:
                # The package tracks over a correction, and its own way of forgetting around one fails.
                memory.restart()
                memory.conditioning.pop(picture, None)

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        """Replaces the absent spans of a subject."""
        with self._marks.lock:
            self._marks.set_absent(subject, ranges)
            if subject in self._memories:
                self._memories[subject].restart()

    def forget(self, subject: str) -> None:
        """Forgets a subject with all its memory."""
        with self._marks.lock:
            self._marks.forget(subject)
            self._memories.pop(subject, None)

    def track(self, subject: str, start: int, stop: int, direction: Direction) -> Generator[MaskFrame]:
        """Masks of the pictures start … stop, both included, one network step for each `next()`."""
        return walk(self._marks, subject, (start, stop), direction, _Steps(self, subject))

    def snapshot(self) -> bytes:
        """Prompts, and the network's memory of each subject: about 0.6 MiB a keyframe and 4 MiB a track at 1024."""
        from safetensors.torch import save

        with self._marks.lock:
            ends: dict[str, Any] = {}
            tensors: dict[str, Any] = {}
            for number, (subject, memory) in enumerate(self._memories.items()):
                ends[subject] = [number, memory.end, memory.presence.there, memory.presence.contrary]
                tensors |= memory.tensors(str(number))
            header = {
                "propagator": "sam2",
                "network": self._owner.fingerprint,
                "marks": self._marks.to_json(),
                "memories": ends,
            }
            return snapshot.pack(header, save(tensors) if tensors else b"")

    @property
    def device_bytes(self) -> int:
        """Bytes on the accelerator: what the network remembers, and the features of the last picture."""
        memories = sum(memory.nbytes for memory in list(self._memories.values()) if not memory.parked)
        return memories + _nbytes(list(self._features.values()))

    @property
    def nbytes(self) -> int:
        """Bytes on the accelerator, in host memory where they are parked, and of the keyframes."""
        parked = sum(memory.nbytes for memory in list(self._memories.values()) if memory.parked)
        return self.device_bytes + parked + self._marks.nbytes

    def remembered(self, subject: str) -> tuple[int, int]:
        """How many keyframes and other pictures the network has in memory for a subject."""
        memory = self._memories.get(subject)
        return (len(memory.conditioning), len(memory.tracked)) if memory else (0, 0)

    def park(self) -> bool:
        """Gives back the accelerator's memory, losing nothing; False when the session is at work just now."""
        if not self._marks.lock.acquire(blocking=False):
            return False
        try:
            self._features.clear()
            for memory in self._memories.values():
                memory.move("cpu")
                memory.parked = True
            return True
        finally:
            self._marks.lock.release()

    def close(self) -> None:
        """Frees all states."""
        with self._marks.lock:
            self._marks.clear()
            self._memories.clear()
            self._features.clear()
        self._owner.gone(self)

    def _new_state(self) -> dict[str, Any]:
        marks = self._marks
        return new_state(self._frames, marks.count, marks.width, marks.height, self._device)

    def _step(
        self,
        urgency: Urgency,
        state: dict[str, Any],
        picture: int,
        work: Callable[[Any], T],
        *,
        compiled: bool = False,
    ) -> T:
        """One turn at the accelerator for one picture, which is decoded before."""
        if picture not in self._features:
            self._frames.fetch(picture)

        def with_features(model: Any) -> T:
            state["cached_features"] = self._features
            try:
                return work(model)
            finally:
                self._features = state["cached_features"]
                state["cached_features"] = {}

        return self._owner.run(self, urgency, with_features, compiled=compiled)

    def _ready(self, subject: str) -> Memory:
        """The memory of a subject on the accelerator, knowing every keyframe; what is missing is made."""
        memory = self._memories.get(subject)
        if memory is None:
            memory = self._memories[subject] = Memory(self._new_state())
        if memory.parked:
            self._owner.run(self, Urgency.PROPAGATION, lambda model: memory.move(model.device))
            memory.parked = False
        for picture in self._marks.pictures(subject):
            if picture not in memory.conditioning:
                mask = self._marks.keyframe(subject, picture)
                assert mask is not None
                self._condition(memory, picture, mask)
        return memory

    def _condition(self, memory: Memory, picture: int, mask: BoolMask) -> None:
        def work(model: Any) -> None:
            sam2_steps.condition(model, memory, picture, mask)

        self._step(Urgency.PROPAGATION, memory.state, picture, work)

    def _restore(self, taken: bytes) -> None:
        header, payload = snapshot.unpack(taken)
        try:
            self._marks.load(header["marks"])
            if header.get("network") != self._owner.fingerprint or not payload:
                return  # of another network: all follows from the prompts again
            from safetensors.torch import load

            tensors = load(payload)
            for subject, (number, end, there, contrary) in header["memories"].items():
                memory = Memory(self._new_state(), tuple(end) if end else None, Presence(there, contrary), parked=True)
                prefix = f"{number}/"
                memory.load({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
                self._memories[subject] = memory
        except (KeyError, TypeError, ValueError) as error:
            self._memories.clear()
            raise SnapshotError(f"the snapshot cannot be read: {error}") from error


class _Steps:
    """A subject's walk in one direction through the network."""

    def __init__(self, session: Sam2Session, subject: str) -> None:
        self._session, self._subject = session, subject
        self._step = 1

    def begin(self, origin: int, start: int, step: int) -> int:
        """Goes on where the last track was closed, or begins at the keyframe with nothing but keyframes in memory."""
        self._step = step
        memory = self._session._ready(self._subject)
        if memory.end == (start - step, step):
            return start
        memory.restart()
        memory.presence = Presence()
        return origin

    def place(self, picture: int, mask: BoolMask) -> None:  # noqa: ARG002 - the shape of `walk.Steps`
        """What was tracked up to here does not count after a person's word; it may be what they corrected."""
        memory = self._session._ready(self._subject)
        memory.restart()
        memory.presence.say(there=True)

    def lose(self, picture: int) -> None:  # noqa: ARG002 - the shape of `walk.Steps`
        self._session._ready(self._subject).presence.say(there=False)

    def advance(self, picture: int) -> tuple[BoolMask | None, float]:
        memory = self._session._ready(self._subject)

        def work(model: Any) -> tuple[BoolMask, float]:
            found = sam2_steps.advance(model, memory, picture, reverse=self._step < 0)
            memory.prune(picture, self._step, sam2_steps.reach_of(model))
            return found

        mask, logit = self._session._step(Urgency.PROPAGATION, memory.state, picture, work, compiled=True)
        shown, score = memory.presence.see(logit, bool(mask.any()))
        return (_tidy(mask) if shown else None), score

    def passed(self, picture: int) -> None:
        self._session._memories[self._subject].end = picture, self._step


def _tidy(mask: BoolMask) -> BoolMask:
    """Without the pinholes that a low-resolution decoder leaves."""
    return edit.fill_holes(np.ascontiguousarray(mask, dtype=np.bool_), max_area=64)


def _nbytes(value: Any) -> int:
    """Bytes of the tensors in nested lists, tuples and dicts."""
    if isinstance(value, dict):
        return _nbytes(list(value.values()))
    if isinstance(value, list | tuple):
        return sum(_nbytes(item) for item in value)
    return int(value.numel() * value.element_size()) if hasattr(value, "element_size") else 0
