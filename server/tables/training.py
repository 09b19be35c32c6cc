"""Runs: trainings on a release, what they wrote, and how their checkpoints scored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, UtcDateTime, enum_column, now
from server.tables.releases import Split


class RunState(StrEnum):
    """How far a run, or an evaluation, has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Run(Stamped, Base):
    """One training, from a release and a recipe."""

    __tablename__ = "runs"
    __table_args__ = (Index(None, "release_id", "id"),)

    id: Mapped[Id]
    release_id: Mapped[UUID] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    recipe: Mapped[str] = mapped_column(String(100))
    overrides: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[RunState] = mapped_column(enum_column(RunState), default=RunState.QUEUED)
    status: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """{step, steps, loss, message}, as the trainer's status.json says."""
    metrics: Mapped[list[Any]] = mapped_column(Json, default=list)
    """The newest rows of metrics.jsonl while it runs; the whole file is stored at the end."""
    error: Mapped[str | None] = mapped_column(Text)
    code_version: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now, onupdate=now)
    """When anything of it last changed, a step of its training too; null: not since before this was kept."""


class RunFile(Stamped, Base):
    """One file that a run wrote, stored under its hash."""

    __tablename__ = "run_files"
    __table_args__ = (UniqueConstraint("run_id", "path"),)

    id: Mapped[Id]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)


class Evaluation(Stamped, Base):
    """One scoring of a run's checkpoint on a split of a release."""

    __tablename__ = "evaluations"
    __table_args__ = (Index(None, "run_id", "id"),)

    id: Mapped[Id]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    release_id: Mapped[UUID] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    split: Mapped[Split] = mapped_column(enum_column(Split))
    state: Mapped[RunState] = mapped_column(enum_column(RunState), default=RunState.QUEUED)
    report: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
