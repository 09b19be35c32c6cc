"""Every text that people give, with everything that ever broke a page or a query in it: kept as it is, told as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from annotator.quality.text import text_problems
from server.tables.releases import Release, ReleaseState
from server.videos.store import plain_name
from tests.server.documents.test_captions import staged
from tests.server.test_security import PAYLOADS, held_masklet
from tests.server.workflow import answer, event, operation
from tests.server.world import MakeWorld, World, make_world, world

__all__ = ["make_world", "world"]

TEXTS = [
    *PAYLOADS,
    "' OR '1'='1",
    "%00 \\u0000 \\x00 &#0;",
    "\x1b[31mred\x07 \x7f",
    "مرحبا \u2067שלום\u2069",
    "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301",
    "a\tb\r\nc",
    "![x](https://x.example/y.jpg) [a](javascript:alert(1))",
    "# h\n- **b** <!-- --> ]]>",
]
STRICT = [text for text in TEXTS if not any(p.severity == "error" for p in text_problems("text", text))]
"""Those that a trainer may read: questions and answers refuse the others where they come in."""


def told(answer: Any, status: int = 200) -> Any:
    """The body of an answer that is JSON and nothing else."""
    assert answer.status_code == status, (str(answer.request.url), answer.status_code, answer.text)
    kinds = ("application/json", "application/problem+json")
    assert answer.headers["content-type"] == kinds[status >= 400]
    assert answer.headers["x-content-type-options"] == "nosniff" and "content-security-policy" in answer.headers
    return answer.json()


def put(browser: TestClient, task: Any, operations: list[dict[str, Any]]) -> dict[str, Any]:
    """Save on the newest revision; the whole body as it is read then."""
    document = told(browser.get(f"/api/tasks/{task}/document"))
    headers = {"If-Match": f'"{document["revision"]}"'}
    told(browser.patch(f"/api/documents/{document['id']}", json={"operations": operations}, headers=headers))
    body: dict[str, Any] = told(browser.get(f"/api/tasks/{task}/document"))["body"]
    return body


def test_labels_notes_and_captions(world: World) -> None:
    task, masklet = held_masklet(world)
    staged(world, "captioned.mp4", ("dog",))
    captions = told(world["ben"].post(world.url("/tasks/next"), json={"kinds": ["stc_caption"]}))["id"]
    for number, text in enumerate(TEXTS):
        told(world["ann"].patch(f"/api/masklets/{masklet}", json={"label": text}))
        assert told(world["ann"].get(f"/api/tasks/{task}/masklets"))["items"][0]["label"] == text
        note = operation("notes", {"id": f"n{number}", "text": text, "author": text})
        notes = put(world["ann"], task, [note])["notes"]
        assert (notes[f"n{number}"]["text"], notes[f"n{number}"]["author"]) == (text, text)
        events = put(world["ben"], captions, [event("e1", 0, 3, text), operation("notes", {"id": "n", "text": text})])
        assert events["events"]["e1"]["caption"] == events["notes"]["n"]["text"] == text
        told(world["ben"].get(f"/api/tasks/{captions}/preview"))
    for name, most in (("text", 4000), ("author", 120)):
        note = operation("notes", {"id": "long", "text": "x", name: "가" * (most + 1)})
        document = told(world["ann"].get(f"/api/tasks/{task}/document"))
        headers = {"If-Match": f'"{document["revision"]}"'}
        url = f"/api/documents/{document['id']}"
        refused = told(world["ann"].patch(url, json={"operations": [note]}, headers=headers), 422)
        assert refused["field"] == f"notes.long.{name}"
    log = told(world["rhea"].get(f"/api/documents/{document['id']}/operations"))["items"]
    assert [entry["operation"]["record"]["text"] for entry in log] == TEXTS


def test_questions_answers_reasons_and_comments(make_world: MakeWorld, run_jobs: Callable[..., int]) -> None:
    fgqa = make_world("fgqa")
    video = str(fgqa.add_video())
    lead, ann, rhea = fgqa["lead"], fgqa["ann"], fgqa["rhea"]

    def segment(text: str, number: int) -> dict[str, Any]:
        return {
            "video_id": video, "picture_start": 0, "picture_end": 5, "what": text, "domain": text,
            "source_dataset": text, "external_id": f"{number} {text}",
            "questions": [{"text": text, "q_type": "Other", "draft": text}],
        }  # fmt: skip

    for text in set(TEXTS) - set(STRICT):
        assert told(lead.post(fgqa.url("/segments"), json=segment(text, 0)), 422)["field"].startswith("questions.0.")
    for number, text in enumerate(STRICT):
        told(lead.post(fgqa.url("/segments"), json=segment(text, number)), 201)
    run_jobs()
    shown = {s["what"]: s for s in told(lead.get(fgqa.url("/segments"), params={"limit": 200}))["items"]}
    for number, text in enumerate(STRICT):
        one = shown[text]
        [question] = one["questions"]
        assert (one["domain"], one["source_dataset"], one["external_id"]) == (text, text, f"{number} {text}")
        assert (question["text"], question["draft"]) == (text, text)
    tasks: dict[str, str] = {}
    for _ in STRICT:
        task = told(ann.post(fgqa.url("/tasks/next"), json={"kinds": ["fgqa_answer"]}))["id"]
        [asked] = told(ann.get(f"/api/tasks/{task}/document"))["body"]["questions"].values()
        written = answer(asked["id"], "write", f"{asked['text']} indeed")
        written["record"]["distractors"] = [{"text": f"not {asked['text']}", "checked": True}]
        said = put(ann, task, [written])["answers"][asked["id"]]
        assert (said["text"], said["distractors"][0]["text"]) == (f"{asked['text']} indeed", f"not {asked['text']}")
        told(ann.post(f"/api/tasks/{task}/submit", json={"revision": 1}))
        tasks[asked["text"]] = task
    assert set(tasks) == set(STRICT)
    for text in STRICT:
        review = told(rhea.post(fgqa.url("/tasks/next"), json={"kinds": ["fgqa_review"]}))["id"]
        revision = told(rhea.get(f"/api/tasks/{review}/document"))["revision"]
        verdict = {"revision": revision, "verdict": "return", "reasons": [text], "comment": text}
        told(rhea.post(f"/api/tasks/{review}/decision", json=verdict))
    reviews = told(lead.get(fgqa.url("/reviews"), params={"limit": 200}))["items"]
    assert {(row["comment"], *row["reasons"]) for row in reviews} == {(text, text) for text in STRICT}
    counted = {row["reason"] for row in told(lead.get(fgqa.url("/quality")))["reasons"]}
    assert counted == set(STRICT)
    assert {told(ann.get(f"/api/tasks/{task}"))["returned"]["comment"] for task in tasks.values()} == set(STRICT)


def test_names_and_reasons_of_videos_projects_and_releases(world: World, admin: TestClient) -> None:
    video = world.add_video("dark.mp4")
    with world.parts.database.begin() as session:
        lead = world.users["lead"].id
        release = Release(project_id=world.project, number=1, name="r", rule={}, created_by=lead)
        release.state = ReleaseState.READY
        session.add(release)
    url, member = f"/api/releases/{release.id}", world.url(f"/members/{world.users['cho'].id}")
    for text in TEXTS:
        told(world["lead"].put(world.url(f"/videos/{video}/flag"), json={"reason": text}))
        [shown] = told(world["lead"].get(world.url("/videos")))["items"]
        assert shown["flag_reason"] == text
        told(world["lead"].patch(world.url(), json={"name": text, "kind_skills": {"stc_caption": text}}))
        project = told(world["ann"].get(world.url()))
        assert (project["name"], project["kind_skills"]) == (text, {"stc_caption": text})
        told(world["lead"].put(member, json={"role": "annotator", "skills": [text]}))
        skills = {row["user"]["name"]: row["skills"] for row in told(world["ann"].get(world.url("/members")))["items"]}
        assert skills["Cho"] == [text]
        told(world["lead"].patch(url, json={"kept_why": text, "deprecated_why": text}))
        found = told(world["lead"].get(url))
        assert (found["kept_why"], found["deprecated_why"]) == (text, text)
        upload = told(world["lead"].post(world.url("/uploads"), json={"name": text, "size": 1}), 201)
        assert told(world["lead"].get(f"/api/uploads/{upload['id']}"))["name"] == plain_name(text)
        # A release's name stands in files and folders: only what every system takes.
        refused = world["lead"].post(world.url("/releases"), json={"name": text})
        assert told(refused, 422)["field"] == "name", text
    for body in ({"kept_why": "x" * 501}, {"deprecated_why": "x" * 501}, {"kept_why": " "}):
        assert told(world["lead"].patch(url, json=body), 422)["field"] == next(iter(body))
    told(world["lead"].patch(url, json={"kept_why": None}))
    gone = told(world["lead"].post(f"{url}/delete", json={"reason": TEXTS[0]}))
    assert gone["deleted_why"] == TEXTS[0]
    assert TEXTS[0] in told(world["lead"].get(f"{url}/files"), 410)["detail"]
    assert told(admin.get("/api/projects"))["items"][0]["name"] == TEXTS[-1]
