"""Tasks: one piece of human work each, with its lease and the people who must not get it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, enum_column
from server.tables.projects import ProjectKind, Role


class TaskKind(enum.StrEnum):
    """The steps of the two workflows."""

    STC_SUBJECT = "stc_subject"
    STC_CAPTION = "stc_caption"
    STC_VERIFY = "stc_verify"
    STC_REVIEW = "stc_review"
    FGQA_ANSWER = "fgqa_answer"
    FGQA_REVIEW = "fgqa_review"

    @property
    def role(self) -> Role:
        """The least role that may do it: a review is for reviewers, everything else for any member."""
        return Role.REVIEWER if self in (TaskKind.STC_REVIEW, TaskKind.FGQA_REVIEW) else Role.ANNOTATOR

    @property
    def project_kind(self) -> ProjectKind:
        """The kind of project whose workflow has this step."""
        return ProjectKind.STC if self.value.startswith("stc_") else ProjectKind.FGQA


class TaskState(enum.StrEnum):
    """Where a task stands."""

    BLOCKED = "blocked"
    """Waits for an earlier step that went back."""
    READY = "ready"
    LEASED = "leased"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    """Not needed any more: its subject was removed, or its questions were closed."""


class Task(Stamped, Base):
    """One step of the workflow on one video, segment or masklet."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("active_seconds >= 0", name="active_seconds"),
        # The lease reads only this: ready rows, best first. The literal must stand in the query, too.
        Index(
            "ix_tasks_ready",
            "project_id",
            text("priority DESC"),
            "id",
            postgresql_where=text("state = 'ready'"),
            sqlite_where=text("state = 'ready'"),
        ),
        # What a person holds, and what the reaper returns.
        Index(
            "ix_tasks_leased",
            "lease_user_id",
            "lease_expires_at",
            postgresql_where=text("state = 'leased'"),
            sqlite_where=text("state = 'leased'"),
        ),
        # Each step exists once, however often the job that opens it runs.
        Index(
            "uq_tasks_subject",
            "project_id",
            "video_id",
            unique=True,
            postgresql_where=text("kind = 'stc_subject'"),
            sqlite_where=text("kind = 'stc_subject'"),
        ),
        Index(
            "uq_tasks_masklet_step",
            "masklet_id",
            "kind",
            unique=True,
            postgresql_where=text("masklet_id IS NOT NULL"),
            sqlite_where=text("masklet_id IS NOT NULL"),
        ),
        Index(
            "uq_tasks_first_answer",
            "segment_id",
            unique=True,
            postgresql_where=text("kind = 'fgqa_answer' AND target_task_id IS NULL"),
            sqlite_where=text("kind = 'fgqa_answer' AND target_task_id IS NULL"),
        ),
        # Work that is kept for one person, as after a return.
        Index(
            "ix_tasks_reserved",
            "assignee_id",
            "project_id",
            postgresql_where=text("state = 'ready' AND assignee_id IS NOT NULL"),
            sqlite_where=text("state = 'ready' AND assignee_id IS NOT NULL"),
        ),
        Index(None, "submitted_by", "submitted_at"),
        Index(None, "project_id", "state", "kind"),
        Index(None, "video_id"),
        Index(None, "segment_id"),
        Index(None, "masklet_id"),
        Index(None, "target_task_id"),
    )

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind))
    state: Mapped[TaskState] = mapped_column(enum_column(TaskState), default=TaskState.READY)
    video_id: Mapped[UUID] = mapped_column(ForeignKey("videos.id"))
    segment_id: Mapped[UUID | None] = mapped_column(ForeignKey("segments.id"))
    masklet_id: Mapped[UUID | None]
    """A masklet of this video. No foreign key: masklets point to tasks, and rows of neither are ever deleted."""
    target_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    """Verify and review: the task that is judged. A follow-up of FGQA: the first task."""
    priority: Mapped[int] = mapped_column(default=0)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """Reserved for this person, as after a return; null: for anybody."""
    lease_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    lease_expires_at: Mapped[datetime | None]
    guideline_version: Mapped[int] = mapped_column(default=0)
    """The version the work is done under."""
    returns: Mapped[int] = mapped_column(default=0)
    returned: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The newest return: {by, step, reasons, comment, at}; what its author reads first. Reviews keep the history."""
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    active_seconds: Mapped[float] = mapped_column(default=0.0)
    """Time of input, play and focus, as the editor reports it; idle time is left out."""


class TaskExclusion(Stamped, Base):
    """That a person never gets a task: they did an earlier step of it, or skipped it."""

    __tablename__ = "task_exclusions"
    __table_args__ = (UniqueConstraint("task_id", "user_id"), Index(None, "user_id"))

    id: Mapped[Id]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    why: Mapped[str] = mapped_column(String(500))
