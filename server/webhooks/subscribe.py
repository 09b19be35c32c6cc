"""What people do with webhooks: add, change, pause, try, send again, give another secret, delete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.access import Actor
from server.db import now, one_at_a_time
from server.errors import NotFound
from server.jobs import enqueue
from server.outbound import AddressRefused, SourceUnavailable
from server.projects.find import find_project
from server.settings import Settings
from server.tables.projects import Role
from server.tables.webhooks import DeliveryState, EventKind, PauseReason, Webhook, WebhookDelivery
from server.webhooks.deliver import guard_of, secret_hint
from server.webhooks.errors import DeliveryNotFound, TooManyWebhooks, WebhookNotFound, WebhookPaused, WebhookRefused
from server.webhooks.note import DELIVER
from server.webhooks.schemas import WebhookNew, WebhookPatch
from server.webhooks.signature import new_salt, secret_of

MOST = 20
"""Webhooks of a project, and of the site as a whole."""
BOTH = timedelta(hours=24)
"""How long is signed with the old secret too after a new one was made."""


def check_url(settings: Settings, url: str) -> None:
    """Raise WebhookRefused for an address that nothing may be sent to. Looks the name up: hold no transaction.

    A name that is not known yet passes. Each delivery looks again.
    """
    guard = guard_of(settings)
    try:
        _, host, port = guard.receiver(url)
        guard.allowed(host, port)
    except AddressRefused as error:
        raise WebhookRefused(f"url: {error.detail}", field="url") from error
    except SourceUnavailable:
        return


def find_webhook(session: Session, who: Actor, webhook_id: UUID) -> Webhook:
    """A webhook of a project that the person leads, or of the site for an admin. WebhookNotFound or RoleTooLow."""
    row = session.get(Webhook, webhook_id)
    if row is None:
        raise WebhookNotFound
    if row.project_id is None:
        if not who.is_admin:
            raise WebhookNotFound
        return row
    try:
        find_project(session, who, row.project_id, Role.LEAD)
    except NotFound as error:
        raise WebhookNotFound from error
    return row


def add(session: Session, key: bytes, who: Actor, project_id: UUID | None, new: WebhookNew) -> tuple[Webhook, str]:
    """A new webhook and its secret. Raises TooManyWebhooks."""
    one_at_a_time(session, f"webhooks:{project_id}")
    here = Webhook.project_id == project_id if project_id is not None else Webhook.project_id.is_(None)
    if (session.scalar(select(func.count()).select_from(Webhook).where(here)) or 0) >= MOST:
        raise TooManyWebhooks
    row = Webhook(
        project_id=project_id,
        name=new.name,
        url=new.url,
        events=[event.value for event in new.events],
        salt=new_salt(),
        hint="",
        created_by=who.id,
    )
    session.add(row)
    session.flush()
    secret = secret_of(key, row.id, row.salt)
    row.hint = secret_hint(secret)
    session.flush()
    return row, secret


def change(session: Session, row: Webhook, patch: WebhookPatch) -> Webhook:
    """Change what the patch names. One that goes on begins anew: what waits is sent at once."""
    session.refresh(row, with_for_update={"key_share": True})
    if patch.name is not None:
        row.name = patch.name
    if patch.events is not None:
        row.events = [event.value for event in patch.events]
    if patch.url is not None and patch.url != row.url:
        row.url = patch.url
        row.rests_until = None
    if patch.paused is True and row.paused is None:
        row.paused, row.paused_at = PauseReason.PERSON, now()
    elif patch.paused is False and row.paused is not None:
        row.paused, row.paused_at = None, None
        row.failures, row.failing_since, row.rests_until = 0, None, None
    session.flush()
    if row.paused is None:
        enqueue(session, DELIVER, {})
    return row


def rotate(session: Session, key: bytes, row: Webhook) -> str:
    """A new secret. For a day messages carry signatures by both, so that the receiver can change without a gap."""
    session.refresh(row, with_for_update={"key_share": True})
    row.old_salt, row.old_until = row.salt, now() + BOTH
    row.salt = new_salt()
    secret = secret_of(key, row.id, row.salt)
    row.hint = secret_hint(secret)
    session.flush()
    return secret


def ping(session: Session, row: Webhook) -> WebhookDelivery:
    """A delivery about nothing, sent once and at once, also where the webhook is paused."""
    project = {} if row.project_id is None else {"project_id": str(row.project_id)}
    delivery = WebhookDelivery(webhook_id=row.id, kind=EventKind.PING, data={**project, "webhook_id": str(row.id)})
    session.add(delivery)
    session.flush()
    enqueue(session, DELIVER, {})
    return delivery


def resend(session: Session, row: Webhook, delivery_ids: Sequence[UUID] | None) -> int:
    """Send deliveries again at once, with all their attempts: those named, or all that are parked; how many.

    Raises WebhookPaused, or DeliveryNotFound and changes nothing.
    """
    session.refresh(row, with_for_update={"key_share": True})
    if row.paused is not None:
        raise WebhookPaused
    mine = WebhookDelivery.webhook_id == row.id
    if delivery_ids is None:
        which = mine & (WebhookDelivery.state == DeliveryState.PARKED) & (WebhookDelivery.kind != EventKind.PING)
    else:
        which = mine & WebhookDelivery.id.in_(delivery_ids)
        known = set(session.scalars(select(WebhookDelivery.id).where(which)))
        for place, delivery_id in enumerate(delivery_ids):
            if delivery_id not in known:
                raise DeliveryNotFound(field=f"delivery_ids.{place}")
    changed = session.execute(
        update(WebhookDelivery)
        .where(which)
        .values(state=DeliveryState.WAITING, attempts=0, next_at=now(), ended_at=None)
        .execution_options(synchronize_session=False)
    )
    row.rests_until = None
    session.flush()
    enqueue(session, DELIVER, {})
    return int(changed.rowcount)  # type: ignore[attr-defined]  # of a cursor's result
