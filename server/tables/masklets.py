"""Masklets, the prompts that people gave, and the tracks that were computed from them."""

from __future__ import annotations

import enum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, enum_column
from server.tables.projects import PropagatorName


class MaskletState(enum.StrEnum):
    """How far a masklet has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REMOVED = "removed"


class TrackState(enum.StrEnum):
    """How far the computation of a track has come."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class TrackOrigin(enum.StrEnum):
    """How the masks of a track came to be."""

    FOLLOWED = "followed"
    """By a propagator, from the prompts."""
    RESTORED = "restored"
    """An older version, taken up again."""
    JOINED = "joined"
    """From the masks of two masklets that were merged."""
    PARTED = "parted"
    """From the masks of one masklet that was split in time."""
    IMPORTED = "imported"
    """Brought from elsewhere."""


class Masklet(Stamped, Base):
    """A subject that is followed. Its prompts are the truth; its masks follow from them."""

    __tablename__ = "masklets"
    __table_args__ = (UniqueConstraint("project_id", "video_id", "number"), Index(None, "task_id"))

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    video_id: Mapped[UUID] = mapped_column(ForeignKey("videos.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    """The subject task in which it was made."""
    number: Mapped[int]
    """From 1 within a video of a project; never used again after a removal."""
    label: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[MaskletState] = mapped_column(enum_column(MaskletState), default=MaskletState.DRAFT)
    current_track_id: Mapped[UUID | None]
    """The newest track that is done. No foreign key: tracks point to masklets, and rows of neither are ever deleted."""
    prompts_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """That of the prompts as they are now, kept up when one changes: each save of a caption asks whether the track
    still follows from them. Empty until the first change."""
    locks: Mapped[list[Any]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    """Spans that no new track may change: [{"picture_start", "picture_end", "track_id"}, …], end inclusive, in order
    and apart; their masks are those of that track."""
    edits: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=text("'{}'"))
    """People's work on it: how many clicks each picture took, by picture. Also those that were taken back."""
    edited_pictures: Mapped[int] = mapped_column(default=0, server_default="0")
    """Pictures in `edits`."""
    clicks: Mapped[int] = mapped_column(default=0, server_default="0")
    """The sum of `edits`."""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class Prompt(Stamped, Base):
    """What a person gave on one picture: clicks, a box, an accepted mask, or that the subject is absent."""

    __tablename__ = "prompts"
    __table_args__ = (UniqueConstraint("masklet_id", "picture"), CheckConstraint("picture >= 0", name="picture"))

    id: Mapped[Id]
    masklet_id: Mapped[UUID] = mapped_column(ForeignKey("masklets.id", ondelete="CASCADE"))
    picture: Mapped[int]
    record: Mapped[dict[str, Any]] = mapped_column(Json)
    """annotator.records.PromptRecord."""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class Track(Stamped, Base):
    """One computation of a masklet's masks over the whole video, from the prompts that `prompts_hash` names."""

    __tablename__ = "tracks"
    __table_args__ = (UniqueConstraint("masklet_id", "version"),)

    id: Mapped[Id]
    masklet_id: Mapped[UUID] = mapped_column(ForeignKey("masklets.id", ondelete="CASCADE"))
    version: Mapped[int]
    state: Mapped[TrackState] = mapped_column(enum_column(TrackState), default=TrackState.RUNNING)
    file_key: Mapped[str | None] = mapped_column(String(500))
    propagator: Mapped[PropagatorName] = mapped_column(enum_column(PropagatorName))
    prompts_hash: Mapped[str] = mapped_column(String(64))
    prompts: Mapped[dict[str, Any]] = mapped_column(Json)
    """The prompts this track was made from, by picture: what tells which stretches a later track may copy."""
    locks: Mapped[list[Any]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    """The masklet's locks when this track was begun."""
    wanted: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What was asked for, and what it leaves to be followed: {"picture_start", "picture_end", "direction", "left":
    [[picture_start, picture_end], …]}, ends inclusive. In `left` masks are older ones or there are none. None: the
    whole video, to its end."""
    origin: Mapped[TrackOrigin] = mapped_column(
        enum_column(TrackOrigin, checked=False), default=TrackOrigin.FOLLOWED, server_default=TrackOrigin.FOLLOWED.value
    )
    flags: Mapped[list[Any]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    """Spans for a look: [{"picture_start", "picture_end", "why"}, …], end inclusive, in order."""
    checkpoint_key: Mapped[str | None] = mapped_column(String(500))
    """What a worker that takes the running track over goes on from; none once the track has ended."""
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    presence: Mapped[list[Any] | None] = mapped_column(Json)
    """Runs of pictures where the subject is visible: [[picture_start, picture_end], …], end inclusive."""
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), index=True)
    pictures_done: Mapped[int] = mapped_column(default=0)
