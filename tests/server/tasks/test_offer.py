"""What a person is offered: skills, caps, the task promised as the next one, the version of the guideline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from server.db import now
from server.jobs import enqueue
from server.tables.tasks import Task, TaskExclusion, TaskKind, TaskState
from tests.server.tasks.test_lease import take
from tests.server.world import World


def preload(world: World, who: str, *kinds: str) -> Any:
    answer = world[who].post(world.url("/tasks/preload"), json={"kinds": list(kinds)} if kinds else {})
    assert answer.status_code in (200, 204), answer.text
    return answer.json() if answer.status_code == 200 else None


def member(world: World, who: str, role: str = "annotator", **more: Any) -> None:
    url = world.url(f"/members/{world.users[who].id}")
    answer = world["lead"].put(url, json={"role": role, **more})
    assert answer.status_code == 200, answer.text


def hand_in(world: World, task: str, who: str) -> None:
    with world.parts.database.begin() as session:
        row = session.get_one(Task, UUID(task))
        row.state, row.submitted_by, row.submitted_at = TaskState.SUBMITTED, world.users[who].id, now()
        row.lease_user_id = row.lease_expires_at = None


def test_skills_of_a_task_and_of_a_kind(world: World) -> None:
    video = world.add_video()
    dance = world.add_task(video, skill="dance", priority=9)
    plain = world.add_task(video)
    verify = world.add_task(video, TaskKind.STC_VERIFY, priority=20)
    assert world["lead"].patch(world.url(), json={"kind_skills": {"stc_verify": "english"}}).status_code == 200
    member(world, "ben", skills=["dance", "english", "dance"])
    assert take(world, "ann") == str(plain), "neither the skilled task nor the skilled kind, whatever their priority"
    assert take(world, "cho") is None
    assert take(world, "ben") == str(verify)
    assert take(world, "ben", "stc_caption") == str(dance)
    lines = {e["kind"]: e["ready_for_me"] for e in world["cho"].get(world.url("/queue")).json()["items"]}
    assert lines["stc_caption"] == lines["stc_verify"] == 0
    members = world["lead"].get(world.url("/members")).json()["items"]
    assert [m["skills"] for m in members if m["user"]["name"] == "Ben"] == [["dance", "english"]]


def test_the_best_of_several_kinds_comes_first(world: World) -> None:
    video = world.add_video()
    caption, verify = world.add_task(video, priority=1), world.add_task(video, TaskKind.STC_VERIFY, priority=2)
    older = world.add_task(video, priority=1)
    assert [take(world, who) for who in ("ann", "ben", "cho")] == [str(verify), str(caption), str(older)]


def test_a_lead_may_give_a_task_to_somebody_without_the_skill(world: World) -> None:
    task = world.add_task(world.add_video(), skill="dance")
    body = {"task_ids": [str(task)], "verb": "assign", "assignee_id": str(world.users["ann"].id)}
    assert world["lead"].post(world.url("/tasks/bulk"), json=body).json()["changed"] == [str(task)]
    assert take(world, "ann") == str(task)


def test_caps_of_the_project_and_of_a_member(world: World) -> None:
    video = world.add_video()
    for kind in (TaskKind.STC_CAPTION, TaskKind.STC_VERIFY):
        for _ in range(6):
            world.add_task(video, kind)
    assert world["lead"].patch(world.url(), json={"cap_leases": 1, "cap_daily": 3}).status_code == 200
    first = take(world, "ann", "stc_caption")
    assert first is not None
    assert take(world, "ann", "stc_caption") == first, "what I hold is mine, cap or not"
    assert take(world, "ann", "stc_verify") is None
    member(world, "ann", cap_leases=2, cap_daily=None)
    second = take(world, "ann", "stc_verify")
    assert second is not None
    hand_in(world, first, "ann")
    third = take(world, "ann", "stc_caption")
    assert third is not None, "one done, two held: three"
    hand_in(world, third, "ann")
    assert take(world, "ann", "stc_caption") is None, "two done, one held: the day is full"
    assert preload(world, "ann", "stc_caption") is None
    caps = world["ann"].get(world.url("/queue")).json()["caps"]
    assert caps == {"leases": 1, "cap_leases": 2, "done": 2, "cap_daily": 3}
    assert world["lead"].patch(world.url(), json={"cap_daily": None}).json()["cap_daily"] is None
    assert take(world, "ann", "stc_caption") is not None
    refused = world["lead"].patch(world.url(), json={"cap_leases": 0})
    assert (refused.status_code, refused.json()["field"]) == (422, "cap_leases")


def test_yesterday_does_not_count(world: World) -> None:
    video = world.add_video()
    old, _ = world.add_task(video), world.add_task(video)
    world["lead"].patch(world.url(), json={"cap_daily": 1})
    assert take(world, "ann") == str(old)
    hand_in(world, str(old), "ann")
    assert take(world, "ann") is None
    with world.parts.database.begin() as session:
        session.execute(update(Task).where(Task.id == old).values(submitted_at=now() - timedelta(days=1)))
    assert take(world, "ann") is not None


def test_the_next_task_is_promised_and_then_given(world: World) -> None:
    video = world.add_video()
    first, second, third = (world.add_task(video) for _ in range(3))
    assert take(world, "ann") == str(first)
    promised = preload(world, "ann", "stc_caption")
    assert (promised["id"], promised["state"], promised["mine"]) == (str(second), "ready", False)
    assert preload(world, "ann")["id"] == str(second), "asked again: the same, not one more"
    assert take(world, "ben") == str(third), "promised to ann: nobody else gets it"
    urgent = world.add_task(video, priority=9)
    hand_in(world, str(first), "ann")
    assert take(world, "ann") == str(second), "what was preloaded is given, though something urgent came"
    kept = world.task(second)
    assert (kept.assignee_id, kept.reserved_until) == (None, None)
    assert world["ann"].post(f"/api/tasks/{second}/release").status_code == 204
    assert take(world, "cho") == str(urgent)
    assert take(world, "rhea") == str(second), "given back, it is for everybody again"


def test_a_promise_is_let_go_by_itself(world: World, run_jobs: Callable[..., int]) -> None:
    task = world.add_task(world.add_video())
    assert preload(world, "ann")["id"] == str(task)
    assert take(world, "ben") is None
    with world.parts.database.begin() as session:
        session.execute(update(Task).values(reserved_until=now() - timedelta(seconds=1)))
        enqueue(session, "reap_leases", {})
    run_jobs()
    assert take(world, "ben") == str(task)


def test_a_promise_of_another_kind_is_let_go(world: World) -> None:
    video = world.add_video()
    caption, verify = world.add_task(video), world.add_task(video, TaskKind.STC_VERIFY)
    assert preload(world, "ann", "stc_caption")["id"] == str(caption)
    assert preload(world, "ann", "stc_verify")["id"] == str(verify)
    assert take(world, "ben") == str(caption)


def test_what_is_kept_for_me_anyway_is_promised_as_it_is(world: World) -> None:
    task = world.add_task(world.add_video(), assignee_id=world.users["ann"].id)
    assert preload(world, "ann")["id"] == str(task)
    assert world.task(task).reserved_until is None, "a lead's assignment does not run out"


@pytest.mark.parametrize("why", ["excluded", "role", "archived", "foreign"])
def test_nothing_is_promised_that_would_not_be_given(world: World, why: str) -> None:
    video = world.add_video()
    task = world.add_task(video, TaskKind.STC_REVIEW if why == "role" else TaskKind.STC_CAPTION)
    if why == "excluded":
        with world.parts.database.begin() as session:
            session.add(TaskExclusion(task_id=task, user_id=world.users["ann"].id, why="did an earlier step"))
    if why == "archived":
        world["lead"].patch(world.url(), json={"archived": True})
    if why == "foreign":
        assert world["eve"].post(world.url("/tasks/preload"), json={}).status_code == 404
        return
    assert preload(world, "ann") is None


def test_begun_work_keeps_its_guideline(world: World) -> None:
    video = world.add_video()
    begun, fresh = world.add_task(video, priority=1), world.add_task(video)
    assert take(world, "ann") == str(begun)
    world["lead"].put(world.url("/guideline"), json={"text": "Version one."})
    assert world["ann"].post(f"/api/tasks/{begun}/release").status_code == 204
    again = world["ben"].post(world.url("/tasks/next"), json={}).json()
    assert (again["id"], again["guideline_version"], again["newest_guideline_version"]) == (str(begun), 0, 1)
    new = world["cho"].post(world.url("/tasks/next"), json={}).json()
    assert (new["id"], new["guideline_version"]) == (str(fresh), 1)
