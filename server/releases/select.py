"""Which accepted work a release takes: the last submission of each item's last accepted step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from annotator.formats.plm import fgqa_answers
from annotator.quality.text import is_out_of_frame
from annotator.records import Body
from server.documents.follow import corrections_of, wants_correction
from server.documents.surroundings import newest_submission
from server.releases.schemas import ReleasePreviewOut
from server.tables.documents import Submission
from server.tables.masklets import Masklet, MaskletState
from server.tables.projects import Project
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo
from server.tasks.steps import steps_of_masklet


@dataclass(frozen=True)
class Item:
    """One piece of accepted work: a masklet's captions, or a segment's answers."""

    task: Task
    """The task whose work it is: its video, segment and masklet."""
    submission: Submission
    steps: tuple[Task, ...]
    """Every step that led to it, earliest first, for the lineage."""
    answered: tuple[str, ...] = ()
    """FGQA: the ids of the questions whose answers count."""


def select_items(session: Session, project: Project) -> Iterator[Item]:
    """The accepted items of a project, in an order that depends on them alone."""
    yield from _masklets(session, project)
    yield from _segments(session, project)


def preview(session: Session, project: Project) -> ReleasePreviewOut:
    """How much a release would hold now."""
    videos: set[UUID] = set()
    masklets = captions = answers = 0
    for item in select_items(session, project):
        videos.add(item.task.video_id)
        body = Body.model_validate(item.submission.body)
        if item.task.masklet_id is not None:
            masklets += 1
            captions += sum(not is_out_of_frame(event.caption) for event in body.events.values())
        answers += len(item.answered)
    return ReleasePreviewOut(videos=len(videos), masklets=masklets, captions=captions, answers=answers)


def _set_aside(project: Project) -> Select[UUID]:
    """The videos that a lead flagged: nothing of them is released until the flag is taken off."""
    return select(ProjectVideo.video_id).where(
        ProjectVideo.project_id == project.id, ProjectVideo.flag_reason.is_not(None)
    )


def _masklets(session: Session, project: Project) -> Iterator[Item]:
    rows = session.scalars(
        select(Masklet)
        .where(Masklet.project_id == project.id, Masklet.state == MaskletState.ACCEPTED)
        .where(Masklet.video_id.not_in(_set_aside(project)))
        .order_by(Masklet.video_id, Masklet.number)
    )
    for masklet in rows:
        steps = {
            kind: task
            for kind, task in steps_of_masklet(session, masklet.id).items()
            if task.state == TaskState.ACCEPTED
        }
        last = steps.get(TaskKind.STC_REVIEW) or steps.get(TaskKind.STC_VERIFY)
        submission = newest_submission(session, last.id) if last is not None else None
        if last is None or submission is None:
            continue  # reopened: not accepted as a whole at the moment
        subject = session.get_one(Task, masklet.task_id)
        order = (TaskKind.STC_CAPTION, TaskKind.STC_VERIFY, TaskKind.STC_REVIEW)
        yield Item(last, submission, (subject, *(steps[kind] for kind in order if kind in steps)))


def _segments(session: Session, project: Project) -> Iterator[Item]:
    """Answers of first tasks and of their corrections; a correction's count where the first task still asks for it."""
    firsts = session.scalars(
        select(Task)
        .where(
            Task.project_id == project.id,
            Task.kind == TaskKind.FGQA_ANSWER,
            Task.target_task_id.is_(None),
            Task.state == TaskState.ACCEPTED,
            Task.copy_number == 0,
            Task.video_id.not_in(_set_aside(project)),
        )
        .order_by(Task.segment_id, Task.id)
    )
    for first in firsts:
        item = _answers(session, first)
        if item is None:
            continue
        if item.answered:
            yield item
        body = Body.model_validate(item.submission.body)
        wanted = {key for key, answer in body.answers.items() if wants_correction(answer)}
        for correction in corrections_of(session, first):
            mended = _answers(session, correction) if correction.state == TaskState.ACCEPTED else None
            if mended is None:
                continue
            answered = tuple(key for key in mended.answered if key in wanted or key not in body.questions)
            wanted -= set(answered)
            if answered:
                yield Item(mended.task, mended.submission, (*item.steps, *mended.steps), answered)


def _answers(session: Session, task: Task) -> Item | None:
    review = session.scalar(
        select(Task)
        .where(Task.target_task_id == task.id, Task.kind == TaskKind.FGQA_REVIEW, Task.state == TaskState.ACCEPTED)
        .limit(1)
    )
    submission = newest_submission(session, review.id if review else task.id)
    if submission is None:
        return None
    answered = tuple(key for key, _, _ in fgqa_answers(Body.model_validate(submission.body)))
    return Item(task, submission, (task, review) if review else (task,), answered)
