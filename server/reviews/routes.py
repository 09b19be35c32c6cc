"""HTTP of reviews: decide on handed-in work, and read the verdicts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import select

from server.access import CurrentActor, RoleTooLow
from server.db import Db, Page, page
from server.documents.errors import DocumentNotFound, RevisionConflict, WorkUnfinished
from server.errors import responses
from server.projects.find import ProjectNotFound, find_project
from server.reviews.decide import decide
from server.reviews.errors import NothingToDecide, OwnWork, ReturnIncomplete
from server.reviews.quality import quality
from server.reviews.schemas import DecisionIn, QualityOut, ReviewOut
from server.storage import Storage
from server.tables.accounts import User
from server.tables.projects import Role
from server.tables.reviews import Review
from server.tables.tasks import Task
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted, TaskNotFound
from server.tasks.read import find_task, task_out, video_names
from server.tasks.schemas import TaskOut

router = APIRouter(tags=["reviews"])


@router.post(
    "/tasks/{task_id}/decision",
    responses=responses(
        TaskNotFound,
        DocumentNotFound,
        LeaseLost,
        TaskAlreadySubmitted,
        NothingToDecide,
        OwnWork,
        RevisionConflict,
        WorkUnfinished,
        ReturnIncomplete,
    ),
)
def decide_task(task_id: UUID, decision: DecisionIn, db: Db, who: CurrentActor, request: Request) -> TaskOut:
    """Accept the work of my verify or review task, or return it to the step at fault with reasons."""
    storage: Storage = request.app.state.parts.storage
    task = find_task(db, who, task_id, steps=True)
    decide(db, storage, task, who, decision)
    return task_out(db, task, who.user)


@router.get("/projects/{project_id}/reviews", responses=responses(ProjectNotFound, RoleTooLow))
def list_reviews(
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[ReviewOut]:
    """The verdicts of a project, newest first. Reviewers and leads only."""
    project, _ = find_project(db, who, project_id, Role.REVIEWER)
    rows, following = page(
        db,
        select(Review).where(Review.project_id == project.id),
        [Review.id],
        cursor=cursor,
        limit=limit,
        newest_first=True,
    )
    tasks = {t.id: t for t in db.scalars(select(Task).where(Task.id.in_([row.task_id for row in rows])))}
    videos = video_names(db, project.id, [t.video_id for t in tasks.values()])
    people = select(User.id, User.name).where(User.id.in_([row.reviewer_id for row in rows if row.reviewer_id]))
    names = {row[0]: row[1] for row in db.execute(people)}
    items = [
        ReviewOut(
            id=row.id,
            task_id=row.task_id,
            kind=tasks[row.task_id].kind,
            reviewer_name=names.get(row.reviewer_id) if row.reviewer_id else None,
            verdict=row.verdict,
            step=row.step,
            reasons=row.reasons,
            comment=row.comment,
            created_at=row.created_at,
            video_name=videos[tasks[row.task_id].video_id],
        )
        for row in rows
    ]
    return Page(items=items, next=following)


@router.get("/projects/{project_id}/quality", responses=responses(ProjectNotFound, RoleTooLow))
def read_quality(project_id: UUID, db: Db, who: CurrentActor) -> QualityOut:
    """Pace, active time and review results by person and step. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    return quality(db, project)
