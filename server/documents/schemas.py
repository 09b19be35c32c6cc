"""Wire types of documents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from annotator.records import Body, EventRecord, Operation, Problem
from server.tables.reviews import Verdict
from server.tables.tasks import TaskKind


class Incoming(BaseModel):
    """Base of what clients send: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class DocumentOut(BaseModel):
    id: UUID
    task_id: UUID
    kind: TaskKind
    revision: int
    body: Body
    problems: list[Problem]
    read_only: bool


class SaveIn(Incoming):
    operations: list[Operation] = Field(min_length=1, max_length=500)


class SaveOut(BaseModel):
    revision: int
    problems: list[Problem]


class SubmitIn(Incoming):
    revision: int = Field(ge=0)


class LogEntry(BaseModel):
    revision: int
    operation: Operation
    user_id: UUID
    user_name: str
    created_at: datetime


class Sample(BaseModel):
    """One training sample as the trainer will read it."""

    task: str
    prompt: str
    answer: str


class PreviewOut(BaseModel):
    samples: list[Sample]
    frames: list[int]
    """For each grid frame the number, 0 to 31, that stands for it in the samples' text."""


class Previous(BaseModel):
    """What an earlier step handed in."""

    kind: TaskKind
    author_name: str | None
    submitted_at: datetime
    body: Body


class PastReview(BaseModel):
    reviewer_name: str | None
    verdict: Verdict
    step: str | None
    reasons: list[str]
    comment: str
    created_at: datetime


class OtherSubject(BaseModel):
    """Another subject of the same video, and the events that were handed in for it last."""

    masklet_id: UUID
    number: int
    label: str
    presence: list[tuple[int, int]] | None
    """Runs of pictures, first and last, in which it is visible."""
    events: list[EventRecord]


class ContextOut(BaseModel):
    previous: list[Previous]
    reviews: list[PastReview]
    others: list[OtherSubject]
    """The video's other subjects, where this work is about one of them."""


class VersionOut(BaseModel):
    """Something that was handed in. Copy 0 is the work that goes on; 1, 2, … is the same work by somebody else."""

    id: UUID
    task_id: UUID
    kind: TaskKind
    copy_number: int
    author_name: str
    submitted_at: datetime
    revision: int


class SideMasks(BaseModel):
    """The masks of a subject that belonged to it: a track that never changes."""

    masklet_id: UUID
    number: int
    label: str
    track_id: UUID
    presence: list[tuple[int, int]] | None
    """Runs of pictures, first and last, in which it is visible."""


class SideOut(VersionOut):
    body: Body
    masks: list[SideMasks]


class BesideOut(BaseModel):
    """Two of what was handed in for the same work; null where there are not that many."""

    task_id: UUID
    project_id: UUID
    kind: TaskKind
    video_id: UUID
    video_name: str
    picture_start: int
    picture_end: int
    """The last picture that the work is about."""
    versions: list[VersionOut]
    """What can be chosen, oldest first."""
    left: SideOut | None
    right: SideOut | None
