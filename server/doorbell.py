"""Ringing for work: a pipe to the child process of this server, or Celery. What is lost on the way is rung again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import UUID

import orjson
import structlog

from server.events import Events
from server.settings import LANES, Settings

log = structlog.get_logger()


class Doorbell(Protocol):
    """Says that a lane has work."""

    def start(self) -> None:
        """Get ready to ring."""
        ...

    def ring(self, lane: str, job_id: UUID) -> None:
        """Wake whoever works on `lane`. Never raises: the row is the truth, a sweeper rings again."""
        ...

    def close(self) -> None:
        """Stop, and stop what `start` started."""
        ...


class SilentDoorbell:
    """Rings nobody: the worker is another process that looks by itself, or there is none (tests, commands)."""

    def start(self) -> None:
        pass

    def ring(self, lane: str, job_id: UUID) -> None:
        pass

    def close(self) -> None:
        pass


class ChildDoorbell:
    """Starts the worker as a child process, wakes it by its stdin, and hears its events on its stdout.

    The child ends when this process ends, whatever happens to it, because its stdin closes. A child that dies is
    started again.
    """

    def __init__(self, settings: Settings, events: Events) -> None:
        self._settings = settings
        self._events = events
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._keep, name="worker-child", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def _keep(self) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            begun = time.monotonic()
            child = spawn(self._settings, "embedded")
            with self._lock:
                self._child = child
            assert child.stdout is not None
            forward_events(child.stdout, self._events)
            code = child.wait()
            if self._stopping.is_set():
                return
            pause = 0.5 if time.monotonic() - begun > 60 else min(pause * 2, 30)
            log.error("worker_ended", code=code, again_in=pause)
            self._stopping.wait(pause)

    def ring(self, lane: str, job_id: UUID) -> None:  # noqa: ARG002 - the child looks into the table itself
        if lane not in LANES:
            raise ValueError(f"there is no lane {lane}")
        with self._lock:
            child = self._child
            if child is None or child.stdin is None:
                return
            try:
                child.stdin.write(lane.encode() + b"\n")
                child.stdin.flush()
            except (OSError, ValueError):
                log.info("worker_deaf", lane=lane)

    def close(self) -> None:
        self._stopping.set()
        with self._lock:
            child = self._child
            if child is not None and child.stdin is not None:
                try:
                    child.stdin.close()
                except OSError:
                    log.info("worker_deaf", lane="*")
        if child is not None:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if self._thread is not None:
            self._thread.join(5)


class CeleryDoorbell:
    """Sends the job's id, nothing else, to the lane's queue of Celery's broker."""

    def __init__(self, settings: Settings) -> None:
        from server.worker import make_celery

        self._celery: Any = make_celery(settings)

    def start(self) -> None:
        pass

    def ring(self, lane: str, job_id: UUID) -> None:
        try:
            self._celery.send_task("vidgrain.run", args=[str(job_id)], queue=lane, ignore_result=True, retry=False)
        except Exception as error:  # noqa: BLE001 - a broker fails in many ways; all mean "ring again later"
            log.warning("broker_unreachable", lane=lane, job=str(job_id), error=str(error))

    def close(self) -> None:
        self._celery.close()


def spawn(settings: Settings, *arguments: str) -> subprocess.Popen[bytes]:
    """A child `python -m server.worker …` with these settings: stdin wakes or ends it, stdout carries its events."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    # What this process inherited must not fill what these settings leave unset.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("VIDGRAIN_")}
    environment = inherited | settings.environment() | {"PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen(  # noqa: S603 - our own module, arguments from us
        [sys.executable, "-m", "server.worker", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # Ctrl-C in the terminal reaches the parent only, which then ends us in order
    )


def forward_events(pipe: IO[bytes], events: Events) -> None:
    """Publish the events that a child writes, one JSON array [topic, name, data] a line, until it closes the pipe."""
    for line in pipe:
        try:
            topic, name, data = orjson.loads(line)
            events.publish(topic, name, data)
        except (ValueError, TypeError):
            log.warning("event_unreadable", line=line[:200])


class PipeEvents:
    """The child's side: its events go up the pipe to the server. It has no listeners of its own."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def publish(self, topic: str, name: str, data: Any) -> None:
        if isinstance(data, bytes):
            data = orjson.loads(data)
        line = orjson.dumps([topic, name, data], default=str) + b"\n"
        with self._lock:
            try:
                self._pipe.write(line)
                self._pipe.flush()
            except (OSError, ValueError):
                # The parent is gone; the end of our stdin will stop us.
                log.info("event_unheard", topic=topic)

    async def newest(self) -> str:
        raise NotImplementedError("only the web server has listeners")

    def subscribe(self, topics: Any, after: str | None) -> Any:
        raise NotImplementedError("only the web server has listeners")

    def close(self) -> None:
        pass
