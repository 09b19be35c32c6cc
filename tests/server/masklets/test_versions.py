"""Versions of a masklet's masks: listed, restored, and what a restore brings back; by the real app and real jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from server.tables.masklets import Masklet, Prompt, Track
from tests.server.masklets.subject import Subject
from tests.server.world import CLIP_PICTURES, World


@pytest.fixture
def subject(world: World, clip: Path, run_jobs: Callable[..., int]) -> Subject:
    return Subject.make(world, clip, run_jobs)


def test_every_track_is_a_version_and_any_can_be_restored(subject: Subject) -> None:
    ann, url = subject.ann, subject.url
    subject.put(3)
    subject.track()
    first = subject.masks()
    subject.put(20, x=8)  # a wrong click: the mask is somewhere else
    subject.track()
    assert subject.masks() != first
    subject.put(25)

    listed = ann.get(f"{url}/tracks").json()["items"]
    assert [(t["version"], t["origin"], t["current"], t["state"]) for t in listed] == [
        (2, "followed", True, "done"),
        (1, "followed", False, "done"),
    ]
    assert listed[0]["created_at"] > listed[1]["created_at"]
    assert all(t["stale"] for t in listed), "the click on picture 25 is in neither"

    restored = ann.post(f"{url}/tracks/1/restore")
    assert restored.status_code == 200, restored.text
    masklet = restored.json()
    assert [p["picture"] for p in masklet["prompts"]] == [3]
    assert (masklet["track"]["version"], masklet["track"]["origin"], masklet["track"]["stale"]) == (
        4,
        "restored",
        False,
    )
    assert (masklet["track"]["current"], masklet["track"]["stale_spans"]) == (True, [])
    assert subject.masks() == first

    again = ann.post(f"{url}/tracks/2/restore").json()  # a restore is undone by another one
    assert [p["picture"] for p in again["prompts"]] == [3, 20]
    assert subject.masks() != first
    listed = ann.get(f"{url}/tracks").json()["items"]
    assert [(t["version"], t["current"]) for t in listed] == [
        (5, True), (4, False), (3, False), (2, False), (1, False),
    ]  # fmt: skip
    assert subject.masks(track=listed[1]["id"]) == first, "nothing was overwritten"

    nothing_to_do = ann.post(f"{url}/tracks", json={}).json()
    assert nothing_to_do["version"] == 5


def test_a_restored_version_is_copied_from_by_the_next_track(subject: Subject) -> None:
    for picture in (2, 12, 22):
        subject.put(picture)
    subject.track()
    first = subject.masks()
    subject.ann.delete(f"{subject.url}/prompts/12")
    subject.track()
    subject.restore(1)
    subject.put(27)
    result = subject.track()
    # As if there had been no second version: 23 … 26 from both sides, 28 and 29, and the keyframes beside them.
    assert result == {"pictures": CLIP_PICTURES, "followed": 4 * 2 + 2 + 2, "copied": 23}
    assert subject.masks()[:22] == first[:22]


def test_the_clicks_that_led_to_a_mask_are_kept_where_the_mask_is_the_same(subject: Subject) -> None:
    proposal = subject.mask_at(3)
    both = {**subject.click(3), "counts": proposal}
    assert subject.ann.put(f"{subject.url}/prompts/3", json=both).status_code == 200
    subject.track()
    subject.put(10)
    subject.track()
    with subject.world.parts.database.read() as session:
        edits = dict(session.get_one(Masklet, UUID(subject.id)).edits)
    masklet = subject.restore(1)
    assert masklet["prompts"] == [{**both, "box": None, "absent": False}]
    # Taken away and brought back, the mask comes without its clicks: a track keeps what decides.
    subject.ann.delete(f"{subject.url}/prompts/3")
    subject.put(9)
    subject.track()
    masklet = subject.restore(1)
    assert masklet["prompts"] == [{"picture": 3, "points": [], "box": None, "counts": proposal, "absent": False}]
    with subject.world.parts.database.read() as session:
        row = session.scalars(select(Prompt).where(Prompt.masklet_id == UUID(subject.id))).one()
        assert row.picture == 3
        now = dict(session.get_one(Masklet, UUID(subject.id)).edits)
    assert {key: now[key] for key in edits if key != "3"} == {key: edits[key] for key in edits if key != "3"}
    assert now["3"] == edits["3"] + 1, "what people did is told as they did it; a restore is no click"


def test_locks_come_back_with_their_version(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    subject.lock([10, 14])
    subject.put(22)
    subject.track()
    locked = subject.masks()[10:15]
    subject.lock()
    subject.put(12)
    subject.track()
    masklet = subject.restore(2)
    assert masklet["locks"] == [[10, 14]]
    assert not masklet["track"]["stale"]
    assert subject.masks()[10:15] == locked
    masklet = subject.restore(1)
    assert (masklet["locks"], masklet["track"]["stale"]) == ([], False)


def test_a_running_track_is_ended_by_a_restore(subject: Subject, run_jobs: Callable[..., int]) -> None:
    subject.put(3)
    subject.track()
    first = subject.masks()
    subject.put(20, x=8)
    running = subject.ann.post(f"{subject.url}/tracks", json={}).json()
    assert running["state"] == "running"
    masklet = subject.restore(1)
    assert (masklet["track"]["version"], masklet["track"]["stale"]) == (4, False)
    run_jobs()
    listed = subject.ann.get(f"{subject.url}/tracks").json()["items"]
    assert [(t["version"], t["state"], t["current"]) for t in listed] == [
        (4, "done", True), (3, "done", False), (2, "cancelled", False), (1, "done", False),
    ]  # fmt: skip
    assert subject.masks() == first
    again = subject.restore(3)
    assert [p["picture"] for p in again["prompts"]] == [3, 20], "what the ended track was to follow is not lost"
    assert again["track"]["stale_spans"] == [[4, 29]]


def test_a_restore_is_undone_also_where_nothing_was_followed_since(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    subject.put(20)
    subject.track()
    subject.lock([8, 10])
    subject.put(25, x=8)
    subject.ann.delete(f"{subject.url}/prompts/3")
    before, masks = subject.masklet(), subject.masks()
    assert before["track"]["stale_spans"]
    subject.restore(1)
    versions = [t["version"] for t in subject.ann.get(f"{subject.url}/tracks").json()["items"]]
    assert versions == [4, 3, 2, 1]
    again = subject.restore(3)
    for what in ("prompts", "locks"):
        assert again[what] == before[what]
    assert again["track"]["stale_spans"] == before["track"]["stale_spans"]
    assert (again["track"]["stale"], subject.masks()) == (True, masks)
    # Whatever is said now is a finished version's: nothing is kept twice.
    subject.restore(1)
    subject.restore(3)
    versions = [t["version"] for t in subject.ann.get(f"{subject.url}/tracks").json()["items"]]
    assert versions == [7, 6, 5, 4, 3, 2, 1]
    subject.track()
    done = subject.masklet()
    assert (done["track"]["stale"], done["track"]["version"]) == (False, 8)
    assert subject.masks()[8:11] == masks[8:11]


def test_a_version_that_cannot_be_restored(subject: Subject, run_jobs: Callable[..., int]) -> None:
    ann, url = subject.ann, subject.url
    subject.put(3)
    track = ann.post(f"{url}/tracks", json={}).json()
    answer = ann.post(f"{url}/tracks/1/restore")
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (409, "version_refused", "version")
    assert "still being followed" in answer.json()["detail"]
    ann.post(f"/api/tracks/{track['id']}/cancel")
    answer = ann.post(f"{url}/tracks/1/restore")
    assert (answer.status_code, answer.json()["field"]) == (409, "version")
    assert "cancelled" in answer.json()["detail"]
    for version, status in ((2, 404), (0, 422)):
        assert ann.post(f"{url}/tracks/{version}/restore").status_code == status
    assert [t["version"] for t in ann.get(f"{url}/tracks").json()["items"]] == [1]
    assert [p["picture"] for p in subject.masklet()["prompts"]] == [3]
    run_jobs()


def test_a_restored_track_is_handed_in(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    subject.put(20, x=8)
    assert subject.submit().status_code == 422
    subject.restore(1)
    assert subject.submit().status_code == 200
    listed = subject.world["lead"].get(f"{subject.url}/tracks").json()["items"]
    assert [t["version"] for t in listed] == [3, 2, 1]
    assert subject.ann.post(f"{subject.url}/tracks/1/restore").status_code == 409, "it is not theirs any more"


def test_who_may(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    assert subject.world["ben"].get(f"{subject.url}/tracks").status_code == 200
    assert subject.world["ben"].post(f"{subject.url}/tracks/1/restore").status_code == 409
    assert subject.world["eve"].get(f"{subject.url}/tracks").status_code == 404
    assert subject.world["eve"].post(f"{subject.url}/tracks/1/restore").status_code == 404


def test_the_hash_of_the_masklet_is_that_of_what_was_restored(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    with subject.world.parts.database.read() as session:
        before: Any = session.get_one(Masklet, UUID(subject.id)).prompts_hash
    subject.put(20)
    subject.restore(1)
    with subject.world.parts.database.read() as session:
        assert session.get_one(Masklet, UUID(subject.id)).prompts_hash == before


def test_a_list_of_masklets_reads_no_old_version(subject: Subject) -> None:
    for picture in (3, 9, 15, 21):
        subject.put(picture)
        subject.track()
    loaded: list[int] = []

    def heard(track: Track, _: Any) -> None:
        loaded.append(track.version)

    event.listen(Track, "load", heard)
    try:
        assert subject.masklet()["track"]["version"] == 4
        assert loaded == [4]
        begun = subject.ann.put(f"{subject.url}/prompts/27", json=subject.click(27))
        assert begun.status_code == 200
        running = subject.ann.post(f"{subject.url}/tracks", json={}).json()
        loaded.clear()
        assert subject.masklet()["track"]["version"] == 5
        assert sorted(loaded) == [4, 5]
        assert subject.ann.post(f"/api/tracks/{running['id']}/cancel").status_code == 202
        assert subject.masklet()["track"]["version"] == 4, "the last good one"
    finally:
        event.remove(Track, "load", heard)


def test_versions_come_in_pages(subject: Subject) -> None:
    for picture in (3, 9, 15):
        subject.put(picture)
        subject.track()
    first = subject.ann.get(f"{subject.url}/tracks", params={"limit": 2}).json()
    assert [t["version"] for t in first["items"]] == [3, 2]
    second = subject.ann.get(f"{subject.url}/tracks", params={"limit": 2, "cursor": first["next"]}).json()
    assert ([t["version"] for t in second["items"]], second["next"]) == ([1], None)
    wrong = subject.ann.get(f"{subject.url}/tracks", params={"cursor": "x"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "cursor")
