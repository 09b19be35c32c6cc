"""Wire types of releases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.releases.rule import Rule
from server.tables.releases import ReleaseState

ReleaseName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[\w .()+-]+$")
]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ReleaseIn(BaseModel):
    """What to release: what meets the rule. `test_share` of the source videos is held out."""

    model_config = ConfigDict(extra="forbid")

    name: ReleaseName | None = None
    test_share: float = Field(default=0.2, ge=0, le=0.9)
    split_by_annotator: bool = False
    """No author is on both sides, as far as the videos that have their split allow it: that one is for ever."""
    rule: Rule = Field(default_factory=Rule)
    licence: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    """Under which the rows may be used, as an SPDX name or in words."""
    since: UUID | None = None
    """An earlier release of the project: only what that one does not hold is taken."""


class ReleaseSaid(BaseModel):
    """What is said about a release; a field that is not given stays as it is, null takes it back."""

    model_config = ConfigDict(extra="forbid")

    kept_why: Reason | None = None
    """Why it must not be deleted."""
    deprecated_why: Reason | None = None
    """Why it should not be used any more."""


class ReleaseDeletion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


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
    rule: dict[str, Any]
    """What was asked for."""
    test_share: float
    split_by_annotator: bool
    since_id: UUID | None
    licence: str
    counts: dict[str, Any] | None
    problems: int
    """Places in documents that break a rule: see `/releases/{id}/problems`."""
    manifest_sha256: str | None
    job: ReleaseJob | None
    error: str | None
    kept_why: str | None
    deprecated_why: str | None
    deleted_why: str | None
    deleted_at: datetime | None
    created_at: datetime
    changed_at: datetime
    files: list[FileOut]
    """Its files without clips and masks; empty in a list of releases. All of them: `/releases/{id}/files`."""


class ProblemOut(BaseModel):
    """Something in a document that must not be released."""

    task_id: UUID
    document_id: UUID
    field: str
    code: str
    message: str


class PreviewProblem(ProblemOut):
    """The first thing that is wrong with a document."""


class ReleasePreviewOut(BaseModel):
    """What a release would hold now."""

    documents: int
    exact: bool
    """Whether every document was read; else rows are estimated from the first ones."""
    videos: int
    masklets: int
    captions: int
    answers: int
    q_types: dict[str, int]
    splits: dict[str, int]
    """Videos by their split; `new` ones get theirs when the release is built."""
    faulty: int
    """Documents with texts that must not be released."""
    problems: list[PreviewProblem]
    """Of the first of these."""


class WithdrawnOut(BaseModel):
    """A source video of the release that was set aside since: do not use it any more."""

    video: str
    sha256: str


class DiffEntry(BaseModel):
    """A piece of work that differs."""

    task_id: UUID
    masklet_id: UUID | None
    segment_id: UUID | None
    how: str
    """`added`, `removed` or `changed`."""


class ReleaseDiff(BaseModel):
    """What this release has that the other has not, and the other way round."""

    added: int
    removed: int
    changed: int
    """In both, and handed in anew meanwhile."""
    same: int
    items: list[DiffEntry]
    """A page of what differs."""
    next: str | None
    """The cursor of the next page, null on the last one."""
