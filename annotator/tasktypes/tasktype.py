"""What every kind of task says about itself, and what the rules may know about its surroundings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from annotator.records import Body, CollectionName, Problem, QuestionRecord, Record

Role = Literal["annotator", "reviewer"]


@dataclass(frozen=True, slots=True)
class MaskletFacts:
    """What the rules need to know of a masklet."""

    id: str
    label: str
    track_state: Literal["none", "running", "done", "cancelled", "failed"]
    stale: bool
    """A prompt or a lock changed after the track was made, or it was not followed over the whole video."""
    unfollowed: tuple[int, int] | None = None
    """The first pictures, both included, that are still to be followed from the present prompts, when that is all that
    is missing."""
    presence: tuple[bool, ...] = ()
    """Per grid frame; empty while there is no finished track."""


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of a document: its clip, its masklets, the questions asked, what the step before delivered."""

    grid_length: int
    pictures: int
    masklets: tuple[MaskletFacts, ...] = ()
    questions: tuple[QuestionRecord, ...] = ()
    previous: Body | None = None


@dataclass(frozen=True, slots=True)
class TaskType:
    """A kind of task. `rules` runs before submit; `fits` refuses a record at save that lies outside the video."""

    kind: str
    role: Role
    decides: bool
    """Ends by accept or return instead of a submit."""
    collections: frozenset[CollectionName]
    seed: Callable[[Context], Body]
    rules: Callable[[Body, Context], list[Problem]]
    fits: Callable[[str, Record, Context], list[Problem]] = field(default=lambda _path, _record, _context: [])
    return_steps: tuple[str, ...] = ()
    """Where a return may send the work: the names of steps, the nearest first."""


SAMPLED_FRAMES: Final = 32
"""Frames of a clip that the model sees (PLM): an event shorter than one of them can never be scored."""


def from_previous(context: Context) -> Body:
    """A seed: what the step before delivered, to be corrected in place."""
    return context.previous.model_copy(deep=True) if context.previous is not None else Body()
