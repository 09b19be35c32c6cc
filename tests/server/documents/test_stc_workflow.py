"""An STC masklet over HTTP, from subject to review, by different people."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

import numpy as np
import pytest
from PIL import Image

from server.documents import sheet
from server.tables.tasks import Task
from tests.server.workflow import GRID, event, ok

TEAM = {"sue": "annotator", "cap": "annotator", "ver": "annotator", "rev": "reviewer", "lea": "lead"}


@pytest.fixture
def project(site, clips):
    project = site.project("stc", TEAM)
    site.video(project, clips[0])
    return project


def test_each_step_is_another_persons_and_the_last_one_accepts(site, project):
    subject_task, masklet = site.subject_done("sue", project)
    assert not site.has_work("sue", project, "stc_caption"), "nobody does two steps of one masklet"
    caption = site.lease("cap", project, "stc_caption")
    assert caption["masklet_id"] == masklet
    document = ok(site["cap"].get(f"/api/tasks/{caption['id']}/document"))
    assert document["body"]["events"] == {}
    site.submit("cap", caption["id"], [event("e1", 0, 2), event("e2", 3, GRID - 1, "It leaves to the right.")])
    for name in ("sue", "cap"):
        assert not site.has_work(name, project, "stc_verify")
    verify = site.lease("ver", project, "stc_verify")
    seeded = ok(site["ver"].get(f"/api/tasks/{verify['id']}/document"))
    assert set(seeded["body"]["events"]) == {"e1", "e2"}, "the verifier begins with the captions"
    site.save("ver", verify["id"], [event("e1", 0, 2, "The square moves slowly to the right.")])
    assert site.decide("ver", verify["id"])["state"] == "submitted"
    review = site.lease("rev", project, "stc_review")
    context = ok(site["rev"].get(f"/api/tasks/{review['id']}/context"))
    assert [step["kind"] for step in context["previous"]] == ["stc_subject", "stc_caption", "stc_verify"]
    assert [step["author_name"] for step in context["previous"]] == ["Sue", "Cap", "Ver"]
    assert context["previous"][0]["body"]["subjects"][masklet]["label"] == "square"
    assert site.decide("rev", review["id"], comment="Good.")["state"] == "accepted"
    states = {t["kind"]: t["state"] for t in ok(site["lea"].get(f"/api/projects/{project}/tasks"))["items"]}
    assert set(states.values()) == {"accepted"}, states
    reviews = ok(site["lea"].get(f"/api/projects/{project}/reviews"))["items"]
    assert [(r["kind"], r["verdict"], r["reviewer_name"]) for r in reviews] == [
        ("stc_verify", "accept", "Rev"),
        ("stc_caption", "accept", "Ver"),
    ]
    preview = ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))
    assert [preview[name] for name in ("videos", "masklets", "captions", "answers")] == [1, 1, 2, 0]
    assert ok(site["lea"].get(f"/api/tasks/{subject_task}"))["state"] == "accepted"


def test_the_other_subjects_events_are_told_unless_copies_are_still_made(site, project, parts):
    subject_task = site.lease("sue", project, "stc_subject")["id"]
    first, second = (site.follow("sue", subject_task, label=label) for label in ("square", "frame"))
    site.submit("sue", subject_task)
    cap, ver = (site.lease(name, project, "stc_caption") for name in ("cap", "ver"))
    assert {cap["masklet_id"], ver["masklet_id"]} == {first, second}

    def told(name, task):
        return ok(site[name].get(f"/api/tasks/{task['id']}/context"))["others"]

    assert [(o["masklet_id"], o["events"]) for o in told("cap", cap)] == [(ver["masklet_id"], [])], (
        "nothing is handed in"
    )
    site.submit("ver", ver["id"], [event("late", 3, GRID - 1, "It leaves."), event("soon", 0, 2, "It waits.")])
    assert [[e["id"] for e in other["events"]] for other in told("cap", cap)] == [["soon", "late"]]
    assert told("cap", cap)[0]["presence"] == [[0, 24]]
    assert told("sue", {"id": subject_task}) == [], "a subject task is about all of them"
    # A copy of the other one's captions that somebody is still to write: they must not have seen these.
    with parts.database.begin() as session:
        done = session.get_one(Task, UUID(ver["id"]))
        done.overlap_id = done.id
        session.add(
            Task(
                project_id=done.project_id, kind=done.kind, video_id=done.video_id, masklet_id=done.masklet_id,
                copy_number=1, overlap_id=done.id,
            )
        )  # fmt: skip
    assert [other["events"] for other in told("cap", cap)] == [[]]


def test_the_unsampled_share_is_accepted_by_policy(site, clips):
    project = site.project("stc", TEAM, review_share=0.0)
    site.video(project, clips[0])
    site.subject_done("sue", project)
    site.submit("cap", site.lease("cap", project, "stc_caption")["id"], [event("e1", 0, GRID - 1)])
    assert site.decide("ver", site.lease("ver", project, "stc_verify")["id"])["state"] == "accepted"
    assert not site.has_work("rev", project, "stc_review")
    newest = ok(site["lea"].get(f"/api/projects/{project}/reviews"))["items"][0]
    assert (newest["kind"], newest["reviewer_name"], newest["verdict"]) == ("stc_verify", None, "accept")


def test_a_return_goes_to_the_step_at_fault_and_back_up_again(site, project):
    site.subject_done("sue", project)
    caption = site.lease("cap", project, "stc_caption")["id"]
    site.submit("cap", caption, [event("e1", 0, GRID - 1)])
    verify = site.lease("ver", project, "stc_verify")["id"]
    returned = site.decide("ver", verify, "return", step="caption", reasons=["missing action"], comment="It turns.")
    assert returned["state"] == "blocked"
    again = site.lease("cap", project, "stc_caption")
    assert again["id"] == caption
    assert again["returns"] == 1
    assert (again["returned"]["step"], again["returned"]["reasons"]) == ("caption", ["missing action"])
    assert "e1" in ok(site["cap"].get(f"/api/tasks/{caption}/document"))["body"]["events"], "the draft is still there"
    site.submit("cap", caption, [event("e1", 0, 3, "It comes."), event("e2", 4, GRID - 1, "It turns.")])
    seeded = ok(site["ver"].get(f"/api/tasks/{site.lease('ver', project, 'stc_verify')['id']}/document"))
    assert seeded["body"]["events"]["e2"]["caption"] == "It turns.", "the verifier begins anew with the new captions"

    # To the subject step: the caption task waits until the masks are handed in again, and keeps its captions.
    site.decide("ver", verify, "return", step="subject", reasons=["mask leaks"])
    assert not site.has_work("cap", project, "stc_caption")
    subject = site.lease("sue", project, "stc_subject")
    assert subject["returned"]["reasons"] == ["mask leaks"]
    site.submit("sue", subject["id"])
    assert site.lease("cap", project, "stc_caption")["id"] == caption
    assert set(ok(site["cap"].get(f"/api/tasks/{caption}/document"))["body"]["events"]) == {"e1", "e2"}


def test_a_return_says_where_and_why(site, project):
    site.subject_done("sue", project)
    site.submit("cap", site.lease("cap", project, "stc_caption")["id"], [event("e1", 0, GRID - 1)])
    verify = site.lease("ver", project, "stc_verify")["id"]
    revision = ok(site["ver"].get(f"/api/tasks/{verify}/document"))["revision"]
    for body, field in (({}, "step"), ({"step": "moon"}, "step"), ({"step": "caption"}, "reasons")):
        refused = site["ver"].post(
            f"/api/tasks/{verify}/decision", json={"revision": revision, "verdict": "return", **body}
        )
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert site["ver"].post(f"/api/tasks/{verify}/submit", json={"revision": revision}).status_code == 409


def test_nobody_decides_on_their_own_work_even_as_an_admin(site, project, admin, parts):
    """The queue never offers it; if a task gets into an author's hands all the same, the decision is refused."""
    from sqlalchemy import update

    from server.db import now
    from server.tables.accounts import User
    from server.tables.tasks import Task, TaskState

    subject = ok(admin.post(f"/api/projects/{project}/tasks/next", json={"kinds": ["stc_subject"]}))["id"]
    site.people["admin"] = admin
    site.follow("admin", subject)
    site.submit("admin", subject)
    site.submit("cap", site.lease("cap", project, "stc_caption")["id"], [event("e1", 0, GRID - 1)])
    assert not site.has_work("admin", project, "stc_verify")
    tasks = ok(admin.get(f"/api/projects/{project}/tasks?kind=stc_verify"))["items"]
    with parts.database.begin() as session:
        me = session.query(User).filter_by(is_admin=True).one().id
        session.execute(update(Task).values(state=TaskState.LEASED, lease_user_id=me, lease_expires_at=now()))
    body = {"revision": 0, "verdict": "accept", "reasons": [], "comment": ""}
    ok(admin.get(f"/api/tasks/{tasks[0]['id']}/document"))
    refused = admin.post(f"/api/tasks/{tasks[0]['id']}/decision", json=body)
    assert (refused.status_code, refused.json()["type"]) == (403, "own_work")


def test_submit_names_every_problem_and_loses_nothing(site, project):
    site.subject_done("sue", project)
    task = site.lease("cap", project, "stc_caption")["id"]
    revision = site.save(
        "cap", task, [event("e1", 0, 2, "A [dog] and <|image|>"), event("e2", 2, 4, " "), event("e3", 5, GRID - 1)]
    )
    refused = site["cap"].post(f"/api/tasks/{task}/submit", json={"revision": revision})
    assert refused.status_code == 422
    assert {e["field"] for e in refused.json()["errors"]} == {
        "events.e1.caption",
        "events.e2.caption",
        "events.e2.grid_start",
    }
    assert {p["code"] for p in refused.json()["problems"]} == {"control_token", "bracket", "overlap", "empty"}
    document = ok(site["cap"].get(f"/api/tasks/{task}/document"))
    assert document["body"]["events"]["e1"]["caption"] == "A [dog] and <|image|>"
    assert {p["field"] for p in document["problems"]} >= {"events.e1.caption", "events.e2.grid_start"}
    assert ok(site["cap"].get(f"/api/tasks/{task}"))["state"] == "leased"


def test_subjects_without_a_finished_track_are_not_handed_in(site, project):
    task = site.lease("sue", project, "stc_subject")["id"]
    revision = ok(site["sue"].get(f"/api/tasks/{task}/document"))["revision"]
    refused = site["sue"].post(f"/api/tasks/{task}/submit", json={"revision": revision})
    assert refused.json()["errors"][0]["field"] == "subjects"
    masklet = ok(site["sue"].post(f"/api/tasks/{task}/masklets", json={"label": "square"}))["id"]
    refused = site["sue"].post(f"/api/tasks/{task}/submit", json={"revision": revision})
    assert refused.json()["errors"][0]["field"] == f"subjects.{masklet}.track"


def test_the_preview_is_what_the_trainer_reads(site, project):
    site.subject_done("sue", project)
    task = site.lease("cap", project, "stc_caption")["id"]
    site.save("cap", task, [event("e1", 0, 2), event("e2", 3, GRID - 1, "It leaves.")])
    preview = ok(site["cap"].get(f"/api/tasks/{task}/preview"))
    assert [s["task"] for s in preview["samples"]] == ["rcap", "rcap", "rtloc", "rtloc", "rdcap"]
    assert preview["samples"][-1]["answer"] == "[0, 9]: The square moves to the right.\n[13, 27]: It leaves."
    assert preview["frames"] == [int(k / (GRID / 32)) for k in range(GRID)]


def test_the_previews_pictures_are_the_models_frames_with_red_boxes(site, project, monkeypatch):
    subject = site.lease("sue", project, "stc_subject")["id"]
    assert site["sue"].get(f"/api/tasks/{subject}/preview.jpg").status_code == 404, "there is no one masklet here"
    ok(site["sue"].post(f"/api/tasks/{subject}/release"))
    site.subject_done("sue", project)
    task = site.lease("cap", project, "stc_caption")["id"]
    answer = site["cap"].get(f"/api/tasks/{task}/preview.jpg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    image = np.asarray(Image.open(BytesIO(answer.content)).convert("RGB")).astype(int)
    assert image.shape[1] == GRID * 160, "eight in a row at most, and this clip has fewer"
    red = (image[..., 0] > 150) & (image[..., 1] < 90) & (image[..., 2] < 90)
    frames = [red[:, place * 160 : (place + 1) * 160] for place in range(GRID)]
    assert all(frame.any() for frame in frames), "the square is visible on each frame, in its box"
    lefts = [int(np.argwhere(frame)[:, 1].min()) for frame in frames]
    assert lefts == sorted(lefts) and lefts[0] < lefts[-1], "the box goes with the square, to the right"
    again = site["cap"].get(f"/api/tasks/{task}/preview.jpg", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    monkeypatch.setattr(sheet, "WAITING", 0)
    waits = site["cap"].get(f"/api/tasks/{task}/preview.jpg")
    assert (waits.status_code, waits.json()["type"]) == (503, "sheets_wait")


def test_accepted_work_that_a_lead_opens_again_goes_all_the_way_once_more(site, project):
    site.masklet_done(project, ("sue", "cap", "ver", "rev"))
    subject = next(
        t for t in ok(site["lea"].get(f"/api/projects/{project}/tasks"))["items"] if t["kind"] == "stc_subject"
    )
    ok(site["lea"].post(f"/api/tasks/{subject['id']}/reopen"))
    assert ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))["masklets"] == 0
    assert not site.has_work("cap", project, "stc_caption"), "captions wait for the masks"
    again = site.lease("sue", project, "stc_subject")["id"]
    masklet = ok(site["sue"].get(f"/api/tasks/{again}/masklets"))["items"][0]
    ok(site["sue"].patch(f"/api/masklets/{masklet['id']}", json={"label": "grey square"}))
    site.submit("sue", again)
    caption = site.lease("cap", project, "stc_caption")["id"]
    assert "e1" in ok(site["cap"].get(f"/api/tasks/{caption}/document"))["body"]["events"], (
        "the captions are still there"
    )
    site.submit("cap", caption)
    site.decide("ver", site.lease("ver", project, "stc_verify")["id"])
    site.decide("rev", site.lease("rev", project, "stc_review")["id"])
    assert ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))["masklets"] == 1


def test_captions_that_a_lead_opens_again_leave_the_release_until_they_are_accepted_anew(site, project):
    site.masklet_done(project, ("sue", "cap", "ver", "rev"))
    rows = {t["kind"]: t for t in ok(site["lea"].get(f"/api/projects/{project}/tasks"))["items"]}
    body = {"task_ids": [rows["stc_caption"]["id"]], "verb": "reopen"}
    assert ok(site["lea"].post(f"/api/projects/{project}/tasks/bulk", json=body))["refused"] == []
    assert ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))["masklets"] == 0
    states = {t["kind"]: t["state"] for t in ok(site["lea"].get(f"/api/projects/{project}/tasks"))["items"]}
    assert states == {
        "stc_subject": "submitted",
        "stc_caption": "ready",
        "stc_verify": "blocked",
        "stc_review": "blocked",
    }
    caption = site.lease("cap", project, "stc_caption")["id"]
    site.submit("cap", caption, [event("e2", 3, 6, "It leaves quickly to the right.")])
    verify = site.lease("ver", project, "stc_verify")["id"]
    seen = ok(site["ver"].get(f"/api/tasks/{verify}/document"))["body"]["events"]
    assert seen["e2"]["caption"] == "It leaves quickly to the right."
    site.decide("ver", verify)
    site.decide("rev", site.lease("rev", project, "stc_review")["id"])
    assert ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))["masklets"] == 1
    states = {t["kind"]: t["state"] for t in ok(site["lea"].get(f"/api/projects/{project}/tasks"))["items"]}
    assert set(states.values()) == {"accepted"}


def test_a_video_that_is_set_aside_is_left_out_of_releases(site, project):
    site.masklet_done(project, ("sue", "cap", "ver", "rev"))
    video = ok(site["lea"].get(f"/api/projects/{project}/videos"))["items"][0]["id"]
    ok(site["lea"].put(f"/api/projects/{project}/videos/{video}/flag", json={"reason": "Too dark."}))
    assert ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))["masklets"] == 0
    ok(site["lea"].delete(f"/api/projects/{project}/videos/{video}/flag"))
    assert ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))["masklets"] == 1
