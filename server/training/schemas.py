"""Wire types of runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.tables.releases import Split
from server.tables.training import RunState


class Incoming(BaseModel):
    """Base of what clients send: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class RunIn(Incoming):
    release_id: UUID
    recipe: Annotated[str, StringConstraints(max_length=100)]
    overrides: dict[str, Any] = Field(default_factory=dict, max_length=50)


class RunRelease(BaseModel):
    id: UUID
    name: str
    number: int
    project_id: UUID


class RunStatus(BaseModel):
    step: int
    steps: int
    loss: float | None
    message: str


class RunFileOut(BaseModel):
    path: str
    sha256: str
    bytes: int


class RunOut(BaseModel):
    id: UUID
    release: RunRelease
    recipe: str
    overrides: dict[str, Any]
    state: RunState
    status: RunStatus
    error: str | None
    job_id: UUID | None
    code_version: str
    created_at: datetime
    changed_at: datetime
    """When anything of it last changed, a step of its training too."""
    files: list[RunFileOut]


class MetricsOut(BaseModel):
    items: list[dict[str, Any]]


class EvaluationIn(Incoming):
    split: Split = Split.TEST


class EvaluationOut(BaseModel):
    id: UUID
    run_id: UUID
    split: Split
    state: RunState
    report: dict[str, Any] | None
    error: str | None
    job_id: UUID | None
    created_at: datetime
