"""HTTP of projects: what there is, the guideline, the people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import Actor, AdminOnly, CurrentActor, role_in, visible
from server.db import MAX_INT, Db, Page, page
from server.errors import NotFound, responses
from server.events import topic_guard
from server.projects import edit
from server.projects.find import ProjectNotFound, find_project
from server.projects.schemas import (
    GuidelineNew,
    GuidelineOut,
    MemberIn,
    MemberNew,
    MemberOut,
    MemberUser,
    ProjectNew,
    ProjectOut,
    ProjectPatch,
)
from server.settings import Settings
from server.tables.accounts import User
from server.tables.projects import Guideline, Membership, Project, Role

router = APIRouter(tags=["projects"])


@topic_guard("project")
def _project_topic(db: Session, who: Actor, project_id: UUID) -> bool:
    return role_in(db, who, project_id) is not None


def _outs(db: Session, who: Actor, projects: Sequence[Project]) -> list[ProjectOut]:
    ids = [p.id for p in projects]
    counts = edit.counts_of(db, ids)
    mine = select(Membership.project_id, Membership.role).where(
        Membership.user_id == who.id, Membership.project_id.in_(ids)
    )
    roles = {row[0]: row[1] for row in db.execute(mine)}
    return [
        ProjectOut(
            id=p.id,
            name=p.name,
            kind=p.kind,
            description=p.description,
            guideline_version=p.guideline_version,
            review_share=p.review_share,
            lease_minutes=p.lease_minutes,
            propagator=p.propagator,
            archived=p.archived,
            quota_bytes=p.quota_bytes,
            kind_skills=p.kind_skills,
            cap_leases=p.cap_leases,
            cap_daily=p.cap_daily,
            overlap_share=p.overlap_share,
            overlap_people=p.overlap_people,
            drafts_after_watch=p.drafts_after_watch,
            my_role=Role.LEAD if who.is_admin else roles[p.id],
            counts=counts[p.id],
        )
        for p in projects
    ]


@router.get("/projects")
def list_projects(
    db: Db, who: CurrentActor, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Page[ProjectOut]:
    """The projects that I am in; all of them for an admin."""
    rows, following = page(
        db, select(Project).where(visible(who, Project.id)), [Project.id], cursor=cursor, limit=limit, newest_first=True
    )
    return Page(items=_outs(db, who, rows), next=following)


@router.post("/projects", status_code=201, responses=responses(AdminOnly))
def create_project(new: ProjectNew, db: Db, who: CurrentActor, request: Request) -> ProjectOut:
    """Make a project. Admins only."""
    if not who.is_admin:
        raise AdminOnly
    settings: Settings = request.app.state.parts.settings
    return _outs(db, who, [edit.create_project(db, new, who.user, settings)])[0]


@router.get("/projects/{project_id}", responses=responses(ProjectNotFound))
def read_project(project_id: UUID, db: Db, who: CurrentActor) -> ProjectOut:
    """One project."""
    return _outs(db, who, [find_project(db, who, project_id)[0]])[0]


@router.patch("/projects/{project_id}", responses=responses(ProjectNotFound, AdminOnly))
def patch_project(project_id: UUID, patch: ProjectPatch, db: Db, who: CurrentActor) -> ProjectOut:
    """Change a project. Leads only; how much it may store, admins only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    if "quota_bytes" in patch.model_fields_set and not who.is_admin:
        raise AdminOnly
    return _outs(db, who, [edit.patch_project(db, project, patch)])[0]


@router.get("/projects/{project_id}/guideline", responses=responses(ProjectNotFound))
def read_guideline(
    project_id: UUID, db: Db, who: CurrentActor, version: Annotated[int | None, Query(ge=0, le=MAX_INT)] = None
) -> GuidelineOut:
    """The newest guideline, or the version that a task was begun under. Version 0 is the empty one."""
    project, _ = find_project(db, who, project_id)
    wanted = project.guideline_version if version is None else version
    if wanted == 0:
        return GuidelineOut(version=0, text="", created_at=None)
    row = db.scalar(select(Guideline).where(Guideline.project_id == project.id, Guideline.version == wanted))
    if row is None:
        raise NotFound(f"This project has no guideline version {wanted}.", field="version")
    return GuidelineOut(version=row.version, text=row.text, created_at=row.created_at)


@router.put("/projects/{project_id}/guideline", responses=responses(ProjectNotFound))
def write_guideline(project_id: UUID, new: GuidelineNew, db: Db, who: CurrentActor) -> GuidelineOut:
    """Write a new version of the guideline. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    row = edit.write_guideline(db, project, new.text, who.user)
    return GuidelineOut(version=row.version, text=row.text, created_at=row.created_at)


@router.get("/projects/{project_id}/members", responses=responses(ProjectNotFound))
def list_members(
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
) -> Page[MemberOut]:
    """The people of a project. E-mail addresses are shown to leads only."""
    project, role = find_project(db, who, project_id)
    shown = role.rung >= Role.LEAD.rung
    rows, following = page(
        db, select(Membership).where(Membership.project_id == project.id), [Membership.id], cursor=cursor, limit=limit
    )
    users = {u.id: u for u in db.scalars(select(User).where(User.id.in_([m.user_id for m in rows])))}
    return Page(items=[_member(users[m.user_id], m, shown=shown) for m in rows], next=following)


def _member(user: User, row: Membership, *, shown: bool) -> MemberOut:
    return MemberOut(
        user=MemberUser(id=user.id, name=user.name, email=user.email if shown else ""),
        role=row.role,
        skills=row.skills,
        cap_leases=row.cap_leases,
        cap_daily=row.cap_daily,
    )


@router.post(
    "/projects/{project_id}/members",
    status_code=201,
    responses=responses(ProjectNotFound, edit.NobodyThere, edit.AlreadyMember),
)
def add_member(project_id: UUID, new: MemberNew, db: Db, who: CurrentActor) -> MemberOut:
    """Take somebody in by their exact e-mail address. Leads only; nobody but an admin can list people to find one."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    user, membership = edit.add_member(db, project, who.user, new.email, new.role)
    return _member(user, membership, shown=True)


@router.put(
    "/projects/{project_id}/members/{user_id}", responses=responses(ProjectNotFound, edit.LastLead, edit.OwnRole)
)
def set_member(project_id: UUID, user_id: UUID, new: MemberIn, db: Db, who: CurrentActor) -> MemberOut:
    """Take somebody in, or change their role, skills and caps. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    user, membership = edit.set_member(db, project, who.user, user_id, new)
    return _member(user, membership, shown=True)


@router.delete(
    "/projects/{project_id}/members/{user_id}", status_code=204, responses=responses(ProjectNotFound, edit.LastLead)
)
def remove_member(project_id: UUID, user_id: UUID, db: Db, who: CurrentActor) -> None:
    """Take somebody out; what they hold goes back to the queue. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    edit.remove_member(db, project, who.user, user_id)
