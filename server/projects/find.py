"""Finding a project for somebody: what the routes of all slices begin with."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from server.access import Actor, require
from server.errors import NotFound
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
