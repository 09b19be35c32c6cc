"""The whole way: upload, import, lease, click, prompt, track, masks, correct, cancel; by the real app and real jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from annotator.masklet import rle
from server.masklets.edit import prompts_hash, prompts_of
from server.tables.masklets import Masklet
from server.tables.videos import Video
from tests.server.world import CLIP_PICTURES, CLIP_SIZE, World, disc_centre, send


@pytest.fixture
def subject(world: World, clip: Path, run_jobs: Callable[..., int]) -> dict[str, Any]:
    """A leased subject task of an imported clip, with one masklet."""
    video = send(world["lead"], world.project, clip)
    run_jobs()
    task = world["ann"].post(world.url("/tasks/next"), json={}).json()
    masklet = world["ann"].post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()
    return {"video": video["id"], "task": task, "masklet": masklet, "url": f"/api/masklets/{masklet['id']}"}


def click(picture: int) -> dict[str, Any]:
    x, y = disc_centre(picture)
    return {"picture": picture, "points": [{"x": x, "y": y, "positive": True}]}


def mask_of(counts: str) -> np.ndarray:
    return rle.decode(rle.Rle(CLIP_SIZE[1], CLIP_SIZE[0], counts)).astype(bool)


def test_click_to_masks(world: World, subject: dict[str, Any], run_jobs: Callable[..., int]) -> None:
    ann, url = world["ann"], subject["url"]
    proposal = _propose_with_worker(world, subject, run_jobs, click(3))
    assert proposal.status_code == 200, proposal.text
    best = mask_of(proposal.json()["candidates"][0]["counts"])
    x, y = disc_centre(3)
    assert best[y, x]
    assert 0.5 < best.sum() / (np.pi * (CLIP_SIZE[1] // 6) ** 2) < 1.6

    record = {**click(3), "counts": proposal.json()["candidates"][0]["counts"]}
    put = ann.put(f"{url}/prompts/3", json=record)
    assert put.status_code == 200, put.text
    assert put.json()["prompts"][0]["picture"] == 3
    assert put.json()["track"] is None

    started = ann.post(f"{url}/tracks", json={})
    assert started.status_code == 202, started.text
    assert started.json()["state"] == "running"
    run_jobs()
    masklet = ann.get(f"/api/tasks/{subject['task']['id']}/masklets").json()["items"][0]
    assert masklet["track"]["state"] == "done"
    assert masklet["track"]["pictures_done"] == CLIP_PICTURES
    assert not masklet["track"]["stale"]
    assert masklet["track"]["presence"][0][0] == 0

    answer = ann.get(f"{url}/masks", params={"start": 0, "stop": 256, "track": masklet["track"]["id"]})
    assert answer.status_code == 200, answer.text
    frames = answer.json()["frames"]
    assert [f["picture"] for f in frames] == list(range(CLIP_PICTURES))
    for frame in frames[::6]:
        x, y = disc_centre(frame["picture"])
        assert mask_of(frame["counts"])[y, x], frame["picture"]
    assert frames[3]["counts"] == record["counts"]
    again = ann.get(
        f"{url}/masks",
        params={"start": 0, "stop": 256, "track": masklet["track"]["id"]},
        headers={"If-None-Match": answer.headers["etag"]},
    )
    assert again.status_code == 304

    same = ann.post(f"{url}/tracks", json={}).json()
    assert same["id"] == masklet["track"]["id"]


def _propose_with_worker(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int], body: dict[str, Any], who: str = "ann"
) -> Any:
    """POST proposals while a thread serves the clicks lane."""
    import threading

    done = threading.Event()

    def serve() -> None:
        while not done.wait(0.02):
            run_jobs(lanes=("clicks",))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        return world[who].post(f"{subject['url']}/proposals", json=body)
    finally:
        done.set()
        thread.join(10)


def test_only_changed_stretches_are_followed_again(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int]
) -> None:
    ann, url = world["ann"], subject["url"]
    for picture in (2, 12, 22):
        assert ann.put(f"{url}/prompts/{picture}", json=click(picture)).status_code == 200
    first = ann.post(f"{url}/tracks", json={}).json()
    run_jobs()
    before = ann.get(f"{url}/masks").json()["frames"]
    stale = ann.put(f"{url}/prompts/27", json=click(27)).json()["track"]
    assert stale["stale"]
    second = ann.post(f"{url}/tracks", json={}).json()
    assert second["version"] == first["version"] + 1
    run_jobs()
    from server.tables.jobs import Job

    with world.parts.database.read() as session:
        result = session.get_one(Job, UUID(second["job_id"])).result
    assert result is not None
    # 23 … 26 twice (from both sides), 28 and 29, and the keyframes 22 and 27; 0 … 22 were known.
    assert result == {"pictures": CLIP_PICTURES, "followed": 4 * 2 + 2 + 2, "copied": 23}
    after = ann.get(f"{url}/masks").json()["frames"]
    assert after[:22] == before[:22]


def test_absent_spans(world: World, subject: dict[str, Any], run_jobs: Callable[..., int]) -> None:
    ann, url = world["ann"], subject["url"]
    ann.put(f"{url}/prompts/0", json=click(0))
    ann.put(f"{url}/prompts/10", json={"picture": 10, "absent": True})
    ann.put(f"{url}/prompts/20", json=click(20))
    ann.post(f"{url}/tracks", json={})
    run_jobs()
    track = ann.get(f"/api/tasks/{subject['task']['id']}/masklets").json()["items"][0]["track"]
    assert track["presence"] == [[0, 9], [20, 29]]
    gone = ann.get(f"{url}/masks", params={"start": 10, "stop": 20}).json()["frames"]
    assert [f["counts"] for f in gone] == [None] * 10


def test_cancelled_track_keeps_what_was_there(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int]
) -> None:
    ann, url = world["ann"], subject["url"]
    ann.put(f"{url}/prompts/0", json=click(0))
    track = ann.post(f"{url}/tracks", json={}).json()
    cancelled = ann.post(f"/api/tracks/{track['id']}/cancel")
    assert cancelled.status_code == 202
    assert cancelled.json()["state"] == "cancelled"
    assert ann.get(f"{url}/masks").status_code == 404
    again = ann.post(f"{url}/tracks", json={}).json()
    assert again["version"] == 2
    run_jobs()
    assert len(ann.get(f"{url}/masks").json()["frames"]) == CLIP_PICTURES


def test_cancel_while_it_runs(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.jobs.run import JobContext

    ann, url = world["ann"], subject["url"]
    ann.put(f"{url}/prompts/0", json=click(0))
    track = ann.post(f"{url}/tracks", json={}).json()
    told = 0
    real = JobContext.progress

    def progress(self: JobContext, *given: Any, **more: Any) -> None:
        nonlocal told
        told += 1
        if told == 5:
            assert ann.post(f"/api/tracks/{track['id']}/cancel").status_code == 202
            monkeypatch.setattr(JobContext, "progress", real)
            self._told = 0.0  # look at once instead of in a quarter of a second
        real(self, *given, **more)

    monkeypatch.setattr(JobContext, "progress", progress)
    run_jobs()
    stopped = ann.get(f"/api/tasks/{subject['task']['id']}/masklets").json()["items"][0]["track"]
    assert stopped["state"] == "cancelled"
    assert 0 < stopped["pictures_done"] < CLIP_PICTURES
    partial = ann.get(f"{url}/masks", params={"track": track["id"]}).json()["frames"]
    assert len(partial) == stopped["pictures_done"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"picture": 30, "points": [{"x": 5, "y": 5}]}, "picture"),
        ({"picture": 4, "points": []}, "points"),
        ({"picture": 4, "points": [{"x": 1000, "y": 5}]}, "points"),
        ({"picture": 4, "box": {"x1": 9, "y1": 5, "x2": 9, "y2": 50}}, "box"),
        ({"picture": 4, "counts": rle.empty(CLIP_SIZE[1], CLIP_SIZE[0]).counts}, "counts"),
    ],
)
def test_prompt_that_cannot_be(world: World, subject: dict[str, Any], body: dict[str, Any], field: str) -> None:
    for answer in (
        world["ann"].put(f"{subject['url']}/prompts/{body['picture']}", json=body),
        world["ann"].post(f"{subject['url']}/proposals", json=body),
    ):
        assert answer.status_code == 422, answer.text
        assert answer.json()["field"] == field
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_damaged_mask_is_refused(world: World, subject: dict[str, Any]) -> None:
    answer = world["ann"].put(f"{subject['url']}/prompts/1", json={"picture": 1, "counts": "not a mask"})
    assert answer.status_code == 422
    assert answer.json()["field"] == "counts"


def test_picture_of_path_and_body_agree(world: World, subject: dict[str, Any]) -> None:
    answer = world["ann"].put(f"{subject['url']}/prompts/2", json=click(3))
    assert (answer.status_code, answer.json()["field"]) == (422, "picture")


def test_nothing_to_track(world: World, subject: dict[str, Any]) -> None:
    answer = world["ann"].post(f"{subject['url']}/tracks", json={})
    assert (answer.status_code, answer.json()["type"]) == (422, "nothing_to_track")


def test_no_worker_is_said(world: World, subject: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from server.masklets import propose

    monkeypatch.setattr(propose, "WAIT_SECONDS", 0.1)
    answer = world["ann"].post(f"{subject['url']}/proposals", json=click(2))
    assert (answer.status_code, answer.json()["type"]) == (504, "proposal_late")


def test_only_the_holder_writes(world: World, subject: dict[str, Any]) -> None:
    url = subject["url"]
    for who, status in (("ben", 409), ("lead", 409), ("eve", 404)):
        answers = [
            world[who].put(f"{url}/prompts/3", json=click(3)),
            world[who].patch(url, json={"label": "mine"}),
            world[who].post(f"{url}/tracks", json={}),
            world[who].post(f"{url}/proposals", json=click(3)),
            world[who].delete(url),
        ]
        assert [a.status_code for a in answers] == [status] * 5, who
    assert world["ben"].get(f"/api/tasks/{subject['task']['id']}/masklets").status_code == 200
    assert world["eve"].get(f"/api/tasks/{subject['task']['id']}/masklets").status_code == 404
    assert world["eve"].get(f"{url}/masks").status_code == 404


def test_remove_and_numbers(world: World, subject: dict[str, Any]) -> None:
    ann, task = world["ann"], subject["task"]["id"]
    second = ann.post(f"/api/tasks/{task}/masklets", json={"label": "b"}).json()
    assert (subject["masklet"]["number"], second["number"]) == (1, 2)
    assert ann.delete(f"/api/masklets/{second['id']}").status_code == 204
    assert ann.post(f"/api/tasks/{task}/masklets", json={"label": "c"}).json()["number"] == 3
    numbers = [m["number"] for m in ann.get(f"/api/tasks/{task}/masklets").json()["items"]]
    assert numbers == [1, 3]
    assert ann.patch(f"/api/masklets/{second['id']}", json={"label": "x"}).status_code == 404


def test_the_hash_that_saves_ask_for_is_that_of_the_prompts(world: World, subject: dict[str, Any]) -> None:
    ann, url = world["ann"], subject["url"]
    seen = set()
    for change in (
        lambda: ann.put(f"{url}/prompts/0", json=click(0)),
        lambda: ann.put(f"{url}/prompts/10", json={"picture": 10, "absent": True}),
        lambda: ann.put(f"{url}/prompts/10", json=click(10)),
        lambda: ann.delete(f"{url}/prompts/0"),
    ):
        assert change().status_code in (200, 204)
        with world.parts.database.read() as session:
            masklet = session.get_one(Masklet, UUID(subject["masklet"]["id"]))
            assert masklet.prompts_hash == prompts_hash(prompts_of(session, [masklet.id])[masklet.id])
            seen.add(masklet.prompts_hash)
    assert len(seen) == 4


def test_what_masklets_cost_people(world: World, subject: dict[str, Any], run_jobs: Callable[..., int]) -> None:
    ann, url, task = world["ann"], subject["url"], subject["task"]["id"]
    lead = world["lead"]
    assert lead.get(world.url("/effort")).json() == {
        "masklets": 0, "frames": 0, "seconds_per_frame": None, "edited_share": None, "clicks_per_edited_frame": None,
        "newest": [],
    }  # fmt: skip
    first = click(3)
    two = {**first, "points": [*first["points"], {"x": 1, "y": 1, "positive": False}]}
    ann.put(f"{url}/prompts/3", json=first)  # one click
    ann.put(f"{url}/prompts/3", json=two)  # and another one
    box = {"x1": 10, "y1": 10, "x2": 40, "y2": 40}
    assert ann.put(f"{url}/prompts/9", json={"picture": 9, "box": box}).status_code == 200  # a box
    ann.put(f"{url}/prompts/20", json={"picture": 20, "absent": True})  # a key
    ann.delete(f"{url}/prompts/20")  # and another one
    ann.post(f"{url}/tracks", json={})
    run_jobs()
    ann.post(f"/api/tasks/{task}/heartbeat", json={"active_seconds_delta": 30.0})
    assert lead.get(world.url("/effort")).json()["masklets"] == 0, "nothing is handed in yet"
    revision = ann.get(f"/api/tasks/{task}/document").json()["revision"]
    assert ann.post(f"/api/tasks/{task}/submit", json={"revision": revision}).status_code == 200
    told = lead.get(world.url("/effort")).json()
    with world.parts.database.read() as session:
        frames = session.get_one(Video, UUID(subject["video"])).grid_length
    assert frames
    assert (told["masklets"], told["frames"]) == (1, frames)
    assert told["seconds_per_frame"] == pytest.approx(30 / frames, abs=1e-3)
    assert told["edited_share"] == pytest.approx(3 / frames, abs=1e-3)
    assert told["clicks_per_edited_frame"] == pytest.approx(5 / 3, abs=1e-3)
    (newest,) = told["newest"]
    assert newest["label"] == "disc"
    for name in ("frames", "seconds_per_frame", "edited_share", "clicks_per_edited_frame"):
        assert newest[name] == told[name]
    assert ann.get(world.url("/effort")).status_code == 403
