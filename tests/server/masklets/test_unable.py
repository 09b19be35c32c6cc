"""Tracks that cannot be: the accelerator is full, the video's file is gone, the video is set aside, no such subject."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from annotator.propagate.protocol import Session
from annotator.propagate.sam2 import Sam2Propagator
from annotator.propagate.sam2_session import Sam2Session
from annotator.records import Point, PromptRecord
from server.jobs.roster import Presence
from server.masklets import checkpoints
from server.masklets.sessions import sessions_of
from server.tables.jobs import Job
from server.tables.masklets import Masklet, Track
from server.tables.projects import PropagatorName
from server.tables.videos import Video
from tests.annotator.propagate import tiny_sam2
from tests.server.world import CLIP_PICTURES, World, disc_centre, send


@pytest.fixture
def subject(world: World, clip: Path, run_jobs: Callable[..., int]) -> dict[str, Any]:
    """A leased subject task of an imported clip, with one masklet that has a click on picture 0."""
    video = send(world["lead"], world.project, clip)
    run_jobs()
    task = world["ann"].post(world.url("/tasks/next"), json={}).json()
    masklet = world["ann"].post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()
    url = f"/api/masklets/{masklet['id']}"
    x, y = disc_centre(0)
    prompt = {"picture": 0, "points": [{"x": x, "y": y, "positive": True}]}
    assert world["ann"].put(f"{url}/prompts/0", json=prompt).status_code == 200
    return {"video": video["id"], "task": task, "masklet": masklet["id"], "url": url}


def rows(world: World, track: dict[str, Any]) -> tuple[Job, Track, Masklet]:
    with world.parts.database.read() as session:
        row = session.get_one(Track, UUID(track["id"]))
        return session.get_one(Job, UUID(track["job_id"])), row, session.get_one(Masklet, row.masklet_id)


def due(world: World, track: dict[str, Any]) -> None:
    """The next attempt need not wait."""
    with world.parts.database.begin() as session:
        job = session.get_one(Job, UUID(track["job_id"]))
        job.run_after = job.created_at


@contextmanager
def full_after(propagator: Sam2Propagator, steps: int) -> Iterator[list[int]]:
    """The network's forward runs out of memory after so many pictures, as it does on a device that is too small."""
    import torch

    seen: list[int] = []
    ordinary = type(propagator.model)

    class Full(ordinary):  # type: ignore[misc, valid-type]  # the package's class, known only here
        def forward_image(self, images: Any) -> Any:
            seen.append(1)
            if len(seen) > steps:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
            return super().forward_image(images)

    propagator.model.__class__ = Full
    try:
        yield seen
    finally:
        propagator.model.__class__ = ordinary


def test_a_track_that_does_not_fit_says_what_to_set_and_goes_on_when_it_does(
    world: World,
    subject: dict[str, Any],
    run_jobs: Callable[..., int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A real network of SAM 2 behind the server's own jobs."""
    tiny = Sam2Propagator(tiny_sam2.options(tiny_sam2.write_checkpoint(tmp_path / "tiny.pt")))
    sessions_of(world.parts.storage)._propagators[PropagatorName.FLOW] = tiny
    monkeypatch.setattr(checkpoints, "EVERY_PICTURES", 5)
    monkeypatch.setattr(checkpoints, "SHARE", 1e9)
    track = world["ann"].post(f"{subject['url']}/tracks", json={}).json()
    with full_after(tiny, 12):
        run_jobs()
    job, row, _ = rows(world, track)
    assert (job.state.value, row.state.value) == ("queued", "running"), job.error
    assert row.checkpoint_key is not None, "what it had is kept"
    due(world, track)
    run_jobs()
    job, row, masklet = rows(world, track)
    assert (job.state.value, row.checkpoint_key, masklet.current_track_id) == ("done", None, row.id)
    assert job.result is not None and 0 < job.result["followed"] < CLIP_PICTURES
    world["ann"].put(f"{subject['url']}/prompts/9", json={"picture": 9, "absent": True})
    again = world["ann"].post(f"{subject['url']}/tracks", json={}).json()
    with full_after(tiny, 0):
        for _ in range(3):
            due(world, again)
            run_jobs()
    job, row, masklet = rows(world, again)
    assert (job.state.value, row.state.value) == ("failed", "failed")
    assert "choose a smaller VIDGRAIN_SAM2_IMAGE_SIZE" in str(job.error)
    assert str(masklet.current_track_id) == track["id"], "the masks that were there stay"
    assert tiny.turns.waiting == 0


def left_open(world: World, subject: dict[str, Any], tiny: Sam2Propagator) -> Session:
    """A session of clicks on the same video, with something on the device."""
    sessions = sessions_of(world.parts.storage)
    sessions._propagators[PropagatorName.FLOW] = tiny
    with world.parts.database.read() as session:
        video = session.get_one(Video, UUID(subject["video"]))
    with sessions.for_clicks(PropagatorName.FLOW, world.parts.settings, video) as clicked:
        clicked.set_keyframe("dog", 3, PromptRecord(picture=3, points=[Point(x=60, y=60)]))
        list(clicked.track("dog", 3, 4, "forward"))
    return clicked


@contextmanager
def room_for_one(tiny: Sam2Propagator) -> Iterator[None]:
    """The network's forward runs out of memory while more than one session has something on the device."""
    import torch

    ordinary = type(tiny.model)

    class Narrow(ordinary):  # type: ignore[misc, valid-type]  # the package's class, known only here
        def forward_image(self, images: Any) -> Any:
            if sum(each.device_bytes > 0 for each in list(tiny._used)) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
            return super().forward_image(images)

    tiny.model.__class__ = Narrow
    try:
        yield
    finally:
        tiny.model.__class__ = ordinary


def test_a_track_waits_while_another_one_has_the_device(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int], tmp_path: Path
) -> None:
    """What is at work cannot be moved away. That is nobody's failed attempt, and no smaller network is asked for."""
    tiny = Sam2Propagator(tiny_sam2.options(tiny_sam2.write_checkpoint(tmp_path / "tiny.pt")))
    other = left_open(world, subject, tiny)
    assert isinstance(other, Sam2Session)
    at_work, over = threading.Event(), threading.Event()

    def work() -> None:
        with other._marks.lock:  # as in the middle of a step
            at_work.set()
            over.wait(60)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    assert at_work.wait(20)
    track = world["ann"].post(f"{subject['url']}/tracks", json={}).json()
    with room_for_one(tiny):
        try:
            for _ in range(4):  # more than a track has attempts
                due(world, track)
                run_jobs()
                job, row, _ = rows(world, track)
                assert (job.state.value, row.state.value, job.attempts) == ("queued", "running", 0), job.error
                assert "taken by another clip" in str(job.error) and "VIDGRAIN" not in str(job.error)
        finally:
            over.set()
        worker.join(20)
        due(world, track)
        run_jobs()
    job, row, masklet = rows(world, track)
    assert (job.state.value, row.pictures_done, masklet.current_track_id) == ("done", CLIP_PICTURES, row.id), job.error
    assert tiny.turns.waiting == 0


def test_a_click_that_meets_a_full_device_says_so_at_once(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int], tmp_path: Path
) -> None:
    """Nobody who clicked waits for a second attempt at what cannot be."""
    tiny = Sam2Propagator(tiny_sam2.options(tiny_sam2.write_checkpoint(tmp_path / "tiny.pt")))
    sessions_of(world.parts.storage)._propagators[PropagatorName.FLOW] = tiny
    x, y = disc_centre(3)
    click = {"picture": 3, "points": [{"x": x, "y": y}]}
    with ThreadPoolExecutor(1) as page, full_after(tiny, 0):
        asked = page.submit(world["ann"].post, f"{subject['url']}/proposals", json=click)
        while not asked.done():
            run_jobs(("clicks",))
            time.sleep(0.02)
        told = asked.result().json()
    assert told["type"] == "proposal_failed"
    assert told["detail"].startswith("The accelerator's memory does not suffice for one session: choose a smaller")
    with world.parts.database.read() as session:
        assert session.scalars(select(Job).where(Job.kind == "propose")).all() == []


def test_a_track_that_meets_a_full_device_goes_on_with_fewer_open_clips_and_says_so(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int], tmp_path: Path, admin: TestClient
) -> None:
    """The device has room for one session: the one that a click left open is moved away, and both rows say so."""
    tiny = Sam2Propagator(tiny_sam2.options(tiny_sam2.write_checkpoint(tmp_path / "tiny.pt")))
    left_open(world, subject, tiny)
    presence = Presence(world.parts, "narrow", ["track"], 1)
    with room_for_one(tiny):
        presence.beat()
        track = world["ann"].post(f"{subject['url']}/tracks", json={}).json()
        run_jobs()
        presence.beat()
    job, row, _ = rows(world, track)
    assert (job.state.value, row.pictures_done) == ("done", CLIP_PICTURES), job.error
    told = world["ann"].get(f"/api/jobs/{job.id}").json()["fell_back"]
    assert told["sessions"] == 1
    (worker,) = admin.get("/api/workers").json()
    assert (worker["name"], worker["fell_back"]) == ("narrow", told)
    presence.end()


def test_a_video_whose_file_is_gone_while_it_is_tracked(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int]
) -> None:
    track = world["ann"].post(f"{subject['url']}/tracks", json={}).json()
    with world.parts.database.read() as session:
        key = session.get_one(Video, UUID(subject["video"])).proxy_key
    assert key is not None
    world.parts.storage.delete(key)
    run_jobs()
    job, row, masklet = rows(world, track)
    assert (job.state.value, row.state.value) == ("failed", "failed")
    assert f"{key} is not in the storage" in str(job.error)
    assert masklet.current_track_id is None and row.file_key is None


def test_a_video_that_is_set_aside_while_it_is_tracked_loses_nothing(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int]
) -> None:
    track = world["ann"].post(f"{subject['url']}/tracks", json={}).json()
    url = world.url(f"/videos/{subject['video']}/flag")
    answer = world["lead"].put(url, json={"reason": "blurred"})
    assert answer.status_code == 200, answer.text
    run_jobs()
    job, row, masklet = rows(world, track)
    assert (job.state.value, row.state.value, masklet.current_track_id) == ("done", "done", row.id)
    assert row.pictures_done == CLIP_PICTURES


def test_an_unknown_subject_is_said_and_nothing_is_made(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int]
) -> None:
    nobody = f"/api/masklets/{uuid4()}"
    prompt = {"picture": 0, "points": [{"x": 5, "y": 5}]}
    for answer in (
        world["ann"].put(f"{nobody}/prompts/0", json=prompt),
        world["ann"].post(f"{nobody}/proposals", json=prompt),
        world["ann"].post(f"{nobody}/tracks", json={}),
        world["ann"].get(f"{nobody}/masks"),
        world["ann"].post(f"/api/tracks/{uuid4()}/cancel"),
    ):
        assert answer.status_code == 404, answer.text
        assert answer.json()["type"] in ("masklet_not_found", "track_not_found")
    assert run_jobs() == 0
