"""Wire types of masklets, prompts, tracks and masks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from annotator.records import Box, Point, PromptRecord
from server.db import Page
from server.tables.masklets import MaskletState, TrackOrigin, TrackState
from server.tables.projects import PropagatorName

Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class Incoming(BaseModel):
    """Base of what clients send: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class MaskletNew(Incoming):
    label: Label = ""


class MaskletPatch(Incoming):
    label: Label


class SplitIn(Incoming):
    """Where a subject is split: the new one, of this name, begins on `picture`."""

    picture: int = Field(ge=0)
    label: Label = ""


class MergeIn(Incoming):
    """The subject that becomes part of another one and is removed."""

    other_id: UUID


class ProposalIn(Incoming):
    """Clicks or a box on one picture, in proxy pixels."""

    picture: int = Field(ge=0)
    points: list[Point] = Field(default_factory=list, max_length=100)
    box: Box | None = None


class Effort(BaseModel):
    """What people's work on masklets came to; null where there is nothing to divide by."""

    frames: int
    """Frames of the 6 fps grid, of each masklet."""
    seconds_per_frame: float | None
    edited_share: float | None
    """Share of the frames that somebody prompted."""
    clicks_per_edited_frame: float | None


class MaskletEffort(Effort):
    masklet_id: UUID
    task_id: UUID
    label: str
    number: int
    video_name: str


class EffortOut(Effort):
    """All masklets of a project's subject tasks that were handed in, and the newest of them."""

    masklets: int
    newest: list[MaskletEffort]


class Candidate(BaseModel):
    """A mask for a prompt, as COCO compressed RLE counts of the proxy's size."""

    counts: str
    score: float


class ProposalOut(BaseModel):
    candidates: list[Candidate]


class Flag(BaseModel):
    """A span where a person should look, end inclusive: the area jumps, the two directions disagree, or the tracker
    was not sure."""

    picture_start: int
    picture_end: int
    why: Literal["area", "disagreement", "unsure"]


Span = tuple[int, int]
"""First and last picture, both included."""


class TrackIn(Incoming):
    """What to follow: the pictures of a span (without: of the whole video) that need it, from the prompts on one side
    or on both."""

    picture_start: int | None = Field(default=None, ge=0)
    picture_end: int | None = Field(default=None, ge=0)
    direction: Literal["forward", "backward", "both"] = "both"


class LocksIn(Incoming):
    """All spans that are to be locked, [picture_start, picture_end], end inclusive."""

    spans: list[tuple[int, int]] = Field(max_length=1000)


class TrackOut(BaseModel):
    """One version of the masks; `stale` says that they are not, or not all, those of the present prompts and locks.
    Spans are end inclusive."""

    id: UUID
    masklet_id: UUID
    version: int
    state: TrackState
    pictures_done: int
    stale: bool
    stale_spans: list[Span]
    """What a new track would follow anew: outdated, or never followed. Never what is locked."""
    current: bool
    """Its masks are the masklet's."""
    origin: TrackOrigin
    created_at: datetime
    prompted: int
    """How many pictures it was made from."""
    presence: list[Span] | None
    propagator: PropagatorName
    job_id: UUID | None
    flags: list[Flag]


class MaskletOut(BaseModel):
    id: UUID
    number: int
    label: str
    state: MaskletState
    video_id: UUID
    colour: int
    prompts: list[PromptRecord]
    locks: list[Span]
    """Spans whose masks no new track changes, in order; spans that touch have the masks of different tracks."""
    track: TrackOut | None


class TrackList(Page[TrackOut]):
    """Versions of a masklet's masks, the newest first."""


class MaskletList(BaseModel):
    items: list[MaskletOut]


class MaskFrameOut(BaseModel):
    """The mask of one picture; `counts` is null where the subject is absent."""

    picture: int
    counts: str | None
    score: float


class MasksOut(BaseModel):
    """The masks of a track; pictures that have none are left out."""

    track_id: UUID
    height: int
    width: int
    given: int | None
    """Of a track that is running: how many frames it had given. Events of masks that give no more are in this."""
    frames: list[MaskFrameOut]
