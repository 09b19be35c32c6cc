"""`vidgrain demo`: makes the demo's database and people, serves it, and furnishes it while it runs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from server.accounts.people import add_user
from server.db import Database
from server.demo.furnish import Account, Demo, accounts
from server.logs import configure_logs
from server.settings import Settings
from server.tables.accounts import User
from server.terminal import Terminal, terminal


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    context: typer.Context,
    clips: Annotated[
        Path | None,
        typer.Option(help="A folder with your own videos to import.", exists=True, file_okay=False, resolve_path=True),
    ] = None,
    data: Annotated[Path, typer.Option(help="Where the demo keeps everything.")] = Path("demo-data"),
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any free one.", min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Try Vidgrain: a site with a project of each kind, people of each role and clips that the program draws itself.

    The first start furnishes the site while you can already look around; later starts keep all data. Delete the data
    folder to begin again.
    """
    from migrations import run
    from server.operations import serve as running

    # Whatever the environment says of a production site does not touch the demo: it lives in its own folder.
    settings = Settings(data_folder=data, demo=True, production=False, database_url="", redis_url="", s3_bucket="")
    shell = terminal(context)
    configure_logs(json=False, quiet=True)
    run.upgrade(settings.database)
    people = accounts(settings.data_folder)
    add_people(settings, people)
    running.serve(settings, host, port, on_ready=lambda address: _ready(shell, settings, address, clips, people))


def add_people(settings: Settings, people: list[Account]) -> None:
    """The demo's accounts, those that are not there yet."""
    database = Database.of(settings)
    with database.begin() as session:
        known = set(session.scalars(select(User.email)))
        for person in people:
            if person.email not in known:
                is_admin = person.role == "admin"
                add_user(session, person.email, person.name, is_admin=is_admin, password=person.password)
    database.dispose()


def _ready(shell: Terminal, settings: Settings, address: str, clips: Path | None, people: list[Account]) -> None:
    lines = [f"  {person.email:<18} {person.password:<16} {person.role}" for person in people]
    shell.say("\n".join(["", f"Vidgrain is at {address}", "Log-ins (also on its log-in page):", *lines, ""]))

    def furnish() -> None:
        try:
            Demo(address, settings.data_folder, clips, shell.say).furnish()
        except Exception as error:  # noqa: BLE001 - the site goes on; the person is told what is missing and why
            shell.say(f"The demo is not completely furnished: {error}. Start it again to go on.")
        else:
            shell.say("The demo is furnished. Press Ctrl+C to stop it; its data stays.")

    threading.Thread(target=furnish, name="furnish", daemon=True).start()
