"""Background work. The row is the truth; brokers and pipes only ring."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, UtcDateTime, enum_column, now


class JobState(StrEnum):
    """`failed` is the dead letter: nobody tries again, `error` says why."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Stamped, Base):
    """One piece of background work. `owner` fences: only the worker named there may change a running row."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_ready", "lane", "run_after", "id", sqlite_where=text("state = 'queued'"),
              postgresql_where=text("state = 'queued'")),
        Index("ix_jobs_running", "heartbeat_at", sqlite_where=text("state = 'running'"),
              postgresql_where=text("state = 'running'")),
        Index("ix_jobs_kind", "kind", "id"),
        Index("ix_jobs_finished", "finished_at", sqlite_where=text("finished_at IS NOT NULL"),
              postgresql_where=text("finished_at IS NOT NULL")),
        # One open job per key: asking twice for the same work gives the same job.
        Index("uq_jobs_open_dedupe_key", "dedupe_key", unique=True,
              sqlite_where=text("state IN ('queued', 'running')"),
              postgresql_where=text("state IN ('queued', 'running')")),
    )  # fmt: skip

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(64))
    lane: Mapped[str] = mapped_column(String(16))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[JobState] = mapped_column(enum_column(JobState), default=JobState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    run_after: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner: Mapped[str | None] = mapped_column(String(64))
    worker: Mapped[str | None] = mapped_column(String(64))
    """Name of the worker that ran it last."""
    wants: Mapped[str | None] = mapped_column(String(120))
    """What a worker may hold already that makes this job quick: one of `Worker.holds`."""
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(String(500), default="")
    cursor: Mapped[dict[str, Any] | None] = mapped_column(Json)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    dedupe_key: Mapped[str | None] = mapped_column(String(200))
    topics: Mapped[list[str]] = mapped_column(Json, default=list)
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    request_id: Mapped[str | None] = mapped_column(String(64))
    """The request that asked for it: every line of the log about this job carries it."""
    fell_back: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """That the accelerator ran out of memory under it, as `Worker.fell_back` says it."""
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Worker(Base):
    """A process that runs jobs, as its own heartbeat describes it. Rows of silent ones are removed after a while."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    lanes: Mapped[list[str]] = mapped_column(Json)
    concurrency: Mapped[int]
    """Jobs that it runs at a time."""
    version: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    leaving: Mapped[bool] = mapped_column(default=False)
    """It was asked to stop: it ends what it runs and takes nothing more."""
    holds: Mapped[list[str]] = mapped_column(Json)
    """What it keeps open for the next click, as `flow:<sha256 of the video>`."""
    gpus: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """For each GPU: `index` and `uuid` on its machine, `name`, `memory_bytes`, `memory_used_bytes`, `use` (0 to 1)."""
    fell_back: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """When an accelerator last ran out of memory, `at` (ISO 8601, UTC), and how many `sessions` stay on it since."""


class Schedule(Base):
    """When a recurring kind of job is due next. The sweeper that moves `due_at` on is the one that adds the job."""

    __tablename__ = "schedules"

    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
