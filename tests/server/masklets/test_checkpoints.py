"""A running track whose worker dies: the next one goes on from the last checkpoint, and nobody sees a difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from annotator.propagate.flow import FlowSession
from server import events
from server.jobs.run import JobContext
from server.jobs.sweep import give_back_all
from server.masklets import checkpoints
from server.masklets import track as tracks
from server.storage.named import named, namings_of
from server.tables.jobs import Job
from server.tables.masklets import Track
from tests.server.world import CLIP_PICTURES, World, disc_centre, send

WHOLE = 2 + 19 * 2 + 2 + 7
"""Frames of a track with keyframes on 2 and 22: both, twice between them, before and after."""


class Killed(BaseException):
    """The end of a worker: nothing after it is run, and nothing is written down."""


@pytest.fixture
def subject(world: World, clip: Path, run_jobs: Callable[..., int]) -> dict[str, Any]:
    """A leased subject task of an imported clip."""
    send(world["lead"], world.project, clip)
    run_jobs()
    return dict(world["ann"].post(world.url("/tasks/next"), json={}).json())


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after some frames, however short the clip is."""
    monkeypatch.setattr(checkpoints, "EVERY_PICTURES", 5)
    monkeypatch.setattr(checkpoints, "SHARE", 1e9)


def begin(world: World, task: dict[str, Any], pictures: tuple[int, ...] = (2, 22)) -> tuple[str, dict[str, Any]]:
    """A masklet with a click on each of the pictures, and its track."""
    masklet = world["ann"].post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()
    url = f"/api/masklets/{masklet['id']}"
    for picture in pictures:
        x, y = disc_centre(picture)
        prompt = {"picture": picture, "points": [{"x": x, "y": y, "positive": True}]}
        assert world["ann"].put(f"{url}/prompts/{picture}", json=prompt).status_code == 200
    return url, world["ann"].post(f"{url}/tracks", json={}).json()


def die(world: World, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch, after: int) -> list[float]:
    """Run the track until its worker dies after so many frames; the progress that it told."""
    told: list[float] = []
    real = JobContext.progress

    def progress(self: JobContext, fraction: float, *given: Any, **more: Any) -> None:
        told.append(fraction)
        if len(told) > after:
            raise Killed
        real(self, fraction, *given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(JobContext, "progress", progress)
        with pytest.raises(Killed):
            run_jobs()
    with world.parts.database.begin() as session:
        assert give_back_all(session) == 1
    return told


def result(world: World, track: dict[str, Any]) -> tuple[dict[str, Any], Track]:
    with world.parts.database.read() as session:
        job, row = session.get_one(Job, UUID(track["job_id"])), session.get_one(Track, UUID(track["id"]))
        assert job.state.value == "done", job.error
        assert job.result is not None
        return job.result, row


def masks(world: World, url: str) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = world["ann"].get(f"{url}/masks").json()["frames"]
    assert len(frames) == CLIP_PICTURES
    return frames


@pytest.mark.parametrize("after", [8, 21, 30, 45], ids=["first pass", "its end", "second pass", "before and after"])
def test_another_worker_goes_on(
    world: World,
    subject: dict[str, Any],
    run_jobs: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    url, track = begin(world, subject)
    run_jobs()
    expected = masks(world, url)
    told: list[tuple[int, str | None, float]] = []
    publish = JobContext.publish

    def listen(self: JobContext, topic: str, name: str, data: Any) -> None:
        if name == "masks":
            told.extend((f["picture"], f["counts"], f["score"]) for f in data["frames"])
        publish(self, topic, name, data)

    monkeypatch.setattr(JobContext, "publish", listen)
    url, track = begin(world, subject)
    before = die(world, run_jobs, monkeypatch, after)
    with world.parts.database.read() as session:
        left = session.get_one(Track, UUID(track["id"])).checkpoint_key
        progress = session.get_one(Job, UUID(track["job_id"])).progress
    assert left is not None
    given = int(left.rpartition(f"{track['id']}.")[2].partition("-")[0])
    assert after - 5 - after // 4 <= given <= after
    assert progress <= before[-1]
    run_jobs()
    done, row = result(world, track)
    assert done == {"pictures": CLIP_PICTURES, "followed": WHOLE - given, "copied": 0}
    assert (row.state.value, row.checkpoint_key, row.pictures_done) == ("done", None, CLIP_PICTURES)
    assert masks(world, url) == expected
    for picture in [*range(2), 2, 22, *range(23, CLIP_PICTURES)]:  # these come once, and are final
        assert len({frame for frame in told if frame[0] == picture}) == 1
    last = {picture: (counts, score) for picture, counts, score in told}
    assert [last[f["picture"]][0] for f in expected] == [f["counts"] for f in expected]
    with world.parts.database.read() as session:
        files = [stored.key for stored in world.parts.storage.list("masklets/")]
        assert all(namings_of(key) for key in files), "the collector would never take it"
        left_over = set(files) - named(session, files)
    assert left_over == {key for key in files if key.endswith(".checkpoint")} != set()


@pytest.mark.parametrize("wrong", ["damaged", "gone", "another track's", "another version's"])
def test_a_checkpoint_that_cannot_be_used_costs_time_only(
    world: World,
    subject: dict[str, Any],
    run_jobs: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
) -> None:
    url, track = begin(world, subject)
    run_jobs()
    expected = masks(world, url)
    other, _ = begin(world, subject, (2, 9))
    die(world, run_jobs, monkeypatch, 12)
    with world.parts.database.read() as session:
        theirs = session.scalar(select(Track.checkpoint_key).where(Track.checkpoint_key.is_not(None)))
    run_jobs()
    url, track = begin(world, subject)
    die(world, run_jobs, monkeypatch, 30)
    with world.parts.database.begin() as session:
        row = session.get_one(Track, UUID(track["id"]))
        assert row.checkpoint_key is not None and theirs is not None
        if wrong == "damaged":
            data = b"".join(world.parts.storage.read(row.checkpoint_key))
            world.parts.storage.put(row.checkpoint_key, data[:200] + b"?" + data[201:])
        elif wrong == "gone":
            world.parts.storage.delete(row.checkpoint_key)
        elif wrong == "another track's":
            row.checkpoint_key = theirs
        else:
            monkeypatch.setattr(checkpoints, "program_version", lambda: "9.9")
    with capture_logs() as logs:
        run_jobs()
    (line,) = [line for line in logs if line["event"] == "checkpoint_ignored"]
    assert line["track"] == track["id"] and line["reason"]
    done, _ = result(world, track)
    assert done["followed"] == WHOLE
    assert masks(world, url) == expected
    assert other != url


def test_a_checkpoint_that_breaks_an_attempt_is_not_used_again(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, track = begin(world, subject)
    die(world, run_jobs, monkeypatch, 12)

    def broken(*_: Any) -> None:
        raise RuntimeError("a fault that lies in what was taken up")

    with monkeypatch.context() as patched:
        patched.setattr(FlowSession, "_take", broken)
        run_jobs()
    with world.parts.database.begin() as session:
        assert session.get_one(Track, UUID(track["id"])).checkpoint_key is None
        job = session.get_one(Job, UUID(track["job_id"]))
        assert job.state.value == "queued" and "a fault" in str(job.error)
        job.run_after = job.created_at
    run_jobs()
    assert result(world, track)[0]["followed"] == WHOLE
    assert len(masks(world, url)) == CLIP_PICTURES


def test_a_track_that_is_given_up_names_no_checkpoint(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, track = begin(world, subject)
    die(world, run_jobs, monkeypatch, 12)
    assert world["ann"].post(f"/api/tracks/{track['id']}/cancel").status_code == 202
    with world.parts.database.read() as session:
        row = session.get_one(Track, UUID(track["id"]))
        assert (row.state.value, row.checkpoint_key) == ("cancelled", None)
    assert world["ann"].get(f"{url}/masks").status_code == 404


def test_a_slow_store_gets_as_many_checkpoints_as_pages_need(
    world: World, subject: dict[str, Any], run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that opens late reads the last checkpoint and the events since, of which only some are kept."""
    monkeypatch.setattr(events, "REPLAY", 16)
    monkeypatch.setattr(tracks, "BATCH_FRAMES", 1)
    monkeypatch.setattr(checkpoints, "EVERY_BATCHES", 4)
    monkeypatch.setattr(checkpoints, "SHARE", 1e-9)  # one would do for the whole track
    url, track = begin(world, subject, (0,))
    looks: list[Any] = []
    real = JobContext.progress

    def progress(self: JobContext, *given: Any, **more: Any) -> None:
        real(self, *given, **more)
        looks.append(None if len(looks) < 27 else world["ann"].get(f"{url}/masks", params={"track": track["id"]}))

    monkeypatch.setattr(JobContext, "progress", progress)
    run_jobs()
    late = looks[27].json()
    assert late["given"] == 28
    assert [frame["picture"] for frame in late["frames"]] == list(range(28))
