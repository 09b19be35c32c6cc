"""Reviews: verdicts on submissions."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, enum_column


class Verdict(StrEnum):
    """What a review says."""

    ACCEPT = "accept"
    RETURN = "return"


class Review(Stamped, Base):
    """A verdict on a submission. Without a reviewer it was accepted by the project's policy, unseen."""

    __tablename__ = "reviews"
    __table_args__ = (Index(None, "project_id", "id"), Index(None, "task_id"), Index(None, "submission_id"))

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    """The task that was judged."""
    review_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    """The verify or review task in which it was decided."""
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    reviewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    step: Mapped[str | None] = mapped_column(String(32))
    """Where a return sent the work."""
    reasons: Mapped[list[str]] = mapped_column(Json, default=list)
    comment: Mapped[str] = mapped_column(Text, default="")
