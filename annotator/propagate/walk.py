"""Walks one subject from picture to picture: what a person said holds, the rest is a follower's answer."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from annotator.propagate.marks import Marks
from annotator.propagate.protocol import BoolMask, Direction, MaskFrame, Span, TrackOutdated


class Steps(Protocol):
    """What a propagator does on a picture of a walk."""

    def begin(self, origin: int, start: int, step: int) -> int:
        """The picture to walk from: the keyframe `origin`, or a later one where it can go on exactly."""
        ...

    def place(self, picture: int, mask: BoolMask) -> None:
        """A keyframe is passed."""
        ...

    def lose(self, picture: int) -> None:
        """A person said that the subject is not visible here."""
        ...

    def advance(self, picture: int) -> tuple[BoolMask | None, float]:
        """The mask of a picture without a prompt (None: absent) and its score, 0 … 1."""
        ...

    def passed(self, picture: int) -> None:
        """The picture is done; a track that begins at the next one may go on from here."""
        ...


def walk(marks: Marks, subject: str, span: Span, direction: Direction, steps: Steps) -> Generator[MaskFrame]:
    """Masks of the pictures span[0] … span[1]. Raises PromptError at once, TrackOutdated when the subject was changed.

    The session's lock is held for one picture, never while the caller has the generator.
    """
    with marks.lock:
        begun = marks.begin(subject, *span, direction)
    return _walk(marks, subject, span, begun, steps)


def _walk(marks: Marks, subject: str, span: Span, begun: tuple[int, int, int], steps: Steps) -> Generator[MaskFrame]:
    origin, step, turn = begun
    start, stop = span
    picture: int | None = None
    while picture is None or (stop - picture) * step >= 0:
        with marks.lock:
            if marks.turn_of(subject) != turn:
                raise TrackOutdated(f"{subject} was changed or is tracked anew: begin another track")
            if picture is None:
                picture = steps.begin(origin, start, step)
            known = marks.keyframe(subject, picture)
            if known is not None:
                steps.place(picture, known)
                frame = MaskFrame(picture, known, 1.0)
            elif marks.is_absent(subject, picture):
                steps.lose(picture)
                frame = MaskFrame(picture, None, 1.0)
            else:
                mask, score = steps.advance(picture)
                frame = MaskFrame(picture, mask, round(score, 4))
            steps.passed(picture)
        if (picture - start) * step >= 0:
            yield frame
        picture += step
