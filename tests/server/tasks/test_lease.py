"""The lease: who gets what, nobody gets the same, and what becomes of what is not finished."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, update

from server.db import now
from server.jobs import enqueue
from server.tables.jobs import Job
from server.tables.projects import Project
from server.tables.tasks import Task, TaskExclusion, TaskKind, TaskState
from server.tasks import lease
from server.tasks.read import kinds_for
from tests.server.world import MakeWorld, World


def take(world: World, who: str, *kinds: str) -> str | None:
    answer = world[who].post(world.url("/tasks/next"), json={"kinds": list(kinds)} if kinds else {})
    assert answer.status_code in (200, 204), answer.text
    return answer.json()["id"] if answer.status_code == 200 else None


def test_mine_comes_back_first(world: World) -> None:
    video = world.add_video()
    first, second = (world.add_task(video) for _ in range(2))
    assert take(world, "ann") == str(first)
    assert take(world, "ann") == str(first)
    assert take(world, "ben") == str(second)
    assert take(world, "cho") is None
    task = world["ann"].get(f"/api/tasks/{first}").json()
    assert task["mine"] is True
    assert task["state"] == "leased"
    assert task["video_name"] == "a.mp4"
    assert world["ben"].get(f"/api/tasks/{first}").json()["mine"] is False


def test_priority_then_age(world: World) -> None:
    video = world.add_video()
    old, new, urgent = world.add_task(video), world.add_task(video), world.add_task(video, priority=5)
    assert [take(world, who) for who in ("ann", "ben", "cho")] == [str(urgent), str(old), str(new)]


def test_reserved_and_excluded(world: World) -> None:
    video = world.add_video()
    anns, bens = world.users["ann"].id, world.users["ben"].id
    reserved = world.add_task(video, assignee_id=anns)
    open_one = world.add_task(video, priority=9)
    with world.parts.database.begin() as session:
        session.add(TaskExclusion(task_id=open_one, user_id=bens, why="did an earlier step"))
    assert take(world, "ben") is None
    assert take(world, "ann") == str(reserved), "what is kept for me comes before what is urgent"
    assert take(world, "cho") == str(open_one)


def test_reviews_need_a_reviewer(world: World) -> None:
    task = world.add_task(world.add_video(), TaskKind.STC_REVIEW)
    assert take(world, "ann") is None
    assert take(world, "ann", "stc_review") is None
    assert take(world, "rhea") == str(task)


@pytest.mark.parametrize("state", ["blocked", "submitted", "accepted", "closed"])
def test_only_ready_tasks(world: World, state: str) -> None:
    world.add_task(world.add_video(), state=TaskState(state))
    assert take(world, "ann") is None


def test_other_projects_are_not_mixed(make_world: MakeWorld) -> None:
    one, two = make_world(), make_world("fgqa")
    task = one.add_task(one.add_video())
    assert take(two, "ann") is None
    assert take(one, "ann") == str(task)
    assert one["eve"].post(one.url("/tasks/next"), json={}).status_code == 404


def test_archived_projects_give_nothing(world: World) -> None:
    world.add_task(world.add_video())
    assert world["lead"].patch(world.url(), json={"archived": True}).status_code == 200
    assert take(world, "ann") is None


def test_nobody_gets_the_same(world: World) -> None:
    """Many at once, on threads: each task is leased to one person, and nobody holds two."""
    video, count = world.add_video(), 40
    tasks = {world.add_task(video) for _ in range(count)}
    with world.parts.database.read() as session:
        project = session.get_one(Project, world.project)
    people = [world.users[name] for name in ("ann", "ben", "cho", "rhea")]
    kinds = [TaskKind.STC_CAPTION]
    taken: list[tuple[UUID, UUID]] = []
    begin = threading.Barrier(8)

    def work(number: int) -> None:
        user = people[number % len(people)]  # two threads for each person: two open tabs
        begin.wait()
        for _ in range(count):
            with world.parts.database.begin() as session:
                task = lease.lease_next(session, project, user, kinds)
                if task is None:
                    return
                # Handed in within the same transaction, so the other tab does not get it back.
                task.state, task.lease_user_id = TaskState.SUBMITTED, None
                taken.append((task.id, user.id))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ids = [task for task, _ in taken]
    assert len(ids) == len(set(ids)), "leased twice"
    assert set(ids) == tasks


def test_two_tabs_get_one_task(world: World) -> None:
    video = world.add_video()
    for _ in range(10):
        world.add_task(video)
    with world.parts.database.read() as session:
        project = session.get_one(Project, world.project)
    got: list[UUID] = []
    begin = threading.Barrier(6)

    def tab() -> None:
        begin.wait()
        with world.parts.database.begin() as session:
            task = lease.lease_next(session, project, world.users["ann"], [TaskKind.STC_CAPTION])
            assert task is not None
            got.append(task.id)

    threads = [threading.Thread(target=tab) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 6
    assert len(set(got)) == 1


def test_the_lease_uses_the_partial_index(world: World) -> None:
    """A plan that reads all tasks is fast in tests and slow with a million rows."""
    world.add_task(world.add_video())
    seen: list[tuple[str, Any]] = []
    engine = world.parts.database.engine
    with world.parts.database.begin() as session:
        project = session.get_one(Project, world.project)

        @event.listens_for(engine, "before_cursor_execute")
        def _note(_: Any, __: Any, sql: str, values: Any, *___: Any) -> None:
            seen.append((sql, values))

        assert lease.lease_next(session, project, world.users["ann"], [TaskKind.STC_CAPTION]) is not None
        event.remove(engine, "before_cursor_execute", _note)
        sql, values = next((s, v) for s, v in seen if s.startswith("UPDATE tasks") and "assignee_id IS NULL" in s)
        assert "state = 'ready'" in sql
        if world.parts.database.is_sqlite:
            rows = [str(r) for r in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            for index in ("ix_tasks_held_by", "ix_tasks_assigned", "ix_tasks_lane"):
                assert any(index in row for row in rows), rows
            wide = [row for row in rows if "ix_tasks_listed" in row or "'SCAN " in row]
            assert not wide, "reads only what concerns this person"
        else:
            assert "SKIP LOCKED" in sql


def test_heartbeat_release_skip(world: World) -> None:
    task = world.add_task(world.add_video())
    take(world, "ann")
    before = world.task(task).lease_expires_at
    assert before is not None
    with world.parts.database.begin() as session:
        session.execute(update(Task).where(Task.id == task).values(lease_expires_at=now() + timedelta(seconds=5)))
    beat = world["ann"].post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": 12.5})
    assert beat.status_code == 200, beat.text
    world["ann"].post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": 10})
    kept = world.task(task)
    assert kept.lease_expires_at is not None
    assert kept.lease_expires_at >= before
    assert kept.active_seconds == 22.5
    assert world["ben"].post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": 1}).status_code == 409
    assert world["ann"].post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": -1}).status_code == 422
    assert world["ann"].post(f"/api/tasks/{task}/release").status_code == 204
    assert world["ann"].post(f"/api/tasks/{task}/release").status_code == 409
    assert take(world, "ann") == str(task)
    assert world["ann"].post(f"/api/tasks/{task}/skip", json={"reason": "too dark"}).status_code == 204
    assert take(world, "ann") is None
    assert take(world, "ben") == str(task)


def test_expired_leases_come_back(world: World, run_jobs: Callable[..., int]) -> None:
    task = world.add_task(world.add_video())
    take(world, "ann")
    with world.parts.database.begin() as session:
        asked = session.scalars(select(Job).where(Job.kind == "reap_leases")).one()
        assert asked.run_after > now() + timedelta(minutes=29)
        asked.run_after = now()
    run_jobs()
    assert world.task(task).state == TaskState.LEASED, "not expired yet"
    with world.parts.database.begin() as session:
        session.execute(update(Task).where(Task.id == task).values(lease_expires_at=now() - timedelta(seconds=1)))
    world["ann"].post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": 1})
    assert world.task(task).state == TaskState.LEASED, "late, but nobody else took it: it is still mine"
    with world.parts.database.begin() as session:
        session.execute(update(Task).where(Task.id == task).values(lease_expires_at=now() - timedelta(seconds=1)))
        enqueue(session, "reap_leases", {})
    run_jobs()
    assert world.task(task).state == TaskState.READY
    assert world["ann"].post(f"/api/tasks/{task}/heartbeat", json={}).json()["type"] == "lease_lost"
    assert take(world, "ben") == str(task)


def test_leaving_returns_what_is_held(world: World, run_jobs: Callable[..., int]) -> None:
    video = world.add_video()
    held, kept = world.add_task(video), world.add_task(video, assignee_id=world.users["ann"].id, priority=-1)
    take(world, "ben")
    take(world, "ann")
    assert world["lead"].delete(world.url(f"/members/{world.users['ann'].id}")).status_code == 204
    run_jobs()
    assert world.task(kept).state == TaskState.READY
    assert world.task(kept).assignee_id is None
    assert world.task(held).lease_user_id == world.users["ben"].id
    assert world["ann"].get(f"/api/tasks/{kept}").status_code == 404


def test_queue(world: World) -> None:
    video = world.add_video()
    for _ in range(3):
        world.add_task(video)
    world.add_task(video, TaskKind.STC_REVIEW)
    mine = take(world, "ann")
    queue = {entry["kind"]: entry for entry in world["ann"].get(world.url("/queue")).json()["items"]}
    assert list(queue) == ["stc_subject", "stc_caption", "stc_verify"]
    assert queue["stc_caption"]["ready_for_me"] == 2
    assert queue["stc_caption"]["leased_by_me"]["id"] == mine
    assert queue["stc_caption"]["done_today"] == 0
    assert "stc_review" in [e["kind"] for e in world["rhea"].get(world.url("/queue")).json()["items"]]


def test_kinds_follow_project_and_role(make_world: MakeWorld) -> None:
    from server.tables.projects import Role

    world = make_world("fgqa")
    with world.parts.database.read() as session:
        project = session.get_one(Project, world.project)
    assert kinds_for(project, Role.ANNOTATOR) == [TaskKind.FGQA_ANSWER]
    assert kinds_for(project, Role.LEAD) == [TaskKind.FGQA_ANSWER, TaskKind.FGQA_REVIEW]


def test_what_a_lead_does(world: World) -> None:
    video = world.add_video()
    task = world.add_task(video)
    take(world, "ann")
    rows = world["lead"].get(world.url("/tasks"), params={"state": "leased"}).json()["items"]
    assert [(r["id"], r["holder"]["name"]) for r in rows] == [(str(task), "Ann")]
    assert world["ann"].get(world.url("/tasks")).status_code == 403
    assert world["ann"].post(f"/api/tasks/{task}/take-back").status_code == 403
    assert world["lead"].post(f"/api/tasks/{task}/reopen").status_code == 409
    back = world["lead"].post(f"/api/tasks/{task}/take-back")
    assert back.json()["state"] == "ready"
    assert world["ann"].post(f"/api/tasks/{task}/heartbeat", json={}).status_code == 409
    with world.parts.database.begin() as session:
        row = session.get_one(Task, task)
        row.state, row.submitted_by, row.submitted_at = TaskState.ACCEPTED, world.users["ann"].id, now()
    opened = world["lead"].post(f"/api/tasks/{task}/reopen").json()
    assert (opened["state"], opened["returns"]) == ("ready", 1)
    assert opened["returned"]["by_name"] == "Lead"
    assert take(world, "ben") is None
    assert take(world, "ann") == str(task)


def test_pages_of_the_list(world: World) -> None:
    video = world.add_video()
    made = [str(world.add_task(video)) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = world["lead"].get(world.url("/tasks"), params=params).json()
        seen += [row["id"] for row in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == made
