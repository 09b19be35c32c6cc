"""Running the web server, for `vidgrain serve` and `vidgrain demo`: one process, or several on PostgreSQL and Redis."""

from __future__ import annotations

import fcntl
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import uvicorn
from sqlalchemy.engine import make_url

from server.app import create_app
from server.db import Database
from server.errors import DomainError
from server.operations.processes import serve_by_many
from server.operations.readiness import Broken, check_revision, checks, wait_for
from server.operations.safety import refuse_processes
from server.parts import Parts, make_parts
from server.settings import Settings
from server.storage import open_storage

KEEP_ALIVE_SECONDS = 150
"""Longer than the proxies before us keep an idle connection (Caddy: two minutes). Whoever closes first must not be us:
a request that is under way at that moment would be lost. It also spares a page that saves each few seconds from
connecting each time."""
GRACE_SECONDS = 5
"""Requests that have not ended so long after the signal are cut."""

Tell = Callable[[str], None]


class PortTaken(DomainError):
    """Another program listens on this port."""


class NotMigrated(DomainError):
    """The database has not the tables of this version."""


class ServedAlready(DomainError):
    """Another server runs on this database."""


def check_database(settings: Settings) -> None:
    """Raise NotMigrated unless the database is at the newest revision."""
    from migrations import run

    try:
        check_revision(Database(settings.database, pool=1))
    except Broken as error:
        raise NotMigrated(f"The database: {error}") from None
    if run.current(settings.database) != run.newest():
        raise NotMigrated(
            f"The database is at a newer revision than {run.newest()}: run the version of Vidgrain that made it."
        )


def serve(
    settings: Settings,
    host: str,
    port: int,
    *,
    processes: int = 1,
    on_ready: Tell | None = None,
    say: Tell = lambda _: None,
) -> None:
    """Serve until SIGTERM or SIGINT, then end in order and return.

    `on_ready` is called in a thread with the address once requests are answered. `say` hears what a start waits for.
    """
    settings.check()
    refuse_processes(settings, processes)
    with _bound(host, port) as listener, alone(settings):
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only to print it
        address = f"http://{shown}:{listener.getsockname()[1]}"
        wait_for(checks(settings, open_storage(settings)), settings.start_seconds, say)
        check_database(settings)
        if processes == 1:
            run_server(make_parts(settings), listener, None if on_ready is None else partial(on_ready, address))
        else:
            serve_by_many(settings, listener, processes, None if on_ready is None else partial(on_ready, address))


def run_server(parts: Parts, listener: socket.socket, on_ready: Callable[[], object] | None) -> None:
    """Serve a bound socket in this process until SIGTERM or SIGINT, then end in order and return."""
    # uvicorn raises the signal once more when it has ended: that must not make an orderly end look like a kill.
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(ValueError):  # not the main thread (tests): no signal reaches us there
            signal.signal(number, lambda *_: None)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(parts=parts),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            proxy_headers=parts.settings.production,
            server_header=False,
        )
    )
    if on_ready is not None:
        tell = on_ready

        def watch() -> None:
            while not server.started and not server.should_exit:
                threading.Event().wait(0.05)
            if server.started:
                tell()

        threading.Thread(target=watch, name="on-ready", daemon=True).start()
    server.run(sockets=[listener])


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind((host, port))
        except OSError as error:
            raise PortTaken(f"Port {port} of {host} is taken: choose another with --port.", field="port") from error
        yield listener


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the database of an embedded site: its events and its worker belong to one process."""
    if not settings.is_sqlite:
        yield
        return
    database = Path(make_url(settings.database).database or "").absolute()
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(database.name + ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServedAlready(
                f"Another server runs on {database} (VIDGRAIN_DATA_FOLDER): stop it first, "
                "or set VIDGRAIN_DATABASE_URL to PostgreSQL."
            ) from None
        yield
