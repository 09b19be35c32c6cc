"""One order of locks for everybody who changes several tasks of a video: the video's row in the project, then tasks.

Handing in opens and blocks other steps, setting aside closes all of them, a lead changes many at once. Each would lock
tasks in an order of its own, and two of them would wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.tables.videos import ProjectVideo

AT_ONCE = 500
"""Parameters of one statement."""


Lock = Literal["beside", "alone"]
"""People hand in beside each other. Whoever changes tasks that may be anybody's is alone: they wait for those who hand
in, and have them wait."""


def flags_of(
    session: Session, project_id: UUID, video_ids: Collection[UUID], *, lock: Lock | None = None
) -> dict[UUID, str | None]:
    """What each of these videos is set aside for in the project, None for a good one; without those it does not have.

    `lock` comes before any lock of their tasks.
    """
    wanted = sorted(set(video_ids))  # one order for everybody
    found: dict[UUID, str | None] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        rows = (
            select(ProjectVideo.video_id, ProjectVideo.flag_reason)
            .where(ProjectVideo.project_id == project_id, ProjectVideo.video_id.in_(some))
            .order_by(ProjectVideo.video_id)
        )
        if lock is not None:
            rows = rows.with_for_update(read=lock == "beside")
        found |= {row.video_id: row.flag_reason for row in session.execute(rows)}
    return found
