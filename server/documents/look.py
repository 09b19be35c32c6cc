"""What people see beside a document: earlier steps, earlier verdicts, its log, and the samples it would become."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from annotator.formats.plm import dense_record, event_captions, fgqa_answers, localizable
from annotator.quality.dense import DenseEvent, fill_out_of_frame, in_order
from annotator.records import Body, Operation
from annotator.tasktypes.tasktype import Context
from model.data.conversations import TaskName, render, sampled_frame
from server.documents.others import others
from server.documents.schemas import ContextOut, LogEntry, PastReview, PreviewOut, Previous, Sample
from server.documents.surroundings import newest_submission
from server.tables.accounts import User
from server.tables.documents import DocumentOperation
from server.tables.masklets import Masklet
from server.tables.projects import Role
from server.tables.reviews import Review
from server.tables.tasks import Task, TaskKind
from server.tasks.steps import steps_of_masklet


def steps_before(session: Session, task: Task) -> list[Task]:
    """The tasks whose work this one builds on, earliest first."""
    if task.masklet_id is None:
        return [session.get_one(Task, task.target_task_id)] if task.target_task_id else []
    masklet = session.get_one(Masklet, task.masklet_id)
    steps = steps_of_masklet(session, masklet.id)
    chain = [session.get_one(Task, masklet.task_id)]
    order = [TaskKind.STC_CAPTION, TaskKind.STC_VERIFY, TaskKind.STC_REVIEW]
    return chain + [steps[kind] for kind in order[: order.index(task.kind)] if kind in steps]


def context(session: Session, task: Task, role: Role) -> ContextOut:
    """What the steps before handed in, what was said about this work, and the video's other subjects. Names of people
    are for reviewers and leads."""
    before = steps_before(session, task)
    submissions = [(step, newest_submission(session, step.id)) for step in before]
    judged = [task.id, *(step.id for step in before)]
    reviews = session.scalars(
        select(Review)
        .where(or_(Review.task_id.in_(judged), Review.review_task_id == task.id), Review.project_id == task.project_id)
        .order_by(Review.id)
    ).all()
    people = {s.submitted_by for _, s in submissions if s} | {r.reviewer_id for r in reviews if r.reviewer_id}
    names = _names(session, people) if role.rung >= Role.REVIEWER.rung else {}
    return ContextOut(
        previous=[
            Previous(
                kind=step.kind,
                author_name=names.get(submission.submitted_by),
                submitted_at=submission.created_at,
                body=Body.model_validate(submission.body),
            )
            for step, submission in submissions
            if submission is not None
        ],
        reviews=[
            PastReview(
                reviewer_name=names.get(row.reviewer_id) if row.reviewer_id else None,
                verdict=row.verdict,
                step=row.step,
                reasons=row.reasons,
                comment=row.comment,
                created_at=row.created_at,
            )
            for row in reviews
        ],
        others=others(session, task),
    )


def log(session: Session, rows: Sequence[DocumentOperation]) -> list[LogEntry]:
    """Operations of the log with who and when."""
    names = _names(session, {row.user_id for row in rows})
    return [
        LogEntry(
            revision=row.revision,
            operation=Operation.model_validate(row.operation),
            user_id=row.user_id,
            user_name=names[row.user_id],
            created_at=row.created_at,
        )
        for row in rows
    ]


def preview(body: Body, surroundings: Context) -> PreviewOut:
    """The draft as the trainer will read it, by the release's renderer. Unfinished work gives what it can."""
    total = surroundings.grid_length
    samples = _event_samples(body, surroundings) + _answer_samples(body)
    return PreviewOut(samples=samples, frames=[sampled_frame(k, total) for k in range(total)])


def _event_samples(body: Body, surroundings: Context) -> list[Sample]:
    if not body.events or len(surroundings.masklets) != 1:
        return []
    total = surroundings.grid_length
    inside = [event for event in in_order(body.events.values()) if event.grid_start <= event.grid_end < total]
    place = {"video": "", "masklet_id": 0, "total_frames": total}
    presence = surroundings.masklets[0].presence
    try:
        dense = fill_out_of_frame(inside, presence)
        whole = [("rdcap", dense_record(dense, uid=0, **place))]  # type: ignore[arg-type]  # `place` is one of each
    except ValueError:  # gaps and overlaps are named by the rules; single captions can be shown all the same
        dense, whole = [DenseEvent(e.grid_start, e.grid_end, e.caption) for e in inside], []
    captions = event_captions(dense, first_uid=0, **place)  # type: ignore[arg-type]  # as above
    records = [("rcap", c) for c in captions] + [("rtloc", c) for c in localizable(captions)] + whole
    return [_sample(task, record) for task, record in records]  # type: ignore[arg-type]  # typed records


def _answer_samples(body: Body) -> list[Sample]:
    samples = []
    for key, question, answer in fgqa_answers(body):
        metadata = {"source_video_id": "", "q_type": "", "q_subtype": body.questions[key].subtype}
        record: dict[str, object] = {
            "qa_id": key,
            "segment_id": "",
            "question": question,
            "answer": answer,
            "metadata": metadata,
        }
        samples.append(_sample("fgqa", record))
    return samples


def _sample(task: TaskName, record: dict[str, object]) -> Sample:
    row = render(task, record, "")
    return Sample(task=task, prompt=row["conversations"][0]["value"], answer=row["conversations"][1]["value"])


def _names(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    return {row[0]: row[1] for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}
