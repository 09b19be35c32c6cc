"""Wire types of documents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from annotator.records import Body, Operation, Problem
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


class ContextOut(BaseModel):
    previous: list[Previous]
    reviews: list[PastReview]
