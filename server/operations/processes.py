"""Several processes that serve one address: started, started again when one dies, and ended in order.

`python -m server.operations.processes LISTENING READY` is one of them: it serves the socket that it was given, with the
settings of its environment, until SIGTERM or until its parent is gone.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import structlog

from server.logs import configure_logs
from server.operations import metrics
from server.settings import Settings

log = structlog.get_logger()

SETTLED_SECONDS = 60.0
"""A process that lived so long is started again at once when it dies; others wait longer each time."""
END_SECONDS = 20.0
"""What the processes get to end in order."""


class _Process:
    """One of them, and when it may be started again."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._pause = 0.5
        self._again_at = 0.0
        self.begin()

    def begin(self) -> None:
        self.child: subprocess.Popen[bytes] | None = self._start()
        self._begun = time.monotonic()

    def look(self) -> None:
        """Start it again when it has died."""
        moment = time.monotonic()
        if self.child is not None and (code := self.child.poll()) is not None:
            self.close()
            self._pause = 0.5 if moment - self._begun > SETTLED_SECONDS else min(self._pause * 2, 30.0)
            self._again_at = moment + self._pause
            log.error("server_process_ended", code=code, again_in=self._pause)
        if self.child is None and moment >= self._again_at:
            self.begin()

    def close(self) -> None:
        if self.child is not None and self.child.stdin is not None:
            self.child.stdin.close()
        self.child = None


def serve_by_many(settings: Settings, listener: socket.socket, count: int, on_ready: Callable[[], None] | None) -> None:
    """Serve by `count` processes until SIGTERM or SIGINT. `on_ready` is called in a thread once one of them answers."""
    asked = threading.Event()

    def hear(_: int, __: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, hear)
    listener.listen(2048)
    reading, writing = os.pipe()
    folder = tempfile.mkdtemp(prefix="vidgrain-metrics-")
    environment = {**os.environ, **settings.environment(), metrics.SHARED: folder}

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own module, arguments from us
            [sys.executable, "-m", "server.operations.processes", str(listener.fileno()), str(writing)],
            stdin=subprocess.PIPE,  # its end tells the process that we are gone
            env=environment,
            cwd=Path(__file__).resolve().parents[2],
            pass_fds=(listener.fileno(), writing),
            start_new_session=True,  # Ctrl-C reaches us only, and we end them in order
        )

    def watch() -> None:
        if os.read(reading, 1) and on_ready is not None:
            on_ready()

    threading.Thread(target=watch, name="on-ready", daemon=True).start()
    processes = [_Process(start) for _ in range(count)]
    try:
        while not asked.wait(0.2):
            for process in processes:
                process.look()
    finally:
        _end([process.child for process in processes if process.child is not None])
        shutil.rmtree(folder, ignore_errors=True)


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + END_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("server_process_killed", pid=child.pid)
            child.kill()
            child.wait()


def main(listening: int, ready: int) -> None:
    """Be one of the processes."""
    from server.operations.serve import run_server
    from server.parts import make_parts

    settings = Settings()
    configure_logs(json=settings.production)

    def watch() -> None:
        while os.read(0, 64):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
    with socket.socket(fileno=listening) as listener:
        run_server(make_parts(settings), listener, lambda: os.write(ready, b"."))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
