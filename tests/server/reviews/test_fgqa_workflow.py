"""FGQA over HTTP: verify, reject, write, correct, review; by different people."""

from __future__ import annotations

import pytest

from tests.server.workflow import answer, ok, operation

TEAM = {"ann": "annotator", "ben": "annotator", "rev": "reviewer", "lea": "lead"}
ASKED = [
    {"text": "How does it move?", "q_type": "Movement Direction", "draft": "To the right."},
    {"text": "What colour is it?", "q_type": "Object Attributes", "draft": "Blue."},
    {"text": "Who won in 1966?", "q_type": "Other", "draft": "England."},
    {"text": "How fast is it?", "q_type": "Speed/Force"},
]


@pytest.fixture
def asked(site, clips):
    """(project, ids of the four questions)."""
    project = site.project("fgqa", TEAM)
    video = site.video(project, clips[0])
    segment = site.segment(project, video["id"], ASKED)
    return project, [question["id"] for question in segment["questions"]]


def first_round(site, project, ids, name="ann"):
    """Accept the first draft, refuse the second as incorrect, drop the third, write the fourth, ask a fifth."""
    task = site.lease(name, project, "fgqa_answer")["id"]
    mine = {"id": "mine", "text": "Where does it end?", "q_type": "Object Location"}
    site.submit(
        name,
        task,
        [
            answer(ids[0], "accept"),
            answer(ids[1], "reject", "It is yellow.", "incorrect"),
            answer(ids[2], "reject", "Nothing of this is shown.", "irrelevant"),
            answer(ids[3], "write", "It moves one pixel a picture."),
            operation("questions", mine),
            answer("mine", "write", "At the right edge."),
        ],
    )
    return task


def test_the_document_begins_with_the_questions(site, asked):
    project, ids = asked
    task = site.lease("ann", project, "fgqa_answer")["id"]
    document = ok(site["ann"].get(f"/api/tasks/{task}/document"))
    assert list(document["body"]["questions"]) == ids
    assert {p["code"] for p in document["problems"]} == {"unanswered"}


def test_verdicts_close_questions_open_corrections_and_reach_the_release(site, asked):
    project, ids = asked
    first = first_round(site, project, ids)
    states = {
        q["id"]: q["state"]
        for s in ok(site["lea"].get(f"/api/projects/{project}/segments"))["items"]
        for q in s["questions"]
    }
    assert [states[i] for i in ids] == ["answered", "open", "closed", "answered"]
    assert not site.has_work("ann", project, "fgqa_answer"), "the correction is for another person"
    correction = site.lease("ben", project, "fgqa_answer")
    assert correction["target_task_id"] == first
    document = ok(site["ben"].get(f"/api/tasks/{correction['id']}/document"))
    assert list(document["body"]["questions"]) == [ids[1]]
    assert document["body"]["questions"][ids[1]]["draft"] is None, "the wrong draft is not shown again"
    site.submit("ben", correction["id"], [answer(ids[1], "write", "It is yellow.")])
    for _ in range(2):
        review = site.lease("rev", project, "fgqa_review")["id"]
        assert site.decide("rev", review)["state"] == "accepted"
    preview = ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))
    assert (preview["documents"], preview["videos"], preview["answers"]) == (2, 1, 4)


def test_a_review_returns_and_mends_in_place(site, asked):
    project, ids = asked
    first = first_round(site, project, ids)
    review = site.lease("rev", project, "fgqa_review")["id"]
    site.decide("rev", review, "return", reasons=["too short"], comment="Say where from.")
    again = site.lease("ann", project, "fgqa_answer")
    assert (again["id"], again["returned"]["by_name"], again["returned"]["comment"]) == (
        first,
        "Rev",
        "Say where from.",
    )
    # This time the second draft is taken: the correction that nobody began is not needed any more.
    site.submit("ann", first, [answer(ids[1], "accept"), answer(ids[0], "write", "From left to right.")])
    assert not site.has_work("ben", project, "fgqa_answer")
    assert site.lease("rev", project, "fgqa_review")["id"] == review
    body = ok(site["rev"].get(f"/api/tasks/{review}/document"))["body"]
    assert body["answers"][ids[0]]["text"] == "From left to right.", (
        "the review begins anew with what was handed in now"
    )
    site.save("rev", review, [answer(ids[3], "write", "A pixel a picture, evenly.")])
    site.decide("rev", review)
    context = ok(site["rev"].get(f"/api/tasks/{review}/context"))
    assert [r["verdict"] for r in context["reviews"]] == ["return", "accept"]
    assert ok(site["lea"].get(f"/api/projects/{project}/releases/preview"))["answers"] == 4


def test_the_author_never_gets_the_review(site, asked, admin):
    project, ids = asked
    site.people["rev2"] = admin
    first_round(site, project, ids, name="rev2")
    assert not site.has_work("rev2", project, "fgqa_review")
    assert site.has_work("rev", project, "fgqa_review")


def test_without_review_share_the_policy_accepts(site, clips):
    project = site.project("fgqa", TEAM, review_share=0.0)
    video = site.video(project, clips[0])
    ids = [q["id"] for q in site.segment(project, video["id"], ASKED[3:])["questions"]]
    task = site.lease("ann", project, "fgqa_answer")["id"]
    assert site.submit("ann", task, [answer(ids[0], "write", "Slowly.")])["state"] == "accepted"
    assert ok(site["lea"].get(f"/api/projects/{project}/reviews"))["items"][0]["reviewer_name"] is None


def test_unfinished_answers_are_named(site, asked):
    project, ids = asked
    task = site.lease("ann", project, "fgqa_answer")["id"]
    revision = site.save("ann", task, [answer(ids[0], "reject"), answer(ids[3], "write", "A <|image|>")])
    refused = site["ann"].post(f"/api/tasks/{task}/submit", json={"revision": revision})
    assert {e["field"] for e in refused.json()["errors"]} == {
        f"answers.{ids[0]}.reason",
        f"answers.{ids[1]}",
        f"answers.{ids[2]}",
        f"answers.{ids[3]}.text",
    }


def test_a_preview_of_answers(site, asked):
    project, ids = asked
    task = site.lease("ann", project, "fgqa_answer")["id"]
    site.save("ann", task, [answer(ids[0], "accept")])
    assert ok(site["ann"].get(f"/api/tasks/{task}/preview"))["samples"] == [
        {"task": "fgqa", "prompt": "How does it move?", "answer": "To the right."}
    ]


def test_a_review_that_a_lead_opens_again_takes_the_answers_out_of_the_release(site, asked):
    project, ids = asked
    task = site.lease("ann", project, "fgqa_answer")["id"]
    edits = [answer(ids[0], "accept"), answer(ids[1], "accept"), answer(ids[2], "accept")]
    site.submit("ann", task, [*edits, answer(ids[3], "write", "It moves one pixel a picture.")])
    review = site.lease("rev", project, "fgqa_review")["id"]
    site.decide("rev", review)
    preview = f"/api/projects/{project}/releases/preview"
    assert ok(site["lea"].get(preview))["answers"] == 4
    ok(site["lea"].post(f"/api/tasks/{review}/reopen"))
    assert ok(site["lea"].get(preview))["answers"] == 0, "what is not accepted any more is not released"
    site.decide("rev", site.lease("rev", project, "fgqa_review")["id"])
    assert ok(site["lea"].get(preview))["answers"] == 4
    ok(site["lea"].post(f"/api/tasks/{task}/reopen"))
    assert ok(site["lea"].get(preview))["answers"] == 0
    assert not site.has_work("rev", project, "fgqa_review"), "the review waits for the answers"
    site.submit("ann", site.lease("ann", project, "fgqa_answer")["id"])
    site.decide("rev", site.lease("rev", project, "fgqa_review")["id"])
    assert ok(site["lea"].get(preview))["answers"] == 4


def test_the_quality_page_counts_work_and_what_reviewers_said_of_it(site, asked):
    project, ids = asked
    task = first_round(site, project, ids)
    review = site.lease("rev", project, "fgqa_review")
    seen = ok(site["rev"].get(f"/api/tasks/{review['id']}/document"))["revision"]
    verdict = {"revision": seen, "verdict": "return", "reasons": ["answer_vague"], "comment": "How fast?"}
    ok(site["rev"].post(f"/api/tasks/{review['id']}/decision", json=verdict))
    site.lease("ann", project, "fgqa_answer")
    ok(site["ann"].post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": 12.5}))
    told = ok(site["lea"].get(f"/api/projects/{project}/quality"))
    line = next(each for each in told["people"] if each["name"] == "Ann")
    assert (line["kind"], line["tasks"], line["accepted"], line["returned"]) == ("fgqa_answer", 1, 0, 1)
    assert line["active_seconds"] == 12.5
    assert told["reasons"] == [{"reason": "answer_vague", "count": 1}]
    assert site["ann"].get(f"/api/projects/{project}/quality").status_code == 403


def test_a_verdict_is_about_whoever_handed_the_work_in(site, asked):
    project, ids = asked
    task = first_round(site, project, ids)
    site.decide("rev", site.lease("rev", project, "fgqa_review")["id"], "return", reasons=["answer_vague"])
    given = {"task_ids": [task], "verb": "assign", "assignee_id": site.ids["ben"]}
    assert ok(site["lea"].post(f"/api/projects/{project}/tasks/bulk", json=given))["changed"] == [task]
    assert site.lease("ben", project, "fgqa_answer")["id"] == task
    site.submit("ben", task)
    site.decide("rev", site.lease("rev", project, "fgqa_review")["id"])
    told = ok(site["lea"].get(f"/api/projects/{project}/quality"))["people"]
    lines = {
        line["name"]: (line["tasks"], line["accepted"], line["returned"])
        for line in told
        if line["kind"] == "fgqa_answer"
    }
    assert lines == {"Ben": (1, 1, 0), "Ann": (0, 0, 1)}
