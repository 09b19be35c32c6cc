"""The propagator without weights: GrabCut for prompts, optical flow and colours over time.

For machines without a GPU, the demo and the tests. It is honest about doubt (scores, absence) and gains from every
further keyframe.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotator.propagate import segment, snapshot
from annotator.propagate.follow import Follower, View
from annotator.propagate.marks import Marks
from annotator.propagate.protocol import (
    BoolMask,
    Direction,
    FellBack,
    MaskFrame,
    PictureSource,
    PropagatorOptions,
    Proposal,
    SnapshotError,
    Span,
    check_picture,
    check_prompt,
    mask_of,
)
from annotator.propagate.walk import walk
from annotator.records import PromptRecord

_VERSION = 2
"""Of what is followed and how: grows with a change after which the same prompts lead to other masks."""


@dataclass(slots=True)
class _Kept:
    """A follower after the last picture of a track: the next one may go on from there."""

    end: tuple[int, int]
    """That picture and the step, 1 or -1."""
    follower: Follower


class FlowPropagator:
    """Opens sessions that share nothing but settings."""

    def __init__(self, options: PropagatorOptions) -> None:
        self._side = options.work_side
        self.fingerprint = _fingerprint(self._side)

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
        self._kept: dict[str, _Kept] = {}
        self._left: dict[str, dict[str, Any]] = {}  # followers as a snapshot left them, until a track goes on there
        if taken is not None:
            self._restore(taken)

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
                self._drop(subject)
                return
            mask = self.propose(picture, prompt)[0].mask if isinstance(prompt, PromptRecord) else prompt
            self._marks.put(subject, picture, mask)
            self._drop(subject)

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        """Replaces the absent spans of a subject."""
        with self._marks.lock:
            self._marks.set_absent(subject, ranges)
            self._drop(subject)

    def forget(self, subject: str) -> None:
        """Forgets the keyframes and absent spans of a subject."""
        with self._marks.lock:
            self._marks.forget(subject)
            self._drop(subject)

    def track(self, subject: str, start: int, stop: int, direction: Direction) -> Generator[MaskFrame]:
        """Masks of the pictures start … stop, both included, one for each `next()`."""
        return walk(self._marks, subject, (start, stop), direction, _Steps(self, subject))

    def snapshot(self) -> bytes:
        """The keyframes and absent spans, and each follower: some 100 KiB."""
        with self._marks.lock:
            arrays = bytearray()
            left = dict(self._left)
            for subject, kept in self._kept.items():
                left[subject] = {"end": list(kept.end), "state": kept.follower.to_state()}
            header = {
                "propagator": "flow",
                "network": _fingerprint(self._side),
                "marks": self._marks.to_json(),
                "followers": snapshot.put_arrays(left, arrays),
            }
            return snapshot.pack(header, bytes(arrays))

    @property
    def fell_back(self) -> FellBack | None:
        """Never: there is no accelerator."""
        return None

    @property
    def nbytes(self) -> int:
        """Bytes of the keyframes and of what the followers hold."""
        return self._marks.nbytes + sum(kept.follower.nbytes for kept in list(self._kept.values()))

    def close(self) -> None:
        """Forgets the keyframes."""
        with self._marks.lock:
            self._marks.clear()
            self._kept.clear()
            self._left.clear()

    def _drop(self, subject: str) -> None:
        """What was followed up to now followed from other prompts."""
        self._kept.pop(subject, None)
        self._left.pop(subject, None)

    def _take(self, subject: str, end: tuple[int, int]) -> Follower | None:
        """The follower that stands after a picture and step; none when a track has to begin at its keyframe."""
        kept, left = self._kept.pop(subject, None), self._left.pop(subject, None)
        if kept is not None:
            return kept.follower if kept.end == end else None
        if left is None or tuple(left["end"]) != end:
            return None
        follower = Follower(self._side)
        try:
            follower.load_state(left["state"], View(self._reader.picture(end[0]), self._side))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise SnapshotError(f"the snapshot cannot be read: {error}") from error
        return follower

    def _restore(self, taken: bytes) -> None:
        header, payload = snapshot.unpack(taken)
        try:
            self._marks.load(header["marks"])
            if header.get("network") == _fingerprint(self._side):  # else all follows from the prompts again
                self._left = snapshot.take_arrays(header["followers"], payload)
        except (KeyError, TypeError) as error:
            raise SnapshotError(f"the snapshot cannot be read: {error}") from error


def _fingerprint(side: int) -> str:
    return f"flow {_VERSION} {side}"


class _Steps:
    """A follower that is made at every keyframe, so that a track is the same wherever one before it was closed.

    It goes on where the last track was closed, so that whoever takes a track over follows no picture twice.
    """

    def __init__(self, session: FlowSession, subject: str) -> None:
        self._session, self._reader, self._marks, self._side = session, session._reader, session._marks, session._side
        self._subject = subject
        self._follower = Follower(self._side)
        self._step = 1

    def begin(self, origin: int, start: int, step: int) -> int:
        self._step = step
        follower = self._session._take(self._subject, (start - step, step))
        if follower is None:
            return origin
        self._follower = follower
        return start

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
        self._session._kept.pop(self._subject, None)  # a step that breaks leaves nothing to go on from
        mask, score = self._follower.step(self._view(picture))
        return (None if mask is None else np.ascontiguousarray(mask, dtype=np.bool_)), score

    def passed(self, picture: int) -> None:
        self._session._kept[self._subject] = _Kept((picture, self._step), self._follower)

    def _view(self, picture: int) -> View:
        return View(self._reader.picture(picture), self._side)
