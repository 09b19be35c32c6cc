"""Writing down what happened, in the transaction in which it happens: what is committed is told, and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.jobs import enqueue
from server.tables.webhooks import EventKind, Webhook, WebhookDelivery

DELIVER = "deliver_webhooks"


def note(session: Session, kind: EventKind, project_id: UUID, path: str, **data: Any) -> None:
    """Put an event into the outbox of everybody who wants it. `path` is its thing's within the API; `data` are ids and
    states, never content."""
    # A share of the key: a webhook that is deleted at this moment is not there any more, or waits for us.
    hooks = session.execute(
        select(Webhook.id, Webhook.events)
        .where(or_(Webhook.project_id == project_id, Webhook.project_id.is_(None)))
        .order_by(Webhook.id)
        .with_for_update(read=True, key_share=True)
    )
    wanted = [row.id for row in hooks if kind.value in row.events]
    if not wanted:
        return
    told = {"project_id": str(project_id), **{name: str(value) for name, value in data.items()}, "path": path}
    session.add_all(WebhookDelivery(webhook_id=webhook_id, kind=kind, data=told) for webhook_id in wanted)
    session.flush()
    # No dedupe key: its unique index would make everybody who hands something in wait for each other.
    enqueue(session, DELIVER, {})
