"""Wire types of reviews."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.tables.reviews import Verdict
from server.tables.tasks import TaskKind

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class DecisionIn(BaseModel):
    """A verdict on what somebody handed in, with the revision of the document that I have seen."""

    model_config = ConfigDict(extra="forbid")

    revision: int = Field(ge=0)
    verdict: Verdict
    step: Annotated[str, StringConstraints(max_length=32)] | None = None
    reasons: list[Reason] = Field(default_factory=list, max_length=20)
    comment: Annotated[str, StringConstraints(max_length=4000)] = ""


class ReviewOut(BaseModel):
    id: UUID
    task_id: UUID
    kind: TaskKind
    reviewer_name: str | None
    verdict: Verdict
    step: str | None
    reasons: list[str]
    comment: str
    created_at: datetime
    video_name: str


class PersonQuality(BaseModel):
    """One person's work at one step. `accepted` and `returned` count what reviewers decided on it, policy left out."""

    person_id: UUID
    name: str
    kind: TaskKind
    tasks: int
    active_seconds: float
    """Time of input, play and focus, all tasks together; idle time is left out."""
    accepted: int
    returned: int


class ReasonCount(BaseModel):
    """How often a reason was given for a return."""

    reason: str
    count: int


class QualityOut(BaseModel):
    """How a project's work goes, as far as it is recorded."""

    people: list[PersonQuality]
    reasons: list[ReasonCount]
