"""Wire types of releases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.tables.releases import ReleaseState

ReleaseName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[\w .()+-]+$")
]


class ReleaseIn(BaseModel):
    """What to release: everything that is accepted now. `test_share` of the source videos is held out."""

    model_config = ConfigDict(extra="forbid")

    name: ReleaseName | None = None
    test_share: float = Field(default=0.2, ge=0, le=0.9)


class ReleaseJob(BaseModel):
    id: UUID
    fraction: float
    message: str


class FileOut(BaseModel):
    path: str
    sha256: str
    bytes: int
    rows: int | None


class ReleaseOut(BaseModel):
    id: UUID
    project_id: UUID
    number: int
    name: str
    state: ReleaseState
    counts: dict[str, Any] | None
    manifest_sha256: str | None
    job: ReleaseJob | None
    error: str | None
    created_at: datetime
    files: list[FileOut]


class ReleasePreviewOut(BaseModel):
    """What a release would hold now."""

    videos: int
    masklets: int
    captions: int
    answers: int
