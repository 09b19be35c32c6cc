"""What goes over the wire about webhooks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from server.tables.webhooks import DeliveryState, EventKind, PauseReason

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class HookEvent(StrEnum):
    """What a webhook can be told."""

    RELEASE_READY = EventKind.RELEASE_READY.value
    TASK_SUBMITTED = EventKind.TASK_SUBMITTED.value
    RUN_FINISHED = EventKind.RUN_FINISHED.value


Events = Annotated[list[HookEvent], Field(min_length=1, max_length=10)]


def _once(events: list[HookEvent] | None) -> list[HookEvent] | None:
    return None if events is None else sorted(set(events))


class In(BaseModel):
    """Unknown fields are refused: a typo never silently does nothing."""

    model_config = ConfigDict(extra="forbid")


class WebhookNew(In):
    """A webhook to add."""

    url: Url
    """https; http only to hosts that the site's settings name."""
    events: Events
    name: Name = ""

    _events = field_validator("events")(_once)


class WebhookPatch(In):
    """What to change of a webhook; what is left out stays."""

    url: Url | None = None
    events: Events | None = None
    name: Name | None = None
    paused: bool | None = None

    _events = field_validator("events")(_once)


class WebhookOut(BaseModel):
    """A webhook and how it stands."""

    id: UUID
    project_id: UUID | None
    """Null: it is told of all projects."""
    name: str
    url: str
    events: list[HookEvent]
    hint: str
    """How its secret begins."""
    paused: PauseReason | None
    paused_at: datetime | None
    failures: int
    """In a row."""
    failing_since: datetime | None
    delivered_at: datetime | None
    """When it last took something."""
    created_at: datetime


class WebhookMade(WebhookOut):
    """The same with its secret, which is shown this once."""

    secret: str


class DeliveryOut(BaseModel):
    """One event for a webhook."""

    id: UUID
    kind: EventKind
    data: dict[str, Any]
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    """When it is tried (again), while it waits."""
    status: int | None
    answer: str | None
    """How the last answer began; never of one from a private network."""
    reason: str | None
    """Why the last attempt failed."""
    seconds: float | None
    created_at: datetime
    ended_at: datetime | None


class ResendIn(In):
    """Which deliveries to send again."""

    delivery_ids: list[UUID] | None = Field(default=None, min_length=1, max_length=200)
    """Left out: all that are parked."""


class ResendOut(BaseModel):
    """How many are on their way again."""

    count: int
