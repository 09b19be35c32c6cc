"""Wire types of tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.tables.tasks import TaskKind, TaskState


class Incoming(BaseModel):
    """Base of what clients send: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class TaskSegment(BaseModel):
    """The span that an FGQA task is about, in pictures, end inclusive."""

    id: UUID
    picture_start: int
    picture_end: int
    what: str
    domain: str


class Returned(BaseModel):
    """What the person who returned the work said."""

    by_name: str | None
    step: str | None
    reasons: list[str]
    comment: str
    at: datetime


class TaskOut(BaseModel):
    id: UUID
    project_id: UUID
    project_name: str
    kind: TaskKind
    state: TaskState
    video_id: UUID
    video_name: str
    segment: TaskSegment | None
    masklet_id: UUID | None
    lease_expires_at: datetime | None
    mine: bool
    guideline_version: int
    returns: int
    returned: Returned | None
    target_task_id: UUID | None
    active_seconds: float
    document_id: UUID | None


class Person(BaseModel):
    id: UUID
    name: str


class TaskRow(BaseModel):
    """A task as its project's lead sees it in a list."""

    id: UUID
    kind: TaskKind
    state: TaskState
    video_id: UUID
    video_name: str
    segment_id: UUID | None
    masklet_id: UUID | None
    priority: int
    returns: int
    active_seconds: float
    holder: Person | None
    assignee: Person | None
    submitted_by: Person | None
    submitted_at: datetime | None
    lease_expires_at: datetime | None


class QueueEntry(BaseModel):
    kind: TaskKind
    ready_for_me: int
    leased_by_me: TaskOut | None
    done_today: int


class Caps(BaseModel):
    """What I hold and did today (UTC) in this project, and how much I may; null: as much as I like."""

    leases: int
    cap_leases: int | None
    done: int
    cap_daily: int | None


class QueueOut(BaseModel):
    items: list[QueueEntry]
    caps: Caps


class NextIn(Incoming):
    kinds: list[TaskKind] | None = None


class HeartbeatIn(Incoming):
    active_seconds_delta: float = Field(default=0.0, ge=0, le=600)


class HeartbeatOut(BaseModel):
    lease_expires_at: datetime


class SkipIn(Incoming):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
