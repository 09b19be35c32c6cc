"""What moves tasks along: submit, accept, return, block, follow-ups, and the first tasks of a project."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from server.tables.tasks import Task, TaskExclusion, TaskKind, TaskState
from server.tables.videos import Question, QuestionState, Segment
from server.tasks import steps
from server.tasks.errors import LeaseLost, TaskAlreadySubmitted, TaskNotReady
from server.tasks.open import open_tasks
from tests.server.world import MakeWorld, World


def leased(world: World, who: str = "ann", kind: TaskKind = TaskKind.STC_CAPTION) -> Task:
    world.add_task(world.add_video(), kind)
    answer = world[who].post(world.url("/tasks/next"), json={})
    with world.parts.database.read() as session:
        return session.get_one(Task, UUID(answer.json()["id"]))


def test_submit_accept_return(world: World) -> None:
    task = leased(world)
    ann, ben = world.users["ann"], world.users["ben"]
    with world.parts.database.begin() as session:
        row = session.get_one(Task, task.id)
        with pytest.raises(LeaseLost):
            steps.submit_task(session, row, ben)
        with pytest.raises(TaskNotReady):
            steps.accept_task(session, row)
        steps.submit_task(session, row, ann)
        assert (row.state, row.submitted_by, row.lease_user_id) == (TaskState.SUBMITTED, ann.id, None)
        with pytest.raises(TaskAlreadySubmitted):
            steps.submit_task(session, row, ann)
        steps.accept_task(session, row)
        steps.return_task(session, row, by=ben, step="caption", reasons=["boundary"], comment="too late")
    shown = world["ann"].get(f"/api/tasks/{task.id}").json()
    assert shown["state"] == "ready"
    assert shown["returns"] == 1
    said = shown["returned"]
    assert (said["by_name"], said["step"], said["reasons"], said["comment"]) == (
        "Ben", "caption", ["boundary"], "too late",
    )  # fmt: skip
    assert world["ben"].post(world.url("/tasks/next"), json={}).status_code == 204
    assert world["ann"].post(world.url("/tasks/next"), json={}).json()["id"] == str(task.id)


def test_returned_to_somebody_who_left_is_open_for_all(world: World) -> None:
    task = leased(world)
    with world.parts.database.begin() as session:
        row = session.get_one(Task, task.id)
        steps.submit_task(session, row, world.users["ann"])
        session.merge(world.users["ann"]).active = False
        session.flush()
        steps.return_task(session, row)
        assert row.assignee_id is None


def test_block_and_ready_keep_the_work(world: World) -> None:
    task = leased(world)
    with world.parts.database.begin() as session:
        row = session.get_one(Task, task.id)
        steps.block_task(session, row)
        assert (row.state, row.lease_user_id) == (TaskState.BLOCKED, None)
        steps.ready_task(session, row, assignee=world.users["ann"].id)
        assert (row.state, row.assignee_id) == (TaskState.READY, world.users["ann"].id)
        steps.close_task(session, row)
        with pytest.raises(TaskNotReady):
            steps.ready_task(session, row)


def test_follow_up_excludes_and_exists_once(world: World) -> None:
    from server.db import new_id

    task = leased(world)
    masklet_id = new_id()
    ann, ben = world.users["ann"].id, world.users["ben"].id
    with world.parts.database.begin() as session:
        first = session.get_one(Task, task.id)
        made = steps.open_follow_up(
            session,
            TaskKind.STC_VERIFY,
            after=first,
            exclude_users=[ann, ben, ann],
            target=first,
            masklet_id=masklet_id,
        )
        made.state = TaskState.BLOCKED
        again = steps.open_follow_up(
            session, TaskKind.STC_VERIFY, after=first, exclude_users=[ann], masklet_id=masklet_id
        )
        assert again.id == made.id
        assert again.state == TaskState.READY
        assert again.target_task_id == first.id
        excluded = session.scalars(select(TaskExclusion.user_id).where(TaskExclusion.task_id == made.id)).all()
        assert sorted(excluded) == sorted([ann, ben])
        assert set(steps.steps_of_masklet(session, masklet_id)) == {TaskKind.STC_VERIFY}
    assert world["ben"].post(world.url("/tasks/next"), json={"kinds": ["stc_verify"]}).status_code == 204
    assert world["cho"].post(world.url("/tasks/next"), json={"kinds": ["stc_verify"]}).json()["id"] == str(made.id)


def test_first_tasks_open_once(make_world: MakeWorld, run_jobs: Callable[..., int]) -> None:
    stc, fgqa = make_world(), make_world("fgqa")
    video, seen = stc.add_video(), fgqa.add_video("b.mp4")
    asked, unasked, closed = (_segment(fgqa, seen, q) for q in (["open"], [], ["closed"]))
    for _ in range(2):
        with stc.parts.database.begin() as session:
            opened = open_tasks(session, project_id=stc.project) + open_tasks(session, project_id=fgqa.project)
    assert opened == 0, "the second time there is nothing to add"
    with stc.parts.database.read() as session:
        tasks = session.scalars(select(Task).order_by(Task.id)).all()
    assert [(t.kind, t.video_id, t.segment_id) for t in tasks if t.project_id == stc.project] == [
        (TaskKind.STC_SUBJECT, video, None)
    ]
    assert [(t.kind, t.segment_id) for t in tasks if t.project_id == fgqa.project] == [(TaskKind.FGQA_ANSWER, asked)]
    assert unasked != closed


def _segment(world: World, video: object, states: list[str]) -> object:
    with world.parts.database.begin() as session:
        segment = Segment(project_id=world.project, video_id=video, picture_start=0, picture_end=9)
        session.add(segment)
        session.flush()
        for state in states:
            session.add(Question(segment_id=segment.id, text="What?", q_type="Other", state=QuestionState(state)))
    return segment.id
