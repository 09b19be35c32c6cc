"""`vidgrain webhooks`: the same verbs as the routes, on the server's own machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.errors import Unprocessable
from server.jobs.workoff import command_parts
from server.parts import Parts
from server.projects.find import find_project_by, somebody
from server.settings import Settings
from server.tables.webhooks import Webhook
from server.terminal import terminal
from server.webhooks import subscribe
from server.webhooks.errors import WebhookNotFound
from server.webhooks.routes import delivery_out, made, webhook_out
from server.webhooks.schemas import HookEvent, WebhookNew, WebhookPatch

commands = typer.Typer(name="webhooks", no_args_is_help=True, help="Have other programs told what happens here.")

Id = Annotated[str, typer.Argument(help="The webhook's id, as `vidgrain webhooks list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    app.add_typer(commands)


@contextmanager
def _opened() -> Iterator[tuple[Parts, Session]]:
    """The site and one transaction."""
    parts = command_parts(Settings())
    try:
        with parts.database.begin() as session:
            yield parts, session
    finally:
        parts.close()


def _find(session: Session, text: str) -> Webhook:
    try:
        row = session.get(Webhook, UUID(text))
    except ValueError:
        row = None
    if row is None:
        raise WebhookNotFound(f"There is no webhook {text!r}: vidgrain webhooks list.", field="id")
    return row


@commands.command("list")
def list_(context: typer.Context) -> None:
    """List all webhooks of the site."""
    with _opened() as (_, session):
        rows = [webhook_out(row) for row in session.scalars(select(Webhook).order_by(Webhook.id))]
    lines = [
        f"{row.id}  {row.paused or 'on':<8} {','.join(row.events)}  {row.url}  {row.name}".rstrip() for row in rows
    ]
    terminal(context).show([row.model_dump(mode="json") for row in rows], "\n".join(lines) or "No webhooks.")


@commands.command()
def add(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Where to send: https://…")],
    events: Annotated[str, typer.Option(help=f"With commas: {', '.join(HookEvent)}.")] = ",".join(HookEvent),
    project: Annotated[str, typer.Option(help="Only of this project (id or name); without: of all.")] = "",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    by: Annotated[str, typer.Option(help="E-mail of whoever asks; by default the first admin.")] = "",
) -> None:
    """Add a webhook and write its secret, which is shown this once."""
    asked = [each.strip() for each in events.split(",") if each.strip()]
    try:
        new = WebhookNew.model_validate({"url": url, "events": asked, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Unprocessable(f"{field}: {first['msg']}", field=field) from error
    subscribe.check_url(Settings(), new.url)
    with _opened() as (parts, session):
        of = find_project_by(session, project).id if project else None
        row, secret = subscribe.add(session, parts.key, somebody(session, by), of, new)
        told = made(row, secret)
    terminal(context).show(told.model_dump(mode="json"), f"Added {told.id}. Its secret, shown this once:\n{secret}")


@commands.command()
def pause(context: typer.Context, webhook: Id) -> None:
    """Send nothing until `resume`; what happens meanwhile waits for a month."""
    _set(context, webhook, paused=True)


@commands.command()
def resume(context: typer.Context, webhook: Id) -> None:
    """Let a paused webhook go on with what waited."""
    _set(context, webhook, paused=False)


def _set(context: typer.Context, webhook: str, *, paused: bool) -> None:
    with _opened() as (_, session):
        told = webhook_out(subscribe.change(session, _find(session, webhook), WebhookPatch(paused=paused)))
    terminal(context).show(told.model_dump(mode="json"), f"{told.id} is {'paused' if paused else 'on'}.")


@commands.command()
def ping(context: typer.Context, webhook: Id) -> None:
    """Send something about nothing, once."""
    with _opened() as (_, session):
        told = delivery_out(subscribe.ping(session, _find(session, webhook)))
    terminal(context).show(told.model_dump(mode="json"), f"On its way: {told.id}.")


@commands.command()
def resend(context: typer.Context, webhook: Id) -> None:
    """Send all that is parked again."""
    with _opened() as (_, session):
        count = subscribe.resend(session, _find(session, webhook), None)
    terminal(context).show({"count": count}, f"{count} on their way again.")


@commands.command()
def secret(context: typer.Context, webhook: Id) -> None:
    """Make another secret and write it; the old one holds for a day beside it."""
    with _opened() as (parts, session):
        row = _find(session, webhook)
        told = made(row, subscribe.rotate(session, parts.key, row))
    terminal(context).show(told.model_dump(mode="json"), f"The new secret, shown this once:\n{told.secret}")


@commands.command()
def delete(context: typer.Context, webhook: Id) -> None:
    """Tell it nothing more; what waits for it is dropped."""
    with _opened() as (_, session):
        row = _find(session, webhook)
        told = {"id": row.id}
        session.delete(row)
    terminal(context).show(told, f"Deleted {webhook}.")
