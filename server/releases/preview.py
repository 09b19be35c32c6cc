"""What a rule would give now, counted before anything is built: rows by kind and type, and work that breaks a rule."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from time import monotonic
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from anyio import CapacityLimiter
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from annotator.quality.text import is_out_of_frame
from server.releases.errors import PreviewsWait
from server.releases.load import MaskletWork, Work, load
from server.releases.rows import answers_of, takes_masklet, text_faults
from server.releases.rule import Rule
from server.releases.schemas import PreviewProblem, ReleasePreviewOut
from server.releases.select import chosen, in_order, item_of
from server.tables.projects import Project
from server.tables.releases import SplitAssignment

BATCH = 500
READ = 20_000
"""Items whose documents are read; of more, rows are estimated from so many."""
SECONDS = 3.0
"""After which no further documents are read, and rows are estimated as well: somebody waits, and so do others."""
SHOWN = 50
AT_ONCE = 1
"""Previews that one process makes at the same time: each holds a connection, and reads as fast as it can."""
WAITING = 8

_places: WeakKeyDictionary[asyncio.AbstractEventLoop, CapacityLimiter] = WeakKeyDictionary()


async def look_in_turn(look: Callable[[], Awaitable[ReleasePreviewOut]]) -> ReleasePreviewOut:
    """What `look` finds, AT_ONCE at the same time; whoever waits holds no connection. PreviewsWait for too many."""
    places = _places.setdefault(asyncio.get_running_loop(), CapacityLimiter(AT_ONCE))
    if places.statistics().tasks_waiting >= WAITING:
        raise PreviewsWait
    async with places:
        return await look()


def preview(session: Session, project: Project, rule: Rule, since_id: UUID | None = None) -> ReleasePreviewOut:
    """How much a release would hold now."""
    items = chosen(project, rule, since_id)
    total = session.scalar(select(func.count()).select_from(items)) or 0
    splits = {
        split.value if split else "new": count
        for split, count in session.execute(
            select(SplitAssignment.split, func.count(items.c.video_id.distinct()))
            .select_from(items)
            .outerjoin(SplitAssignment, SplitAssignment.video_id == items.c.video_id)
            .group_by(SplitAssignment.split)
        )
    }
    counts: Counter[str] = Counter()
    types: Counter[str] = Counter()
    videos: set[UUID] = set()
    problems: list[PreviewProblem] = []
    read, until = 0, monotonic() + SECONDS
    for work in islice(_works(session, project, in_order(items)), READ):
        if read % BATCH == 0 and read and monotonic() > until:
            break
        read += 1
        if isinstance(work, MaskletWork):
            if not takes_masklet(work, rule):
                continue
            captions = sum(not is_out_of_frame(event.caption) for event in work.body.events.values())
            counts.update({"masklets": 1, "captions": captions})
        else:
            answers = answers_of(work, rule)
            if not answers:
                continue
            counts["answers"] += len(answers)
            types.update(work.body.questions[key].q_type.value for key, _, _ in answers)
        videos.add(work.video.id)
        if found := text_faults(work, rule):
            counts["faulty"] += 1
            if len(problems) < SHOWN:
                problems.append(
                    PreviewProblem(
                        task_id=work.handed.task,
                        document_id=work.handed.document,
                        field=found[0].field,
                        code=found[0].code,
                        message=found[0].message,
                    )
                )
    more = total / read if read else 1.0
    exact = read == total
    return ReleasePreviewOut(
        documents=total,
        exact=exact,
        videos=len(videos) if exact else sum(splits.values()),
        masklets=round(counts["masklets"] * more),
        captions=round(counts["captions"] * more),
        answers=round(counts["answers"] * more),
        q_types={name: round(count * more) for name, count in types.most_common()},
        splits=splits,
        faulty=round(counts["faulty"] * more),
        problems=problems,
    )


def has_rows(session: Session, project: Project, rule: Rule, since_id: UUID | None = None) -> bool:
    """Whether the rule gives anything at all; after many items without a row, or a long time, it is left to the build:
    on SQLite, nobody else writes meanwhile."""
    until = monotonic() + SECONDS
    for read, work in enumerate(_works(session, project, select(chosen(project, rule, since_id)), first=20)):
        if takes_masklet(work, rule) if isinstance(work, MaskletWork) else answers_of(work, rule):
            return True
        if read >= READ or monotonic() > until:
            return True
    return False


def _works(session: Session, project: Project, items: Select[Any], first: int = BATCH) -> Iterator[Work]:
    """The works of the items, in their order."""
    rows = session.execute(items.execution_options(yield_per=first))
    for some in rows.partitions(first):
        yield from load(session, project.id, [item_of(row) for row in some])
