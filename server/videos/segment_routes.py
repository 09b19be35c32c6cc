"""HTTP of segments and their questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.records import QuestionForm
from server.access import CurrentActor, RoleTooLow
from server.db import Db, Page, page
from server.errors import responses
from server.projects.find import ProjectNotFound, find_project
from server.tables.projects import Role
from server.tables.videos import ProjectVideo, Segment
from server.videos import segments
from server.videos.schemas import QuestionOut, SegmentImportOut, SegmentIn, SegmentOut

router = APIRouter()


def _outs(db: Session, project_id: UUID, rows: Sequence[Segment]) -> list[SegmentOut]:
    links = select(ProjectVideo.video_id, ProjectVideo.name).where(
        ProjectVideo.project_id == project_id, ProjectVideo.video_id.in_({s.video_id for s in rows})
    )
    names = {row[0]: row[1] for row in db.execute(links)}
    asked = segments.questions_of(db, [s.id for s in rows])
    return [
        SegmentOut(
            id=s.id,
            project_id=s.project_id,
            video_id=s.video_id,
            video_name=names.get(s.video_id, ""),
            picture_start=s.picture_start,
            picture_end=s.picture_end,
            what=s.what,
            domain=s.domain,
            source_dataset=s.source_dataset,
            external_id=s.external_id,
            questions=[
                QuestionOut(
                    id=q.id,
                    text=q.text,
                    q_type=q.q_type,
                    form=QuestionForm(q.form),
                    draft=q.draft,
                    origin=q.origin,
                    state=q.state,
                )
                for q in asked[s.id]
            ],
        )
        for s in rows
    ]


@router.get("/projects/{project_id}/segments", responses=responses(ProjectNotFound, RoleTooLow))
def list_segments(
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    *,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[SegmentOut]:
    """The segments of a project with their questions. Leads and reviewers."""
    project, _ = find_project(db, who, project_id, Role.REVIEWER)
    rows, following = page(
        db, select(Segment).where(Segment.project_id == project.id), [Segment.id], cursor=cursor, limit=limit
    )
    return Page(items=_outs(db, project.id, rows), next=following)


@router.post(
    "/projects/{project_id}/segments",
    status_code=201,
    responses=responses(ProjectNotFound, RoleTooLow, segments.SegmentRefused),
)
def create_segment(project_id: UUID, new: SegmentIn, db: Db, who: CurrentActor) -> SegmentOut:
    """Cut a segment and ask about it. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    return _outs(db, project.id, [segments.create_segment(db, project.id, new)])[0]


async def _raw(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/projects/{project_id}/segments/import",
    responses=responses(ProjectNotFound, RoleTooLow),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/jsonl": {"schema": {"type": "string"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    },
)
def import_segments(
    project_id: UUID,
    body: Annotated[bytes, Depends(_raw)],
    db: Db,
    who: CurrentActor,
    request: Request,
    *,
    dry_run: bool = False,
) -> SegmentImportOut:
    """Make many segments from JSONL or CSV (by content type), or none when a row is wrong. Leads only.

    A row names its video by id, SHA-256 or name (`video`), its span (`picture_start`, `picture_end`, end inclusive)
    and its questions: JSONL in `questions`, CSV one in each row (`question`, `q_type`, `draft`).
    """
    project, _ = find_project(db, who, project_id, Role.LEAD)
    is_csv = request.headers.get("content-type", "").split(";")[0].strip().lower() == "text/csv"
    created, asked, errors = segments.import_segments(db, project.id, body, is_csv=is_csv, dry_run=dry_run)
    return SegmentImportOut(created=created, questions=asked, dry_run=dry_run, errors=errors)
