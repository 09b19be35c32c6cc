"""What two releases of a project have in common, by the work that they took."""

from __future__ import annotations

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from server.releases.errors import NotComparable
from server.releases.schemas import DiffEntry, ReleaseDiff
from server.tables.releases import Release, ReleaseItem


def compare(session: Session, release: Release, other: Release, limit: int = 200) -> ReleaseDiff:
    """This release against an `other` one. Raises NotComparable."""
    if release.project_id != other.project_id:
        raise NotComparable("They are of two projects.", field="with")
    for each in (release, other):
        if each.pinned_items is None:
            raise NotComparable(f"Release {each.number} is not built, or was built before items were kept.")
    mine, theirs = aliased(ReleaseItem), aliased(ReleaseItem)
    # One piece of work is a masklet, or an answer task: its submission may be of its review in one of the two.
    same_work = and_(
        or_(
            and_(mine.masklet_id.is_not(None), mine.masklet_id == theirs.masklet_id),
            and_(mine.masklet_id.is_(None), mine.task_id == theirs.task_id),
        )
    )
    joined = (
        select(
            mine.task_id,
            mine.masklet_id,
            mine.segment_id,
            case(
                (theirs.release_id.is_(None), "added"),
                (mine.submission_id != theirs.submission_id, "changed"),
                else_="same",
            ).label("how"),
        )
        .select_from(mine)
        .outerjoin(theirs, and_(theirs.release_id == other.id, same_work))
        .where(mine.release_id == release.id)
    )
    gone = (
        select(theirs.task_id, theirs.masklet_id, theirs.segment_id, literal("removed").label("how"))
        .select_from(theirs)
        .outerjoin(mine, and_(mine.release_id == release.id, same_work))
        .where(theirs.release_id == other.id, mine.release_id.is_(None))
    )
    whole = joined.union_all(gone).subquery()
    grouped = session.execute(select(whole.c.how, func.count().label("number")).group_by(whole.c.how))
    counts: dict[str, int] = {row.how: row.number for row in grouped}
    rows = session.execute(
        select(whole).where(whole.c.how != "same").order_by(whole.c.how, whole.c.task_id).limit(limit)
    )
    return ReleaseDiff(
        added=counts.get("added", 0),
        removed=counts.get("removed", 0),
        changed=counts.get("changed", 0),
        same=counts.get("same", 0),
        items=[
            DiffEntry(task_id=row.task_id, masklet_id=row.masklet_id, segment_id=row.segment_id, how=row.how)
            for row in rows
        ],
    )
