"""Projects, their versioned guidelines, and who takes part in which role."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, UtcDateTime, enum_column


class ProjectKind(enum.StrEnum):
    """What a project collects."""

    STC = "stc"
    """Masklets with captioned events."""
    FGQA = "fgqa"
    """Fine-grained questions and answers about segments."""


class PropagatorName(enum.StrEnum):
    """What turns prompts into masks."""

    FLOW = "flow"
    SAM2 = "sam2"


class Role(enum.StrEnum):
    """What a member may do in a project. A ladder: each rung may do what the one below may."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    LEAD = "lead"

    @property
    def rung(self) -> int:
        """Its height on the ladder, from 0."""
        return list(Role).index(self)


class Project(Stamped, Base):
    """A dataset being collected."""

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint("review_share >= 0 AND review_share <= 1", name="review_share"),
        CheckConstraint("lease_minutes >= 1", name="lease_minutes"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[ProjectKind] = mapped_column(enum_column(ProjectKind))
    description: Mapped[str] = mapped_column(Text, default="")
    guideline_version: Mapped[int] = mapped_column(default=0)
    """Version of the newest guideline; 0 while nothing is written. A task pins the version it was opened under."""
    review_share: Mapped[float] = mapped_column(default=1.0)
    """Share of the work, 0 to 1, that a separate reviewer looks at."""
    lease_minutes: Mapped[int] = mapped_column(default=30)
    kind_skills: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=text("'{}'"))
    """The skill that a kind of task asks for, by kind; a kind that is not named is for every member."""
    cap_leases: Mapped[int | None]
    """How many tasks one person may hold at once; null: as many as they like. A member's own cap goes before it."""
    cap_daily: Mapped[int | None]
    """How many tasks one person may do in a day (UTC); null: as many as they like."""
    overlap_share: Mapped[float] = mapped_column(default=0.0, server_default="0")
    """Share of the subject, caption and answer tasks, 0 to 1, that several people do independently."""
    overlap_people: Mapped[int] = mapped_column(default=2, server_default="2")
    """How many people do each of these."""
    drafts_after_watch: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Drafted answers are shown only after the person has watched the clip once, so that they judge with own eyes."""
    propagator: Mapped[PropagatorName] = mapped_column(enum_column(PropagatorName), default=PropagatorName.FLOW)
    archived: Mapped[bool] = mapped_column(default=False)
    quota_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """Most bytes of source files that its videos may have together, checked where it is set; null: the site's limit."""
    importing_id: Mapped[UUID | None]
    """The import of masklets that runs, whichever process it runs in: one at a time."""
    importing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it has ended, or died without a word."""


class Guideline(Stamped, Base):
    """One version of a project's guideline. Never changed: a correction is a new version."""

    __tablename__ = "guidelines"
    __table_args__ = (UniqueConstraint("project_id", "version"),)

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class Membership(Stamped, Base):
    """That a user takes part in a project, and in which role."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("project_id", "user_id"), Index(None, "user_id"))

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    skills: Mapped[list[str]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    cap_leases: Mapped[int | None]
    """Instead of the project's; null: the project's."""
    cap_daily: Mapped[int | None]
