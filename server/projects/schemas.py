"""Wire types of projects."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.tables.projects import ProjectKind, PropagatorName, Role

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(max_length=4000)]


class Incoming(BaseModel):
    """Base of what clients send: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class ProjectNew(Incoming):
    name: Name
    kind: ProjectKind
    description: Description = ""
    review_share: float = Field(default=1.0, ge=0, le=1)


class ProjectPatch(Incoming):
    name: Name | None = None
    description: Description | None = None
    review_share: float | None = Field(default=None, ge=0, le=1)
    lease_minutes: int | None = Field(default=None, ge=1, le=24 * 60)
    propagator: PropagatorName | None = None
    archived: bool | None = None


class ProjectCounts(BaseModel):
    videos: int
    tasks_ready: int
    tasks_leased: int
    tasks_submitted: int
    tasks_accepted: int


class ProjectOut(BaseModel):
    id: UUID
    name: str
    kind: ProjectKind
    description: str
    guideline_version: int
    review_share: float
    lease_minutes: int
    propagator: PropagatorName
    archived: bool
    my_role: Role
    counts: ProjectCounts


class GuidelineNew(Incoming):
    text: Annotated[str, StringConstraints(max_length=200_000)]


class GuidelineOut(BaseModel):
    version: int
    text: str
    created_at: datetime | None


class MemberUser(BaseModel):
    id: UUID
    name: str
    email: str


class MemberOut(BaseModel):
    user: MemberUser
    role: Role


class RoleIn(Incoming):
    role: Role
