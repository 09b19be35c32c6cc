"""Wire types of projects."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.accounts.schemas import Email
from server.tables.projects import ProjectKind, PropagatorName, Role
from server.tables.tasks import TaskKind

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Skill = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Cap = Annotated[int, Field(ge=1, le=10_000)]
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
    kind_skills: dict[TaskKind, Skill] | None = Field(default=None, max_length=16)
    """The skill that each kind of task asks for; a kind that is left out is for everybody."""
    cap_leases: Cap | None = None
    """How many tasks one person may hold at once; null: as many as they like."""
    cap_daily: Cap | None = None
    overlap_share: float | None = Field(default=None, ge=0, le=1)
    """Share of new subject, caption and answer tasks that `overlap_people` people do independently."""
    overlap_people: int | None = Field(default=None, ge=2, le=5)
    quota_bytes: int | None = Field(default=None, ge=0, le=2**60)
    """Most bytes of source files; null: the site's limit for each project. Admins only."""
    drafts_after_watch: bool | None = None
    """Drafted answers are shown only after the person has watched the clip once."""


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
    quota_bytes: int | None
    kind_skills: dict[str, str]
    cap_leases: int | None
    cap_daily: int | None
    overlap_share: float
    overlap_people: int
    drafts_after_watch: bool
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
    skills: list[str]
    cap_leases: int | None
    """Instead of the project's; null: the project's."""
    cap_daily: int | None


class MemberNew(Incoming):
    """Whom a lead takes in: by the whole address, since leads see no list of people."""

    email: Email
    role: Role


class MemberIn(Incoming):
    """A person's place in a project. What is left out stays as it is."""

    role: Role
    skills: list[Skill] | None = Field(default=None, max_length=20)
    cap_leases: Cap | None = None
    cap_daily: Cap | None = None
