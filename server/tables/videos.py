"""Videos by content, their place in projects, segments with questions, and files on their way: sent or fetched."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from annotator.records import QuestionType
from server.db import Base, Id, Json, Stamped, UtcDateTime, enum_column, now


class VideoState(enum.StrEnum):
    """How far a video has come."""

    QUEUED = "queued"
    INGESTING = "ingesting"
    READY = "ready"
    REFUSED = "refused"
    """The file itself cannot be used; `reason` says why and what to do."""
    FAILED = "failed"
    """The file may be fine, but the import did not succeed (a full disk, say); trying again may help."""


class QuestionOrigin(enum.StrEnum):
    """Where a question came from."""

    IMPORTED = "imported"
    ANNOTATOR = "annotator"
    LEAD = "lead"


class QuestionState(enum.StrEnum):
    """What became of a question."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    """Irrelevant or unanswerable: nobody needs to answer it any more."""


class UploadState(enum.StrEnum):
    """Whether all bytes have come."""

    OPEN = "open"
    DONE = "done"


class FetchKind(enum.StrEnum):
    """What an address names."""

    FILE = "file"
    FOLDER = "folder"
    """A prefix of a bucket: each video below it becomes a fetch of its own."""


class FetchState(enum.StrEnum):
    """How far a fetch has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Video(Stamped, Base):
    """One imported file, identified by the SHA-256 of its bytes; never changed once it is ready."""

    __tablename__ = "videos"

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[VideoState] = mapped_column(enum_column(VideoState), default=VideoState.QUEUED)
    reason_code: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None]
    """Proxy pixels; masks and clicks are in these."""
    height: Mapped[int | None]
    source_width: Mapped[int | None]
    """Source pixels, after rotation, square."""
    source_height: Mapped[int | None]
    pictures: Mapped[int | None]
    grid_length: Mapped[int | None]
    seconds: Mapped[float | None]
    """Duration for display only; times are computed from the frame table."""
    rate: Mapped[float | None]
    has_audio: Mapped[bool | None]
    constant_rate: Mapped[bool | None]
    thumbnails: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """{columns, rows, width, height, pictures}: the layout of the sprite sheet."""
    source_key: Mapped[str] = mapped_column(String(500))
    proxy_key: Mapped[str | None] = mapped_column(String(500))
    frames_key: Mapped[str | None] = mapped_column(String(500))
    thumbnails_key: Mapped[str | None] = mapped_column(String(500))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), index=True)


class ProjectVideo(Stamped, Base):
    """That a video belongs to a project, under the name it came with."""

    __tablename__ = "project_videos"
    __table_args__ = (UniqueConstraint("project_id", "video_id"), Index(None, "video_id"))

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    video_id: Mapped[UUID] = mapped_column(ForeignKey("videos.id"))
    name: Mapped[str] = mapped_column(String(300))
    added_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    source_dataset: Mapped[str] = mapped_column(String(200), default="")
    flag_reason: Mapped[str | None] = mapped_column(String(500))
    """Why a lead set it aside: no work on it, and none of it in releases. Null: nothing is wrong with it."""
    flagged_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    flagged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Segment(Stamped, Base):
    """A span of a video that is a unit of FGQA work. `picture_end` is inclusive."""

    __tablename__ = "segments"
    __table_args__ = (
        CheckConstraint("picture_start >= 0 AND picture_end >= picture_start", name="span"),
        UniqueConstraint("project_id", "external_id"),
        Index(None, "project_id", "id"),
        Index(None, "video_id"),
    )

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    video_id: Mapped[UUID] = mapped_column(ForeignKey("videos.id"))
    picture_start: Mapped[int]
    picture_end: Mapped[int]
    what: Mapped[str] = mapped_column(Text, default="")
    domain: Mapped[str] = mapped_column(String(200), default="")
    source_dataset: Mapped[str] = mapped_column(String(200), default="")
    external_id: Mapped[str | None] = mapped_column(String(200))
    """The name this segment has where it came from; unique within a project."""


class Question(Stamped, Base):
    """A question about a segment; `draft` is an answer to verify, or null when the answer is to be written."""

    __tablename__ = "questions"
    __table_args__ = (Index(None, "segment_id", "position"),)

    id: Mapped[Id]
    segment_id: Mapped[UUID] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    q_type: Mapped[QuestionType] = mapped_column(enum_column(QuestionType))
    form: Mapped[str] = mapped_column(String(8), default="fgqa", server_default="fgqa")
    """annotator.records.QuestionForm."""
    draft: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[QuestionOrigin] = mapped_column(enum_column(QuestionOrigin), default=QuestionOrigin.LEAD)
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[QuestionState] = mapped_column(enum_column(QuestionState), default=QuestionState.OPEN)


class Upload(Stamped, Base):
    """A file that comes in pieces. Its bytes lie in the upload folder under this id until it is finished."""

    __tablename__ = "uploads"
    __table_args__ = (CheckConstraint("received >= 0 AND received <= size", name="received"),)

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(300))
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[UploadState] = mapped_column(enum_column(UploadState), default=UploadState.OPEN)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    """When the last piece came; an upload that nobody goes on with is deleted."""
    video_id: Mapped[UUID | None] = mapped_column(ForeignKey("videos.id", ondelete="SET NULL"))
    """What became of it, so that whoever lost the answer can ask again."""


class Fetch(Stamped, Base):
    """One address that a project's videos are fetched from. Naming it again gives the same row."""

    __tablename__ = "fetches"
    __table_args__ = (UniqueConstraint("project_id", "kind", "address_sha256"), Index(None, "project_id", "id"))

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[FetchKind] = mapped_column(enum_column(FetchKind))
    address: Mapped[str] = mapped_column(String(2000))
    address_sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(300))
    source_dataset: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[FetchState] = mapped_column(enum_column(FetchState), default=FetchState.QUEUED)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it failed, or why it waits for another attempt."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    found: Mapped[int | None]
    """Of a folder: how many videos lie in it."""
    video_id: Mapped[UUID | None] = mapped_column(ForeignKey("videos.id", ondelete="SET NULL"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
