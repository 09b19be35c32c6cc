"""Documents, the log of their operations, and what was frozen when they were handed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, enum_column
from server.tables.tasks import TaskKind


class Document(Stamped, Base):
    """The present state of a task's work. `revision` grows by one with every saved operation."""

    __tablename__ = "documents"

    id: Mapped[Id]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), unique=True)
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind))
    revision: Mapped[int] = mapped_column(default=0)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    """annotator.records.Body."""
    seed: Mapped[dict[str, Any]] = mapped_column(Json)
    """The body that the task type began with: given questions, or what the step before handed in."""
    seed_revision: Mapped[int] = mapped_column(default=0)
    """The revision the seed was laid at: a step that begins anew after a return is seeded again."""


class DocumentOperation(Stamped, Base):
    """One edit, as it was applied. Append only."""

    __tablename__ = "document_operations"
    __table_args__ = (UniqueConstraint("document_id", "operation_id"), Index(None, "document_id", "revision"))

    id: Mapped[Id]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    revision: Mapped[int]
    """The document's revision after it."""
    operation_id: Mapped[str] = mapped_column(String(64))
    """Drawn by the client: a replay of the same operation is known by it."""
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    operation: Mapped[dict[str, Any]] = mapped_column(Json)
    """annotator.records.Operation."""


class Submission(Stamped, Base):
    """A document as it was handed in or decided on. Never changed."""

    __tablename__ = "submissions"
    __table_args__ = (Index(None, "task_id", "id"), Index(None, "document_id"))

    id: Mapped[Id]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    revision: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    body_sha256: Mapped[str] = mapped_column(String(64))
    submitted_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    guideline_version: Mapped[int] = mapped_column(default=0)
    tracks: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """The finished track of each masklet at that moment, by the masklet's id: the masks that belong to this work."""
