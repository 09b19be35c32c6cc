"""The lead's list: every filter shows what it says, page by page, and reads an index in order, never the table."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from server.db import new_id, now
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo
from tests.server.world import MakeWorld, World

ROWS = 20_000


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


def test_no_filter_reads_the_table(make_world: MakeWorld) -> None:
    """PostgreSQL's plans, with statistics, on a table of two projects in which every filter finds much."""
    world = make_world()
    if world.parts.database.is_sqlite:
        return
    rows = fill(world, ROWS)
    other = make_world()
    with world.parts.database.begin() as session:
        for link in session.query(ProjectVideo).filter_by(project_id=world.project).all():
            session.add(
                ProjectVideo(project_id=other.project, video_id=link.video_id, name=link.name, added_by=link.added_by)
            )
        copies = [{**row, "id": new_id(), "project_id": other.project} for row in rows]
        session.execute(insert(Task), copies)
    engine = world.parts.database.engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE tasks"))
    middle = pages_cursor(world)
    for used in COMBINATIONS:
        filters = asked_of(rows[3], used)
        for cursor in (None, middle):
            for plan in plans(world, {**filters, **({"cursor": cursor} if cursor else {})}):
                assert "Seq Scan on tasks" not in plan, f"{filters} {cursor}\n{plan}"
                read = max(float(line.split("rows=")[2].split()[0]) for line in plan.splitlines() if "tasks" in line
                           and line.count("rows=") > 1 and "Scan" in line)  # fmt: skip
                assert read < ROWS / 5, f"{filters} reads {read} rows\n{plan}"


def pages_cursor(world: World) -> str:
    """The cursor in the middle of everything."""
    cursor = None
    for _ in range(3):
        params = {"limit": 200, **({"cursor": cursor} if cursor else {})}
        cursor = world["lead"].get(world.url("/tasks"), params=params).json()["next"]
    assert cursor is not None
    return str(cursor)


def plans(world: World, params: dict[str, str]) -> list[str]:
    """What PostgreSQL does, really, for each statement on tasks of one page of the list."""
    engine = world.parts.database.engine
    seen: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, sql: str, values: Any, *___: Any) -> None:
        if "FROM tasks" in sql and "tasks.id > " in sql + "tasks.id > " and "LIMIT" in sql:
            seen.append((sql, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert world["lead"].get(world.url("/tasks"), params=params).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert seen
    found = []
    with engine.connect() as connection:
        for sql, values in seen:
            lines = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", values)
            found.append("\n".join(str(row[0]) for row in lines))
    return found
