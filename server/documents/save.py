"""Saving edits: each operation once, on the revision that its author has seen, in the log for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, insert, select, update
from sqlalchemy.orm import Session, load_only
from sqlalchemy.orm.attributes import set_committed_value

from annotator.records import Body, Operation, Problem
from annotator.tasktypes.apply import OperationRefused, apply
from annotator.tasktypes.registry import task_type
from server.access import Actor
from server.documents.errors import DocumentNotFound, OperationsRefused, RevisionConflict, field_problems
from server.documents.load import holds, visible_task
from server.documents.surroundings import context_of
from server.operations.metrics import count_conflict, count_save
from server.storage import Storage
from server.tables.documents import Document, DocumentOperation
from server.tables.projects import Membership
from server.tables.tasks import Task
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
    document, task, video, any_known = _locked(session, who, document_id, sent)
    # Whatever was saved since the lock was asked for changed the revision, so at the same one the answer still holds.
    known = _known(session, document, sent) if any_known or seen != document.revision else set()
    new = [operation for operation in sent if operation.id not in known]
    if new and seen != document.revision:
        since = operations_since(session, document, seen)
        foreign = [row for row in since if row.operation_id not in known]
        # All that happened since are this client's own edits, whose answer got lost: nothing conflicts.
        if foreign or not since or seen > document.revision or seen < document.seed_revision:
            count_conflict(document.kind.value)
            raise conflict(document, since)
    body = Body.model_validate(document.body)
    kind = task_type(task.kind.value)
    surroundings = context_of(session, storage, task, document, video)
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
    if new:
        _store(session, document, body, who, new)
    return Saved(document.revision, kind.rules(body, surroundings))


_MEMBER = exists().where(Membership.user_id == bindparam("me"), Membership.project_id == Task.project_id)
_KNOWN = exists().where(
    DocumentOperation.document_id == Document.id,
    DocumentOperation.operation_id.in_(bindparam("sent", expanding=True)),
)
# The task's row is the lock for both; the document is named too, so that after waiting it is read as it is then. The
# video comes along because the rules ask for it.
_LOCK = (
    select(Task, Document, Video, _MEMBER.label("member"), _KNOWN.label("known"))
    .select_from(Task)
    .join(Document, Document.task_id == Task.id)
    .join(Video, Video.id == Task.video_id)
    .where(Document.id == bindparam("document"))
    .options(
        load_only(Task.project_id, Task.video_id, Task.masklet_id, Task.kind, Task.state, Task.lease_user_id),
        load_only(Document.kind, Document.revision, Document.body, Document.seed_revision),
        load_only(Video.name, Video.pictures, Video.grid_length, Video.frames_key),
    )
    .with_for_update(of=[Task, Document])
    .execution_options(populate_existing=True)
)


def _locked(
    session: Session, who: Actor, document_id: UUID, sent: Sequence[Operation]
) -> tuple[Document, Task, Video, bool]:
    """A document with its task, locked, and its video, for whoever holds it; whether the log knows any operation."""
    values = {"document": document_id, "me": who.id, "sent": [operation.id for operation in sent]}
    row = session.execute(_LOCK, values).one_or_none()
    if row is None:
        raise DocumentNotFound
    if not (holds(row.Task, who.id) and (row.member or who.is_admin)):
        try:
            visible_task(session, who, row.Task.id)
        except TaskNotFound as error:
            raise DocumentNotFound from error
        require_lease(row.Task, who.user)
    return row.Document, row.Task, row.Video, row.known


_STORE = (
    update(Document)
    .where(Document.id == bindparam("document"))
    .values(body=bindparam("new_body"), revision=bindparam("new_revision"))
)


_LOG = insert(DocumentOperation)


def _store(session: Session, document: Document, body: Body, who: Actor, new: Sequence[Operation]) -> None:
    newest, stored = document.revision + len(new), body.model_dump(mode="json")
    log = [
        {
            "document_id": document.id,
            "revision": revision,
            "operation_id": operation.id,
            "user_id": who.id,
            "operation": operation.model_dump(mode="json"),
        }
        for revision, operation in enumerate(new, document.revision + 1)
    ]
    connection = session.connection()
    connection.execute(_STORE, {"document": document.id, "new_body": stored, "new_revision": newest})
    connection.execute(_LOG, log)
    set_committed_value(document, "revision", newest)  # it is stored: no flush writes it again
    set_committed_value(document, "body", stored)
    count_save(session, document.kind.value, len(new))


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


def _known(session: Session, document: Document, operations: Sequence[Operation]) -> set[str]:
    statement = select(DocumentOperation.operation_id).where(
        DocumentOperation.document_id == document.id,
        DocumentOperation.operation_id.in_([operation.id for operation in operations]),
    )
    return set(session.scalars(statement))
