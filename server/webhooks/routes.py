"""HTTP of webhooks: those of a project for its leads, those of the whole site for admins."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from server import access
from server.access import Actor, AdminOnly, CurrentActor, RoleTooLow
from server.db import Db, Page, in_turn, page
from server.errors import responses
from server.parts import Parts
from server.projects.find import ProjectNotFound, find_project
from server.tables.projects import Role
from server.tables.webhooks import DeliveryState, Webhook, WebhookDelivery
from server.webhooks import subscribe
from server.webhooks.errors import DeliveryNotFound, TooManyWebhooks, WebhookNotFound, WebhookPaused, WebhookRefused
from server.webhooks.schemas import (
    DeliveryOut,
    HookEvent,
    ResendIn,
    ResendOut,
    WebhookMade,
    WebhookNew,
    WebhookOut,
    WebhookPatch,
)

router = APIRouter(tags=["webhooks"])

_HOOK = responses(WebhookNotFound, RoleTooLow)


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def webhook_out(row: Webhook) -> WebhookOut:
    """A webhook as the wire shows it."""
    return WebhookOut(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        url=row.url,
        events=[HookEvent(event) for event in row.events],
        hint=row.hint,
        paused=row.paused,
        paused_at=row.paused_at,
        failures=row.failures,
        failing_since=row.failing_since,
        delivered_at=row.delivered_at,
        created_at=row.created_at,
    )


def made(row: Webhook, secret: str) -> WebhookMade:
    """The same with its secret."""
    return WebhookMade(**webhook_out(row).model_dump(), secret=secret)


def delivery_out(row: WebhookDelivery) -> DeliveryOut:
    """A delivery as the wire shows it."""
    return DeliveryOut(
        id=row.id,
        kind=row.kind,
        data={name: value for name, value in row.data.items() if name != "path"},
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at if row.state is DeliveryState.WAITING else None,
        status=row.status,
        answer=row.answer,
        reason=row.reason,
        seconds=row.seconds,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def _may_add(request: Request, project_id: UUID | None, db: Session) -> Actor:
    who = access.actor(request, db)
    if project_id is not None:
        find_project(db, who, project_id, Role.LEAD)
    elif not who.is_admin:
        raise AdminOnly
    return who


async def _add(request: Request, project_id: UUID | None, new: WebhookNew) -> WebhookMade:
    # Names are looked up between two transactions: that takes its time.
    await in_turn(request, partial(_may_add, request, project_id))
    await run_in_threadpool(subscribe.check_url, _parts(request).settings, new.url)

    def add(db: Session) -> WebhookMade:
        return made(*subscribe.add(db, _parts(request).key, _may_add(request, project_id, db), project_id, new))

    return await in_turn(request, add)


@router.post(
    "/projects/{project_id}/webhooks",
    status_code=201,
    responses=responses(ProjectNotFound, RoleTooLow, WebhookRefused, TooManyWebhooks),
)
async def create_webhook(project_id: UUID, new: WebhookNew, request: Request) -> WebhookMade:
    """Have an address told of what happens in a project. Leads only. The secret is shown this once."""
    return await _add(request, project_id, new)


@router.get("/projects/{project_id}/webhooks", responses=responses(ProjectNotFound, RoleTooLow))
def list_webhooks(project_id: UUID, db: Db, who: CurrentActor) -> list[WebhookOut]:
    """The webhooks of a project, oldest first. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    rows = db.scalars(select(Webhook).where(Webhook.project_id == project.id).order_by(Webhook.id))
    return [webhook_out(row) for row in rows]


@router.post("/webhooks", status_code=201, responses=responses(AdminOnly, WebhookRefused, TooManyWebhooks))
async def create_site_webhook(new: WebhookNew, request: Request) -> WebhookMade:
    """Have an address told of what happens in all projects. Admins only. The secret is shown this once."""
    return await _add(request, None, new)


@router.get("/webhooks", responses=responses(AdminOnly))
def list_site_webhooks(db: Db, who: CurrentActor) -> list[WebhookOut]:
    """The webhooks of the whole site, oldest first. Admins only."""
    if not who.is_admin:
        raise AdminOnly
    return [
        webhook_out(row) for row in db.scalars(select(Webhook).where(Webhook.project_id.is_(None)).order_by(Webhook.id))
    ]


@router.patch("/webhooks/{webhook_id}", responses=responses(WebhookNotFound, RoleTooLow, WebhookRefused))
async def change_webhook(webhook_id: UUID, patch: WebhookPatch, request: Request) -> WebhookOut:
    """Change its address, events or name, pause it, or let it go on. What happens meanwhile waits for a month."""

    def find(db: Session) -> Webhook:
        return subscribe.find_webhook(db, access.actor(request, db), webhook_id)

    await in_turn(request, find)
    if patch.url is not None:
        await run_in_threadpool(subscribe.check_url, _parts(request).settings, patch.url)
    return await in_turn(request, lambda db: webhook_out(subscribe.change(db, find(db), patch)))


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=_HOOK)
def delete_webhook(webhook_id: UUID, db: Db, who: CurrentActor) -> None:
    """Tell it nothing more. What waits for it is dropped, and its deliveries are forgotten."""
    db.delete(subscribe.find_webhook(db, who, webhook_id))


@router.post("/webhooks/{webhook_id}/secret", responses=_HOOK)
def rotate_webhook_secret(webhook_id: UUID, db: Db, who: CurrentActor, request: Request) -> WebhookMade:
    """Another secret, shown this once. For a day messages are signed with the old one too."""
    row = subscribe.find_webhook(db, who, webhook_id)
    return made(row, subscribe.rotate(db, _parts(request).key, row))


@router.post("/webhooks/{webhook_id}/ping", status_code=202, responses=_HOOK)
def ping_webhook(webhook_id: UUID, db: Db, who: CurrentActor) -> DeliveryOut:
    """Send something about nothing, to see whether it comes. It is tried once, also where the webhook is paused."""
    return delivery_out(subscribe.ping(db, subscribe.find_webhook(db, who, webhook_id)))


@router.get("/webhooks/{webhook_id}/deliveries", responses=_HOOK)
def list_webhook_deliveries(  # noqa: PLR0917 - FastAPI passes them by name
    webhook_id: UUID,
    db: Db,
    who: CurrentActor,
    state: DeliveryState | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[DeliveryOut]:
    """What it was told and is to be told, newest first, for a month."""
    row = subscribe.find_webhook(db, who, webhook_id)
    statement = select(WebhookDelivery).where(WebhookDelivery.webhook_id == row.id)
    if state is not None:
        statement = statement.where(WebhookDelivery.state == state)
    rows, following = page(db, statement, [WebhookDelivery.id], cursor=cursor, limit=limit, newest_first=True)
    return Page(items=[delivery_out(each) for each in rows], next=following)


@router.post(
    "/webhooks/{webhook_id}/resend",
    status_code=202,
    responses=responses(WebhookNotFound, RoleTooLow, DeliveryNotFound, WebhookPaused),
)
def resend_deliveries(webhook_id: UUID, wanted: ResendIn, db: Db, who: CurrentActor) -> ResendOut:
    """Send deliveries again, by their ids, or all that are parked. They keep their ids."""
    row = subscribe.find_webhook(db, who, webhook_id)
    return ResendOut(count=subscribe.resend(db, row, wanted.delivery_ids))
