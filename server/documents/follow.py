"""What comes after a step: the next tasks of the workflow, opened or made ready again. One function a kind of task."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.records import AnswerRecord, Body
from server.documents.load import add_document, document_of, seed_again
from server.tables.documents import Submission
from server.tables.masklets import Masklet, MaskletState
from server.tables.projects import Project
from server.tables.reviews import Review, Verdict
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import Question, QuestionState
from server.tasks.steps import (
    accept_task,
    block_task,
    close_task,
    open_follow_up,
    ready_task,
    steps_of_masklet,
)


def follow_up(session: Session, task: Task, submission: Submission) -> None:
    """Open what comes after a task that was handed in, or accepted by a decision. A copy ends here: nothing follows."""
    if task.copy_number > 0:
        accept_task(session, task)
        return
    _AFTER[task.kind](session, task, submission)


def sampled(task: Task, share: float) -> bool:
    """Whether a reviewer looks at this task's work. The task decides, so that asking twice gives the same answer."""
    draw = int.from_bytes(hashlib.sha256(b"review:" + task.id.bytes).digest()[:8], "big") / 2**64
    return draw < share


def authors_of_masklet(session: Session, masklet: Masklet) -> dict[TaskKind, UUID]:
    """Who handed in each step of a masklet, its subject step included."""
    steps = steps_of_masklet(session, masklet.id)
    subject = session.get_one(Task, masklet.task_id)
    found = {kind: task.submitted_by for kind, task in steps.items()} | {subject.kind: subject.submitted_by}
    return {kind: person for kind, person in found.items() if person is not None}


def block_steps(session: Session, masklet_id: UUID, kinds: Iterable[TaskKind]) -> None:
    """Let the later steps of a masklet wait until an earlier one is handed in again."""
    steps = steps_of_masklet(session, masklet_id)
    for kind in kinds:
        if kind in steps:
            block_task(session, steps[kind])


# STC


def _after_subject(session: Session, task: Task, _submission: Submission) -> None:
    """Each masklet gets its caption task; one that waited for this step goes on; a removed one ends."""
    for masklet in session.scalars(select(Masklet).where(Masklet.task_id == task.id).order_by(Masklet.number)):
        steps = steps_of_masklet(session, masklet.id)
        if masklet.state == MaskletState.REMOVED:
            for step in steps.values():
                close_task(session, step)
            continue
        if masklet.state == MaskletState.DRAFT:
            masklet.state = MaskletState.SUBMITTED
        caption = steps.get(TaskKind.STC_CAPTION)
        if caption is None:
            open_follow_up(
                session,
                TaskKind.STC_CAPTION,
                after=task,
                target=task,
                masklet_id=masklet.id,
                exclude_users=_people(task.submitted_by),
            )
        elif caption.state == TaskState.BLOCKED:
            ready_task(session, caption, assignee=caption.submitted_by)
    session.flush()
    _accept_subject(session, task)


def _after_caption(session: Session, task: Task, _submission: Submission) -> None:
    assert task.masklet_id is not None
    masklet = session.get_one(Masklet, task.masklet_id)
    authors = authors_of_masklet(session, masklet)
    earlier = _people(authors.get(TaskKind.STC_SUBJECT), task.submitted_by)
    verify = open_follow_up(session, TaskKind.STC_VERIFY, after=task, target=task, exclude_users=earlier)
    seed_again(session, verify)


def _after_verify(session: Session, task: Task, submission: Submission) -> None:
    """Accepted by its verifier: a share goes to a reviewer, the rest is accepted by the project's policy."""
    assert task.masklet_id is not None
    masklet = session.get_one(Masklet, task.masklet_id)
    project = session.get_one(Project, task.project_id)
    if not sampled(task, project.review_share):
        _accept_by_policy(session, task, submission)
        accept_masklet(session, masklet)
        return
    # Who reviewed it before may do so again: judging is no work of their own on it.
    steps = {k: who for k, who in authors_of_masklet(session, masklet).items() if k != TaskKind.STC_REVIEW}
    earlier = _people(*steps.values(), task.submitted_by)
    review = open_follow_up(session, TaskKind.STC_REVIEW, after=task, target=task, exclude_users=earlier)
    seed_again(session, review)


def _after_stc_review(session: Session, task: Task, _submission: Submission) -> None:
    assert task.masklet_id is not None
    accept_masklet(session, session.get_one(Masklet, task.masklet_id))


def accept_masklet(session: Session, masklet: Masklet) -> None:
    """All steps of a masklet are good; with the last masklet of a subject task that task is, too."""
    for step in steps_of_masklet(session, masklet.id).values():
        if step.state == TaskState.SUBMITTED:
            accept_task(session, step)
    masklet.state = MaskletState.ACCEPTED
    session.flush()
    _accept_subject(session, session.get_one(Task, masklet.task_id))


def _accept_subject(session: Session, subject: Task) -> None:
    """A subject task is good when no masklet of it waits any more."""
    open_ones = select(Masklet.id).where(
        Masklet.task_id == subject.id, Masklet.state.in_([MaskletState.DRAFT, MaskletState.SUBMITTED])
    )
    if subject.state == TaskState.SUBMITTED and session.scalars(open_ones.limit(1)).first() is None:
        accept_task(session, subject)


# FGQA


def _after_answer(session: Session, task: Task, submission: Submission) -> None:
    """Questions are settled or go to another person; the answers go to a reviewer or are accepted by policy."""
    body = Body.model_validate(submission.body)
    _settle_questions(session, task, body)
    _open_corrections(session, task, body)
    project = session.get_one(Project, task.project_id)
    review = session.scalar(
        select(Task).where(Task.target_task_id == task.id, Task.kind == TaskKind.FGQA_REVIEW).limit(1)
    )
    if review is not None:
        ready_task(session, review)
        seed_again(session, review)
    elif sampled(task, project.review_share):
        open_follow_up(session, TaskKind.FGQA_REVIEW, after=task, target=task, exclude_users=_people(task.submitted_by))
    else:
        _accept_by_policy(session, task, submission)


def _settle_questions(session: Session, task: Task, body: Body) -> None:
    rows = session.scalars(select(Question).where(Question.segment_id == task.segment_id))
    for row in rows:
        answer = body.answers.get(str(row.id))
        if answer is None:
            continue
        if answer.verdict != "reject":
            row.state = QuestionState.ANSWERED
        else:
            closes = answer.reason is not None and answer.reason.closes_question
            row.state = QuestionState.CLOSED if closes else QuestionState.OPEN
    session.flush()


def wants_correction(answer: AnswerRecord | None) -> bool:
    """Whether a drafted answer was refused in a way that another person can mend."""
    return bool(answer and answer.verdict == "reject" and answer.reason and not answer.reason.closes_question)


def _open_corrections(session: Session, task: Task, body: Body, *, also_exclude: UUID | None = None) -> None:
    """One more answer task, for another person, with the questions whose draft was wrong; the draft is not shown."""
    refused = {key: q for key, q in body.questions.items() if wants_correction(body.answers.get(key))}
    for correction in corrections_of(session, task):
        document = document_of(session, correction)
        asked = set(Body.model_validate(document.seed).questions) if document else set()
        unfinished = correction.state in (TaskState.READY, TaskState.LEASED, TaskState.BLOCKED)
        if unfinished and not asked & set(refused):
            close_task(session, correction)  # after a return the first person answered differently
        else:
            refused = {key: question for key, question in refused.items() if key not in asked}
    if not refused:
        return
    people = _people(task.submitted_by, also_exclude)
    correction = open_follow_up(session, TaskKind.FGQA_ANSWER, after=task, target=task, exclude_users=people)
    questions = {key: question.model_copy(update={"draft": None}) for key, question in refused.items()}
    add_document(session, correction, Body(questions=questions))


def corrections_of(session: Session, task: Task) -> list[Task]:
    """The answer tasks that were opened for the questions whose draft this task refused."""
    statement = select(Task).where(Task.target_task_id == task.id, Task.kind == TaskKind.FGQA_ANSWER)
    return list(session.scalars(statement.order_by(Task.id)))


def _after_fgqa_review(session: Session, task: Task, submission: Submission) -> None:
    """A reviewer may mend in place: what they accepted settles the questions, too."""
    assert task.target_task_id is not None
    judged = session.get_one(Task, task.target_task_id)
    body = Body.model_validate(submission.body)
    _settle_questions(session, judged, body)
    _open_corrections(session, judged, body, also_exclude=task.submitted_by)
    accept_task(session, judged)
    accept_task(session, task)


# Both


def _accept_by_policy(session: Session, task: Task, submission: Submission) -> None:
    """Not in the share that is reviewed: accepted unseen, and the record says so."""
    accept_task(session, task)
    session.add(
        Review(
            project_id=task.project_id,
            task_id=task.id,
            review_task_id=None,
            submission_id=submission.id,
            reviewer_id=None,
            verdict=Verdict.ACCEPT,
        )
    )
    session.flush()


def _people(*ids: UUID | None) -> list[UUID]:
    return [person for person in dict.fromkeys(ids) if person is not None]


_AFTER: dict[TaskKind, Callable[[Session, Task, Submission], None]] = {
    TaskKind.STC_SUBJECT: _after_subject,
    TaskKind.STC_CAPTION: _after_caption,
    TaskKind.STC_VERIFY: _after_verify,
    TaskKind.STC_REVIEW: _after_stc_review,
    TaskKind.FGQA_ANSWER: _after_answer,
    TaskKind.FGQA_REVIEW: _after_fgqa_review,
}
