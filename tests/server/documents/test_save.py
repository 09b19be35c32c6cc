"""Saving: revisions, replays, conflicts, and what is refused with its field."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from uuid import UUID

import pytest
from sqlalchemy import event as sql_event

from annotator.records import Operation
from server.access import Actor
from server.documents.errors import RevisionConflict
from server.documents.save import save
from server.tables.accounts import User
from tests.server.workflow import event, ok, operation

QUESTIONS = [{"text": "How does it move?", "q_type": "Movement Direction", "draft": "To the left."}]


@pytest.fixture
def held(site, clips):
    """A leased answer task: (site, task, document)."""
    project = site.project("fgqa", {"ann": "annotator", "ben": "annotator", "rev": "reviewer"})
    video = site.video(project, clips[0])
    site.segment(project, video["id"], QUESTIONS)
    task = site.lease("ann", project, "fgqa_answer")["id"]
    return site, task, ok(site["ann"].get(f"/api/tasks/{task}/document"))


def note(name: str, text: str = "look", **more):
    return operation("notes", {"id": name, "text": text, **more})


def patch(site, document, operations, revision, name="ann"):
    headers = {} if revision is None else {"If-Match": f'"{revision}"'}
    return site[name].patch(f"/api/documents/{document['id']}", json={"operations": operations}, headers=headers)


def test_each_operation_is_a_revision_and_a_replay_changes_nothing(held):
    site, task, document = held
    operations = [note("n1"), note("n2")]
    assert ok(patch(site, document, operations, 0))["revision"] == 2
    assert ok(patch(site, document, operations, 0))["revision"] == 2, "the answer got lost: the same again"
    assert ok(patch(site, document, [*operations, note("n3")], 0))["revision"] == 3, "a replay with one more edit"
    body = ok(site["ann"].get(f"/api/tasks/{task}/document"))["body"]
    assert set(body["notes"]) == {"n1", "n2", "n3"}
    assert ok(patch(site, document, [operation("notes", {"id": "n1"}, "remove")], 3))["revision"] == 4
    log = ok(site["rev"].get(f"/api/documents/{document['id']}/operations"))["items"]
    assert [(e["revision"], e["operation"]["verb"], e["user_name"]) for e in log] == [
        (1, "put", "Ann"),
        (2, "put", "Ann"),
        (3, "put", "Ann"),
        (4, "remove", "Ann"),
    ]
    assert site["ann"].get(f"/api/documents/{document['id']}/operations").status_code == 403


def test_a_stale_revision_gets_what_it_needs_to_rebase(held):
    site, _task, document = held
    first = note("n1", "from one tab")
    ok(patch(site, document, [first], 0))
    stale = patch(site, document, [note("n2", "from the other tab")], 0)
    assert stale.status_code == 412
    told = stale.json()
    assert (told["revision"], [o["id"] for o in told["operations_since"]]) == (1, [first["id"]])
    assert told["body"]["notes"]["n1"]["text"] == "from one tab"
    assert ok(patch(site, document, [note("n2", "rebased")], told["revision"]))["revision"] == 2
    assert patch(site, document, [note("n3")], 99).status_code == 412, "ahead of the server"
    assert patch(site, document, [note("n3")], None).status_code == 428
    assert patch(site, document, [note("n3")], "x").status_code == 428


def test_all_or_none(held):
    site, task, document = held
    bad = operation("answers", {"id": "q", "verdict": "perhaps"})
    refused = patch(site, document, [note("n1"), bad], 0)
    assert (refused.status_code, refused.json()["field"]) == (422, "answers.q.verdict")
    assert refused.json()["operation_id"] == bad["id"]
    after = ok(site["ann"].get(f"/api/tasks/{task}/document"))
    assert (after["revision"], after["body"]["notes"]) == (0, {})


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (note("n1", picture=25), "notes.n1.picture"),
        (event("e1", 0, 3), "events"),
        (operation("questions", {"id": "mine", "text": "?", "q_type": "Smell"}), "questions.mine.q_type"),
    ],
)
def test_what_can_never_be_right_is_refused_at_save(held, edit, field):
    site, _task, document = held
    refused = patch(site, document, [edit], 0)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_only_the_holder_writes_and_strangers_see_nothing(held, new_user, sign_in):
    site, task, document = held
    assert patch(site, document, [note("n1")], 0, name="ben").status_code == 404
    assert site["ben"].get(f"/api/tasks/{task}/document").status_code == 404
    reader = ok(site["rev"].get(f"/api/tasks/{task}/document"))
    assert reader["read_only"] is True
    assert patch(site, document, [note("n1")], 0, name="rev").status_code == 409
    stranger = sign_in(new_user("stranger"))
    for url in (f"/api/tasks/{task}/document", f"/api/tasks/{task}/preview", f"/api/tasks/{task}/context"):
        assert stranger.get(url).status_code == 404
    assert stranger.get(f"/api/documents/{document['id']}/operations").status_code == 404


def test_an_expired_lease_keeps_the_draft(held):
    """Given back and taken again: the work goes on where it was."""
    site, task, document = held
    ok(patch(site, document, [note("n1")], 0))
    ok(site["ann"].post(f"/api/tasks/{task}/release"))
    lost = patch(site, document, [note("n2")], 1)
    assert (lost.status_code, lost.json()["type"]) == (409, "lease_lost")
    project = ok(site.admin.get(f"/api/tasks/{task}"))["project_id"]
    assert site.lease("ben", project, "fgqa_answer")["id"] == task
    assert "n1" in ok(site["ben"].get(f"/api/tasks/{task}/document"))["body"]["notes"]
    assert ok(site["ann"].get(f"/api/tasks/{task}/document"))["read_only"] is True, "what became of my draft"


def test_the_log_is_read_page_by_page_from_either_end_and_cannot_be_changed(held):
    site, _task, document = held
    ok(patch(site, document, [note(f"n{n}") for n in range(5)], 0))
    url = f"/api/documents/{document['id']}/operations"
    first = ok(site["rev"].get(url, params={"newest_first": True, "limit": 2}))
    assert [e["revision"] for e in first["items"]] == [5, 4]
    second = ok(site["rev"].get(url, params={"newest_first": True, "limit": 2, "cursor": first["next"]}))
    assert [e["revision"] for e in second["items"]] == [3, 2]
    entry = second["items"][0]
    assert (entry["user_name"], entry["operation"]["record_id"], entry["created_at"][:2]) == ("Ann", "n2", "20")
    for verb in ("post", "put", "patch", "delete"):
        assert getattr(site["rev"], verb)(url).status_code == 405
    refused = site["rev"].get(url, params={"cursor": "x"})
    assert (refused.status_code, refused.json()["field"]) == (422, "cursor")


def test_two_browsers_of_one_person_lose_nothing(held):
    """Each goes on from its own revision, in turns; whoever is behind rebases, and every edit gets in once."""
    site, task, document = held
    seen = {"left": 0, "right": 0}
    sent = []
    for turn in range(6):
        side = "left" if turn % 2 == 0 else "right"
        edit = note(f"{side}-{turn}")
        answer = patch(site, document, [edit], seen[side])
        if answer.status_code == 412:
            assert {o["id"] for o in answer.json()["operations_since"]} <= {e["id"] for e in sent}
            answer = patch(site, document, [edit], answer.json()["revision"])
        seen[side] = ok(answer)["revision"]
        sent.append(edit)
    log = ok(site["rev"].get(f"/api/documents/{document['id']}/operations"))["items"]
    assert [entry["operation"]["id"] for entry in log] == [edit["id"] for edit in sent]
    assert len(ok(site["ann"].get(f"/api/tasks/{task}/document"))["body"]["notes"]) == 6


def test_an_edit_that_is_sent_twice_at_once_is_one(held, parts):
    """Both wait for the save that is under way and then see what it left: the same edit is acknowledged, another one of
    the same revision is told of it. Nothing is judged by what the log was before they waited."""
    site, _task, document = held
    edit, other = (Operation.model_validate(note(name)) for name in ("n1", "n2"))

    def send(session, operation):
        who = Actor(session.get_one(User, UUID(site.ids["ann"])), "session", frozenset())
        return save(session, parts.storage, UUID(document["id"]), who, seen=0, operations=[operation])

    def alone(operation):
        with parts.database.begin() as session:
            return send(session, operation)

    with ThreadPoolExecutor(2) as others:
        with parts.database.begin() as session:
            assert send(session, edit).revision == 1
            again, late = others.submit(alone, edit), others.submit(alone, other)
            assert not wait([again, late], timeout=0.5).done, "they wait until it is stored"
        assert again.result(20).revision == 1
        with pytest.raises(RevisionConflict) as told:
            late.result(20)
    assert told.value.members["revision"] == 1
    assert [o["id"] for o in told.value.members["operations_since"]] == [edit.id]
    log = ok(site["rev"].get(f"/api/documents/{document['id']}/operations"))["items"]
    assert [(entry["revision"], entry["operation"]["id"]) for entry in log] == [(1, edit.id)]


def test_no_request_holds_two_connections(held, parts):
    """Else as many requests as the pool has connections, each waiting for a second one, wait for ever."""
    site, task, document = held
    out, most = set(), []

    def taken(connection, *_):
        out.add(id(connection))
        most.append(len(out))

    def back(connection, *_):
        out.discard(id(connection))

    engines = {parts.database.engine, parts.database._reader}
    for engine in engines:
        sql_event.listen(engine.pool, "checkout", taken)
        sql_event.listen(engine.pool, "checkin", back)
    ok(site["ann"].get(f"/api/tasks/{task}/document"))
    ok(patch(site, document, [note("n1")], 0))
    ok(site["ann"].get(f"/api/tasks/{task}/context"))
    ok(site["ann"].post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": 1}))
    assert max(most) == 1
