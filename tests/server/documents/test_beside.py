"""Two documents of the same work beside each other: copies, what a verifier mended, tries, and who may look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.workflow import GRID, Site, answer, event, ok, operation

TEAM = {"sue": "annotator", "cap": "annotator", "cop": "reviewer", "ver": "annotator", "rev": "reviewer", "lea": "lead"}


def beside(site: Site, name: str, task: str, **chosen: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(site[name].get(f"/api/tasks/{task}/beside", params=chosen))
    return found


def whose(found: dict[str, Any]) -> list[tuple[str, int, str] | None]:
    sides = (found["left"], found["right"])
    return [side and (side["kind"], side["copy_number"], side["author_name"]) for side in sides]


@pytest.fixture
def project(site: Site, clips: Any) -> str:
    project = site.project("stc", TEAM)
    site.video(project, clips[0])
    return project


def test_two_peoples_captions_then_what_the_verifier_mended(site: Site, project: str) -> None:
    site.lease("sue", project, "stc_subject")
    # From here on, so that only the captions are done twice.
    ok(site.admin.patch(f"/api/projects/{project}", json={"overlap_share": 1, "overlap_people": 2}))
    subject, masklet = site.subject_done("sue", project)
    first, second = site.lease("cap", project, "stc_caption")["id"], site.lease("cop", project, "stc_caption")["id"]
    assert whose(beside(site, "lea", first)) == [None, None]
    site.submit("cap", first, [event("e1", 0, GRID - 1)])
    blind = site["cop"].get(f"/api/tasks/{first}/beside")
    assert blind.status_code == 403 and "copy of this work yourself" in blind.json()["detail"]
    assert site["cap"].get(f"/api/tasks/{first}/beside").status_code == 403, "reviewers and leads only"
    site.submit("cop", second, [event("x1", 0, 2, "It goes."), event("x2", 3, GRID - 1, "It has gone.")])

    for asked in (first, second):
        found = beside(site, "cop", asked)
        assert whose(found) == [("stc_caption", 0, "Cap"), ("stc_caption", 1, "Cop")]
        assert [len(found[side]["body"]["events"]) for side in ("left", "right")] == [1, 2]
        assert (found["picture_start"], found["picture_end"]) == (0, 24)
    masks = found["left"]["masks"]
    assert [(each["masklet_id"], each["label"]) for each in masks] == [(masklet, "square")]
    shown = site["cop"].get(f"/api/masklets/{masklet}/masks", params={"track": masks[0]["track_id"], "stop": 2})
    assert len(ok(shown)["frames"]) == 2

    verify = site.lease("ver", project, "stc_verify")["id"]
    site.save("ver", verify, [event("e1", 0, 3, "The square moves slowly."), event("e2", 4, GRID - 1, "It leaves.")])
    site.decide("ver", verify)
    found = beside(site, "rev", verify)
    assert whose(found) == [("stc_caption", 0, "Cap"), ("stc_verify", 0, "Ver")], "what was mended, not the other copy"
    assert [version["author_name"] for version in found["versions"]] == ["Cap", "Cop", "Ver"]
    ids = [version["id"] for version in found["versions"]]
    chosen = beside(site, "rev", first, left=ids[2], right=ids[1])
    assert whose(chosen) == [("stc_verify", 0, "Ver"), ("stc_caption", 1, "Cop")]
    subjects = beside(site, "rev", subject)
    assert whose(subjects) == [("stc_subject", 0, "Sue"), None]
    foreign = site["rev"].get(f"/api/tasks/{first}/beside", params={"left": subjects["versions"][0]["id"]})
    assert (foreign.status_code, foreign.json()["field"]) == (404, "left")


def test_answers_before_and_after_a_return_and_a_reviewers_own_hand(site: Site, clips: Any) -> None:
    project = site.project("fgqa", {"cap": "annotator", "rev": "reviewer", "lea": "lead"})
    video = site.video(project, clips[0])
    made = site.segment(project, video["id"], [{"text": "How does it move?", "q_type": "Movement Direction"}], 5, 20)
    key = made["questions"][0]["id"]
    task = site.lease("cap", project, "fgqa_answer")["id"]
    site.submit("cap", task, [answer(key, "write", "To the left.")])
    site.decide("rev", site.lease("rev", project, "fgqa_review")["id"], "return", reasons=["answer_wrong"])
    site.lease("cap", project, "fgqa_answer")
    site.submit("cap", task, [answer(key, "write", "To the right.")])
    texts = lambda found: [found[side]["body"]["answers"][key]["text"] for side in ("left", "right")]  # noqa: E731
    found = beside(site, "lea", task)
    assert texts(found) == ["To the left.", "To the right."]
    assert (found["picture_start"], found["picture_end"], found["left"]["masks"]) == (5, 20, [])
    review = site.lease("rev", project, "fgqa_review")["id"]
    mended = {"id": key, "verdict": "write", "text": "Slowly to the right."}
    site.save("rev", review, [operation("answers", mended)])
    site.decide("rev", review)
    assert texts(beside(site, "lea", review)) == ["To the right.", "Slowly to the right."]
