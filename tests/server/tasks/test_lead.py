"""What leads do: one verb for many tasks, and videos that are set aside."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from server.access import Actor
from server.db import now
from server.tables.projects import Project
from server.tables.tasks import Task, TaskExclusion, TaskKind, TaskState
from server.tables.videos import Segment
from server.tasks.open import open_tasks
from server.tasks.read import find_task
from tests.server.tasks.test_lease import take
from tests.server.tasks.test_offer import preload
from tests.server.world import MakeWorld, World


def bulk(world: World, tasks: list[UUID], verb: str, who: str = "lead", **more: Any) -> Any:
    body = {"task_ids": [str(task) for task in tasks], "verb": verb, **more}
    return world[who].post(world.url("/tasks/bulk"), json=body)


def listen(world: World) -> list[tuple[str, dict[str, Any]]]:
    """What is told from now on."""
    heard: list[tuple[str, dict[str, Any]]] = []
    world.parts.database.info["publish"] = lambda topic, _name, data: heard.append((topic, data))
    return heard


def test_assign_and_reassign(world: World) -> None:
    video = world.add_video()
    fresh, held, done = (world.add_task(video) for _ in range(3))
    for _ in range(2):
        assert take(world, "ann") == str(fresh)
        world["ann"].post(f"/api/tasks/{fresh}/skip", json={"reason": "unclear"})
        assert take(world, "ann") == str(held)
        break
    with world.parts.database.begin() as session:
        session.get_one(Task, done).state = TaskState.SUBMITTED
    heard = listen(world)
    ben = str(world.users["ben"].id)
    answer = bulk(world, [fresh, held, done, held], "assign", assignee_id=ben).json()
    assert answer["changed"] == [str(fresh), str(held)]
    assert [(r["task_id"], "submitted" in r["why"]) for r in answer["refused"]] == [(str(done), True)]
    assert [(t, d["what"]) for t, d in heard if t.startswith("task:")] == [(f"task:{held}", "taken_back")]
    assert world["ann"].post(f"/api/tasks/{held}/heartbeat", json={}).json()["type"] == "lease_lost"
    assert take(world, "cho") is None
    assert take(world, "ben") == str(fresh)
    to_ann = bulk(world, [fresh], "assign", assignee_id=str(world.users["ann"].id)).json()
    assert "skipped" in to_ann["refused"][0]["why"], "who skipped it does not get it back"
    assert take(world, "ben") == str(fresh), "a refusal changes nothing"
    assert bulk(world, [fresh, held], "assign", assignee_id=None).json()["changed"] == [str(fresh), str(held)]
    assert world.task(fresh).lease_user_id is None
    assert take(world, "cho") == str(fresh)


def test_take_back_many(world: World) -> None:
    video = world.add_video()
    tasks = [world.add_task(video) for _ in range(3)]
    for who in ("ann", "ben"):
        take(world, who)
    assert preload(world, "ann")["id"] == str(tasks[2])
    assert bulk(world, tasks, "take_back").json()["changed"] == [str(task) for task in tasks]
    for task in tasks:
        row = world.task(task)
        assert (row.state, row.lease_user_id, row.assignee_id, row.reserved_until) == (
            TaskState.READY, None, None, None,
        )  # fmt: skip


def test_priority_and_skill(world: World) -> None:
    video = world.add_video()
    first, second, third = (world.add_task(video) for _ in range(3))
    assert bulk(world, [second, third], "priority", priority=5).json()["changed"] == [str(second), str(third)]
    assert bulk(world, [second], "skill", skill=" dance ").json()["refused"] == []
    assert world.task(second).skill == "dance"
    assert [take(world, who) for who in ("ann", "ben", "cho")] == [str(third), str(first), None]
    assert bulk(world, [second], "skill", skill="").json()["changed"] == [str(second)]
    assert take(world, "cho") == str(second)


def test_reopen_many(world: World) -> None:
    video = world.add_video()
    done, ready = world.add_task(video), world.add_task(video)
    with world.parts.database.begin() as session:
        row = session.get_one(Task, done)
        row.state, row.submitted_by, row.submitted_at = TaskState.SUBMITTED, world.users["ann"].id, now()
    answer = bulk(world, [ready, done], "reopen").json()
    assert (answer["changed"], [r["task_id"] for r in answer["refused"]]) == ([str(done)], [str(ready)])
    assert world.task(done).assignee_id == world.users["ann"].id


def test_roles_and_exclusions_hold_for_leads_too(world: World) -> None:
    video = world.add_video()
    review, caption = world.add_task(video, TaskKind.STC_REVIEW), world.add_task(video)
    with world.parts.database.begin() as session:
        session.add(TaskExclusion(task_id=caption, user_id=world.users["ben"].id, why="did an earlier step"))
    refused = bulk(world, [review, caption], "assign", assignee_id=str(world.users["ben"].id)).json()
    assert refused["changed"] == []
    assert ["reviewer" in refused["refused"][0]["why"], "earlier step" in refused["refused"][1]["why"]] == [True, True]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"verb": "assign"}, "body"),
        ({"verb": "priority"}, "body"),
        ({"verb": "priority", "priority": None}, "body"),
        ({"verb": "priority", "priority": 5000}, "priority"),
        ({"verb": "take_back", "priority": 5}, "body"),
        ({"verb": "burn"}, "verb"),
        ({"verb": "take_back", "task_ids": []}, "task_ids"),
        ({"verb": "assign", "assignee_id": "{eve}"}, "assignee_id"),
        ({"verb": "take_back", "task_ids": ["{task}", "{nowhere}"]}, "task_ids.1"),
        ({"verb": "take_back", "task_ids": ["{task}", "{foreign}"]}, "task_ids.1"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(make_world: MakeWorld, more: dict[str, Any], field: str) -> None:
    world, other = make_world(), make_world("fgqa")
    task = world.add_task(world.add_video())
    foreign = other.add_task(other.add_video("b.mp4"), TaskKind.FGQA_ANSWER)
    assert take(world, "ann") == str(task)
    names = {"{eve}": str(world.users["eve"].id), "{task}": str(task), "{nowhere}": str(uuid4()),
             "{foreign}": str(foreign)}  # fmt: skip
    body: dict[str, Any] = {"task_ids": [str(task)], **more}
    for key, value in body.items():
        body[key] = [names.get(v, v) for v in value] if isinstance(value, list) else names.get(value, value)
    refused = world["lead"].post(world.url("/tasks/bulk"), json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text
    assert world.task(task).lease_user_id == world.users["ann"].id
    assert world["rhea"].post(world.url("/tasks/bulk"), json=body).status_code in (403, 422)


def flag(world: World, video: UUID, reason: str = "Another film is inside.") -> Any:
    return world["lead"].put(world.url(f"/videos/{video}/flag"), json={"reason": reason})


def test_a_bad_video_is_set_aside_and_taken_up_again(world: World) -> None:
    video, good = world.add_video(), world.add_video("good.mp4")
    held, blocked = world.add_task(video, priority=2), world.add_task(video, state=TaskState.BLOCKED)
    done, promised = world.add_task(video, state=TaskState.ACCEPTED), world.add_task(video, priority=1)
    other = world.add_task(good)
    assert take(world, "ann") == str(held)
    assert preload(world, "ann")["id"] == str(promised)
    heard = listen(world)
    assert flag(world, video).json() == {"video_id": str(video), "reason": "Another film is inside.", "tasks": 3}
    told = {topic: data for topic, data in heard if topic.startswith("task:")}
    assert set(told) == {f"task:{held}"}, "who holds one is told"
    assert "Another film is inside." in told[f"task:{held}"]["why"]
    beat = world["ann"].post(f"/api/tasks/{held}/heartbeat", json={"active_seconds_delta": 1}).json()
    assert (beat["type"], "Another film is inside." in beat["detail"]) == ("lease_lost", True)
    shown = world["ann"].get(f"/api/tasks/{held}").json()
    assert (shown["state"], "Another film" in shown["closed_why"]) == ("closed", True)
    assert take(world, "ann") == str(other), "only the good video is left"
    assert world["lead"].post(f"/api/tasks/{held}/reopen").json()["type"] == "task_not_ready"
    assert world.task(done).state == TaskState.ACCEPTED
    assert flag(world, video, "Too dark.").json()["tasks"] == 0
    assert "Too dark." in (world.task(held).closed_why or "")
    back = world["lead"].delete(world.url(f"/videos/{video}/flag")).json()
    assert (back["reason"], back["tasks"]) == (None, 3)
    states = [world.task(task).state for task in (held, blocked, done, promised)]
    assert states == [TaskState.READY, TaskState.BLOCKED, TaskState.ACCEPTED, TaskState.READY]
    assert take(world, "ben") == str(held)


@pytest.mark.parametrize("verb", ["flag", "bulk"])
def test_who_changes_many_tasks_and_who_hands_in_do_not_wait_for_each_other(world: World, verb: str) -> None:
    """Handing in holds its task and then changes an earlier one; a lead locks the earlier one first, as all of them."""
    video = world.add_video()
    early, late = world.add_task(video), world.add_task(video)

    def lead() -> Any:
        return flag(world, video) if verb == "flag" else bulk(world, [early, late], "priority", priority=3)

    with ThreadPoolExecutor(1) as other:
        with world.parts.database.begin() as session:
            find_task(session, Actor(world.users["ann"], "session", frozenset()), late, steps=True)
            asked = other.submit(lead)
            with pytest.raises(TimeoutError):
                asked.result(0.7)
            session.get_one(Task, early).skill = "sports"
            session.flush()
        assert asked.result(60).status_code == 200
    task = world.task(early)
    assert (task.skill, task.state, task.priority) == (
        ("sports", TaskState.CLOSED, 0) if verb == "flag" else ("sports", TaskState.READY, 3)
    )


def test_a_video_that_is_set_aside_gets_no_new_tasks(make_world: MakeWorld) -> None:
    stc, fgqa = make_world(), make_world("fgqa")
    video, seen = stc.add_video(), fgqa.add_video("b.mp4")
    with stc.parts.database.begin() as session:
        session.add(Segment(project_id=fgqa.project, video_id=seen, picture_start=0, picture_end=5))
    flag(stc, video)
    flag(fgqa, seen)
    with stc.parts.database.begin() as session:
        assert open_tasks(session, project_id=stc.project) == open_tasks(session, project_id=fgqa.project) == 0
    stc["lead"].delete(stc.url(f"/videos/{video}/flag"))
    with stc.parts.database.begin() as session:
        assert open_tasks(session, project_id=stc.project) == 1


def test_flags_need_a_reason_and_a_video_of_the_project(world: World, make_world: MakeWorld) -> None:
    other = make_world("fgqa")
    foreign = other.add_video("b.mp4")
    refused = flag(world, world.add_video(), "  ")
    assert (refused.status_code, refused.json()["field"]) == (422, "reason")
    assert flag(world, foreign).status_code == flag(world, uuid4()).status_code == 404
    with world.parts.database.read() as session:
        assert session.scalars(select(Project.id)).all()


def test_the_list_shows_flags(world: World) -> None:
    video = world.add_video()
    flag(world, video, "Too dark.")
    rows = world["ann"].get(world.url("/videos")).json()["items"]
    assert [row["flag_reason"] for row in rows] == ["Too dark."]
