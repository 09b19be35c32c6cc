"""Masklets split in time and merged: masks as they were, prompts that they follow from, nothing lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from annotator.masklet import regions, rle
from annotator.propagate import joining as pure
from server.masklets.edit import prompts_hash, prompts_of
from server.tables.masklets import Masklet, Prompt, Track
from tests.server.masklets.test_way import click, subject
from tests.server.world import CLIP_PICTURES, CLIP_SIZE, World

__all__ = ["subject"]

Subject = dict[str, Any]
Jobs = Callable[..., int]


def follow(world: World, url: str, run_jobs: Jobs, *prompts: dict[str, Any]) -> None:
    """Put prompts and follow."""
    for prompt in prompts:
        answer = world["ann"].put(f"{url}/prompts/{prompt['picture']}", json=prompt)
        assert answer.status_code == 200, answer.text
    assert world["ann"].post(f"{url}/tracks", json={}).status_code == 202
    run_jobs()


def masks(world: World, url: str) -> list[str | None]:
    """The masks by picture."""
    frames = world["ann"].get(f"{url}/masks").json()["frames"]
    assert [frame["picture"] for frame in frames] == list(range(CLIP_PICTURES))
    return [frame["counts"] for frame in frames]


def absent(picture: int) -> dict[str, Any]:
    return {"picture": picture, "absent": True}


def second(world: World, subject: Subject) -> dict[str, Any]:
    """Another masklet of the same task, with its address."""
    made = world["ann"].post(f"/api/tasks/{subject['task']['id']}/masklets", json={"label": "other"}).json()
    return {**made, "url": f"/api/masklets/{made['id']}"}


def listed(world: World, subject: Subject) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = world["ann"].get(f"/api/tasks/{subject['task']['id']}/masklets").json()["items"]
    return items


def test_split_keeps_every_mask_on_its_side(world: World, subject: Subject, run_jobs: Jobs) -> None:
    ann, url = world["ann"], subject["url"]
    follow(world, url, run_jobs, click(2), click(22))
    whole = masks(world, url)
    answer = ann.post(f"{url}/split", json={"picture": 14, "label": "later"})
    assert answer.status_code == 200, answer.text
    old, new = answer.json()["items"]
    assert (old["id"], old["label"], new["label"], new["number"]) == (subject["masklet"]["id"], "disc", "later", 2)
    assert [m["id"] for m in listed(world, subject)] == [old["id"], new["id"]]
    for one in (old, new):
        assert one["track"]["state"] == "done"
        assert not one["track"]["stale"]
        assert one["track"]["pictures_done"] == CLIP_PICTURES
    nothing: list[str | None] = [None] * CLIP_PICTURES
    assert masks(world, url) == whole[:14] + nothing[14:]
    assert masks(world, f"/api/masklets/{new['id']}") == nothing[:14] + whole[14:]
    assert [(p["picture"], p["absent"]) for p in old["prompts"]] == [(2, False), (14, True)]
    assert [(p["picture"], p["absent"], p["counts"] is not None) for p in new["prompts"]] == [
        (0, True, False), (14, False, True), (22, False, False),
    ]  # fmt: skip
    assert new["prompts"][1]["counts"] == whole[14]
    assert (old["track"]["presence"], new["track"]["presence"]) == ([[0, 13]], [[14, CLIP_PICTURES - 1]])
    with world.parts.database.read() as session:
        for one in (old, new):
            masklet = session.get_one(Masklet, UUID(one["id"]))
            assert masklet.prompts_hash == prompts_hash(prompts_of(session, [masklet.id])[masklet.id])
            track = session.get_one(Track, UUID(one["track"]["id"]))
            assert (track.origin.value, track.created_by) == ("parted", world.users["ann"].id)
            assert masklet.current_track_id == track.id
        edits = [session.get_one(Masklet, UUID(one["id"])).edits for one in (old, new)]
        assert edits == [{"2": 1, "14": 1}, {"22": 1}], "the clicks go with their pictures, and the cut is one"
    # Nothing has to be followed: the present track is given back.
    assert ann.post(f"{url}/tracks", json={}).json()["id"] == old["track"]["id"]


def test_after_a_split_a_correction_follows_its_side_only(world: World, subject: Subject, run_jobs: Jobs) -> None:
    url = subject["url"]
    follow(world, url, run_jobs, click(2), click(22))
    new = world["ann"].post(f"{url}/split", json={"picture": 14, "label": ""}).json()["items"][1]
    whole = masks(world, f"/api/masklets/{new['id']}")
    follow(world, f"/api/masklets/{new['id']}", run_jobs, click(26))
    again = masks(world, f"/api/masklets/{new['id']}")
    assert again[:22] == whole[:22]
    assert all(again[22:])


def test_split_where_only_the_other_side_was_clicked(world: World, subject: Subject, run_jobs: Jobs) -> None:
    url = subject["url"]
    follow(world, url, run_jobs, click(20))
    whole = masks(world, url)
    old, new = world["ann"].post(f"{url}/split", json={"picture": 10, "label": ""}).json()["items"]
    assert [(p["picture"], p["absent"], p["counts"]) for p in old["prompts"]] == [
        (9, False, whole[9]),
        (10, True, None),
    ]
    assert [p["picture"] for p in new["prompts"]] == [0, 10, 20]


def test_split_within_an_absent_span(world: World, subject: Subject, run_jobs: Jobs) -> None:
    url = subject["url"]
    follow(world, url, run_jobs, click(0), absent(10), click(20))
    old, new = world["ann"].post(f"{url}/split", json={"picture": 15, "label": ""}).json()["items"]
    assert [(p["picture"], p["absent"]) for p in old["prompts"]] == [(0, False), (10, True), (15, True)]
    assert [(p["picture"], p["absent"]) for p in new["prompts"]] == [(0, True), (20, False)]
    assert (old["track"]["presence"], new["track"]["presence"]) == ([[0, 9]], [[20, 29]])


@pytest.mark.parametrize(("picture", "status"), [(0, 422), (CLIP_PICTURES, 422), (-1, 422), (4, 422), (25, 422)])
def test_split_that_cannot_be(world: World, subject: Subject, run_jobs: Jobs, picture: int, status: int) -> None:
    url = subject["url"]
    assert world["ann"].post(f"{url}/split", json={"picture": 9, "label": ""}).json()["type"] == "not_followed"
    follow(world, url, run_jobs, absent(0), click(5), absent(20))
    before = listed(world, subject)
    answer = world["ann"].post(f"{url}/split", json={"picture": picture, "label": ""})
    assert (answer.status_code, answer.json().get("field", "body.picture").rpartition(".")[2]) == (status, "picture")
    world["ann"].put(f"{url}/prompts/7", json=click(7))
    stale = world["ann"].post(f"{url}/split", json={"picture": 9, "label": ""})
    assert (stale.status_code, stale.json()["type"]) == (409, "not_followed")
    world["ann"].delete(f"{url}/prompts/7")
    assert listed(world, subject) == before


def test_split_cuts_locks_and_flags(world: World, subject: Subject, run_jobs: Jobs) -> None:
    url, masklet_id = subject["url"], UUID(subject["masklet"]["id"])
    follow(world, url, run_jobs, click(2), click(22))
    locked = world["ann"].put(f"{url}/locks", json={"spans": [[4, 18]]}).json()["track"]["id"]
    follow(world, url, run_jobs)
    with world.parts.database.begin() as session:
        current = session.get_one(Masklet, masklet_id).current_track_id
        session.get_one(Track, current).flags = [{"picture_start": 12, "picture_end": 16, "why": "area"}]
    answer = world["ann"].post(f"{url}/split", json={"picture": 14, "label": ""})
    assert answer.status_code == 200, answer.text
    old, new = answer.json()["items"]
    for one in (old, new):
        assert not one["track"]["stale"] and not one["track"]["stale_spans"]
    with world.parts.database.read() as session:
        for one, span, flag in ((old, (4, 13), (12, 13)), (new, (14, 18), (14, 16))):
            masklet = session.get_one(Masklet, UUID(one["id"]))
            expected = {"picture_start": span[0], "picture_end": span[1], "track_id": locked}
            assert masklet.locks == [expected]
            assert one["track"]["flags"] == [{"picture_start": flag[0], "picture_end": flag[1], "why": "area"}]


def test_merge_gives_back_what_was_split(world: World, subject: Subject, run_jobs: Jobs) -> None:
    ann, url = world["ann"], subject["url"]
    follow(world, url, run_jobs, click(2), absent(8), click(12), click(22))
    whole = masks(world, url)
    new = ann.post(f"{url}/split", json={"picture": 16, "label": "later"}).json()["items"][1]
    answer = ann.post(f"{url}/merge", json={"other_id": new["id"]})
    assert answer.status_code == 200, answer.text
    assert masks(world, url) == whole
    merged = answer.json()
    assert [(p["picture"], p["absent"]) for p in merged["prompts"]] == [
        (2, False), (8, True), (12, False), (16, False), (22, False),
    ]  # fmt: skip
    assert not merged["track"]["stale"]
    assert [m["id"] for m in listed(world, subject)] == [subject["masklet"]["id"]]
    assert ann.get(f"/api/masklets/{new['id']}/masks").status_code == 404
    with world.parts.database.read() as session:
        rows = session.scalars(select(Prompt).where(Prompt.masklet_id == UUID(new["id"]))).all()
        assert {row.picture for row in rows} == {0, 16, 22}, "the removed one keeps its rows"
        track = session.get_one(Track, UUID(merged["track"]["id"]))
        assert (track.origin.value, track.version) == ("joined", 3)


def test_split_and_merge_are_undone_by_restoring(world: World, subject: Subject, run_jobs: Jobs) -> None:
    ann, url = world["ann"], subject["url"]
    follow(world, url, run_jobs, click(2), click(22))
    whole, before = masks(world, url), listed(world, subject)
    new = ann.post(f"{url}/split", json={"picture": 14, "label": ""}).json()["items"][1]
    assert ann.post(f"{url}/tracks/1/restore").status_code == 200
    assert ann.delete(f"/api/masklets/{new['id']}").status_code == 204
    assert masks(world, url) == whole
    (again,) = listed(world, subject)
    assert again["prompts"] == before[0]["prompts"]
    assert not again["track"]["stale"]
    halves = ann.post(f"{url}/split", json={"picture": 14, "label": ""}).json()["items"]
    merged = ann.post(f"{url}/merge", json={"other_id": halves[1]["id"]}).json()
    assert masks(world, url) == whole
    assert ann.post(f"{url}/tracks/{merged['track']['version'] - 1}/restore").status_code == 200
    assert masks(world, url) == whole[:14] + [None] * (CLIP_PICTURES - 14)
    assert listed(world, subject)[0]["prompts"] == halves[0]["prompts"]


def test_merge_unites_masks_that_lie_on_one_picture(world: World, subject: Subject, run_jobs: Jobs) -> None:
    ann, url = world["ann"], subject["url"]
    other = second(world, subject)
    follow(world, url, run_jobs, click(0), absent(20))
    square = _square(4, 4, 20)
    beside = {"picture": 12, "counts": square}
    follow(world, other["url"], run_jobs, absent(0), beside, absent(13))
    mine, theirs = masks(world, url), masks(world, other["url"])
    assert theirs[12] == square and theirs[11] is None
    merged = ann.post(f"{url}/merge", json={"other_id": other["id"]}).json()
    found = masks(world, url)
    assert found[:12] + found[13:] == mine[:12] + mine[13:]
    assert mine[12] and found[12] == _united(mine[12], square)
    # Their absence at 0 and 13 is dropped, since this one is visible there; where only one is said to be, it stays.
    assert [(p["picture"], p["absent"]) for p in merged["prompts"]] == [(0, False), (12, False), (20, True)]
    assert merged["prompts"][1]["counts"] == found[12]
    assert merged["track"]["presence"] == [[0, 19]]


def test_merge_that_cannot_be(
    world: World, subject: Subject, run_jobs: Jobs, clip: Path, make_world: Callable[..., World]
) -> None:
    ann, url = world["ann"], subject["url"]
    other = second(world, subject)
    body = {"other_id": other["id"]}
    assert ann.post(f"{url}/merge", json=body).json()["type"] == "not_followed"
    follow(world, url, run_jobs, click(0))
    assert ann.post(f"{url}/merge", json=body).json()["type"] == "not_followed"
    follow(world, other["url"], run_jobs, click(9))
    itself = ann.post(f"{url}/merge", json={"other_id": subject["masklet"]["id"]})
    assert (itself.status_code, itself.json()["field"]) == (422, "other_id")
    missing = ann.post(f"{url}/merge", json={"other_id": subject["task"]["id"]})
    assert (missing.status_code, missing.json()["type"]) == (404, "masklet_not_found")
    assert ann.put(f"{other['url']}/locks", json={"spans": [[1, 2]]}).status_code == 200
    locked = ann.post(f"{url}/merge", json=body)
    assert (locked.status_code, locked.json()["type"]) == (409, "merge_locked")
    for who, status in (("ben", 409), ("lead", 409), ("eve", 404)):
        assert world[who].post(f"{url}/merge", json=body).status_code == status
        assert world[who].post(f"{url}/split", json={"picture": 5, "label": ""}).status_code == status
    assert len(listed(world, subject)) == 2


def test_what_dies_between_loses_nothing(
    world: World, subject: Subject, run_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.masklets import joining

    url = subject["url"]
    follow(world, url, run_jobs, click(0))
    before, whole = listed(world, subject), masks(world, url)
    real = joining._take_up
    calls = 0

    def dies(*given: Any) -> None:
        nonlocal calls
        real(*given)
        calls += 1
        if calls == 2:
            raise RuntimeError("the lights go out")

    monkeypatch.setattr(joining, "_take_up", dies)
    with pytest.raises(RuntimeError):
        world["ann"].post(f"{url}/split", json={"picture": 9, "label": ""})
    assert (listed(world, subject), masks(world, url)) == (before, whole)
    monkeypatch.setattr(joining, "_take_up", real)
    assert world["ann"].post(f"{url}/split", json={"picture": 9, "label": ""}).status_code == 200
    again = world["ann"].post(f"{url}/split", json={"picture": 9, "label": ""})
    assert (again.status_code, again.json()["field"]) == (422, "picture"), "asked twice, done once"


def test_changed_between_look_and_rows(
    world: World, subject: Subject, run_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.masklets import joining

    url = subject["url"]
    follow(world, url, run_jobs, click(0))
    real = joining.write_split

    def changes(*given: Any) -> Any:
        written = real(*given)
        follow(world, url, run_jobs, click(25))
        return written

    monkeypatch.setattr(joining, "write_split", changes)
    answer = world["ann"].post(f"{url}/split", json={"picture": 9, "label": ""})
    assert (answer.status_code, answer.json()["type"]) == (409, "changed_meanwhile")
    (only,) = listed(world, subject)
    assert [p["picture"] for p in only["prompts"]] == [0, 25]


def test_a_union_that_no_prompt_can_hold(
    world: World, subject: Subject, run_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = second(world, subject)
    follow(world, subject["url"], run_jobs, click(0))
    follow(world, other["url"], run_jobs, {"picture": 12, "counts": _square(4, 4, 20)})
    before = listed(world, subject)
    monkeypatch.setattr(pure, "MAX_COUNTS", 8)  # of a mask as large as this clip's, nothing is too ragged
    merged = world["ann"].post(f"{subject['url']}/merge", json={"other_id": other["id"]})
    assert (merged.status_code, merged.json()["type"], merged.json()["field"]) == (422, "merge_refused", "other_id")
    assert "too ragged" in merged.json()["detail"]
    split = world["ann"].post(f"{subject['url']}/split", json={"picture": 9})
    assert (split.status_code, split.json()["type"], split.json()["field"]) == (422, "split_refused", "picture")
    assert listed(world, subject) == before


def test_a_crowd_that_splits_and_names_is_answered(world: World, subject: Subject, app: FastAPI) -> None:
    """More requests than threads: those that open transactions themselves wait for their turn without a thread."""
    cookies = dict(world["ann"].cookies)

    async def crowd() -> list[int]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", cookies=cookies) as client:
            asked = []
            for number in range(60):
                asked.append(client.post(f"{subject['url']}/split", json={"picture": 9}))
                asked.append(client.patch(subject["url"], json={"label": str(number)}))
            return [answer.status_code for answer in await asyncio.gather(*asked)]

    assert asyncio.run(crowd()) == [409, 200] * 60


def _square(x: int, y: int, side: int) -> str:
    import numpy as np

    mask = np.zeros((CLIP_SIZE[1], CLIP_SIZE[0]), np.uint8)
    mask[y : y + side, x : x + side] = 1
    return rle.encode(mask).counts


def _united(a: str, b: str) -> str:
    return regions.merge([rle.Rle(CLIP_SIZE[1], CLIP_SIZE[0], counts) for counts in (a, b)]).counts
