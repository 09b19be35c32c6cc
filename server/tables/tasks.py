"""Tasks: one piece of human work each, with its lease and the people who must not get it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, TextClause, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, UtcDateTime, enum_column, now
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


def _partial(name: str, where: str, *columns: str | TextClause, unique: bool = False) -> Index:
    """An index over the rows for which `where` is true, on both databases."""
    return Index(name, *columns, unique=unique, postgresql_where=text(where), sqlite_where=text(where))


class Task(Stamped, Base):
    """One step of the workflow on one video, segment or masklet."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("active_seconds >= 0", name="active_seconds"),
        # The lease reads only this: open rows of one kind and skill, best first. The literals must stand in the query.
        _partial(
            "ix_tasks_lane",
            "state = 'ready' AND assignee_id IS NULL",
            "project_id",
            "kind",
            "skill",
            text("priority DESC"),
            "id",
        ),
        # What a person holds, and what the reaper returns: both columns are set while it is leased, and only then.
        _partial("ix_tasks_held_by", "lease_user_id IS NOT NULL", "lease_user_id", "project_id"),
        _partial("ix_tasks_expires", "lease_expires_at IS NOT NULL", "lease_expires_at"),
        # Work that is kept for one person: assigned by a lead, returned to its author, or what they do next.
        _partial("ix_tasks_assigned", "assignee_id IS NOT NULL", "assignee_id", "project_id", "state", "kind"),
        _partial("ix_tasks_reserved_until", "reserved_until IS NOT NULL", "reserved_until"),
        # Each step exists once (and once for each copy), however often the job that opens it runs.
        _partial("uq_tasks_subject_copy", "kind = 'stc_subject'", "project_id", "video_id", "copy_number", unique=True),
        _partial("uq_tasks_step_copy", "masklet_id IS NOT NULL", "masklet_id", "kind", "copy_number", unique=True),
        _partial(
            "uq_tasks_answer_copy",
            "kind = 'fgqa_answer' AND target_task_id IS NULL",
            "segment_id",
            "copy_number",
            unique=True,
        ),
        # Pages of the lead's list, in the order of ids whatever the filter, and what a person did today.
        Index("ix_tasks_listed", "project_id", "state", "kind", "id"),
        Index("ix_tasks_of_video", "video_id", "id"),
        _partial("ix_tasks_done_by", "submitted_by IS NOT NULL", "submitted_by", "id"),
        _partial("ix_tasks_done_at", "submitted_by IS NOT NULL", "submitted_by", "submitted_at"),
        # Partial, so that a lease, which writes every index anew, does not touch what does not concern it.
        _partial("ix_tasks_of_segment", "segment_id IS NOT NULL", "segment_id"),
        _partial("ix_tasks_of_target", "target_task_id IS NOT NULL", "target_task_id"),
        _partial("ix_tasks_of_overlap", "overlap_id IS NOT NULL", "overlap_id"),
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
    copy_number: Mapped[int] = mapped_column(default=0, server_default="0")
    """0: the work that goes on to the next steps. 1, 2, …: the same work done by somebody else, to compare."""
    overlap_id: Mapped[UUID | None]
    """The task of copy 0, on it and on all its copies: how they know of each other. Null without copies. No foreign
    key: no task with copies is ever deleted."""
    skill: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Only somebody with this skill gets it; empty: anybody. A lead may assign it to anybody."""
    priority: Mapped[int] = mapped_column(default=0)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """Kept for this person, as after a return; null: for anybody."""
    reserved_until: Mapped[datetime | None]
    """Set when it is kept only for a while, as what the assignee does next; then the reaper lets it go."""
    lease_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    lease_expires_at: Mapped[datetime | None]
    guideline_version: Mapped[int] = mapped_column(default=0)
    """The version the work is done under: the newest one when somebody first begins it, and the same ever after."""
    begun_at: Mapped[datetime | None]
    """When somebody first leased it."""
    closed_from: Mapped[str | None] = mapped_column(String(32))
    """The state it was in when its video was set aside, and goes back to."""
    closed_why: Mapped[str | None] = mapped_column(String(500))
    """What whoever held it is told."""
    returns: Mapped[int] = mapped_column(default=0)
    returned: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The newest return: {by, step, reasons, comment, at}; what its author reads first. Reviews keep the history."""
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now, onupdate=now)
    """When anything of it last changed, leases and their renewals too; null: not since before this was kept."""
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
