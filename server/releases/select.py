"""Which work a rule selects, as one statement: the newest submission of each item's last step that is far enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    case,
    delete,
    except_,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import Subquery

from server.releases.rule import Judged, Rule, WorkStatus
from server.tables.documents import Submission
from server.tables.masklets import Masklet, MaskletState
from server.tables.projects import Project
from server.tables.releases import Release, ReleaseItem, SplitAssignment
from server.tables.reviews import Review, Verdict
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo, Segment, Video


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of work: a masklet's captions, or a segment's answers, as they were handed in."""

    position: int
    video_id: UUID
    task_id: UUID
    submission_id: UUID
    masklet_id: UUID | None
    segment_id: UUID | None
    first_task_id: UUID | None
    """FGQA: the first task of the segment's work; its own, unless it is a correction."""
    audited: bool


def item_of(row: Row[Any] | Any) -> Item:
    """The item of a row that has its columns."""
    return Item(
        getattr(row, "position", 0), row.video_id, row.task_id, row.submission_id, row.masklet_id, row.segment_id,
        row.first_task_id, bool(row.audited),
    )  # fmt: skip


def chosen(project: Project, rule: Rule, since_id: UUID | None = None) -> Subquery:
    """The items of a project, with what orders them within a video: `place` and `second` (0 but for corrections)."""
    parts = [_answers(project, rule)]
    if rule.wants_masklets:
        parts.append(_masklets(project, rule))
    whole = union_all(*parts).subquery("chosen")
    statement = select(whole).join(Submission, Submission.id == whole.c.submission_id)
    start, end = rule.span()
    if start is not None:
        statement = statement.where(Submission.created_at >= start)
    if end is not None:
        statement = statement.where(Submission.created_at < end)
    if rule.guideline_from is not None:
        statement = statement.where(Submission.guideline_version >= rule.guideline_from)
    if rule.judged is not Judged.ANYBODY:
        statement = statement.where(whole.c.audited.is_(rule.judged is Judged.REVIEWER))
    if rule.annotators:
        statement = statement.where(whole.c.author.in_(rule.annotators))
    if rule.without_annotators:
        statement = statement.where(or_(whole.c.author.is_(None), whole.c.author.not_in(rule.without_annotators)))
    if rule.source_datasets:
        statement = statement.where(whole.c.source_dataset.in_(rule.source_datasets))
    if since_id is not None:
        # Neither NOT IN nor a join: with many items, the one makes PostgreSQL and the other SQLite look through all of
        # them for each piece of work.
        handed = select(Submission.id).join(Task, Task.id == Submission.task_id).where(Task.project_id == project.id)
        held = select(ReleaseItem.submission_id).where(ReleaseItem.release_id == since_id)
        statement = statement.where(whole.c.submission_id.in_(except_(handed, held)))
    return statement.subquery("selected")


def in_order(items: Subquery) -> Select[Any]:
    """The items of `chosen` by video and place, as a release has them."""
    return select(items).join(Video, Video.id == items.c.video_id).order_by(*_order(items))


def pin(session: Session, release: Release, items: Subquery) -> int:
    """Write down what the release takes, training first; how many there are. Every video must have its split."""
    session.execute(delete(ReleaseItem).where(ReleaseItem.release_id == release.id))
    training = case((SplitAssignment.split == "train", 0), else_=1)
    columns = ("video_id", "task_id", "submission_id", "masklet_id", "segment_id", "first_task_id", "audited")
    numbered = (
        select(
            literal(release.id, ReleaseItem.release_id.type),
            func.row_number().over(order_by=(training, *_order(items))),
            *(items.c[name] for name in columns),
        )
        .join(Video, Video.id == items.c.video_id)
        .join(SplitAssignment, SplitAssignment.video_id == items.c.video_id)
    )
    pinning = insert(ReleaseItem).from_select(["release_id", "position", *columns], numbered)
    done = session.execute(pinning.execution_options(preserve_rowcount=True))  # else -1 on PostgreSQL
    return int(done.rowcount)  # type: ignore[attr-defined]  # of a cursor's result


def videos_of(session: Session, items: Subquery) -> list[UUID]:
    """The source videos of the items."""
    return list(session.scalars(select(items.c.video_id).distinct()))


_ITEM = (
    ReleaseItem.position, ReleaseItem.video_id, ReleaseItem.task_id, ReleaseItem.submission_id, ReleaseItem.masklet_id,
    ReleaseItem.segment_id, ReleaseItem.first_task_id, ReleaseItem.audited,
)  # fmt: skip


def pinned(session: Session, release_id: UUID, after: int, limit: int) -> Sequence[Item]:
    """The next items of a release."""
    rows = session.connection().execute(
        select(*_ITEM)
        .where(ReleaseItem.release_id == release_id, ReleaseItem.position > after)
        .order_by(ReleaseItem.position)
        .limit(limit)
    )
    return [Item(*row) for row in rows]


def _order(items: Subquery) -> tuple[Any, ...]:
    return (Video.sha256, items.c.place, items.c.segment_id, items.c.first_task_id, items.c.second, items.c.task_id)


def _videos(project: Project) -> Select[UUID, str]:
    """The videos of a project without those that a lead set aside: nothing of these is released."""
    return select(ProjectVideo.video_id, ProjectVideo.source_dataset).where(
        ProjectVideo.project_id == project.id, ProjectVideo.flag_reason.is_(None)
    )


def _newest(task_id: ColumnElement[Any]) -> ScalarSelect[Any]:
    return (
        select(Submission.id)
        .where(Submission.task_id == task_id)
        .order_by(Submission.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _states(rule: Rule) -> tuple[TaskState, ...]:
    accepted = rule.status is WorkStatus.ACCEPTED
    return (TaskState.ACCEPTED,) if accepted else (TaskState.ACCEPTED, TaskState.SUBMITTED)


def _masklets(project: Project, rule: Rule) -> Select[Any]:
    """Masklets with their last step: the review or else the verification, where accepted work is wanted."""
    last, caption, videos = aliased(Task), aliased(Task), _videos(project).subquery()
    accepted = rule.status is WorkStatus.ACCEPTED
    ranks = {TaskKind.STC_REVIEW: 3, TaskKind.STC_VERIFY: 2} | ({} if accepted else {TaskKind.STC_CAPTION: 1})
    states = [MaskletState.ACCEPTED] if accepted else [MaskletState.ACCEPTED, MaskletState.SUBMITTED]
    rank = case(*((last.kind == kind, number) for kind, number in ranks.items()), else_=0)
    steps = (last.masklet_id == Masklet.id, last.copy_number == 0, last.state.in_(_states(rule)), last.kind.in_(ranks))
    found = (
        select(
            Masklet.id.label("masklet_id"),
            Masklet.video_id,
            Masklet.number,
            videos.c.source_dataset,
            select(last.id).where(*steps).order_by(rank.desc()).limit(1).scalar_subquery().label("task_id"),
            select(caption.submitted_by)
            .where(caption.masklet_id == Masklet.id, caption.kind == TaskKind.STC_CAPTION, caption.copy_number == 0)
            .scalar_subquery()
            .label("author"),
        )
        .join(videos, videos.c.video_id == Masklet.video_id)
        .where(Masklet.project_id == project.id, Masklet.state.in_(states))
        .subquery()
    )
    kind = select(Task.kind).where(Task.id == found.c.task_id).scalar_subquery()
    whole = select(
        found.c.video_id,
        found.c.task_id,
        _newest(found.c.task_id).label("submission_id"),
        found.c.masklet_id,
        literal(None, Segment.id.type).label("segment_id"),
        literal(None, Segment.id.type).label("first_task_id"),
        (kind == TaskKind.STC_REVIEW).label("audited"),
        found.c.author,
        found.c.source_dataset,
        found.c.number.label("place"),
        literal(0).label("second"),
    ).where(found.c.task_id.is_not(None))
    return select(whole.subquery())


def _answers(project: Project, rule: Rule) -> Select[Any]:
    """First tasks of segments and their corrections, each with what its reviewer made of it where there was one."""
    task, first, review = aliased(Task), aliased(Task), aliased(Task)
    videos = _videos(project).subquery()
    judged = (
        select(review.id)
        .where(
            review.target_task_id == task.id, review.kind == TaskKind.FGQA_REVIEW, review.state == TaskState.ACCEPTED
        )
        .order_by(review.id)
        .limit(1)
        .scalar_subquery()
    )
    accepts = (Review.verdict == Verdict.ACCEPT, Review.reviewer_id.is_not(None))
    audited = select(Review.id).where(Review.task_id.in_((task.id, first.id)), *accepts).exists()
    dataset = case((Segment.source_dataset != "", Segment.source_dataset), else_=videos.c.source_dataset)
    found = (
        select(
            task.video_id,
            task.id.label("task_id"),
            func.coalesce(judged, task.id).label("work_id"),
            literal(None, Masklet.id.type).label("masklet_id"),
            task.segment_id,
            first.id.label("first_task_id"),
            audited.label("audited"),
            task.submitted_by.label("author"),
            dataset.label("source_dataset"),
            Segment.picture_start.label("place"),
            case((task.id == first.id, 0), else_=1).label("second"),
        )
        .join(first, first.id == func.coalesce(task.target_task_id, task.id))
        .join(Segment, Segment.id == task.segment_id)
        .join(videos, videos.c.video_id == task.video_id)
        .where(
            task.project_id == project.id,
            task.kind == TaskKind.FGQA_ANSWER,
            task.copy_number == 0,
            task.state.in_(_states(rule)),
            first.kind == TaskKind.FGQA_ANSWER,
            first.state.in_(_states(rule)),
            first.copy_number == 0,
        )
    )
    if rule.domains:
        found = found.where(Segment.domain.in_(rule.domains))
    each = found.subquery()
    return select(
        each.c.video_id,
        each.c.task_id,
        _newest(each.c.work_id).label("submission_id"),
        each.c.masklet_id,
        each.c.segment_id,
        each.c.first_task_id,
        each.c.audited,
        each.c.author,
        each.c.source_dataset,
        each.c.place,
        each.c.second,
    )
