"""Running the web server, for `vidgrain serve` and `vidgrain demo`."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import uvicorn

from server.app import create_app
from server.errors import DomainError
from server.settings import Settings

GRACE_SECONDS = 5
"""Streams that are open at the end are cut after so long."""


class PortTaken(DomainError):
    """Another program listens on this port."""


class NotMigrated(DomainError):
    """The database has not the tables of this version."""


def check_database(settings: Settings) -> None:
    """Raise NotMigrated unless the database is at the newest revision."""
    from migrations import run

    here, newest = run.current(settings.database), run.newest()
    if here != newest:
        raise NotMigrated(
            f"The database is at revision {here or 'none'}, this version needs {newest}: run `vidgrain migrate`."
        )


def serve(settings: Settings, host: str, port: int, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until a signal. `on_ready` is called in a thread with the address once requests are answered."""
    check_database(settings)
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise PortTaken(f"Port {port} of {host} is taken: choose another with --port.", field="port") from error
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only to print it
    address = f"http://{shown}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=settings.production,
        server_header=False,
    )
    server = uvicorn.Server(config)
    if on_ready is not None:
        tell = on_ready

        def watch() -> None:
            while not server.started and not server.should_exit:
                threading.Event().wait(0.05)
            if server.started:
                tell(address)

        threading.Thread(target=watch, name="on-ready", daemon=True).start()
    server.run(sockets=[listener])
