"""Work that several people do independently: who gets a copy, what becomes of it, and what it never does."""

from __future__ import annotations

from sqlalchemy import select

from server.tables.tasks import Task, TaskState
from server.tasks.open import open_tasks
from tests.server.tasks.test_lead import bulk
from tests.server.tasks.test_lease import take
from tests.server.workflow import GRID, Site, event, ok
from tests.server.world import World

QUESTIONS = [{"text": "How does it move?", "q_type": "Movement Direction", "draft": None}]


def overlap(site: Site, project: str, share: float = 1.0, people: int = 2) -> None:
    ok(site.admin.patch(f"/api/projects/{project}", json={"overlap_share": share, "overlap_people": people}))


def test_copies_are_for_different_people(world: World) -> None:
    world["lead"].patch(world.url(), json={"overlap_share": 1, "overlap_people": 3})
    world.add_video()
    for expected in (1, 0):
        with world.parts.database.begin() as session:
            assert open_tasks(session, project_id=world.project) == expected, "safe to run again"
    with world.parts.database.read() as session:
        tasks = session.scalars(select(Task).order_by(Task.copy_number)).all()
    assert [t.copy_number for t in tasks] == [0, 1, 2]
    assert {t.overlap_id for t in tasks} == {tasks[0].id}
    first = take(world, "ann")
    assert take(world, "ann") == first
    with world.parts.database.begin() as session:
        row = session.get_one(Task, tasks[0].id)
        row.state, row.submitted_by, row.lease_user_id = TaskState.SUBMITTED, world.users["ann"].id, None
        row.lease_expires_at = None
    assert take(world, "ann") is None, "handed in one of them: no copy for me"
    refused = bulk(world, [tasks[1].id], "assign", assignee_id=str(world.users["ann"].id)).json()["refused"]
    assert "copies are for different people" in refused[0]["why"]
    got = [take(world, who) for who in ("ben", "cho", "rhea")]
    assert got == [str(tasks[1].id), str(tasks[2].id), None]


def test_a_share_is_drawn_by_the_task_alone(world: World) -> None:
    world["lead"].patch(world.url(), json={"overlap_share": 0.5})
    for number in range(40):
        world.add_video(f"{number}.mp4")
    with world.parts.database.begin() as session:
        open_tasks(session, project_id=world.project)
        tasks = session.scalars(select(Task)).all()
    copies = [t for t in tasks if t.copy_number]
    assert 5 < len(copies) < 35
    assert len(tasks) == 40 + len(copies)
    assert all((t.overlap_id == t.id) == any(c.overlap_id == t.id for c in copies) for t in tasks if not t.copy_number)


def test_captions_in_two_hands_are_released_once(site: Site, clips) -> None:  # type: ignore[no-untyped-def]
    people = {"sue": "annotator", "cap": "annotator", "cop": "annotator", "ver": "annotator", "lea": "lead"}
    project = site.project("stc", people, review_share=0.0)
    site.video(project, clips[0])
    site.lease("sue", project, "stc_subject")
    overlap(site, project)  # from here on: the captions
    site.subject_done("sue", project)
    assert not site.has_work("sue", project, "stc_caption"), "who chose the subject captions neither copy"
    first, second = site.lease("cap", project, "stc_caption")["id"], site.lease("cop", project, "stc_caption")["id"]
    assert first != second
    site.submit("cop", second, [event("x1", 0, GRID - 1, "It goes.")])
    assert ok(site["lea"].get(f"/api/tasks/{second}"))["state"] == "accepted", "a copy ends here"
    assert not site.has_work("ver", project, "stc_verify")
    site.submit("cap", first, [event("e1", 0, GRID - 1)])
    verify = site.lease("ver", project, "stc_verify")["id"]
    assert set(ok(site["ver"].get(f"/api/tasks/{verify}/document"))["body"]["events"]) == {"e1"}
    site.decide("ver", verify)
    preview = ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))
    assert (preview["masklets"], preview["captions"]) == (1, 1)


def test_answers_in_two_hands_get_the_same_questions(site: Site, clips) -> None:  # type: ignore[no-untyped-def]
    project = site.project("fgqa", {"ann": "annotator", "ben": "annotator", "lea": "lead"}, review_share=0.0)
    overlap(site, project)
    video = site.video(project, clips[0])
    site.segment(project, video["id"], QUESTIONS)
    first = site.lease("ann", project, "fgqa_answer")["id"]
    key = next(iter(ok(site["ann"].get(f"/api/tasks/{first}/document"))["body"]["questions"]))
    answer = {"id": key, "verdict": "write", "text": "It moves to the right."}
    from tests.server.workflow import operation

    site.submit("ann", first, [operation("answers", answer)])
    assert not site.has_work("ann", project, "fgqa_answer")
    second = site.lease("ben", project, "fgqa_answer")["id"]
    body = ok(site["ben"].get(f"/api/tasks/{second}/document"))["body"]
    assert set(body["questions"]) == {key}, "also when the first one has answered them already"
    site.submit("ben", second, [operation("answers", {**answer, "text": "To the left."})])
    preview = ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))
    assert preview["answers"] == 1
