"""Webhooks: who wants to be told what, and the outbox of what they were and are to be told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, UtcDateTime, enum_column, now


class EventKind(StrEnum):
    """What can be told."""

    RELEASE_READY = "release.ready"
    TASK_SUBMITTED = "task.submitted"
    RUN_FINISHED = "run.finished"
    PING = "ping"
    """Nothing happened: a person tries whether the webhook works."""


class PauseReason(StrEnum):
    """Why nothing is sent to a webhook."""

    PERSON = "person"
    """A person paused it."""
    FAILING = "failing"
    """It took nothing for days."""
    GONE = "gone"
    """The other server said that it is gone for good (410)."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"
    """It was tried often enough; `reason` says why it failed, and a person can have it sent again."""


class Webhook(Stamped, Base):
    """An address that is told of events. Its secret is not stored: it follows from `salt` and the site's."""

    __tablename__ = "webhooks"
    __table_args__ = (Index(None, "project_id"),)

    id: Mapped[Id]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    """Null: it is told of all projects of the site."""
    name: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(Json)
    salt: Mapped[str] = mapped_column(String(64))
    old_salt: Mapped[str | None] = mapped_column(String(64))
    """Of the secret before, with which is signed too until `old_until`."""
    old_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hint: Mapped[str] = mapped_column(String(16))
    """How its secret begins: shows that the site's own secret is still the one that it was made with."""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    paused: Mapped[PauseReason | None] = mapped_column(enum_column(PauseReason, checked=False))
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    """In a row."""
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it last took something."""
    sending_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Somebody sends to it until then, unless they died."""
    rests_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """It failed lately: nothing is sent before."""


class WebhookDelivery(Stamped, Base):
    """One event for one webhook, written in the transaction in which it happened."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_waiting", "webhook_id", "kind", "next_at",
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        Index(None, "webhook_id", "id"),
        Index(None, "created_at"),
    )  # fmt: skip

    id: Mapped[Id]
    """Also the message's id, by which the receiver knows one that comes twice."""
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    kind: Mapped[EventKind] = mapped_column(enum_column(EventKind, checked=False))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    """Ids, states and `path`, the address of the thing within the API; never content."""
    state: Mapped[DeliveryState] = mapped_column(
        enum_column(DeliveryState, checked=False), default=DeliveryState.WAITING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    """When it is due, while it waits."""
    status: Mapped[int | None]
    """Of the last answer."""
    answer: Mapped[str | None] = mapped_column(String(1000))
    """The beginning of the last answer; never of one from a private network."""
    reason: Mapped[str | None] = mapped_column(String(500))
    """Why the last attempt failed."""
    seconds: Mapped[float | None]
    """What the last attempt took."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
