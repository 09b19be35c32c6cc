"""Making and changing projects, their guidelines and their people."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server.errors import Conflict, NotFound
from server.events import announce_access
from server.jobs import enqueue
from server.projects.schemas import MemberIn, ProjectCounts, ProjectNew, ProjectPatch
from server.settings import Settings
from server.tables.accounts import User
from server.tables.projects import Guideline, Membership, Project, PropagatorName, Role
from server.tables.tasks import Task, TaskState
from server.tables.videos import ProjectVideo


class LastLead(Conflict):
    """A project keeps at least one lead: name another one first."""


class OwnRole(Conflict):
    """Nobody changes their own role: ask another lead or an admin."""


class NobodyThere(NotFound):
    """Nobody with this address has an account here: ask an administrator to invite them."""


class AlreadyMember(Conflict):
    """This person is in the project already."""


def create_project(session: Session, new: ProjectNew, user: User, settings: Settings) -> Project:
    """A new project; whoever makes it is its first lead."""
    project = Project(
        name=new.name,
        kind=new.kind,
        description=new.description,
        review_share=new.review_share,
        lease_minutes=settings.lease_minutes,
        propagator=PropagatorName(settings.propagator),
    )
    session.add(project)
    session.flush()
    session.add(Membership(project_id=project.id, user_id=user.id, role=Role.LEAD))
    session.flush()
    return project


_MAY_BE_NULL = ("cap_leases", "cap_daily", "quota_bytes")


def patch_project(session: Session, project: Project, patch: ProjectPatch) -> Project:
    """Change what `patch` names."""
    for name, value in patch.model_dump(exclude_unset=True).items():
        if value is None and name not in _MAY_BE_NULL:
            continue
        setattr(project, name, value)
    session.flush()
    return project


def counts_of(session: Session, project_ids: Sequence[UUID]) -> dict[UUID, ProjectCounts]:
    """How many videos and tasks of each state the projects have: two queries, however many projects."""
    tasks = session.execute(
        select(Task.project_id, Task.state, func.count())
        .where(Task.project_id.in_(project_ids))
        .group_by(Task.project_id, Task.state)
    )
    videos = session.execute(
        select(ProjectVideo.project_id, func.count())
        .where(ProjectVideo.project_id.in_(project_ids))
        .group_by(ProjectVideo.project_id)
    )
    by_state = {(project_id, state): n for project_id, state, n in tasks}
    of_videos = {row[0]: row[1] for row in videos}
    return {
        project_id: ProjectCounts(
            videos=of_videos.get(project_id, 0),
            tasks_ready=by_state.get((project_id, TaskState.READY), 0),
            tasks_leased=by_state.get((project_id, TaskState.LEASED), 0),
            tasks_submitted=by_state.get((project_id, TaskState.SUBMITTED), 0),
            tasks_accepted=by_state.get((project_id, TaskState.ACCEPTED), 0),
        )
        for project_id in project_ids
    }


def write_guideline(session: Session, project: Project, text: str, user: User) -> Guideline:
    """A new version of the guideline. Tasks that are already leased keep the version they were begun under."""
    session.refresh(project, with_for_update=True)  # two leads who save at once get two versions
    project.guideline_version += 1
    guideline = Guideline(project_id=project.id, version=project.guideline_version, text=text, created_by=user.id)
    session.add(guideline)
    session.flush()
    return guideline


def set_member(session: Session, project: Project, by: User, user_id: UUID, new: MemberIn) -> tuple[User, Membership]:
    """Take somebody in, or change their role, skills and caps. Nobody changes their own, admins excepted."""
    if by.id == user_id and not by.is_admin:
        raise OwnRole
    user = session.get(User, user_id)
    if user is None or not user.active:
        raise NotFound("There is no such person.", field="user_id")
    membership = _membership(session, project, user_id)
    if membership is None:
        membership = Membership(project_id=project.id, user_id=user_id, role=new.role)
        session.add(membership)
    else:
        if membership.role == Role.LEAD and new.role != Role.LEAD:
            _keep_a_lead(session, project, user_id)
        if membership.role != new.role:
            announce_access(session, user_id)
        membership.role = new.role
    if new.skills is not None:
        membership.skills = list(dict.fromkeys(new.skills))
    for name in ("cap_leases", "cap_daily"):
        if name in new.model_fields_set:
            setattr(membership, name, getattr(new, name))
    session.flush()
    return user, membership


def add_member(session: Session, project: Project, by: User, email: str, role: Role) -> tuple[User, Membership]:
    """Take in whoever has this address. NobodyThere for an unknown one and for an account that is closed alike."""
    user = session.scalar(select(User).where(User.email == email, User.active))
    if user is None:
        raise NobodyThere(field="email")
    if _membership(session, project, user.id) is not None:
        raise AlreadyMember(field="email")
    return set_member(session, project, by, user.id, MemberIn(role=role))


def remove_member(session: Session, project: Project, by: User, user_id: UUID) -> None:
    """Take somebody out of the project."""
    membership = _membership(session, project, user_id)
    if membership is None:
        raise NotFound("This person is not in the project.", field="user_id")
    if membership.role == Role.LEAD and not by.is_admin:
        _keep_a_lead(session, project, user_id)
    session.execute(delete(Membership).where(Membership.id == membership.id))
    announce_access(session, user_id)
    enqueue(session, "return_leases", {"user_id": str(user_id), "project_id": str(project.id)}, project_id=project.id)


def _membership(session: Session, project: Project, user_id: UUID) -> Membership | None:
    statement = select(Membership).where(Membership.project_id == project.id, Membership.user_id == user_id)
    return session.scalar(statement)


def _keep_a_lead(session: Session, project: Project, without: UUID) -> None:
    others = select(Membership.id).where(
        Membership.project_id == project.id, Membership.role == Role.LEAD, Membership.user_id != without
    )
    if session.scalars(others.limit(1)).first() is None:
        raise LastLead
