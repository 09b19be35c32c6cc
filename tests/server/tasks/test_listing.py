"""The lead's list: every filter shows what it says, page by page, and reads an index in order, never the table."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from server.db import cursor_of, new_id, now
from server.tables.projects import Project
from server.tables.tasks import Task, TaskKind, TaskState
from server.tasks.listing import Filter, list_tasks
from tests.server.world import MakeWorld, World

TIMES = 80


def pages(world: World, limit: int = 7, **filters: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {"limit": limit, **filters, **({"cursor": cursor} if cursor else {})}
        answer = world["lead"].get(world.url("/tasks"), params=params)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return rows


def fill(world: World, count: int) -> list[dict[str, Any]]:
    """Tasks of all states and kinds, of three people and four videos."""
    videos = [world.add_video(f"{n}.mp4") for n in range(4)]
    people = [world.users[name].id for name in ("ann", "ben", "cho")]
    states, kinds = list(TaskState), [TaskKind.STC_CAPTION, TaskKind.STC_VERIFY, TaskKind.STC_REVIEW]
    rows = []
    for n in range(count):
        state, person = states[n % 6], people[n % 3]
        rows.append({
            "id": new_id(), "project_id": world.project, "video_id": videos[n % 4], "kind": kinds[n // 6 % 3],
            "state": state, "priority": n % 5, "guideline_version": 0, "returns": 0, "active_seconds": 0.0,
            "lease_user_id": person if state == TaskState.LEASED else None,
            "lease_expires_at": now() if state == TaskState.LEASED else None,
            "assignee_id": person if state == TaskState.BLOCKED else None,
            "submitted_by": person if state in (TaskState.SUBMITTED, TaskState.ACCEPTED) else None,
            "submitted_at": now() if state in (TaskState.SUBMITTED, TaskState.ACCEPTED) else None,
        })  # fmt: skip
    with world.parts.database.begin() as session:
        session.execute(insert(Task), rows)
    return rows


COMBINATIONS = [
    dict(zip(("state", "kind", "person_id", "video_id"), chosen, strict=True))
    for chosen in product((False, True), repeat=4)
]


def asked_of(row: dict[str, Any], used: dict[str, bool]) -> dict[str, str]:
    """The filters that are used, with the values of a row."""
    values = {"state": row["state"].value, "kind": row["kind"].value, "video_id": str(row["video_id"])}
    values["person_id"] = str(row["lease_user_id"] or row["assignee_id"] or row["submitted_by"])
    return {name: values[name] for name, on in used.items() if on}


def test_every_filter_shows_what_it_says(world: World) -> None:
    rows = fill(world, 90)
    for used, one in product(COMBINATIONS, (rows[0], rows[2], rows[3])):
        filters = asked_of(one, used)
        shown = [row["id"] for row in pages(world, **filters)]
        expected = [str(row["id"]) for row in rows if _fits(row, filters)]
        assert shown == expected, filters
        assert str(one["id"]) in shown


def _fits(row: dict[str, Any], filters: dict[str, str]) -> bool:
    whose = row["lease_user_id"] or row["assignee_id"] or row["submitted_by"]
    values = {"state": row["state"].value, "kind": row["kind"].value, "person_id": str(whose),
              "video_id": str(row["video_id"])}  # fmt: skip
    return all(values[name] == value for name, value in filters.items())


@pytest.mark.parametrize("cursor", ["x", "WzFd", "W10", "bnVsbA"])
def test_a_foreign_cursor_is_refused(world: World, cursor: str) -> None:
    fill(world, 20)
    for filters in ({}, {"video_id": str(world.add_video())}):
        refused = world["lead"].get(world.url("/tasks"), params={"cursor": cursor, **filters})
        assert (refused.status_code, refused.json()["field"]) == (422, "cursor")


MANY = text("""
INSERT INTO tasks (id, project_id, kind, state, video_id, copy_number, skill, priority, guideline_version, returns,
    active_seconds, created_at, lease_user_id, lease_expires_at, assignee_id, submitted_by, submitted_at)
SELECT gen_random_uuid(), t.project_id, t.kind, t.state, t.video_id, 0, '', n, 0, 0, 0.0, now(), t.lease_user_id,
    t.lease_expires_at, t.assignee_id, t.submitted_by, t.submitted_at
FROM tasks t CROSS JOIN generate_series(1, :times) n
""")


def test_no_filter_reads_the_table(make_world: MakeWorld) -> None:
    """PostgreSQL's plans, with statistics, on a table of two projects in which every filter finds much."""
    world, other = make_world(), make_world()
    if world.parts.database.is_sqlite:
        return  # says nothing about rows; test_the_lease_uses_the_partial_index looks at its plans
    rows = fill(world, 180)
    with world.parts.database.begin() as session:
        copies = [{**row, "id": new_id(), "project_id": other.project} for row in rows]
        session.execute(insert(Task), copies)
        session.execute(MANY, {"times": TIMES})
    with world.parts.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE tasks"))
    with world.parts.database.read() as session:
        project = session.get_one(Project, world.project)
        middle = str(session.scalars(select(Task.id).order_by(Task.id).offset(180 * TIMES).limit(1)).one())
    for used, cursor in product(COMBINATIONS, (None, cursor_of([middle]))):
        plan = plan_of(world, project, Filter(**asked_of(rows[3], used)), cursor)
        assert "Seq Scan on tasks" not in plan, f"{used} {cursor}\n{plan}"
        read = max(float(found) for found in re.findall(r"on tasks.*actual.*rows=([0-9.]+)", plan))
        assert read < 180 * TIMES / 4, f"{used} {cursor} reads {read} rows\n{plan}"


def plan_of(world: World, project: Project, wanted: Filter, cursor: str | None) -> str:
    """What PostgreSQL does, really, to find the rows of one page."""
    engine = world.parts.database.engine
    seen: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, sql: str, values: Any, *___: Any) -> None:
        seen.append((sql, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        with world.parts.database.read() as session:
            rows, _ = list_tasks(session, project, wanted, cursor=cursor, limit=50)
            assert rows or cursor
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        lines = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) {seen[0][0]}", seen[0][1])
        return "\n".join(str(row[0]) for row in lines)
