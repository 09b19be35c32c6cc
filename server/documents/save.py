"""Saving edits: each operation once, on the revision that its author has seen, in the log for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.records import Body, Operation
from annotator.tasktypes.apply import OperationRefused, apply
from annotator.tasktypes.registry import task_type
from server.access import Actor
from server.documents.errors import OperationsRefused, RevisionConflict, field_problems
from server.documents.surroundings import context_of
from server.operations.metrics import count_conflict, count_save
from server.storage import Storage
from server.tables.documents import Document, DocumentOperation
from server.tables.tasks import Task
from server.tasks.lease import require_lease

SHOWN_SINCE = 1000
"""Operations that a conflict tells; whoever is further behind takes the body."""


def save(
    session: Session, storage: Storage, document: Document, who: Actor, *, seen: int, operations: Sequence[Operation]
) -> Document:
    """Apply the operations that are new, all or none.

    `seen` is the revision the client builds on. Operations that are in the log already are acknowledged: a replay
    after a lost answer changes nothing, also when it brings newer operations along. Raises LeaseLost,
    RevisionConflict (with the newer state), OperationsRefused (naming the fields).
    """
    task = session.get_one(Task, document.task_id)
    require_lease(task, who.user)
    sent = list({operation.id: operation for operation in operations}.values())
    known = _known(session, document, sent)
    new = [operation for operation in sent if operation.id not in known]
    if not new:
        return document
    if seen != document.revision:
        since = operations_since(session, document, seen)
        foreign = [row for row in since if row.operation_id not in known]
        # All that happened since are this client's own edits, whose answer got lost: nothing conflicts.
        if foreign or not since or seen > document.revision or seen < document.seed_revision:
            count_conflict(document.kind.value)
            raise conflict(document, since)
    body = Body.model_validate(document.body)
    kind = task_type(task.kind.value)
    surroundings = context_of(session, storage, task, document)
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
        document.revision += 1
        session.add(
            DocumentOperation(
                document_id=document.id,
                revision=document.revision,
                operation_id=operation.id,
                user_id=who.id,
                operation=operation.model_dump(mode="json"),
            )
        )
    document.body = body.model_dump(mode="json")
    session.flush()
    count_save(session, document.kind.value, len(new))
    return document


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
