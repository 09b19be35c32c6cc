"""Releases, their files, and the split that every source video has for ever."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Json, Stamped, enum_column


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
    """What was asked for, and the submissions it selected: the whole input of the build."""
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))
    counts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    """Of the request that asked for it, with the person: the same request twice is one release."""
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


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


class SplitAssignment(Stamped, Base):
    """The split of a source video. Made once and never changed, or test clips would leak into training."""

    __tablename__ = "split_assignments"

    id: Mapped[Id]
    video_id: Mapped[UUID] = mapped_column(ForeignKey("videos.id"), unique=True)
    split: Mapped[Split] = mapped_column(enum_column(Split))
