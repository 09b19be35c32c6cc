"""`vidgrain user`: people from the command line; the first admin is made here."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from server.accounts import people
from server.db import Database
from server.settings import Settings
from server.tables.accounts import InvitationPurpose, User
from server.terminal import terminal

commands = typer.Typer(
    name="user", no_args_is_help=True, help="Add, list, reset and deactivate people. The first admin is made here."
)

Email = Annotated[str, typer.Argument(help="E-mail address, with which the person logs in.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    app.add_typer(commands)


def _opened() -> tuple[Settings, Database]:
    settings = Settings()
    settings.check()
    return settings, Database.of(settings)


def _link(settings: Settings, token: str) -> str:
    return f"{(settings.public_url or 'http://127.0.0.1:8000').rstrip('/')}/invitation/{token}"


@commands.command()
def add(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="Name that others see; by default the first part of the address.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="May do everything, in every project.")] = False,
    ask_password: Annotated[
        bool, typer.Option("--password", help="Ask for a password here instead of making a one-time link.")
    ] = False,
) -> None:
    """Add a person and write the one-time link with which they set their password."""
    settings, database = _opened()
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else None
    link = None
    with database.begin() as session:
        user = people.add_user(session, email, name, is_admin=admin, password=password)
        if password is None:
            token = people.invite(session, settings.key(), user, InvitationPurpose.INVITE, settings.invitation_hours)
            link = _link(settings, token)
    text = f"Added {user.email}" + (f". They set their password at:\n{link}" if link else ".")
    terminal(context).show({"id": user.id, "email": user.email, "invitation_url": link}, text)


@commands.command("list")
def list_people(context: typer.Context) -> None:
    """List all people."""
    _, database = _opened()
    with database.read() as session:
        users = list(session.scalars(select(User).order_by(User.name, User.id)))
    rows = [{"id": u.id, "email": u.email, "name": u.name, "is_admin": u.is_admin, "active": u.active} for u in users]
    lines = [
        f"{u.email:<40} {u.name:<30} {'admin' if u.is_admin else ''}{'' if u.active else ' deactivated'}".rstrip()
        for u in users
    ]
    terminal(context).show(rows, "\n".join(lines) or "Nobody yet: vidgrain user add --admin you@example.org")


@commands.command()
def reset(context: typer.Context, email: Email) -> None:
    """Take a person's password away, end their sessions, and write a one-time link for a new password."""
    settings, database = _opened()
    with database.begin() as session:
        user = people.user_by_email(session, email)
        link = _link(settings, people.reset(session, settings.key(), user, settings.invitation_hours))
    terminal(context).show(
        {"email": user.email, "invitation_url": link}, f"{user.email} sets a new password at:\n{link}"
    )


@commands.command()
def deactivate(context: typer.Context, email: Email) -> None:
    """End a person's sessions and tokens, and return the tasks they hold. Their work stays."""
    _, database = _opened()
    with database.begin() as session:
        user = people.edit_user(session, people.user_by_email(session, email), by=None, active=False)
    terminal(context).show({"email": user.email, "active": False}, f"{user.email} is deactivated.")


@commands.command()
def activate(context: typer.Context, email: Email) -> None:
    """Let a deactivated person log in again."""
    _, database = _opened()
    with database.begin() as session:
        user = people.edit_user(session, people.user_by_email(session, email), by=None, active=True)
    terminal(context).show({"email": user.email, "active": True}, f"{user.email} is active.")
