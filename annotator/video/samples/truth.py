"""What is known about a rendered clip: every subject's masks, events and captions, and questions with their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from annotator.records import QuestionType
from annotator.video.samples.paint import Image

SIZE = (640, 360)
"""Width and height of every sample."""


class EventTruth(NamedTuple):
    """A span of a subject's time, in pictures, end inclusive; the subject is visible in all of them."""

    picture_start: int
    picture_end: int
    caption: str


class QuestionTruth(NamedTuple):
    """A question about a span in seconds, its right answer, and a draft to verify (None: to be written)."""

    start_s: Fraction
    end_s: Fraction
    question: str
    answer: str
    q_type: QuestionType
    draft_answer: str | None


class Click(NamedTuple):
    """A click that selects the subject: picture, and pixel within its mask, far from its edge."""

    picture: int
    x: int
    y: int


@dataclass(frozen=True)
class SubjectTruth:
    """One subject: `masks[picture]` is uint8[height,width] of 0 and 1, or None where nothing of it is visible."""

    label: str
    masks: list[Image | None]
    points: list[Click]
    events: list[EventTruth]


@dataclass(frozen=True)
class Truth:
    """Everything known about a rendered clip."""

    subjects: list[SubjectTruth]
    questions: list[QuestionTruth]
    times: list[Fraction]
    """Seconds of each picture from the first."""


@dataclass(frozen=True)
class Sample:
    """A clip that the program renders itself."""

    name: str
    title: str
    seconds: int
    rate: Fraction
    """Pictures a second; the mean where the rate is variable."""
    size: tuple[int, int] = SIZE
    variable: bool = False

    def clock(self) -> tuple[list[int], Fraction]:
        """Timestamps of the pictures and their time base."""
        if not self.variable:
            return list(range(int(self.seconds * self.rate))), 1 / self.rate
        # A phone's clock: 30 a second in light, 15 in shade, and jitter between; in 1/600 s.
        pts, now = [], 0
        random = np.random.default_rng(7)
        while now < self.seconds * 600:
            pts.append(now)
            now += 40 if (now // 1200) % 3 == 2 else 20 + int(random.integers(-3, 4))
        return pts, Fraction(1, 600)


Moment = tuple[float, float, str]
"""An event in the script: from, to (seconds), caption."""


@dataclass(frozen=True)
class Script:
    """A scene's events by subject, and its questions."""

    events: dict[str, list[Moment]]
    questions: list[QuestionTruth]
    sound: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]] | None = None
    """The clip's sound: from times in seconds to samples in -1 … 1."""


class Scene(Protocol):
    """Draws one clip."""

    script: Script

    def draw(self, t: float) -> tuple[Image, dict[str, Image]]:
        """The picture at `t` seconds, RGB, and the visible mask of each subject."""
        ...


@dataclass
class SubjectDraft:
    """A subject's masks while a clip is rendered."""

    label: str
    masks: list[Image | None] = field(default_factory=list)

    SMALLEST = 24
    """Pixels below which a subject counts as not visible."""

    def add(self, mask: Image | None) -> None:
        """The next picture's mask."""
        self.masks.append(mask if mask is not None and int(mask.sum()) >= self.SMALLEST else None)

    def finished(self, moments: Sequence[Moment], times: Sequence[Fraction]) -> SubjectTruth:
        """With events on pictures: a moment covers its visible pictures, which follow each other."""
        events = []
        for start, end, caption in moments:
            inside = [i for i, t in enumerate(times) if start <= t < end and self.masks[i] is not None]
            if not inside or inside != list(range(inside[0], inside[-1] + 1)):
                raise ValueError(f"{self.label} is not visible throughout {start} to {end} s: {caption}")
            events.append(EventTruth(inside[0], inside[-1], caption))
        return SubjectTruth(self.label, self.masks, self._clicks(events), events)

    def _clicks(self, events: Sequence[EventTruth]) -> list[Click]:
        """One click per event, in its middle."""
        clicks = []
        for event in events:
            picture = (event.picture_start + event.picture_end) // 2
            mask = self.masks[picture]
            if mask is not None:
                clicks.append(Click(picture, *deepest(mask)))
        return clicks


def deepest(mask: Image) -> tuple[int, int]:
    """The pixel (x, y) of the mask that lies farthest from its edge."""
    import cv2

    depth = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(np.argmax(depth)), mask.shape)
    return int(x), int(y)


def ask(
    span: tuple[int, int], q_type: QuestionType, question: str, answer: str, draft: str | None = None
) -> QuestionTruth:
    """A question about whole seconds."""
    return QuestionTruth(Fraction(span[0]), Fraction(span[1]), question, answer, q_type, draft)
