"""What two releases of a project have in common, by the work that they took."""

from __future__ import annotations

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from server.db import cursor_of, cursor_values
from server.releases.errors import NotComparable
from server.releases.schemas import DiffEntry, ReleaseDiff
from server.tables.releases import Release, ReleaseItem


def compare(
    session: Session, release: Release, other: Release, *, cursor: str | None = None, limit: int = 200
) -> ReleaseDiff:
    """This release against an `other` one: all counts, and a page of what differs. Raises NotComparable."""
    if release.project_id != other.project_id:
        raise NotComparable("They are of two projects.", field="with")
    for each in (release, other):
        if each.pinned_items is None:
            raise NotComparable(f"Release {each.number} is not built, or was built before items were kept.")
    # One piece of work is a masklet, or an answer task: its submission may be of its review in one of the two. Both
    # releases are read once and sorted by it; a join over either of two columns would compare all with all.
    both = ReleaseItem.release_id.in_((release.id, other.id))
    work = func.coalesce(ReleaseItem.masklet_id, ReleaseItem.task_id)
    here = func.count(case((ReleaseItem.release_id == release.id, 1)))
    there = func.count(case((ReleaseItem.release_id == other.id, 1)))
    how = case(
        (there == 0, "added"),
        (here == 0, "removed"),
        (func.count(ReleaseItem.submission_id.distinct()) > 1, "changed"),
        else_="same",
    )
    whole = select(work.label("work"), how.label("how")).where(both).group_by(work).subquery()
    grouped = session.execute(select(whole.c.how, func.count().label("number")).group_by(whole.c.how))
    counts: dict[str, int] = {row.how: row.number for row in grouped}
    differing = select(whole).where(whole.c.how != "same")
    if cursor:
        [after] = cursor_values(cursor, [ReleaseItem.task_id])
        differing = differing.where(whole.c.work > literal(after, ReleaseItem.task_id.type))
    rows = session.execute(differing.order_by(whole.c.work).limit(limit + 1)).all()
    shown = {row.work: row.how for row in rows[:limit]}
    following = cursor_of([rows[limit - 1].work]) if len(rows) > limit else None
    items = select(
        work.label("work"), ReleaseItem.task_id, ReleaseItem.masklet_id, ReleaseItem.segment_id, ReleaseItem.release_id
    ).where(both, work.in_(shown))
    found = {row.work: row for row in sorted(session.execute(items), key=lambda row: row.release_id == release.id)}
    return ReleaseDiff(
        added=counts.get("added", 0),
        removed=counts.get("removed", 0),
        changed=counts.get("changed", 0),
        same=counts.get("same", 0),
        items=[
            DiffEntry(
                task_id=found[work_id].task_id,
                masklet_id=found[work_id].masklet_id,
                segment_id=found[work_id].segment_id,
                how=how_it_differs,
            )
            for work_id, how_it_differs in shown.items()
        ],
        next=following,
    )
