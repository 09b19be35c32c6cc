"""Who works: the row of each worker with its heartbeat, what it holds open, and which worker's bell a job rings."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from server.db import now
from server.settings import program_version
from server.tables.jobs import Worker

if TYPE_CHECKING:
    from server.parts import Parts

log = structlog.get_logger()

ALIVE = timedelta(seconds=15)
"""A worker that did not beat for so long is not rung for; its jobs are given away by their own heartbeats."""
REMOVED = timedelta(minutes=10)
"""The row of a worker that did not beat for so long goes."""
BEAT_SECONDS = 4.0
GPU_SECONDS = 20.0
"""Between two looks at the GPUs."""


class Holding:
    """What this process keeps open for its next job, as the slices say. Any thread may ask and tell."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self.fell_back: dict[str, Any] | None = None
        """As `Worker.fell_back` says it."""
        self.changed = threading.Event()

    def tell(self, names: Iterable[str]) -> None:
        """These, and nothing else, are open now."""
        told = tuple(names)
        if set(told) != set(self._names):
            self._names = told
            self.changed.set()

    def fall_back(self, told: dict[str, Any]) -> None:
        """The accelerator ran out of memory: less is kept on it from now on."""
        self.fell_back = told
        self.changed.set()

    def names(self) -> list[str]:
        """What was told last."""
        return list(self._names)


def alive() -> ColumnElement[bool]:
    """A condition: the worker's row was written lately."""
    return Worker.heartbeat_at > now() - ALIVE


def choose(session: Session, lane: str, wants: str) -> str | None:
    """The worker to ring for a job: the one that holds what the job wants, else always the same one for the same.

    None when no worker of the lane is alive. Highest random weight (Thaler and Ravishankar 1998): when a worker comes
    or goes, only what it held moves.
    """
    rows = session.execute(select(Worker.name, Worker.lanes, Worker.holds).where(alive(), Worker.leaving.is_(False)))
    serving = [(name, holds) for name, lanes, holds in rows if lane in lanes]
    holders = [name for name, holds in serving if wants in holds]
    names = holders or [name for name, _ in serving]
    return max(names, key=lambda name: hashlib.sha256(f"{name} {wants}".encode()).digest(), default=None)


def forget_silent(session: Session) -> list[str]:
    """Remove the rows of workers that were silent for long; their names."""
    gone = session.execute(
        delete(Worker)
        .where(Worker.heartbeat_at < now() - REMOVED)
        .returning(Worker.name)
        .execution_options(synchronize_session=False)
    )
    return list(gone.scalars())


class Presence:
    """Keeps the row of this process's worker while it lives."""

    def __init__(self, parts: Parts, name: str, lanes: Sequence[str], concurrency: int) -> None:
        self._parts = parts
        self.name = name
        self._row = {
            "host": os.uname().nodename[:255],
            "pid": os.getpid(),
            "lanes": list(lanes),
            "concurrency": concurrency,
            "version": program_version()[:64],
            "started_at": now(),
        }
        self._leaving = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="presence", daemon=True)
        self._gpus: list[dict[str, Any]] = []
        self._gpus_at: float | None = None

    def start(self) -> None:
        """Write the row and go on beating. A database that does not answer is tried again."""
        self._try()
        self._thread.start()

    def leave(self) -> None:
        """Say that this worker takes nothing more."""
        self._leaving = True
        self._try()

    def end(self) -> None:
        """Remove the row."""
        self._ended.set()
        self._parts.holding.changed.set()
        try:
            with self._parts.database.begin() as session:
                session.execute(delete(Worker).where(Worker.name == self.name))
        except OperationalError as error:
            log.warning("worker_row_left", error=str(error.orig))

    def _keep(self) -> None:
        changed = self._parts.holding.changed
        while not self._ended.is_set():
            changed.wait(BEAT_SECONDS)
            changed.clear()
            if not self._ended.is_set():
                self._try()

    def _try(self) -> None:
        try:
            self.beat()
        except OperationalError as error:
            log.warning("heartbeat_failed", worker=self.name, error=str(error.orig))
            self._ended.wait(1)
        except Exception:
            # A worker without a row still works; one whose thread died would look dead.
            log.exception("heartbeat_broke", worker=self.name)
            self._ended.wait(1)

    def beat(self) -> None:
        """Write how it stands."""
        if self._gpus_at is None or time.monotonic() - self._gpus_at > GPU_SECONDS:
            self._gpus, self._gpus_at = gpus(), time.monotonic()
        state = {
            "heartbeat_at": now(),
            "leaving": self._leaving,
            "holds": self._parts.holding.names(),
            "fell_back": self._parts.holding.fell_back,
            "gpus": self._gpus,
        }
        with self._parts.database.begin() as session:
            known = session.execute(update(Worker).where(Worker.name == self.name).values(**state))
            if not known.rowcount:  # type: ignore[attr-defined]  # of a cursor
                session.add(Worker(name=self.name, **self._row, **state))


def gpus() -> list[dict[str, Any]]:
    """The NVIDIA GPUs that this process may use, each by its place and id on the machine.

    `index` and `uuid` are the driver's, whatever number the process itself calls the GPU by: two workers of one machine
    with different CUDA_VISIBLE_DEVICES have different ones. Further `name`, `memory_bytes`, `memory_used_bytes`, `use`
    (0 to 1 or None). Empty where there is none or the driver's tool does not answer.
    """
    tool = shutil.which("nvidia-smi")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if tool is None or visible == "":
        return []
    asked = "index,uuid,name,memory.total,memory.used,utilization.gpu"
    command = [tool, f"--query-gpu={asked}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603 - our own words
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("gpus_unknown", error=str(error))
        return []
    found = [gpu for line in told.splitlines() if (gpu := _gpu(line)) is not None]
    return found if visible is None else _visible(found, visible)


def _visible(found: Sequence[dict[str, Any]], visible: str) -> list[dict[str, Any]]:
    """Those of a machine's GPUs that CUDA_VISIBLE_DEVICES names, in its order.

    By number, by the beginning of a uuid, or by the GPU that a slice belongs to (`MIG-GPU-…/1/0`). As for CUDA, the
    first name that is none ends the list. Numbers are those of PCI order: where GPUs of different speed stand in one
    machine, CUDA counts so with CUDA_DEVICE_ORDER=PCI_BUS_ID.
    """
    seen: list[dict[str, Any]] = []
    for part in visible.split(","):
        name = part.strip().removeprefix("MIG-").partition("/")[0]
        if name.isdigit():
            hits = [gpu for gpu in found if gpu["index"] == int(name)]
        else:
            hits = [gpu for gpu in found if name.startswith("GPU-") and gpu["uuid"].startswith(name)]
        if len(hits) != 1:
            break
        if hits[0] not in seen:
            seen += hits
    return seen


def _gpu(line: str) -> dict[str, Any] | None:
    place, _, rest = line.partition(",")
    uuid, _, rest = rest.partition(",")
    parts = [part.strip() for part in rest.rsplit(",", 3)]
    if len(parts) != 4 or not place.strip().isdigit():
        return None
    name, total, used, use = parts
    return {
        "index": int(place),
        "uuid": uuid.strip()[:64],
        "name": name[:100],
        "memory_bytes": int(total) * 2**20 if total.isdigit() else None,
        "memory_used_bytes": int(used) * 2**20 if used.isdigit() else None,
        "use": int(use) / 100 if use.isdigit() else None,
    }
