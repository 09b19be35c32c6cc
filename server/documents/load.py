"""Opening a document: made and seeded on first read by whoever holds the task, read by those who may see it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotator.records import Body, Problem, QuestionForm, QuestionRecord
from annotator.tasktypes.registry import task_type
from annotator.tasktypes.tasktype import Context
from server.access import Actor, require
from server.documents.errors import DocumentNotFound
from server.documents.surroundings import context_of, newest_submission
from server.storage import Storage
from server.tables.documents import Document, DocumentOperation
from server.tables.projects import Role
from server.tables.tasks import Task, TaskState
from server.tables.videos import Question, QuestionOrigin, QuestionState, Video
from server.tasks.errors import TaskNotFound
from server.tasks.read import find_task


def holds(task: Task, user_id: UUID) -> bool:
    """Whether the person holds the task's lease."""
    return task.state == TaskState.LEASED and task.lease_user_id == user_id


def awaits(task: Task, user_id: UUID) -> bool:
    """Whether the task is promised to the person as their next one: their page opens its document beforehand."""
    return task.state == TaskState.READY and task.assignee_id == user_id


def visible_task(session: Session, who: Actor, task_id: UUID) -> Task:
    """The task when the person may see its work: it is or was theirs, or they review here. TaskNotFound else."""
    task = find_task(session, who, task_id)
    role = require(session, who, task.project_id)
    theirs = who.id in (task.lease_user_id, task.submitted_by, task.assignee_id)
    if role.rung < Role.REVIEWER.rung and not theirs and not _has_edited(session, task, who.id):
        raise TaskNotFound
    return task


def _has_edited(session: Session, task: Task, user_id: UUID) -> bool:
    """Whether the person worked on it before: whoever lost a lease may still see what became of their draft."""
    statement = (
        select(DocumentOperation.id)
        .join(Document, Document.id == DocumentOperation.document_id)
        .where(Document.task_id == task.id, DocumentOperation.user_id == user_id)
    )
    return session.scalars(statement.limit(1)).first() is not None


def document_of(session: Session, task: Task) -> Document | None:
    """The task's document, when somebody has begun."""
    return session.scalar(select(Document).where(Document.task_id == task.id))


def open_document(session: Session, task: Task, user_id: UUID) -> Document:
    """The task's document; the first look of its holder, or of whom it is promised to, makes and seeds it.

    DocumentNotFound for others before that.
    """
    document = document_of(session, task)
    if document is not None:
        return document
    if not holds(task, user_id) and not awaits(task, user_id):
        raise DocumentNotFound("Nobody has begun this task.")
    return begin_document(session, task)


def begin_document(session: Session, task: Task) -> Document:
    """A new, seeded document of a task that has none, or the one of whoever was quicker."""
    try:
        with session.begin_nested():
            return add_document(session, task, seed_of(session, task))
    except IntegrityError:
        document = document_of(session, task)  # a second tab was quicker
        if document is None:
            raise
        return document


def add_document(session: Session, task: Task, body: Body) -> Document:
    """A new document of a task, beginning with `body`."""
    stored = body.model_dump(mode="json")
    document = Document(task_id=task.id, kind=task.kind, revision=0, body=stored, seed=stored)
    session.add(document)
    session.flush()
    return document


def seed_of(session: Session, task: Task) -> Body:
    """What a task begins with: the questions that were asked, or what the step before handed in."""
    video = session.get_one(Video, task.video_id)
    before = newest_submission(session, task.target_task_id) if task.target_task_id else None
    surroundings = Context(
        grid_length=video.grid_length or 0,
        pictures=video.pictures or 0,
        questions=_open_questions(session, task),
        previous=Body.model_validate(before.body) if before else None,
    )
    return task_type(task.kind.value).seed(surroundings)


def seed_again(session: Session, task: Task) -> None:
    """Begin a task's document anew from what the step before handed in now; nothing to do when nobody has begun."""
    document = document_of(session, task)
    if document is None:
        return
    body = seed_of(session, task).model_dump(mode="json")
    document.body, document.seed = body, body
    document.revision += 1
    document.seed_revision = document.revision
    session.flush()


def problems_of(session: Session, storage: Storage, task: Task, document: Document) -> list[Problem]:
    """What the rules of the task say about the document as it stands."""
    body = Body.model_validate(document.body)
    return task_type(task.kind.value).rules(body, context_of(session, storage, task, document))


def _open_questions(session: Session, task: Task) -> tuple[QuestionRecord, ...]:
    if task.segment_id is None:
        return ()
    # A copy answers what its task was asked, whatever became of the questions there.
    asked = (
        Question.state == QuestionState.OPEN if task.copy_number == 0 else Question.origin != QuestionOrigin.ANNOTATOR
    )
    rows = session.scalars(
        select(Question).where(Question.segment_id == task.segment_id, asked).order_by(Question.position, Question.id)
    )
    return tuple(
        QuestionRecord(
            id=str(row.id),
            text=row.text,
            q_type=row.q_type,
            form=QuestionForm(row.form),
            draft=row.draft,
            origin=row.origin.value,
        )
        for row in rows
    )
