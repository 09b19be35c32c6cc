"""The decision that ends a verify or review task: accept what is there now, or send it back to the step at fault."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.tasktypes.registry import task_type
from server.access import Actor
from server.db import now
from server.documents.errors import DocumentNotFound
from server.documents.follow import block_steps, follow_up
from server.documents.load import document_of
from server.documents.save import conflict, operations_since
from server.documents.submit import freeze
from server.documents.surroundings import newest_submission
from server.reviews.errors import NothingToDecide, OwnWork, ReturnIncomplete
from server.reviews.schemas import DecisionIn
from server.storage import Storage
from server.tables.documents import Submission
from server.tables.masklets import Masklet
from server.tables.reviews import Review, Verdict
from server.tables.tasks import Task, TaskKind, TaskState
from server.tasks.lease import require_lease
from server.tasks.steps import block_task, return_task, steps_of_masklet, submit_task


def decide(session: Session, storage: Storage, task: Task, who: Actor, decision: DecisionIn) -> Review:
    """Accept or return. Raises LeaseLost, OwnWork, RevisionConflict, WorkUnfinished, ReturnIncomplete."""
    kind = task_type(task.kind.value)
    if not kind.decides:
        raise NothingToDecide
    require_lease(task, who.user)
    judged = _judged(session, task)
    submission = newest_submission(session, judged.id)
    if submission is None:
        raise NothingToDecide("There is nothing handed in to decide on.")
    if who.id in _authors(session, task):
        raise OwnWork
    review = Review(
        project_id=task.project_id,
        task_id=judged.id,
        review_task_id=task.id,
        submission_id=submission.id,
        reviewer_id=who.id,
        verdict=decision.verdict,
        reasons=list(decision.reasons),
        comment=decision.comment,
    )
    if decision.verdict is Verdict.ACCEPT:
        own = freeze(session, storage, task, who, decision.revision)
        submit_task(session, task, who.user)
        session.add(review)
        session.flush()
        follow_up(session, task, own)
        return review
    review.step = _step(kind.return_steps, decision)
    _seen(session, task, decision.revision)
    session.add(review)
    session.flush()
    _RETURN[review.step](session, task, who, review)
    return review


def _judged(session: Session, task: Task) -> Task:
    if task.target_task_id is None:
        raise NothingToDecide("There is nothing handed in to decide on.")
    return session.get_one(Task, task.target_task_id)


def _authors(session: Session, task: Task) -> set[UUID]:
    """Everybody who ever handed in a step that this decision rests on."""
    steps: set[UUID] = set()
    if task.masklet_id is not None:
        steps = {step.id for step in steps_of_masklet(session, task.masklet_id).values()}
        steps.add(session.get_one(Masklet, task.masklet_id).task_id)
    elif task.target_task_id is not None:
        steps = {task.target_task_id}
    steps.discard(task.id)
    return set(session.scalars(select(Submission.submitted_by).where(Submission.task_id.in_(steps))))


def _step(allowed: tuple[str, ...], decision: DecisionIn) -> str:
    step = decision.step or (allowed[0] if len(allowed) == 1 else None)
    if step not in allowed:
        raise ReturnIncomplete(f"step: say where the work goes back to: {' or '.join(allowed)}.", field="step")
    if not decision.reasons:
        raise ReturnIncomplete("reasons: say why, so that the next try is better.", field="reasons")
    return step


def _seen(session: Session, task: Task, revision: int) -> None:
    """A return judges what its reviewer saw, like an accept."""
    document = document_of(session, task)
    if document is None:
        raise DocumentNotFound("Look at the work first.")
    if document.revision != revision:
        raise conflict(document, operations_since(session, document, revision))


# Where a return goes


def _to_subject(session: Session, task: Task, who: Actor, review: Review) -> None:
    assert task.masklet_id is not None
    masklet = session.get_one(Masklet, task.masklet_id)
    _send_back(session, session.get_one(Task, masklet.task_id), who, review)
    block_steps(session, masklet.id, (TaskKind.STC_CAPTION, TaskKind.STC_VERIFY, TaskKind.STC_REVIEW))


def _to_caption(session: Session, task: Task, who: Actor, review: Review) -> None:
    assert task.masklet_id is not None
    _send_back(session, steps_of_masklet(session, task.masklet_id)[TaskKind.STC_CAPTION], who, review)
    block_steps(session, task.masklet_id, (TaskKind.STC_VERIFY, TaskKind.STC_REVIEW))


def _to_answer(session: Session, task: Task, who: Actor, review: Review) -> None:
    _send_back(session, _judged(session, task), who, review)
    block_task(session, task)


def _send_back(session: Session, task: Task, who: Actor, review: Review) -> None:
    """Make the task ready for its author. One that is back already gets another masklet's reasons added."""
    if task.state not in (TaskState.READY, TaskState.LEASED):
        return_task(session, task, by=who.user, step=review.step, reasons=review.reasons, comment=review.comment)
        return
    said = task.returned or {"reasons": [], "comment": ""}
    task.returned = {
        "by": str(who.id),
        "step": review.step,
        "reasons": [*said["reasons"], *review.reasons],
        "comment": "\n\n".join(text for text in (said["comment"], review.comment) if text),
        "at": now().isoformat(),
    }
    session.flush()


_RETURN: dict[str, Callable[[Session, Task, Actor, Review], None]] = {
    "subject": _to_subject,
    "caption": _to_caption,
    "answer": _to_answer,
}
