"""`vidgrain`: the command line. Each slice adds its own commands from its `cli.py` by a function `register(app)`."""

from __future__ import annotations

import importlib
import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from server import slices
from server.errors import DomainError
from server.logs import configure_logs
from server.operations.readiness import checks, wait_for
from server.settings import LANES, Settings, UnsafeSettings
from server.storage import open_storage
from server.terminal import Terminal, terminal

app = typer.Typer(
    name="vidgrain",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""
Fine-grained video annotation, immutable datasets, and the models that are trained on them.

SETTINGS come from environment variables named VIDGRAIN_…: VIDGRAIN_DATA_FOLDER (default ./data) holds everything
when nothing else is set. VIDGRAIN_DATABASE_URL (PostgreSQL), VIDGRAIN_REDIS_URL (Celery, events) and
VIDGRAIN_S3_BUCKET replace its parts in production.

EXIT STATUS is 0 when all went well, 1 when the program refused or failed (the reason is on standard error), and 2
when the command line was wrong.
""",
)


@app.callback()
def _options(
    context: typer.Context,
    json: Annotated[
        bool, typer.Option("--json", help="Write one JSON document to standard output, for scripts.")
    ] = False,
) -> None:
    context.obj = Terminal(json=json)
    configure_logs(json=False, quiet=True)  # to standard error: a command's output is for scripts


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any free one.", min=0, max=65535)] = 8000,
    workers: Annotated[
        int, typer.Option(help="Processes that serve. More than one needs PostgreSQL and Redis.", min=1, max=64)
    ] = 1,
) -> None:
    """Serve the web app and the REST API. Without Redis, background work runs in a child process of it.

    The database must be at this version's revision: run `vidgrain migrate` first.
    """
    from server.operations import serve as running

    settings = Settings()
    shell = terminal(context)
    configure_logs(json=settings.production)
    running.serve(
        settings,
        host,
        port,
        processes=workers,
        on_ready=lambda address: shell.say(f"Vidgrain serves {address}"),
        say=shell.say,
    )


@app.command()
def worker(
    context: typer.Context,
    lanes: Annotated[str, typer.Option(help=f"Lanes to serve, with commas: {', '.join(LANES)}.")] = ",".join(LANES),
    concurrency: Annotated[int, typer.Option(help="Jobs at a time.", min=1, max=64)] = 2,
) -> None:
    """Run background work from Redis by Celery, in production. Embedded servers run their own.

    A GPU machine serves `clicks,track,train` with one job at a time for each GPU memory's sake; the others serve
    `ingest,release,light`. Any number of workers may serve the same lane; a job whose worker dies is run by another.
    """
    from server.jobs.celeryworker import run_celery
    from server.operations import serve as running

    settings = Settings()
    shell = terminal(context)
    wanted = [lane.strip() for lane in lanes.split(",") if lane.strip()]
    unknown = [lane for lane in wanted if lane not in LANES]
    if unknown or not wanted:
        shell.fail({"detail": f"There is no lane {', '.join(unknown) or '(empty)'}; known are {', '.join(LANES)}."}, 2)
    if not settings.redis_url:
        shell.fail(
            {"detail": "VIDGRAIN_REDIS_URL is not set: without it `vidgrain serve` runs background work itself."}
        )
    configure_logs(json=settings.production)
    settings.check()
    wait_for(checks(settings, open_storage(settings)), settings.start_seconds, shell.say)
    running.check_database(settings)
    run_celery(settings, wanted, concurrency)


@app.command()
def migrate(
    context: typer.Context,
    revision: Annotated[str, typer.Option(help="Revision to go to.")] = "head",
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail unless all is up to date.")] = False,
) -> None:
    """Bring the database's tables to this version's. Doing it twice does nothing. Take a backup before an upgrade."""
    from migrations import run
    from server.operations import serve as running

    settings = Settings()
    settings.check()
    shell = terminal(context)
    database = [part for part in checks(settings, open_storage(settings)) if part.name == "database"]
    wait_for(database, settings.start_seconds, shell.say)
    if check:
        running.check_database(settings)
    else:
        run.upgrade(settings.database, revision, say=shell.say)
    now_at = run.current(settings.database)
    shell.show({"revision": now_at}, f"The database is at revision {now_at}.")


def _load_commands() -> None:
    for module in slices.load("cli"):
        module.register(app)
    importlib.import_module("server.jobs.cli").register(app)
    importlib.import_module("server.operations.cli").register(app)
    importlib.import_module("server.backup.cli").register(app)
    importlib.import_module("server.storage.cli").register(app)
    importlib.import_module("server.demo.cli").register(app)


def main() -> None:
    """Entry of `vidgrain`."""
    _load_commands()
    shell = Terminal(json="--json" in sys.argv[1:])
    try:
        try:
            app()
        except DomainError as error:
            shell.fail(error.problem())
        except UnsafeSettings as error:
            shell.fail({"type": "unsafe_settings", "detail": str(error)})
        except ValidationError as error:
            if error.title != Settings.__name__:
                raise
            first = error.errors()[0]
            name = "_".join(str(part) for part in first["loc"])
            told = f"VIDGRAIN_{name.upper()}: {first['msg']}" if name else str(first["msg"])
            shell.fail({"type": "bad_settings", "detail": told, "field": name})
        except OperationalError as error:
            shell.fail({"type": "unavailable", "detail": f"The database does not answer: {error.orig}"})
    except typer.Exit as ended:
        sys.exit(ended.exit_code)


if __name__ == "__main__":
    main()
