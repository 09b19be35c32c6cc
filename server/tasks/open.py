"""Opens the first tasks: a subject task for each ready video (STC), an answer task for each asked segment (FGQA).

Safe to run again at any time: only what is missing is added, and the database refuses a second one.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.tables.projects import Project, ProjectKind
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo, Question, QuestionState, Segment, Video, VideoState
from server.tasks.steps import open_copies

BATCH = 500
_GOOD = ProjectVideo.flag_reason.is_(None)
"""What a lead set aside gets no tasks."""


def open_tasks(session: Session, *, project_id: UUID | None = None, video_id: UUID | None = None) -> int:
    """Add up to BATCH missing first tasks of a project or of a video's projects; how many were added."""
    return _subjects(session, project_id, video_id) + _answers(session, project_id, video_id)


def _subjects(session: Session, project_id: UUID | None, video_id: UUID | None) -> int:
    there = exists().where(
        Task.project_id == ProjectVideo.project_id,
        Task.video_id == ProjectVideo.video_id,
        Task.kind == TaskKind.STC_SUBJECT,
    )
    missing = session.execute(
        select(Project, ProjectVideo.video_id)
        .join(ProjectVideo, Project.id == ProjectVideo.project_id)
        .join(Video, Video.id == ProjectVideo.video_id)
        .where(Project.kind == ProjectKind.STC, Video.state == VideoState.READY, _GOOD, ~there)
        .where(*_scope(ProjectVideo.project_id, project_id), *_scope(ProjectVideo.video_id, video_id))
        .order_by(ProjectVideo.id)
        .limit(BATCH)
    ).all()
    for project, video in missing:
        _add(session, project, TaskKind.STC_SUBJECT, video)
    return len(missing)


def _answers(session: Session, project_id: UUID | None, video_id: UUID | None) -> int:
    there = exists().where(Task.segment_id == Segment.id, Task.kind == TaskKind.FGQA_ANSWER)
    asked = exists().where(Question.segment_id == Segment.id, Question.state == QuestionState.OPEN)
    missing = session.execute(
        select(Project, Segment.video_id, Segment.id)
        .join(Segment, Project.id == Segment.project_id)
        .join(Video, Video.id == Segment.video_id)
        .join(
            ProjectVideo,
            (ProjectVideo.project_id == Segment.project_id) & (ProjectVideo.video_id == Segment.video_id),
            isouter=True,
        )
        .where(Project.kind == ProjectKind.FGQA, Video.state == VideoState.READY, _GOOD, asked, ~there)
        .where(*_scope(Segment.project_id, project_id), *_scope(Segment.video_id, video_id))
        .order_by(Segment.id)
        .limit(BATCH)
    ).all()
    for project, video, segment in missing:
        _add(session, project, TaskKind.FGQA_ANSWER, video, segment)
    return len(missing)


def _scope(column: InstrumentedAttribute[UUID], value: UUID | None) -> tuple[ColumnElement[bool], ...]:
    return () if value is None else (column == value,)


def _add(session: Session, project: Project, kind: TaskKind, video_id: UUID, segment_id: UUID | None = None) -> None:
    task = Task(
        project_id=project.id,
        kind=kind,
        state=TaskState.READY,
        video_id=video_id,
        segment_id=segment_id,
        guideline_version=project.guideline_version,
    )
    session.add(task)
    session.flush()
    open_copies(session, project, task)
