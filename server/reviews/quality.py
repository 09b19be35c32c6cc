"""What is recorded of how a project goes: pace and active time by person and step, and what reviews said of it."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.reviews.schemas import PersonQuality, QualityOut, ReasonCount
from server.tables.accounts import User
from server.tables.projects import Project
from server.tables.reviews import Review, Verdict
from server.tables.tasks import Task, TaskKind

NEWEST = 5000
"""Reviews that reasons are counted over: the newest ones, so that a page stays quick however old the project is."""


def quality(session: Session, project: Project) -> QualityOut:
    """One line for each person and step, the busiest first; then the reasons of returns, the most frequent first."""
    done = session.execute(
        select(Task.submitted_by, Task.kind, func.count(), func.sum(Task.active_seconds))
        .where(Task.project_id == project.id, Task.submitted_by.is_not(None))
        .group_by(Task.submitted_by, Task.kind)
    ).all()
    judged: Counter[tuple[UUID | None, TaskKind, Verdict]] = Counter()
    reasons: Counter[str] = Counter()
    rows = session.execute(
        select(Task.submitted_by, Task.kind, Review.verdict, Review.reasons)
        .join(Task, Task.id == Review.task_id)
        .where(Review.project_id == project.id, Review.reviewer_id.is_not(None))
        .order_by(Review.id.desc())
        .limit(NEWEST)
    )
    for person, kind, verdict, why in rows:
        judged[person, kind, verdict] += 1
        reasons.update(why)
    people = {row[0] for row in done}
    names = {row[0]: row[1] for row in session.execute(select(User.id, User.name).where(User.id.in_(people)))}
    lines = [
        PersonQuality(
            person_id=person,
            name=names[person],
            kind=kind,
            tasks=tasks,
            active_seconds=float(seconds or 0.0),
            accepted=judged[person, kind, Verdict.ACCEPT],
            returned=judged[person, kind, Verdict.RETURN],
        )
        for person, kind, tasks, seconds in done
        if person is not None
    ]
    lines.sort(key=lambda line: (-line.tasks, line.name, line.kind))
    return QualityOut(people=lines, reasons=[ReasonCount(reason=name, count=n) for name, n in reasons.most_common(20)])
