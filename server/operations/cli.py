"""`vidgrain ready`: what the site stands on, for health checks of containers and for people."""

from __future__ import annotations

import os
import time
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from server.db import Database
from server.jobs import roster
from server.operations.readiness import Broken, Check, Readiness, checks
from server.settings import Settings
from server.storage import open_storage
from server.tables.jobs import Worker
from server.terminal import terminal


def register(app: typer.Typer) -> None:
    """Add this command to `vidgrain`."""
    app.command()(ready)


def _worker_here(url: str) -> None:
    """Raise Broken unless a worker of this machine was heard lately."""
    database = Database(url, pool=1)
    try:
        with database.read() as session:
            here = select(Worker.name).where(Worker.host == os.uname().nodename[:255], roster.alive())
            found = session.scalar(here.limit(1))
    except SQLAlchemyError as error:
        raise Broken("Nobody can tell: the database does not answer.") from error
    finally:
        database.dispose()
    if found is None:
        raise Broken("No worker of this machine was heard in the last seconds.")


def ready(
    context: typer.Context,
    wait: Annotated[float, typer.Option(help="Ask again for so many seconds.", min=0)] = 0.0,
    worker: Annotated[bool, typer.Option("--worker", help="Also ask for a live worker on this machine.")] = False,
) -> None:
    """Ask database, its revision, storage and broker how they stand. Fails unless all are well.

    An init container of Kubernetes waits with it for the migration; `--worker` is the health check of a worker.
    """
    settings = Settings()
    settings.check()
    shell = terminal(context)
    wanted = checks(settings, open_storage(settings))
    if worker:
        wanted.append(Check("worker", "VIDGRAIN_DATABASE_URL", lambda: _worker_here(settings.database)))
    deadline = time.monotonic() + wait
    while True:
        found = Readiness(wanted).standing()
        broken = [part for part in found if not part.ok]
        if not broken or time.monotonic() >= deadline:
            break
        time.sleep(min(2.0, max(0.0, deadline - time.monotonic())))
    if broken:
        shell.fail(
            {
                "type": "not_ready",
                "detail": " ".join(f"{part.name}: {part.reason}" for part in broken),
                "checks": [part.model_dump() for part in found],
            }
        )
    shell.show([part.model_dump() for part in found], "\n".join(f"{part.name}: well" for part in found))
