"""The propagator without weights: GrabCut for prompts, optical flow and colours over time.

For machines without a GPU, the demo and the tests. It is honest about doubt (scores, absence) and gains from every
further keyframe.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from annotator.propagate import segment, snapshot
from annotator.propagate.follow import Follower, View
from annotator.propagate.marks import Marks
from annotator.propagate.protocol import (
    BoolMask,
    Direction,
    MaskFrame,
    PictureSource,
    PropagatorOptions,
    Proposal,
    Span,
    check_picture,
    check_prompt,
    mask_of,
)
from annotator.propagate.walk import walk
from annotator.records import PromptRecord


class FlowPropagator:
    """Opens sessions that share nothing but settings."""

    def __init__(self, options: PropagatorOptions) -> None:
        self._side = options.work_side

    def open(
        self, reader: PictureSource, width: int, height: int, count: int, snapshot: bytes | None = None
    ) -> FlowSession:
        """A session over a video, new or as a snapshot left it. Raises SnapshotError."""
        return FlowSession(reader, Marks(width, height, count), self._side, snapshot)

    def close(self) -> None:
        """Nothing is held."""


class FlowSession:
    """Keyframes and absent spans of the subjects of one video; see `protocol.Session`."""

    def __init__(self, reader: PictureSource, marks: Marks, side: int, taken: bytes | None = None) -> None:
        self._reader, self._marks, self._side = reader, marks, side
        if taken is not None:
            self._marks.load(snapshot.unpack(taken)[0]["marks"])

    def propose(self, picture: int, prompt: PromptRecord) -> list[Proposal]:
        """Candidates for a prompt, best first; a mask that was accepted is the only candidate for itself."""
        check_picture(picture, self._marks.count)
        accepted = mask_of(prompt, self._marks.width, self._marks.height)
        if accepted is not None:
            return [Proposal(accepted, 1.0)]
        check_prompt(prompt, self._marks.width, self._marks.height)
        with self._marks.lock:
            pixels = self._reader.picture(picture)
        return segment.propose(pixels, prompt)

    def set_keyframe(self, subject: str, picture: int, prompt: PromptRecord | BoolMask | None) -> None:
        """Sets, replaces or (None) takes back what the subject is on a picture."""
        with self._marks.lock:
            if prompt is None:
                self._marks.take(subject, picture)
                return
            mask = self.propose(picture, prompt)[0].mask if isinstance(prompt, PromptRecord) else prompt
            self._marks.put(subject, picture, mask)

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        """Replaces the absent spans of a subject."""
        with self._marks.lock:
            self._marks.set_absent(subject, ranges)

    def forget(self, subject: str) -> None:
        """Forgets the keyframes and absent spans of a subject."""
        with self._marks.lock:
            self._marks.forget(subject)

    def track(self, subject: str, start: int, stop: int, direction: Direction) -> Generator[MaskFrame]:
        """Masks of the pictures start … stop, both included, one for each `next()`."""
        return walk(self._marks, subject, (start, stop), direction, _Steps(self, subject))

    def snapshot(self) -> bytes:
        """The keyframes and absent spans: a follower is made again from them, in little time."""
        with self._marks.lock:
            return snapshot.pack({"propagator": "flow", "marks": self._marks.to_json()})

    @property
    def nbytes(self) -> int:
        """Bytes of the keyframes."""
        return self._marks.nbytes

    def close(self) -> None:
        """Forgets the keyframes."""
        with self._marks.lock:
            self._marks.clear()


class _Steps:
    """A follower that is made at every keyframe, so that a track is the same wherever one before it was closed."""

    def __init__(self, session: FlowSession, subject: str) -> None:
        self._reader, self._marks, self._side = session._reader, session._marks, session._side
        self._subject = subject
        self._follower = Follower(self._side)

    def begin(self, origin: int, start: int, step: int) -> int:  # noqa: ARG002 - the shape of `walk.Steps`
        return origin

    def place(self, picture: int, mask: BoolMask) -> None:
        """A new follower that knows every keyframe of the subject, those near to this one best."""
        self._follower = Follower(self._side)
        pictures = self._marks.pictures(self._subject)
        for other in sorted(pictures, key=lambda p: -abs(p - picture))[-6:]:
            weight = 1.0 if other == picture else 1 / (2 + abs(other - picture) / 30)
            shown = self._marks.keyframe(self._subject, other)
            assert shown is not None
            self._follower.learn(self._view(other), shown, weight)
        self._follower.place(self._view(picture), mask)

    def lose(self, picture: int) -> None:  # noqa: ARG002 - the shape of `walk.Steps`
        self._follower.lose()

    def advance(self, picture: int) -> tuple[BoolMask | None, float]:
        mask, score = self._follower.step(self._view(picture))
        return (None if mask is None else np.ascontiguousarray(mask, dtype=np.bool_)), score

    def passed(self, picture: int) -> None:
        """Nothing is kept between tracks."""

    def _view(self, picture: int) -> View:
        return View(self._reader.picture(picture), self._side)
