"""Releases, their files, and the split that every source video has for ever."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, UtcDateTime, enum_column, now


class ReleaseState(StrEnum):
    """How far a release has come."""

    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class Split(StrEnum):
    """What a source video's rows are for."""

    TRAIN = "train"
    TEST = "test"


class Release(Stamped, Base):
    """An immutable dataset: once it is ready nothing of it changes."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    number: Mapped[int]
    """From 1 within a project."""
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[ReleaseState] = mapped_column(enum_column(ReleaseState), default=ReleaseState.BUILDING)
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    """What was asked for (server.releases.rule.Rule); what it selected are its items, the whole input of the build."""
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))
    counts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    """Of the request that asked for it, with the person: the same request twice is one release."""
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    since_id: Mapped[UUID | None]
    """An earlier release of the project: this one holds only what that one does not. No foreign key: rows stay."""
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now)
    """When it was last built, failed, or was said something about."""
    licence: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Under which its rows may be used, as an SPDX name or in words."""
    pinned_items: Mapped[int | None]
    """How many items were pinned; null: not yet (or, of a release from before there were items, in its rule)."""
    problems: Mapped[int] = mapped_column(default=0, server_default="0")
    """Rows in `release_problems`."""
    kept_why: Mapped[str | None] = mapped_column(String(500))
    """Set: somebody relies on it, so it cannot be deleted. Null: it can."""
    deprecated_why: Mapped[str | None] = mapped_column(String(500))
    """Set: it should not be used any more, and whoever reads it is told so."""
    deleted_why: Mapped[str | None] = mapped_column(String(500))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Its files are gone; the row stays, so that its number and its reasons do."""


class ReleaseFile(Stamped, Base):
    """One file of a release. Its bytes lie in the storage under their hash: equal files of releases are stored once."""

    __tablename__ = "release_files"
    __table_args__ = (UniqueConstraint("release_id", "path"), Index(None, "sha256"))

    id: Mapped[Id]
    release_id: Mapped[UUID] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int | None]
    media: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A clip or the masks of a video: listed in the release's media index and not in its manifest."""


class ReleaseItem(Base):
    """One piece of work that a release takes, pinned: whatever happens to it later, the release holds this."""

    __tablename__ = "release_items"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """From 1, in the order of the release: by video, within it by masklet or segment."""
    video_id: Mapped[UUID]
    """Neither here nor below a foreign key: none of these rows is ever deleted, and items are many."""
    task_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    masklet_id: Mapped[UUID | None]
    segment_id: Mapped[UUID | None]
    first_task_id: Mapped[UUID | None]
    """FGQA: the first task of its segment's work; its own, unless it is a correction."""
    audited: Mapped[bool]
    """A person accepted it, and not the project's policy alone."""


class ReleasePart(Base):
    """Conversations of one shard in their final order, kept until they are merged into one file."""

    __tablename__ = "release_parts"
    __table_args__ = (Index(None, "sha256"),)

    release_id: Mapped[UUID] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True)
    split: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]


class ReleaseProblem(Base):
    """Something in the selected work that a release must not hold."""

    __tablename__ = "release_problems"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[UUID]
    document_id: Mapped[UUID]
    field: Mapped[str] = mapped_column(String(300))
    """Of the document (`events.e1.caption`), or the row that was refused (`row rcap:12`)."""
    code: Mapped[str] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(Text)


class ReleaseMedia(Base):
    """A clip, or the masks of a video, made once for all releases and known by what it is made of."""

    __tablename__ = "release_media"
    __table_args__ = (Index(None, "sha256"), Index(None, "used_at"))

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of what it is made of."""
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    """What a release must know of it, found by decoding it whole once (server.releases.media)."""
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class VideoPrint(Base):
    """What a video looks like, to find its near-duplicates: a perceptual hash of each key picture of its proxy."""

    __tablename__ = "video_prints"

    video_id: Mapped[UUID] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    """Of the hash; prints of other versions are made anew."""
    hashes: Mapped[str] = mapped_column(Text)
    """32 hexadecimal digits a picture, of those that have enough in them to be told from others."""


class SplitAssignment(Stamped, Base):
    """The split of a source video. Made once and never changed, or test clips would leak into training."""

    __tablename__ = "split_assignments"

    id: Mapped[Id]
    video_id: Mapped[UUID] = mapped_column(ForeignKey("videos.id"), unique=True)
    split: Mapped[Split] = mapped_column(enum_column(Split))
    like_id: Mapped[UUID | None]
    """The video that it is a near-duplicate of, and got its split from."""
