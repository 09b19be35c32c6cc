"""Queues with real workers for the contract of both: what the tests do with them, and how their workers are started."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from server.jobs import enqueue
from server.parts import Parts
from server.settings import Settings
from server.tables.jobs import Job, JobState
from tests import servers

ROOT = Path(__file__).resolve().parents[2]
QUICK: dict[str, Any] = {
    "job_modules": "tests.contracts.job_samples",
    "job_heartbeat_seconds": 0.5,
    "job_lost_seconds": 4.0,
    "job_backoff_seconds": 0.2,
    "job_ring_again_seconds": 3.0,
    "job_stop_seconds": 0.5,
}


@dataclass
class Queue:
    """A server's parts, with workers."""

    parts: Parts
    kill_worker: Callable[[], None]
    """kill -9, and a new one comes."""
    replace_worker: Callable[[], None]
    """Ask it to end, wait until it did, and start a new one."""
    folder: Path

    def add(self, kind: str, *, wants: str | None = None, **payload: Any) -> UUID:
        """Enqueue a job."""
        with self.parts.database.begin() as session:
            return enqueue(session, kind, {"notes": str(self.folder / "notes"), **payload}, wants=wants).id

    def row(self, job_id: UUID) -> Job:
        """The job as it is now."""
        with self.parts.database.read() as session:
            row = session.get(Job, job_id)
        assert row is not None
        return row

    def wait(self, job_id: UUID, until: Callable[[Job], bool], seconds: float = 60) -> Job:
        """Wait until something is true of the job."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            row = self.row(job_id)
            if until(row):
                return row
            time.sleep(0.02)
        raise AssertionError(f"{row.kind} is {row.state} after {seconds} s: {row.message} {row.error}")

    def ended(self, job_id: UUID, seconds: float = 60) -> Job:
        """Wait for the job's end."""
        return self.wait(job_id, lambda r: r.state not in (JobState.QUEUED, JobState.RUNNING), seconds)

    def notes(self) -> list[str]:
        """What the handlers wrote down."""
        path = self.folder / "notes"
        return path.read_text().split("\n")[:-1] if path.exists() else []


def end(worker: servers.Program) -> None:
    """SIGTERM, and all the time that an orderly end takes on a machine that is busy with other tests."""
    assert worker.process is not None
    worker.process.terminate()
    worker.process.wait(90)


def celery_worker(name: str, settings: Settings, folder: Path, *arguments: str) -> servers.Program:
    """`vidgrain worker …` in a process of its own that is not started yet."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("VIDGRAIN_")}
    env = inherited | settings.environment() | {"OMP_NUM_THREADS": "1"}
    command: list[str | Path] = [sys.executable, "-m", "server.cli", "worker", *arguments]
    return servers.Program(name, command, lambda: None, folder / f"{name}.log", cwd=ROOT, env=env)
