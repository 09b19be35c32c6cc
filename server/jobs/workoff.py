"""A job from the command line: done here and now where no other worker takes it, and followed to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

from server.errors import Conflict
from server.events import MemoryEvents
from server.jobs.claims import claim
from server.jobs.doorbell import SilentDoorbell
from server.jobs.run import run_claimed
from server.jobs.worker import load_kinds
from server.logs import configure_logs
from server.operations.serve import check_database
from server.parts import Parts, make_parts
from server.settings import Settings
from server.tables.jobs import Job, JobState

POLL_SECONDS = 0.3

Show = Callable[[float, str], None]


class JobNotDone(Conflict):
    """The work did not come to its end."""


def command_parts(settings: Settings) -> Parts:
    """The parts of a command: production rings its workers, an embedded site's jobs are done by the command itself."""
    configure_logs(json=False, quiet=True)
    check_database(settings)
    load_kinds(settings)
    if settings.redis_url:
        return make_parts(settings)
    return make_parts(settings, events=MemoryEvents(), doorbell=SilentDoorbell())


def work_off(parts: Parts, job_id: UUID, show: Show) -> None:
    """Bring a queued job to its end: run it here unless a worker has it. Raises JobNotDone with the job's reason."""
    if not parts.settings.redis_url:
        owner = f"command-{uuid4().hex[:8]}"
        with parts.database.begin() as session:
            row = claim(session, job_id, owner)
        if row is not None:
            _run_here(parts, row, owner, show)
    _follow(parts, job_id, show, None)


def _run_here(parts: Parts, row: Job, owner: str, show: Show) -> None:
    running = threading.Thread(target=run_claimed, args=(parts, row, owner), name="job", daemon=True)
    running.start()
    _follow(parts, row.id, show, running)
    running.join()


def _follow(parts: Parts, job_id: UUID, show: Show, running: threading.Thread | None) -> None:
    pause = threading.Event()
    while True:
        with parts.database.read() as session:
            row = session.get_one(Job, job_id)
        show(row.progress, row.message)
        if row.state is JobState.DONE:
            return
        if row.state in (JobState.FAILED, JobState.CANCELLED):
            raise JobNotDone(row.error or "It was cancelled.")
        if running is not None and not running.is_alive() and row.state is JobState.QUEUED:
            raise JobNotDone(row.error or "It did not end; a worker will try again.")
        pause.wait(POLL_SECONDS)
