"""Wire types of videos, uploads and segments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from annotator.records import QuestionForm, QuestionType
from server.tables.videos import FetchKind, FetchState, QuestionOrigin, QuestionState, VideoState

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4000)]


class Incoming(BaseModel):
    """Base of what clients send: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class UploadNew(Incoming):
    name: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    size: int = Field(ge=0, le=2**50)


class UploadOut(BaseModel):
    id: UUID
    name: str
    size: int
    received: int


class UploadFinish(Incoming):
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class FetchNew(Incoming):
    """Addresses to fetch videos from. `source_dataset` is kept with them."""

    addresses: list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]] = Field(
        min_length=1, max_length=1000
    )
    source_dataset: Line = ""


class FetchOut(BaseModel):
    """One address. `found` is how many videos a folder has; `job_id` is set while it can be cancelled."""

    id: UUID
    kind: FetchKind
    address: str
    name: str
    state: FetchState
    reason: str | None
    size: int | None
    found: int | None
    video_id: UUID | None
    job_id: UUID | None
    progress: float
    message: str
    created_at: datetime


class StorageOut(BaseModel):
    """Bytes of the source files of a project's videos. `free_bytes` also knows the site's limit; null: no limit."""

    videos: int
    used_bytes: int
    quota_bytes: int | None
    free_bytes: int | None


class Thumbnails(BaseModel):
    """The sprite sheet: thumbnail n shows picture `pictures[n]`, in column n % columns; sizes of one in pixels."""

    columns: int
    rows: int
    width: int
    height: int
    pictures: list[int]


class VideoProgress(BaseModel):
    job_id: UUID
    fraction: float
    message: str


class VideoOut(BaseModel):
    id: UUID
    name: str
    sha256: str
    size: int
    state: VideoState
    reason_code: str | None
    reason: str | None
    width: int | None
    height: int | None
    source_width: int | None
    source_height: int | None
    pictures: int | None
    grid_length: int | None
    seconds: float | None
    rate: float | None
    has_audio: bool | None
    constant_rate: bool | None
    thumbnails: Thumbnails | None
    progress: VideoProgress | None
    flag_reason: str | None
    """In a project's list: why a lead set the video aside there."""


class FramesOut(BaseModel):
    """The frame table: one entry per picture, in presentation order; `grid` holds the annotated pictures."""

    source_pts: list[int]
    source_time_base: str
    proxy_pts: list[int]
    proxy_time_base: str
    proxy_key: list[int]
    width: int
    height: int
    source_width: int
    source_height: int
    grid: list[int]


class QuestionIn(Incoming):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    q_type: QuestionType
    form: QuestionForm = QuestionForm.FGQA
    draft: Text | None = None


class SegmentIn(Incoming):
    """A segment of a video, by its first and last picture."""

    video_id: UUID
    picture_start: int = Field(ge=0)
    picture_end: int = Field(ge=0)
    what: Text = ""
    domain: Line = ""
    source_dataset: Line = ""
    external_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    questions: list[QuestionIn] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> SegmentIn:
        if self.picture_end < self.picture_start:
            raise ValueError("picture_end lies before picture_start")
        return self


class QuestionOut(BaseModel):
    id: UUID
    text: str
    q_type: QuestionType
    form: QuestionForm
    draft: str | None
    origin: QuestionOrigin
    state: QuestionState


class SegmentOut(BaseModel):
    id: UUID
    project_id: UUID
    video_id: UUID
    video_name: str
    picture_start: int
    picture_end: int
    what: str
    domain: str
    source_dataset: str
    external_id: str | None
    questions: list[QuestionOut]


class RowError(BaseModel):
    """What is wrong in a row of an import; `row` counts from 1, in CSV the row after the header is 1."""

    row: int
    field: str
    message: str


class SegmentImportOut(BaseModel):
    created: int
    questions: int
    dry_run: bool
    errors: list[RowError]
