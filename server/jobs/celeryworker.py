"""Workers in production: Celery hears the bell and keeps the slots; the rows say what there is to do.

Clicks and housekeeping get a process beside the one of the long lanes, so that a click never waits for a track's slot.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import OperationalError

from server.jobs import claims
from server.jobs.doorbell import BROKER_SECONDS, queue_of
from server.jobs.roster import Presence
from server.jobs.worker import SWEEP_SECONDS, leave, load_kinds, new_owner, perform, sweep_once, warm_up
from server.logs import configure_logs
from server.parts import Parts, make_parts
from server.settings import Settings

log = structlog.get_logger()

QUICK = ("clicks", "light")
QUICK_JOBS = 4
"""Slots of the quick lanes: a job that takes a while leaves room for a click."""
PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process gets when the one that started it dies (prctl(2))."""
PAUSES = (0.5, 30.0)
"""First and longest pause before a process that died is started again."""


def make_celery(settings: Settings) -> Any:
    """The Celery app: a broker that carries ids, no results, no more messages taken than there are free slots."""
    from celery import Celery

    app = Celery("vidgrain", broker=settings.redis_url)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,  # a lost job is found by its silent heartbeat, not by the broker
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,  # what a busy worker does not take, an idle one does
        worker_hijack_root_logger=False,
        worker_enable_remote_control=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_default_queue="light",
        task_serializer="json",
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # a broker that was away for a day is still ours
        broker_transport_options={
            "socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS, "max_retries": 1,
        },
    )  # fmt: skip
    return app


def run_celery(settings: Settings, lanes: Sequence[str], concurrency: int) -> None:
    """Serve lanes from Celery's queues until a signal; quick and long ones in a process each."""
    quick = [lane for lane in lanes if lane in QUICK]
    long = [lane for lane in lanes if lane not in QUICK]
    if quick and long:
        _keep(settings, [(quick, max(concurrency, QUICK_JOBS)), (long, concurrency)])
    else:
        serve_lanes(settings, lanes, max(concurrency, QUICK_JOBS) if quick else concurrency)


def _keep(settings: Settings, groups: Sequence[tuple[Sequence[str], int]]) -> None:
    """Start a process for each group of lanes, and start it again when it dies. They end when this one does."""
    # A copy of this process, which has loaded everything, starts at once and shares its memory; where threads run here
    # (a check that still waits for its part), a copy could wait for ever for what one of them had locked.
    alone = sys.platform == "linux" and threading.active_count() == 1
    ways: Any = multiprocessing.get_context("fork" if alone else "spawn")
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    load_kinds(settings)
    children: list[BaseProcess | None] = [None] * len(groups)
    pauses, again_at, begun = [PAUSES[0]] * len(groups), [0.0] * len(groups), [0.0] * len(groups)
    while not stopping.is_set():
        for place, (lanes, concurrency) in enumerate(groups):
            child, moment = children[place], time.monotonic()
            if child is None and moment >= again_at[place]:
                child = ways.Process(target=_serve_apart, args=(settings, lanes, concurrency))
                child.start()
                children[place], begun[place] = child, moment
            elif child is not None and not child.is_alive():
                pauses[place] = PAUSES[0] if moment - begun[place] > 60 else min(pauses[place] * 2, PAUSES[1])
                log.error("worker_ended", lanes=lanes, code=child.exitcode, again_in=pauses[place])
                children[place], again_at[place] = None, moment + pauses[place]
        stopping.wait(0.25)
    alive = [child for child in children if child is not None]
    for child in alive:
        child.terminate()
    deadline = time.monotonic() + settings.job_stop_seconds + 15
    for child in alive:
        child.join(max(0.1, deadline - time.monotonic()))
        if child.is_alive():
            child.kill()


def _serve_apart(settings: Settings, lanes: Sequence[str], concurrency: int) -> None:
    """In the child: serve, and end at once when the parent is gone."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)
    os.setsid()  # Ctrl-C in the terminal reaches the parent only, which then ends us in order
    configure_logs(json=settings.production)
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(3)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
    serve_lanes(settings, lanes, concurrency)


def serve_lanes(settings: Settings, lanes: Sequence[str], concurrency: int) -> None:
    """Serve lanes in this process until a signal.

    At the first SIGTERM it takes nothing more; what still runs after `job_stop_seconds` goes to other workers.
    """
    from celery import signals

    parts = make_parts(settings)
    load_kinds(settings)
    app = make_celery(settings)
    name = new_owner()
    presence = Presence(parts, name, lanes, concurrency)

    def run(job_id: str) -> None:
        try:
            owner = f"{name}-{uuid4().hex[:8]}"
            with parts.database.begin() as session:
                row = claims.claim(session, UUID(job_id), owner, name)
        except OperationalError as error:
            log.warning("database_unreachable", job=job_id, error=str(error.orig))
            return  # nobody claimed it: the sweeper rings again
        if row is not None:
            perform(parts, row, owner)

    app.task(run, name="vidgrain.run")

    def stop(**_: Any) -> None:
        threading.Thread(target=_stop, args=(parts, presence), name="stop", daemon=True).start()

    def ready(**_: Any) -> None:
        presence.start()  # the bell can be heard from now on

    signals.worker_shutting_down.connect(stop, weak=False)
    signals.worker_ready.connect(ready, weak=False)
    warm_up(parts, lanes)
    threading.Thread(target=_sweep, args=(parts,), name="sweeper", daemon=True).start()
    app.worker_main(
        [
            "--quiet",
            "worker",
            "--pool=threads",
            f"--concurrency={concurrency}",
            f"--queues={','.join([*lanes, queue_of(name)])}",
            "--without-gossip",
            "--without-mingle",
            "--loglevel=WARNING",
            f"--hostname={name}@%h",
        ]
    )


def _sweep(parts: Parts) -> None:
    while True:
        # Not in step with the others.
        time.sleep(SWEEP_SECONDS * random.uniform(0.7, 1.3))  # noqa: S311
        try:
            sweep_once(parts)
        except Exception:
            log.exception("sweep_broke")


def _stop(parts: Parts, presence: Presence) -> None:
    """Let what runs end by itself for a while, then leave it to others and go."""
    presence.leave()
    deadline = time.monotonic() + parts.settings.job_stop_seconds
    while time.monotonic() < deadline and _busy(parts, presence.name):
        time.sleep(0.2)
    leave(parts, presence)
    parts.close()
    os._exit(0)


def _busy(parts: Parts, worker: str) -> bool:
    try:
        with parts.database.read() as session:
            return claims.runs_any(session, worker)
    except OperationalError:
        return True
