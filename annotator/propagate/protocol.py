"""What every propagator offers: prompts in, candidates and masks out, one picture at a time.

Prompts are the record; a session is a cache that can be rebuilt from them by any other worker. The masks of a picture
follow from the prompts alone, never from the order in which they came or from what was tracked before. Sessions lock
themselves for one picture at a time: a prompt of another thread waits for the step that is under way.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from annotator.masklet import rle
from annotator.records import PromptRecord

Picture = NDArray[np.uint8]
"""RGB, uint8[height, width, 3]."""
BoolMask = NDArray[np.bool_]
"""bool[height, width] in proxy pixels."""
Direction = Literal["forward", "backward"]
Span = tuple[int, int]
"""First and last picture, both included."""


class PromptError(ValueError):
    """A prompt that cannot be used: outside the video, without content, or with a damaged mask. Nothing was changed."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field
        """What was wrong: picture, points, box, counts, mask, subject, ranges, start or stop."""


class TrackOutdated(RuntimeError):
    """The subject of this track was changed, or is tracked anew, since the track began: begin another one."""


class AcceleratorFull(RuntimeError):
    """The accelerator's memory does not suffice, even with every other session parked. The message says what to set."""


class AcceleratorBusy(AcceleratorFull):
    """Sessions that are at work at this moment have the accelerator's memory: go on when they have ended."""


class SnapshotError(ValueError):
    """A snapshot that cannot be used: damaged, or of another video. The prompts it was made from still hold."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate mask for a prompt; scores (0 … 1) order the candidates of one prompt, no more."""

    mask: BoolMask
    score: float


@dataclass(frozen=True, slots=True)
class MaskFrame:
    """The mask of one picture, or None where the subject is absent. `score` (0 … 1) is low where a person should look.

    A frame that is not `final` is a first answer: a better one for the same picture follows in the same run.
    """

    picture: int
    mask: BoolMask | None
    score: float
    final: bool = True
    agreement: float | None = None
    """IoU of the masks that two keyframes led to, where the picture was followed from both (two absences agree)."""


@dataclass(frozen=True, slots=True)
class FellBack:
    """The accelerator ran out of memory: other sessions were parked, and fewer stay on it from then on."""

    at: datetime
    """UTC."""
    sessions: int
    """How many stay on it at most."""


class PictureSource(Protocol):
    """Where pictures come from; `annotator.video.reader.PictureReader` is one."""

    def picture(self, picture: int, /) -> Picture:
        """One picture, RGB. Neighbours are asked for one after the other, in both directions."""
        ...


class Session(Protocol):
    """One video under work. Methods raise PromptError for pictures outside the video, and change nothing then."""

    def propose(self, picture: int, prompt: PromptRecord) -> list[Proposal]:
        """Candidates for a click, box or mask on one picture, best first, at least one."""
        ...

    def set_keyframe(self, subject: str, picture: int, prompt: PromptRecord | BoolMask | None) -> None:
        """What the subject is on that picture: it holds there and tracks start from it. None takes it back."""
        ...

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        """Replaces the spans in which a person said that the subject is not visible."""
        ...

    def forget(self, subject: str) -> None:
        """Forgets the keyframes and absent spans of a subject and whatever was remembered of it."""
        ...

    def track(self, subject: str, start: int, stop: int, direction: Direction) -> Generator[MaskFrame]:
        """Masks of the pictures start … stop, both included (start > stop backward), one picture for each `next()`.

        Begins from the keyframe at `start` or the nearest one behind it in the direction of travel. Keyframes on the
        way win on their pictures. The iterator may be closed at any picture and a new one begun anywhere: the masks are
        the same as without the break. A subject has one track at a time: a change of its prompts or a newer track ends
        the older one with TrackOutdated; other subjects go on.
        """
        ...

    def snapshot(self) -> bytes:
        """All that was said, and what lets tracks go on exactly, for `Propagator.open` on any worker. No pickle."""
        ...

    @property
    def fell_back(self) -> FellBack | None:
        """What the last step that met a full accelerator had to do; None where none did."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes of memory, of the accelerator above all, that closing the session would give back."""
        ...

    def close(self) -> None:
        """Frees what the session holds. The reader stays open: it belongs to the caller."""
        ...


class Propagator(Protocol):
    """Opens sessions; holds what sessions share (a network and its device)."""

    fingerprint: str
    """Equal for propagators that lead from the same prompts to the same masks."""

    def open(
        self, reader: PictureSource, width: int, height: int, count: int, snapshot: bytes | None = None
    ) -> Session:
        """A session over a video of `count` pictures of width x height proxy pixels, new or as a snapshot left it.

        A snapshot of another network keeps its prompts; the rest is made again from them. Raises SnapshotError.
        """
        ...

    def close(self) -> None:
        """Frees the network."""
        ...


@dataclass(frozen=True, slots=True)
class PropagatorOptions:
    """Settings of all propagators; each reads what concerns it."""

    checkpoint: str | None = None
    """SAM 2: path of the checkpoint (.pt with tensors only, or .safetensors)."""
    size: str = "small"
    """SAM 2: tiny, small, base_plus or large; must fit the checkpoint."""
    image_size: int = 1024
    """SAM 2: side of the square that the network sees: 1024, 512 or 256."""
    device: str = "auto"
    """SAM 2: cpu, cuda, cuda:1 …; auto takes CUDA when there is one."""
    compiled: bool = False
    """SAM 2: compile propagation, which takes minutes once and makes it faster on CUDA. Clicks are never compiled."""
    session_bytes: int = 4 * 2**30
    """SAM 2: what idle sessions may hold on the accelerator together; the least used are parked in host memory."""
    session_seconds: float = 600.0
    """SAM 2: a session that was not used for so long is parked."""
    turns_folder: str | None = None
    """SAM 2: where processes on one machine tell each other whose turn at the device it is; None: each for itself."""
    work_side: int = 256
    """Flow: long side in pixels at which subjects are followed."""
    overrides: tuple[str, ...] = ()
    """SAM 2: Hydra overrides for checkpoints of another shape than the published ones."""


def check_picture(picture: int, count: int, field: str = "picture") -> None:
    """Raises PromptError unless 0 <= picture < count."""
    if not 0 <= picture < count:
        raise PromptError(f"picture {picture} does not exist: the video has pictures 0 … {count - 1}", field)


def mask_of(prompt: PromptRecord, width: int, height: int) -> BoolMask | None:
    """The mask that a person accepted with this prompt, or None for clicks and boxes. Raises PromptError."""
    if prompt.counts is None:
        return None
    try:
        mask = np.ascontiguousarray(rle.decode(rle.Rle(height, width, prompt.counts))).view(np.bool_)
    except rle.RleError as error:
        raise PromptError(f"the mask on picture {prompt.picture} cannot be read: {error}", "counts") from error
    if not mask.any():
        raise PromptError(f"the mask on picture {prompt.picture} is empty: say that the subject is absent", "counts")
    return mask


def check_prompt(prompt: PromptRecord, width: int, height: int) -> None:
    """Raises PromptError for a prompt without a positive point, box or mask, or with one outside the picture."""
    if prompt.counts is not None:
        return
    box = prompt.box
    if box is None and not any(point.positive for point in prompt.points):
        raise PromptError("a prompt needs a positive click, a box or a mask", "points")
    if box is not None and not (box.x1 < min(box.x2, width) and box.y1 < min(box.y2, height)):
        raise PromptError("the box is empty or outside the picture", "box")
    for point in prompt.points:
        if not (point.x <= width and point.y <= height):
            raise PromptError(f"the click at ({point.x:g}, {point.y:g}) is outside the picture", "points")
