"""Sending what stands in the outbox: one sender a webhook at a time, at least once, with longer and longer pauses.

A sender holds its webhook by a time on its row, so that one that dies is followed by another. What it sends is marked
as delivered only after the other server took it: a crash in between sends it twice, never not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, and_, exists, or_, select, text, update
from sqlalchemy.orm import Session

from server.db import now
from server.errors import DomainError
from server.outbound import Answer, Guard
from server.parts import Parts
from server.settings import Settings
from server.tables.webhooks import DeliveryState, EventKind, PauseReason, Webhook, WebhookDelivery
from server.webhooks.signature import HINT, secret_of, signed

SECONDS = 10.0
"""How long a receiver may take."""
HELD = timedelta(seconds=60)
"""How long a sender that says nothing more keeps its webhook. Longer than one message can take."""
PAUSES = tuple(timedelta(seconds=s) for s in (5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000))
"""Between the attempts of a delivery: ten attempts in two days, then it is parked."""
REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=30)
"""A webhook that failed is left alone, twice as long each time, so that one that is down costs next to nothing."""
GIVEN_UP = timedelta(days=3)
"""A webhook that took nothing for so long is paused."""
BATCH = 50
ANSWER_KEPT = 500
GONE = 410

_WAITING = text("webhook_deliveries.state = 'waiting'")


@dataclass(frozen=True)
class Message:
    """What is sent, and where to."""

    delivery_id: UUID
    webhook_id: UUID
    url: str
    body: bytes
    secrets: Sequence[str]
    stale: bool
    """The site's secret is another one than when the webhook's was made: whoever has that could not verify this."""


def guard_of(settings: Settings) -> Guard:
    """What decides where webhooks may be sent to, when they are saved and each time something is sent."""
    return Guard(settings.listed("webhook_private_hosts"), setting="VIDGRAIN_WEBHOOK_PRIVATE_HOSTS")


def _due(moment: datetime) -> ColumnElement[bool]:
    """A condition on a delivery of a webhook: it waits, and its time has come. Pauses and rests hold up no ping."""
    free = and_(Webhook.paused.is_(None), or_(Webhook.rests_until.is_(None), Webhook.rests_until <= moment))
    return and_(
        _WAITING,
        WebhookDelivery.webhook_id == Webhook.id,
        WebhookDelivery.next_at <= moment,
        or_(WebhookDelivery.kind == EventKind.PING, and_(free, WebhookDelivery.kind != EventKind.PING)),
    )


def _nobody_sends(moment: datetime) -> ColumnElement[bool]:
    return or_(Webhook.sending_until.is_(None), Webhook.sending_until <= moment)


def waiting_hooks(session: Session, limit: int) -> list[UUID]:
    """Webhooks that something is due for and that nobody sends to."""
    moment = now()
    found = select(Webhook.id).where(_nobody_sends(moment), exists().where(_due(moment)))
    return list(session.scalars(found.order_by(Webhook.delivered_at.nulls_first(), Webhook.id).limit(limit)))


def serve(parts: Parts, guard: Guard, webhook_id: UUID, wanted: Callable[[], bool], until: float) -> int:
    """Send what is due for a webhook until it fails, `wanted()` is false or `until` (monotonic); how many it took."""
    taken = 0
    batch = _hold(parts, webhook_id)
    if batch is None:
        return 0
    try:
        for delivery_id in batch:
            if not wanted() or time.monotonic() > until:
                break
            message = _message(parts, delivery_id)
            if message is None:
                continue
            begun = time.monotonic()
            answer, reason = _send(guard, message)
            done = _settle(parts, message, answer, reason, time.monotonic() - begun)
            taken += done
            if not done:
                break
    finally:
        with parts.database.begin() as session:
            _change(session, webhook_id, sending_until=None)
    return taken


def _change(session: Session, webhook_id: UUID, **values: datetime | None) -> None:
    session.execute(
        update(Webhook).where(Webhook.id == webhook_id).values(**values).execution_options(synchronize_session=False)
    )


def _hold(parts: Parts, webhook_id: UUID) -> list[UUID] | None:
    """The deliveries that are due, oldest first, of a webhook that is now ours; None where somebody else sends."""
    moment = now()
    with parts.database.begin() as session:
        mine = session.scalar(
            update(Webhook)
            .where(Webhook.id == webhook_id, _nobody_sends(moment))
            .values(sending_until=moment + HELD)
            .returning(Webhook.id)
            .execution_options(synchronize_session=False)
        )
        if mine is None:
            return None
        due = select(WebhookDelivery.id).join(Webhook, Webhook.id == webhook_id).where(_due(moment))
        return list(session.scalars(due.order_by(WebhookDelivery.next_at, WebhookDelivery.id).limit(BATCH)))


def _message(parts: Parts, delivery_id: UUID) -> Message | None:
    """What to send now; None when it was done, paused or deleted since it was looked for."""
    moment = now()
    with parts.database.read() as session:
        due = select(WebhookDelivery, Webhook).join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        row = session.execute(due.where(WebhookDelivery.id == delivery_id, _due(moment))).one_or_none()
        if row is None:
            return None
        delivery, hook = row
    salts = [hook.salt]
    if hook.old_salt is not None and hook.old_until is not None and hook.old_until > moment:
        salts.append(hook.old_salt)
    secrets = [secret_of(parts.key, hook.id, salt) for salt in salts]
    body = body_of(parts.settings, delivery)
    return Message(delivery_id, hook.id, hook.url, body, secrets, not secrets[0].startswith(hook.hint))


def body_of(settings: Settings, delivery: WebhookDelivery) -> bytes:
    """The body of a message: its id, kind, time, and the ids and link of what it is about."""
    data = {name: value for name, value in delivery.data.items() if name != "path"}
    if "path" in delivery.data:
        data["link"] = settings.public_url.rstrip("/") + delivery.data["path"]
    happened = {"id": str(delivery.id), "type": delivery.kind.value, "timestamp": delivery.created_at.isoformat()}
    return orjson.dumps({**happened, "data": data})


def _send(guard: Guard, message: Message) -> tuple[Answer | None, str | None]:
    """The answer, and why it is none that counts."""
    if message.stale:
        return None, "The site's own secret is another one since: rotate this webhook's secret."
    headers = signed(message.secrets, message.delivery_id, now(), message.body)
    try:
        answer = guard.post(message.url, message.body, {**headers, "Content-Type": "application/json"}, SECONDS)
    except DomainError as error:
        return None, error.detail
    if 200 <= answer.status < 300:
        return answer, None
    if 300 <= answer.status < 400:
        return answer, f"It answered with status {answer.status}: redirects are not followed, give the new address."
    return answer, f"It answered with status {answer.status}."


def _settle(parts: Parts, message: Message, answer: Answer | None, reason: str | None, seconds: float) -> bool:
    """Write down how an attempt ended; true when it was taken."""
    moment = now()
    with parts.database.begin() as session:
        # The webhook first, as whoever deletes it does; its key is not locked, so that nobody's work waits for us.
        hook = session.get(Webhook, message.webhook_id, with_for_update={"key_share": True})
        row = session.get(WebhookDelivery, message.delivery_id, with_for_update={"key_share": True})
        if hook is None or row is None:
            return False
        hook.sending_until = moment + HELD
        row.attempts += 1
        row.seconds = round(seconds, 3)
        row.status = answer.status if answer is not None else None
        row.answer = answer.text[:ANSWER_KEPT].replace("\0", " ") if answer is not None else None
        row.reason = reason[:500] if reason else None
        if reason is None:
            row.state, row.ended_at = DeliveryState.DELIVERED, moment
            hook.failures, hook.failing_since, hook.rests_until, hook.delivered_at = 0, None, None, moment
            return True
        if row.kind is EventKind.PING or row.attempts > len(PAUSES):
            row.state, row.ended_at = DeliveryState.PARKED, moment
        else:
            row.next_at = moment + PAUSES[row.attempts - 1]
        if row.kind is not EventKind.PING:
            _failed(hook, answer, moment)
        return False


def _failed(hook: Webhook, answer: Answer | None, moment: datetime) -> None:
    hook.failures += 1
    hook.failing_since = hook.failing_since or moment
    rest = min(LONGEST_REST, REST * 2 ** min(hook.failures - 1, 20))
    if answer is not None and answer.retry_after is not None:
        rest = max(rest, min(LONGEST_REST, timedelta(seconds=min(answer.retry_after, 86400.0))))
    hook.rests_until = moment + rest
    if hook.paused is not None:
        return
    if answer is not None and answer.status == GONE:
        hook.paused, hook.paused_at = PauseReason.GONE, moment
    elif moment - hook.failing_since >= GIVEN_UP:
        hook.paused, hook.paused_at = PauseReason.FAILING, moment


def secret_hint(secret: str) -> str:
    """The part of a secret that may be shown."""
    return secret[:HINT]
