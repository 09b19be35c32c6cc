"""Pages of a million tasks: the answer time (p95) of the last pages against the first ones, on the lead's own listing.

A list that is paged by offset reads all that it skips; ours begins by a comparison of keys, so depth must cost nothing.
Both rates are one by the p95 of a page of 50, read as the route reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import quantiles
from time import perf_counter
from uuid import UUID

from sqlalchemy import select

from server.db import cursor_of
from server.tables.tasks import Task
from server.tasks.listing import Filter, list_tasks
from server.tasks.read import task_rows
from tests.bench.collection import Collection, collection
from tests.bench.measure import Measure

GOAL = 0.8
TASKS = 1_000_000
PAGES = 400
LIMIT = 50


def run() -> Iterator[Measure]:
    """First and last pages in turns."""
    with collection(people=10, tasks=TASKS) as made:
        with made.database.read() as session:
            last = session.scalars(select(Task.id).order_by(Task.id.desc()).offset(PAGES * LIMIT).limit(1)).one()
        first: list[float] = []
        deep: list[float] = []
        _walk(made, None, 50)
        for _ in range(4):
            first += _walk(made, None, PAGES // 4)
            deep += _walk(made, last, PAGES // 4)
        yield Measure("listing", GOAL, 1 / quantiles(deep, n=20)[18], 1 / quantiles(first, n=20)[18], "pages/s")


def _walk(made: Collection, after: UUID | None, pages: int) -> list[float]:
    """Seconds of each of some pages in a row."""
    taken: list[float] = []
    cursor = None if after is None else cursor_of([after])
    for _ in range(pages):
        began = perf_counter()
        with made.database.read() as session:
            rows, cursor = list_tasks(session, made.project, Filter(), cursor=cursor, limit=LIMIT)
            assert len(task_rows(session, made.project, rows)) == LIMIT
        taken.append(perf_counter() - began)
    return taken
