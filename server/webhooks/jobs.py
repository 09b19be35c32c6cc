"""Jobs of webhooks: send what is due, forget what is old."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from server.db import now
from server.jobs import enqueue, job
from server.jobs.run import JobContext
from server.tables.webhooks import WebhookDelivery
from server.webhooks import deliver
from server.webhooks.note import DELIVER

AT_ONCE = 4
"""Webhooks that one job sends to at the same time: one that hangs holds up no other."""
TURN_SECONDS = 20.0
"""After which a job lets others of its lane go first."""
KEPT = timedelta(days=30)
FORGET_BATCH = 1000


@job(DELIVER, lane="light", every=timedelta(seconds=30))
def deliver_webhooks(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Send what is due. Every event rings for one; the recurring one finds second attempts and what a crash left."""
    guard = deliver.guard_of(ctx.settings)
    until = time.monotonic() + TURN_SECONDS
    taken = 0
    while True:
        ctx.check()
        with ctx.read() as session:
            hooks = deliver.waiting_hooks(session, AT_ONCE)
        if not hooks:
            return {"delivered": taken}
        if time.monotonic() > until:
            with ctx.db() as session:
                enqueue(session, DELIVER, {})
            return {"delivered": taken}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
            taken += sum(
                pool.map(lambda hook: deliver.serve(ctx.parts, guard, hook, lambda: not ctx.cancelled(), until), hooks)
            )


@job("forget_webhook_deliveries", lane="light", every=timedelta(hours=6))
def forget_webhook_deliveries(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Forget deliveries after a month, also those that a paused webhook never took."""
    forgotten = 0
    while True:
        with ctx.db() as session:
            old = select(WebhookDelivery.id).where(WebhookDelivery.created_at < now() - KEPT).limit(FORGET_BATCH)
            ids = list(session.scalars(old))
            session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
        forgotten += len(ids)
        if len(ids) < FORGET_BATCH:
            return {"forgotten": forgotten}
        ctx.check()
