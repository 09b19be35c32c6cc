"""Finding a project for somebody: what the routes of all slices, and commands, begin with."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import Actor, require
from server.errors import NotFound
from server.tables.accounts import User
from server.tables.projects import Project, Role


class ProjectNotFound(NotFound):
    """There is no such project, or you are not in it."""


def find_project(session: Session, who: Actor, project_id: UUID, wanted: Role = Role.ANNOTATOR) -> tuple[Project, Role]:
    """The project and the person's role in it, which is at least `wanted`. ProjectNotFound or RoleTooLow else."""
    project = session.get(Project, project_id)
    if project is None:
        raise ProjectNotFound
    try:
        role = require(session, who, project_id, wanted)
    except NotFound as error:
        raise ProjectNotFound from error
    return project, role


def find_project_by(session: Session, text: str) -> Project:
    """The project of this id or name. NotFound says which there are."""
    try:
        found = [p for p in [session.get(Project, UUID(text))] if p is not None]
    except ValueError:
        found = list(session.scalars(select(Project).where(Project.name == text)))
    if len(found) == 1:
        return found[0]
    known = "; ".join(f"{p.name} ({p.id})" for p in session.scalars(select(Project).order_by(Project.name).limit(20)))
    what = f"{len(found)} projects are called {text!r}: give the id." if found else f"There is no project {text!r}."
    raise NotFound(f"{what} Known: {known or 'none'}.", field="project")


def somebody(session: Session, email: str) -> Actor:
    """Whoever is behind a command on the server's own machine: the named person, or the first admin."""
    statement = select(User).where(User.active)
    statement = statement.where(User.email == email.lower()) if email else statement.where(User.is_admin)
    user = session.scalars(statement.order_by(User.id).limit(1)).first()
    if user is None:
        raise NotFound(
            f"There is no active person {email!r}." if email else "There is no admin yet: vidgrain user add --admin …",
            field="by",
        )
    return Actor(user, "session", frozenset())
