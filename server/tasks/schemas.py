"""Wire types of tasks."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

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
    """The version that the work is done under, also when a newer one was written since."""
    newest_guideline_version: int
    drafts_after_watch: bool
    """Drafts are hidden until whoever works on it has watched the clip once."""
    closed_why: str | None
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
    skill: str
    copy_number: int
    """0: the work that goes on. 1, 2, …: done once more by somebody else, to compare."""
    overlap_id: UUID | None
    """The same on all tasks that are the same work."""
    document_id: UUID | None
    guideline_version: int
    closed_why: str | None
    returns: int
    active_seconds: float
    holder: Person | None
    assignee: Person | None
    reserved_until: datetime | None
    """Set when it is kept for its assignee only for a while, as what they do next."""
    submitted_by: Person | None
    submitted_at: datetime | None
    lease_expires_at: datetime | None
    changed_at: datetime
    """When anything of it last changed; of a lease that is renewed, that."""


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


class WorkQueueOut(BaseModel):
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


Skill = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]


class BulkVerb(enum.StrEnum):
    """What a lead does to many tasks at once."""

    ASSIGN = "assign"
    """Keep them for one person; taken back from whoever else holds them. Null: for anybody again."""
    TAKE_BACK = "take_back"
    PRIORITY = "priority"
    SKILL = "skill"
    REOPEN = "reopen"


class BulkIn(Incoming):
    """One verb for many tasks of a project, with the value that it needs."""

    task_ids: list[UUID] = Field(min_length=1, max_length=500)
    verb: BulkVerb
    assignee_id: UUID | None = None
    priority: int | None = Field(default=None, ge=-1000, le=1000)
    skill: Skill | None = None

    @model_validator(mode="after")
    def _its_value(self) -> BulkIn:
        """The verb's own value is there, and no other's."""
        given = self.model_fields_set
        own = {BulkVerb.ASSIGN: "assignee_id", BulkVerb.PRIORITY: "priority", BulkVerb.SKILL: "skill"}.get(self.verb)
        if own is not None and (own not in given or (own != "assignee_id" and getattr(self, own) is None)):
            raise ValueError(f"{self.verb.value} needs {own}")
        for name in ("assignee_id", "priority", "skill"):
            if name in given and name != own:
                raise ValueError(f"{name} has no meaning for {self.verb.value}")
        return self


class Refused(BaseModel):
    """A task that stayed as it was, and why."""

    task_id: UUID
    why: str


class BulkOut(BaseModel):
    changed: list[UUID]
    refused: list[Refused]


class FlagIn(Incoming):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class FlagOut(BaseModel):
    """A video that is set aside (reason null: that is good again), and how many tasks that concerned."""

    video_id: UUID
    reason: str | None
    tasks: int
