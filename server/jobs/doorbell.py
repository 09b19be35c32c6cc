"""Ringing for work: a pipe to the child process of this server, or Celery. What is lost on the way is rung again."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import UUID

import orjson
import structlog

from server.events import Events
from server.settings import LANES, Settings

log = structlog.get_logger()

RING = "ring"
"""The topic by which a child's rings are told from its events."""
MOST_RINGS = 10_000
"""Rings that wait for a broker; more are left to the sweepers."""
BROKER_SECONDS = 2.0
"""What the broker gets to answer."""
BROKER_PAUSE = 3.0
"""After it did not, it is left alone for so long."""


class Doorbell(Protocol):
    """Says that a lane has work."""

    def start(self) -> None:
        """Get ready to ring."""
        ...

    def ring(self, lane: str, job_id: UUID, worker: str | None = None) -> None:
        """Wake `worker`, or whoever works on `lane`. Never raises or waits: a sweeper rings again."""
        ...

    def unheard(self, lane: str) -> int | None:
        """How many rings wait because every worker of the lane is busy; None when nobody knows."""
        ...

    def forget(self, worker: str) -> None:
        """The worker is gone: nothing will be heard at its bell."""
        ...

    def close(self) -> None:
        """Stop, and stop what `start` started."""
        ...


class SilentDoorbell:
    """Rings nobody: the worker is another process that looks by itself, or there is none (tests, commands)."""

    def start(self) -> None:
        pass

    def ring(self, lane: str, job_id: UUID, worker: str | None = None) -> None:
        pass

    def unheard(self, lane: str) -> int | None:  # noqa: ARG002 - nothing is kept
        return 0

    def forget(self, worker: str) -> None:
        pass

    def close(self) -> None:
        pass


class PipeDoorbell(SilentDoorbell):
    """The side of a job in its own process: its rings go up the pipe of its events."""

    def __init__(self, events: PipeEvents) -> None:
        self._events = events

    def ring(self, lane: str, job_id: UUID, worker: str | None = None) -> None:
        self._events.publish(RING, lane, {"job": str(job_id), "worker": worker})


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

    def ring(self, lane: str, job_id: UUID, worker: str | None = None) -> None:  # noqa: ARG002 - one child looks into the table itself
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

    def unheard(self, lane: str) -> int | None:  # noqa: ARG002 - the pipe keeps nothing
        return 0

    def forget(self, worker: str) -> None:
        pass

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
    """Sends the job's id, nothing else, to the lane's queue of Celery's broker, or to the queue of one worker.

    A thread sends, so that a broker that does not answer holds nobody back.
    """

    def __init__(self, settings: Settings) -> None:
        import redis

        from server.jobs.celeryworker import make_celery

        self._celery: Any = make_celery(settings)
        self._redis = redis.Redis.from_url(
            settings.redis_url, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
        )
        self._rings: queue.Queue[tuple[str, UUID, str | None] | None] = queue.Queue(MOST_RINGS)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._deaf_until = 0.0

    def start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name="doorbell", daemon=True)
                self._thread.start()

    def ring(self, lane: str, job_id: UUID, worker: str | None = None) -> None:
        self.start()
        try:
            self._rings.put_nowait((lane, job_id, worker))
        except queue.Full:
            log.warning("ring_dropped", lane=lane, job=str(job_id))

    def _send_all(self) -> None:
        while (ring := self._rings.get()) is not None:
            lane, job_id, worker = ring
            if time.monotonic() < self._deaf_until:
                continue
            try:
                where = queue_of(worker) if worker else lane
                self._celery.send_task("vidgrain.run", args=[str(job_id)], queue=where, ignore_result=True, retry=False)
            except Exception as error:  # noqa: BLE001 - a broker fails in many ways; all mean "ring again later"
                self._deaf_until = time.monotonic() + BROKER_PAUSE
                log.warning("broker_unreachable", lane=lane, job=str(job_id), error=str(error))

    def unheard(self, lane: str) -> int | None:
        import redis

        try:
            return int(self._redis.llen(lane))
        except redis.RedisError:
            return None

    def forget(self, worker: str) -> None:
        import redis

        try:
            self._redis.delete(queue_of(worker), f"_kombu.binding.{queue_of(worker)}")
        except redis.RedisError as error:
            log.warning("queue_left", worker=worker, error=str(error))

    def close(self) -> None:
        thread = self._thread
        if thread is not None:
            with suppress(queue.Full):
                self._rings.put(None, timeout=1)
            thread.join(BROKER_SECONDS * 2)
        self._celery.close()
        self._redis.close()


def queue_of(worker: str) -> str:
    """The queue that one worker alone listens to."""
    return f"worker.{worker}"


def spawn(settings: Settings, *arguments: str) -> subprocess.Popen[bytes]:
    """A child `python -m server.jobs.worker …` with these settings; stdin wakes or ends it, stdout carries events."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    # What this process inherited must not fill what these settings leave unset.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("VIDGRAIN_")}
    environment = inherited | settings.environment() | {"PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen(  # noqa: S603 - our own module, arguments from us
        [sys.executable, "-m", "server.jobs.worker", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # Ctrl-C in the terminal reaches the parent only, which then ends us in order
    )


def forward_events(pipe: IO[bytes], events: Events, doorbell: Doorbell | None = None) -> None:
    """Publish the events that a child writes, one JSON array [topic, name, data] a line, until it closes the pipe.

    With a `doorbell`, its rings as well: lines of the topic RING.
    """
    for line in pipe:
        try:
            topic, name, data = orjson.loads(line)
            if topic != RING:
                events.publish(topic, name, data)
            elif doorbell is not None:
                doorbell.ring(name, UUID(data["job"]), data["worker"])
        except (ValueError, TypeError, KeyError):
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

    def kept(self, topic: str, after: str | None = None) -> Any:
        raise NotImplementedError("only the web server keeps events")

    def close(self) -> None:
        pass
