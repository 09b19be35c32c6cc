"""Handing in: the rules pass, the revision is frozen as a submission, the next step is opened."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from sqlalchemy.orm import Session

from annotator.records import Body, SubjectRecord
from annotator.tasktypes.registry import task_type
from server.access import Actor
from server.documents.errors import DecideInstead, WorkUnfinished, field_problems
from server.documents.follow import follow_up
from server.documents.load import open_document
from server.documents.save import conflict, operations_since
from server.documents.surroundings import context_of
from server.masklets.read import masklets_of
from server.storage import Storage
from server.tables.documents import Submission
from server.tables.tasks import Task
from server.tasks.lease import require_lease
from server.tasks.steps import submit_task


def submit(session: Session, storage: Storage, task: Task, who: Actor, revision: int) -> Task:
    """Hand a task in. Raises LeaseLost, RevisionConflict, WorkUnfinished (with every problem), DecideInstead."""
    if task_type(task.kind.value).decides:
        raise DecideInstead
    submission = freeze(session, storage, task, who, revision)
    submit_task(session, task, who.user)
    follow_up(session, task, submission)
    return task


def freeze(session: Session, storage: Storage, task: Task, who: Actor, revision: int) -> Submission:
    """Check the rules and keep the document as it is now, with the masks that belong to it."""
    require_lease(task, who.user)
    document = open_document(session, task, who.id)
    if revision != document.revision:
        raise conflict(document, operations_since(session, document, revision))
    body = Body.model_validate(document.body)
    kind = task_type(task.kind.value)
    surroundings = context_of(session, storage, task, document)
    problems = kind.rules(body, surroundings)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise WorkUnfinished(
            f"{errors[0].field}: {errors[0].message}",
            field=errors[0].field,
            errors=field_problems(errors),
            problems=[problem.model_dump(mode="json") for problem in problems],
        )
    masklets = masklets_of(session, task)
    body.subjects = {str(m.id): SubjectRecord(id=str(m.id), label=m.label) for m in masklets}
    stored = body.model_dump(mode="json")
    submission = Submission(
        document_id=document.id,
        task_id=task.id,
        revision=document.revision,
        body=stored,
        body_sha256=body_sha256(stored),
        submitted_by=who.id,
        guideline_version=task.guideline_version,
        tracks={str(m.id): str(m.current_track_id) for m in masklets if m.current_track_id is not None},
    )
    session.add(submission)
    session.flush()
    return submission


def body_sha256(body: dict[str, Any]) -> str:
    """The hash of a body as JSON with sorted keys: what lineage names."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
