"""What is recorded of how a project goes: pace and active time by person and step, and what reviews said of it."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.reviews.schemas import PersonQuality, QualityOut, ReasonCount
from server.tables.accounts import User
from server.tables.documents import Submission
from server.tables.projects import Project
from server.tables.reviews import Review, Verdict
from server.tables.tasks import Task

NEWEST = 5000
"""Reviews that reasons are counted over: the newest ones, since no database counts what lies in their lists."""


def quality(session: Session, project: Project) -> QualityOut:
    """One line for each person and step, the busiest first; then the reasons of returns, the most frequent first.

    A verdict is about whoever handed in what was judged, also when somebody else has the task now.
    """
    done = session.execute(
        select(Task.submitted_by, Task.kind, func.count(), func.sum(Task.active_seconds))
        .where(Task.project_id == project.id, Task.submitted_by.is_not(None))
        .group_by(Task.submitted_by, Task.kind)
    ).all()
    by_people = (Review.project_id == project.id, Review.reviewer_id.is_not(None))
    verdicts = session.execute(
        select(Submission.submitted_by, Task.kind, Review.verdict, func.count())
        .select_from(Review)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Task, Task.id == Review.task_id)
        .where(*by_people)
        .group_by(Submission.submitted_by, Task.kind, Review.verdict)
    )
    judged = {(person, kind, verdict): count for person, kind, verdict, count in verdicts}
    why = select(Review.reasons).where(*by_people).order_by(Review.id.desc()).limit(NEWEST)
    reasons = Counter(reason for row in session.scalars(why) for reason in row)
    work = {
        (person, kind): (tasks, float(seconds or 0.0)) for person, kind, tasks, seconds in done if person is not None
    }
    lines_of = {*work, *((person, kind) for person, kind, _ in judged)}
    people = {person for person, _ in lines_of}
    names = {row[0]: row[1] for row in session.execute(select(User.id, User.name).where(User.id.in_(people)))}
    lines = [
        PersonQuality(
            person_id=person,
            name=names[person],
            kind=kind,
            tasks=work.get((person, kind), (0, 0.0))[0],
            active_seconds=work.get((person, kind), (0, 0.0))[1],
            accepted=judged.get((person, kind, Verdict.ACCEPT), 0),
            returned=judged.get((person, kind, Verdict.RETURN), 0),
        )
        for person, kind in lines_of
    ]
    lines.sort(key=lambda line: (-line.tasks, line.name, line.kind))
    return QualityOut(people=lines, reasons=[ReasonCount(reason=name, count=n) for name, n in reasons.most_common(20)])
