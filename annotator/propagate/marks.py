"""What a person said about the subjects of one video: keyframes and absent spans. The record of every session.

Whatever else a session holds follows from this, and can be made again from it by any other worker.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotator.masklet import rle
from annotator.propagate.protocol import BoolMask, Direction, PromptError, SnapshotError, Span, check_picture


class Marks:
    """Keyframes (as runs) and absent spans by subject, of a video of `count` pictures of width x height pixels.

    `lock` is held for one picture of a track and for one prompt, so that no prompt is ever added in the middle of a
    step of the same session. Each change of a subject ends its open tracks (see `turn_of`).
    """

    def __init__(self, width: int, height: int, count: int) -> None:
        self.width, self.height, self.count = width, height, count
        self.lock = threading.RLock()
        self._keyframes: dict[str, dict[int, str]] = {}
        self._absent: dict[str, tuple[Span, ...]] = {}
        self._turns: defaultdict[str, int] = defaultdict(int)

    def check_mask(self, mask: BoolMask) -> None:
        """Raises PromptError unless this can be a keyframe."""
        if mask.shape != (self.height, self.width):
            raise PromptError(f"the mask has {mask.shape[::-1]} pixels, the video {(self.width, self.height)}", "mask")
        if not mask.any():
            raise PromptError("the mask is empty: say that the subject is absent instead", "mask")

    def put(self, subject: str, picture: int, mask: BoolMask) -> None:
        """Sets or replaces a keyframe. Raises PromptError."""
        check_picture(picture, self.count)
        self.check_mask(mask)
        frames = self._keyframes.setdefault(subject, {})
        frames[picture] = rle.encode(np.ascontiguousarray(mask, dtype=np.bool_)).counts
        self._keyframes[subject] = dict(sorted(frames.items()))
        self._turns[subject] += 1

    def take(self, subject: str, picture: int) -> None:
        """Takes a keyframe back. Raises PromptError when there is none."""
        check_picture(picture, self.count)
        if picture not in self._known(subject):
            raise PromptError(f"{subject} has no keyframe on picture {picture}", "picture")
        del self._keyframes[subject][picture]
        self._turns[subject] += 1

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        """Replaces the absent spans. Raises PromptError for a span that is reversed or outside the video."""
        for first, last in ranges:
            check_picture(first, self.count, "ranges")
            check_picture(last, self.count, "ranges")
            if last < first:
                raise PromptError(f"the absent span {first} … {last} ends before it begins", "ranges")
        self._absent[subject] = tuple((int(first), int(last)) for first, last in ranges)
        self._turns[subject] += 1

    def forget(self, subject: str) -> None:
        """Forgets a subject; one that was never named is forgotten already."""
        self._keyframes.pop(subject, None)
        self._absent.pop(subject, None)
        self._turns[subject] += 1

    def clear(self) -> None:
        """Forgets everything."""
        for subject in {*self._keyframes, *self._absent}:
            self.forget(subject)

    def subjects(self) -> list[str]:
        """Those with a keyframe."""
        return [subject for subject, frames in self._keyframes.items() if frames]

    def pictures(self, subject: str) -> list[int]:
        """Pictures of the keyframes of a subject, in order."""
        return list(self._keyframes.get(subject, ()))

    def keyframe(self, subject: str, picture: int) -> BoolMask | None:
        """The mask that holds on this picture."""
        counts = self._keyframes.get(subject, {}).get(picture)
        return None if counts is None else rle.decode(rle.Rle(self.height, self.width, counts)).view(np.bool_)

    def is_absent(self, subject: str, picture: int) -> bool:
        """Whether a person said that the subject is not visible there; a keyframe wins over it."""
        return any(first <= picture <= last for first, last in self._absent.get(subject, ()))

    def begin(self, subject: str, start: int, stop: int, direction: Direction) -> tuple[int, int, int]:
        """A new track of a subject: keyframe it starts from, step (1 or -1), and its turn. Raises PromptError."""
        check_picture(start, self.count, "start")
        check_picture(stop, self.count, "stop")
        step = 1 if direction == "forward" else -1
        behind = [picture for picture in self._known(subject) if (start - picture) * step >= 0]
        if not behind:
            message = f"{subject} has no keyframe from which picture {start} can be tracked {direction}"
            raise PromptError(message, "start")
        if (stop - start) * step < 0:
            raise PromptError(f"tracking {direction} from picture {start} never comes to picture {stop}", "stop")
        self._turns[subject] += 1
        return (max(behind) if step > 0 else min(behind)), step, self._turns[subject]

    def turn_of(self, subject: str) -> int:
        """Grows with every change of the subject and every track of it: older tracks are outdated."""
        return self._turns[subject]

    @property
    def nbytes(self) -> int:
        """Bytes that the keyframes take."""
        return sum(len(counts) for frames in self._keyframes.values() for counts in frames.values())

    def to_json(self) -> dict[str, Any]:
        """Everything that was said, as plain values."""
        return {
            "video": [self.width, self.height, self.count],
            "keyframes": {s: {str(p): counts for p, counts in f.items()} for s, f in self._keyframes.items()},
            "absent": {s: [list(span) for span in spans] for s, spans in self._absent.items() if spans},
        }

    def load(self, value: dict[str, Any]) -> None:
        """What `to_json` gave, in place of what is there. Raises SnapshotError and changes nothing then."""
        fresh = Marks(self.width, self.height, self.count)
        try:
            if value["video"] != [self.width, self.height, self.count]:
                raise SnapshotError("the snapshot was taken of another video")
            for subject, frames in value["keyframes"].items():
                for picture, counts in frames.items():
                    mask = rle.decode(rle.Rle(self.height, self.width, counts)).view(np.bool_)
                    fresh.put(subject, int(picture), mask)
            for subject, spans in value["absent"].items():
                fresh.set_absent(subject, [(first, last) for first, last in spans])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, SnapshotError):
                raise
            raise SnapshotError(f"the snapshot cannot be read: {error}") from error
        self.clear()
        self._keyframes, self._absent = fresh._keyframes, fresh._absent

    def _known(self, subject: str) -> dict[int, str]:
        """The keyframes of a subject. Raises PromptError for one without any."""
        frames = self._keyframes.get(subject)
        if not frames:
            raise PromptError(f"{subject} has no keyframe: there is no such subject", "subject")
        return frames
