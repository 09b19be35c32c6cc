"""The propagator without weights: GrabCut for prompts, optical flow and colours over time.

For machines without a GPU, the demo and the tests. It is honest about doubt (scores, absence) and gains from every
further keyframe.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from annotator.propagate import segment
from annotator.propagate.follow import Follower, View
from annotator.propagate.protocol import (
    BoolMask,
    Direction,
    MaskFrame,
    PictureSource,
    PromptError,
    PropagatorOptions,
    Proposal,
    Span,
    check_picture,
    check_prompt,
    mask_of,
)
from annotator.records import PromptRecord


class FlowPropagator:
    """Opens sessions that share nothing but settings."""

    def __init__(self, options: PropagatorOptions) -> None:
        self._side = options.work_side

    def open(self, reader: PictureSource, width: int, height: int, count: int) -> FlowSession:
        """A session over a video."""
        return FlowSession(reader, width, height, count, self._side)

    def close(self) -> None:
        """Nothing is held."""


class FlowSession:
    """Keyframes and absent spans of the subjects of one video; see `protocol.Session`."""

    def __init__(self, reader: PictureSource, width: int, height: int, count: int, side: int) -> None:
        self._reader = reader
        self._width, self._height, self._count = width, height, count
        self._side = side
        self._keyframes: dict[str, dict[int, BoolMask]] = {}
        self._absent: dict[str, tuple[Span, ...]] = {}

    def propose(self, picture: int, prompt: PromptRecord) -> list[Proposal]:
        """Candidates for a prompt, best first; a mask that was accepted is the only candidate for itself."""
        check_picture(picture, self._count)
        accepted = mask_of(prompt, self._width, self._height)
        if accepted is not None:
            return [Proposal(accepted, 1.0)]
        check_prompt(prompt, self._width, self._height)
        return segment.propose(self._reader.picture(picture), prompt)

    def set_keyframe(self, subject: str, picture: int, prompt: PromptRecord | BoolMask | None) -> None:
        """Sets, replaces or (None) takes back what the subject is on a picture."""
        check_picture(picture, self._count)
        frames = self._keyframes.setdefault(subject, {})
        if prompt is None:
            frames.pop(picture, None)
            return
        mask = self.propose(picture, prompt)[0].mask if isinstance(prompt, PromptRecord) else prompt
        if mask.shape != (self._height, self._width):
            raise PromptError(f"the mask has {mask.shape[::-1]} pixels, the video {(self._width, self._height)}")
        if not mask.any():
            raise PromptError("the mask is empty: say that the subject is absent instead")
        frames[picture] = np.ascontiguousarray(mask, dtype=np.bool_)

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        """Replaces the absent spans of a subject."""
        self._absent[subject] = tuple(ranges)

    def forget(self, subject: str) -> None:
        """Forgets the keyframes and absent spans of a subject."""
        self._keyframes.pop(subject, None)
        self._absent.pop(subject, None)

    def track(self, subject: str, start: int, stop: int, direction: Direction) -> Generator[MaskFrame]:
        """Masks of the pictures start … stop, both included, one for each `next()`."""
        check_picture(start, self._count)
        check_picture(stop, self._count)
        forward = direction == "forward"
        frames = self._keyframes.get(subject, {})
        behind = [p for p in frames if (p <= start if forward else p >= start)]
        if not behind:
            raise PromptError(f"{subject} has no keyframe from which picture {start} can be tracked {direction}")
        if (stop < start) if forward else (stop > start):
            raise PromptError(f"tracking {direction} from picture {start} never comes to picture {stop}")
        return self._run(subject, max(behind) if forward else min(behind), start, stop)

    def _run(self, subject: str, origin: int, start: int, stop: int) -> Generator[MaskFrame]:
        step = 1 if stop >= start and origin <= start else -1
        follower = self._follower(subject, origin)
        for picture, pixels in self._reader.pictures(origin, stop + step, step):
            view = View(pixels, self._side)
            known = self._keyframes.get(subject, {}).get(picture)
            if known is not None:
                follower.place(view, known)
                frame = MaskFrame(picture, known, 1.0)
            elif any(first <= picture <= last for first, last in self._absent.get(subject, ())):
                follower.lose()
                frame = MaskFrame(picture, None, 1.0)
            else:
                mask, score = follower.step(view)
                frame = MaskFrame(picture, mask, round(score, 4))
            if (picture - start) * step >= 0:
                yield frame

    def _follower(self, subject: str, origin: int) -> Follower:
        """A follower that knows every keyframe of the subject, those near to `origin` best."""
        follower = Follower(self._side)
        frames = self._keyframes[subject]
        for picture in sorted(frames, key=lambda p: -abs(p - origin))[-6:]:
            view = View(self._reader.picture(picture), self._side)
            follower.learn(view, frames[picture], 1.0 if picture == origin else 1 / (2 + abs(picture - origin) / 30))
        return follower

    def close(self) -> None:
        """Forgets the keyframes."""
        self._keyframes.clear()
        self._absent.clear()
