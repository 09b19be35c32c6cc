"""Saving edits: each operation once, on the revision that its author has seen, in the log for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, case, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from annotator.records import Body, Operation, Problem
from annotator.tasktypes.apply import OperationRefused, apply
from annotator.tasktypes.registry import task_type
from server.access import Actor
from server.db import new_id, now
from server.documents.errors import DocumentNotFound, OperationsRefused, RevisionConflict, field_problems
from server.documents.load import visible_task
from server.documents.surroundings import Subject, has_questions, surroundings_of
from server.operations.metrics import count_conflict, count_save
from server.storage import Storage
from server.tables.documents import Document, DocumentOperation
from server.tables.projects import Membership
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import Video
from server.tasks.errors import TaskNotFound
from server.tasks.lease import require_lease

SHOWN_SINCE = 1000
"""Operations that a conflict tells; whoever is further behind takes the body."""


@dataclass(frozen=True)
class Saved:
    """What a save led to: the newest revision, and what the task's rules say about the document now."""

    revision: int
    problems: list[Problem]


def save(
    session: Session, storage: Storage, document_id: UUID, who: Actor, *, seen: int, operations: Sequence[Operation]
) -> Saved:
    """Apply the operations that are new, all or none.

    `seen` is the revision the client builds on. Operations that are in the log already are acknowledged: a replay
    after a lost answer changes nothing, also when it brings newer operations along. Raises DocumentNotFound,
    LeaseLost, TaskAlreadySubmitted, RevisionConflict (with the newer state), OperationsRefused (naming the fields).
    """
    sent = list({operation.id: operation for operation in operations}.values())
    work = _locked(session, who, document_id, sent)
    # Whatever was saved since the lock was asked for changed the revision, so at the same one the answer still holds.
    known = _known(session, document_id, sent) if work.known or seen != work.revision else set()
    new = [operation for operation in sent if operation.id not in known]
    if new and seen != work.revision:
        document = session.get_one(Document, document_id, populate_existing=True)
        since = operations_since(session, document, seen)
        foreign = [row for row in since if row.operation_id not in known]
        # All that happened since are this client's own edits, whose answer got lost: nothing conflicts.
        if foreign or not since or seen > document.revision or seen < document.seed_revision:
            count_conflict(work.kind.value)
            raise conflict(document, since)
    body = Body.model_validate(work.body)
    kind = task_type(work.kind.value)
    subject = Subject(
        work.task_id, work.kind, work.masklet_id, work.video_id, work.pictures, work.grid_length, work.frames_key
    )
    surroundings = surroundings_of(session, storage, subject, work.seed)
    for operation in new:
        try:
            apply(body, operation, kind, surroundings)
        except OperationRefused as refused:
            first = refused.problems[0]
            raise OperationsRefused(
                f"{first.field}: {first.message}",
                field=first.field,
                errors=field_problems(refused.problems),
                operation_id=operation.id,
            ) from None
    revision: int = work.revision
    if new:
        revision = store(session, document_id, revision, body, new, user_id=who.id)
        count_save(session, work.kind.value, len(new))
    return Saved(revision, kind.rules(body, surroundings))


_MEMBER = exists().where(Membership.user_id == bindparam("me"), Membership.project_id == Task.project_id)
_ASKS = or_(*(Task.kind == kind for kind in TaskKind if has_questions(kind)))
# The task's row is the lock for both; the document is named too, so that after waiting it is read as it is then. What
# the rules ask of the video, and of the seed where they do, comes along.
_LOCK = (
    select(
        Task.id.label("task_id"),
        Task.kind,
        Task.state,
        Task.lease_user_id,
        Task.masklet_id,
        Task.video_id,
        Video.pictures,
        Video.grid_length,
        Video.frames_key,
        Document.revision,
        Document.body,
        case((_ASKS, Document.seed)).label("seed"),
        _MEMBER.label("member"),
    )
    .select_from(Task)
    .join(Document, Document.task_id == Task.id)
    .join(Video, Video.id == Task.video_id)
    .where(Document.id == bindparam("document"))
    .with_for_update(of=[Task, Document])
)


def _and_known(sent: ColumnElement[bool]) -> Select[Any]:
    logged = exists().where(DocumentOperation.document_id == Document.id, sent)
    return _LOCK.add_columns(logged.label("known"))


# Nearly always one operation comes: a list of them makes the statement anew for each number.
_LOCK_FOR_ONE = _and_known(DocumentOperation.operation_id == bindparam("sent"))
_LOCK_FOR_SOME = _and_known(DocumentOperation.operation_id.in_(bindparam("sent", expanding=True)))


def _locked(session: Session, who: Actor, document_id: UUID, sent: Sequence[Operation]) -> Any:
    """The row of _LOCK for whoever holds the task. Not by the ORM, which takes longer than the database does."""
    ids = [operation.id for operation in sent]
    one = len(ids) == 1
    values = {"document": document_id, "me": who.id, "sent": ids[0] if one else ids}
    row = session.connection().execute(_LOCK_FOR_ONE if one else _LOCK_FOR_SOME, values).one_or_none()
    if row is None:
        raise DocumentNotFound
    leased = row.state == TaskState.LEASED and row.lease_user_id == who.id
    if not (leased and (row.member or who.is_admin)):
        try:
            task = visible_task(session, who, row.task_id)
        except TaskNotFound as error:
            raise DocumentNotFound from error
        require_lease(task, who.user)
    return row


_LOGGED = {
    column: bindparam(f"log_{column}", type_=DocumentOperation.__table__.c[column].type)
    for column in ("id", "created_at", "document_id", "revision", "operation_id", "user_id", "operation")
}
_LOG = insert(DocumentOperation).values(_LOGGED)
_STORE = (
    update(Document)
    .where(Document.id == bindparam("document"))
    .values(body=bindparam("new_body"), revision=bindparam("new_revision"))
)
_STORE_AND_LOG = _STORE.add_cte(_LOG.cte("logged"))
"""Both at once, where the database can: one way there and back less, while the row is locked."""


def store(
    session: Session, document_id: UUID, revision: int, body: Body, new: Sequence[Operation], *, user_id: UUID
) -> int:
    """Write the body and the log, for whoever holds the task's lock; the new revision."""
    newest = revision + len(new)
    stored = {"document": document_id, "new_body": body.model_dump(mode="json"), "new_revision": newest}
    moment = now()
    log = [
        {
            "log_id": new_id(),
            "log_created_at": moment,
            "log_document_id": document_id,
            "log_revision": at,
            "log_operation_id": operation.id,
            "log_user_id": user_id,
            "log_operation": operation.model_dump(mode="json"),
        }
        for at, operation in enumerate(new, revision + 1)
    ]
    connection = session.connection()
    if len(log) == 1 and connection.dialect.name == "postgresql":
        connection.execute(_STORE_AND_LOG, stored | log[0])
    else:
        connection.execute(_STORE, stored)
        connection.execute(_LOG, log)
    return newest


def operations_since(session: Session, document: Document, revision: int) -> list[DocumentOperation]:
    """The log after a revision, oldest first, at most SHOWN_SINCE."""
    statement = (
        select(DocumentOperation)
        .where(DocumentOperation.document_id == document.id, DocumentOperation.revision > revision)
        .order_by(DocumentOperation.revision)
        .limit(SHOWN_SINCE)
    )
    return list(session.scalars(statement))


def conflict(document: Document, since: Sequence[DocumentOperation]) -> RevisionConflict:
    """The error of a stale revision, with all that a client needs to go on from the newer one."""
    told: list[dict[str, Any]] = [row.operation for row in since if row.revision > document.seed_revision]
    return RevisionConflict(revision=document.revision, body=document.body, operations_since=told)


def _known(session: Session, document_id: UUID, operations: Sequence[Operation]) -> set[str]:
    statement = select(DocumentOperation.operation_id).where(
        DocumentOperation.document_id == document_id,
        DocumentOperation.operation_id.in_([operation.id for operation in operations]),
    )
    return set(session.scalars(statement))
