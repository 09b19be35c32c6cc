"""Masks come to the page while they are made, from a real server and its worker: each once, through broken connections,
until a track is done or somebody stops it; what a stopped track finished is used by the next one."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from server.client import Client
from server.jobs.run import JobContext
from server.masklets import jobs
from server.masklets import track as tracks
from server.masklets.track import BATCH_FRAMES
from server.tables.jobs import Job
from tests.server.masklets.test_embedded import address, make_people
from tests.server.world import CLIP_PICTURES, World, disc_centre, send, write_disc_clip

__all__ = ["address"]

SIZE, PICTURES = (480, 270), 240
Event = tuple[str, str, Any]
"""Id, name and data."""


class Page:
    """What a browser hears of a masklet; its connection may drop."""

    def __init__(self, address: str, token: str, masklet: str) -> None:
        self._url, self._token = f"{address}/api/events?topic=masklet:{masklet}", token
        self._stream: Any = None
        self.heard: list[Event] = []

    def connect(self, after: str | None = None) -> None:
        """Open the stream: what happens from now on, or after the event of that id, is heard."""
        headers = {"Authorization": f"Bearer {self._token}"} | ({} if after is None else {"Last-Event-ID": after})
        self._stream = urllib.request.urlopen(urllib.request.Request(self._url, headers=headers), timeout=60)
        assert self._stream.readline().startswith(b": listening")

    def hear(self, until: Callable[[list[Event]], bool]) -> None:
        """Take events until it is enough."""
        fields: dict[str, str] = {}
        deadline = time.monotonic() + 120  # pings come for ever
        while not until(self.heard):
            assert time.monotonic() < deadline, self.heard[-3:]
            line = self._stream.readline().decode()
            assert line, "the server ended the stream"
            name, _, value = line.rstrip("\n").partition(": ")
            if value and name:
                fields[name] = value
            elif not name and "data" in fields:
                self.heard.append((fields["id"], fields["event"], json.loads(fields["data"])))
                fields = {}

    def drop(self) -> None:
        """The connection breaks, with what was on its way."""
        self._stream.close()

    def come_back(self) -> None:
        """As EventSource does it."""
        self.connect(after=self.heard[-1][0])

    def frames(self) -> list[tuple[int, str | None]]:
        """Pictures and masks as they came."""
        return [(f["picture"], f["counts"]) for _, name, data in self.heard if name == "masks" for f in data["frames"]]


def ended(heard: list[Event]) -> bool:
    """The last word about a track was heard."""
    return any(name == "track" and data["state"] in ("done", "cancelled", "failed") for _, name, data in heard)


def some_masks(count: int) -> Callable[[list[Event]], bool]:
    return lambda heard: sum(name == "masks" for _, name, _ in heard) >= count


@pytest.fixture
def lead(address: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Client, str, str, str]]:
    """A connection, its token, a leased subject task of a longer clip, the server's address."""
    project, token = make_people(tmp_path / "data")
    client = Client(address, token)
    for _ in range(600):
        try:
            client.get("/health")
            break
        except OSError:
            time.sleep(0.1)
    pictures = getattr(request, "param", PICTURES)
    video = client.upload(project, write_disc_clip(tmp_path / "disc.mp4", pictures, SIZE))
    client.wait(f"/videos/{video['id']}", until=lambda v: v["state"] == "ready")
    client.wait(f"/projects/{project}/tasks", until=lambda answer: bool(answer["items"]))
    task = client.post(f"/projects/{project}/tasks/next", {})
    yield client, token, task["id"], address


def new_masklet(client: Client, task: str, pictures: tuple[int, ...]) -> str:
    masklet: str = client.post(f"/tasks/{task}/masklets", {"label": "disc"})["id"]
    for picture in pictures:
        x, y = disc_centre(picture, SIZE)
        client.put(f"/masklets/{masklet}/prompts/{picture}", {"picture": picture, "points": [{"x": x, "y": y}]})
    return masklet


def over(client: Client, track: dict[str, Any]) -> str:
    """Wait until the track's job has ended; how."""
    job = client.wait(f"/jobs/{track['job_id']}", until=lambda j: j["state"] not in ("queued", "running"))
    return str(job["state"])


def test_a_page_that_was_away_hears_each_mask_once(lead: tuple[Client, str, str, str]) -> None:
    client, token, task, address = lead
    masklet = new_masklet(client, task, (0,))
    page, steady = (Page(address, token, masklet) for _ in range(2))
    page.connect()
    steady.connect()
    track = client.post(f"/masklets/{masklet}/tracks", {})
    for batches in (2, 4, 6):
        page.hear(some_masks(batches))
        page.drop()
        assert not ended(page.heard), "the connection was to break in the middle of the track"
        time.sleep(0.4)  # while the worker goes on
        page.come_back()
    page.hear(ended)
    steady.hear(ended)
    assert over(client, track) == "done"
    assert page.heard == steady.heard, "the same events, each once, as for a page that was never away"
    assert not any(name == "reset" for _, name, _ in page.heard)
    masks = client.get(f"/masklets/{masklet}/masks", start=0, stop=256)["frames"]
    assert page.frames() == [(f["picture"], f["counts"]) for f in masks], "as they are stored"
    batches = [len(data["frames"]) for _, name, data in page.heard if name == "masks"]
    assert len(batches) > 6 and max(batches) <= BATCH_FRAMES


def test_a_page_that_was_away_for_too_long_is_told_to_read_anew(lead: tuple[Client, str, str, str]) -> None:
    client, token, task, address = lead
    masklet = new_masklet(client, task, (40,))
    page = Page(address, token, masklet)
    page.connect(after="1-1")  # of another life of the server
    page.hear(bool)
    assert page.heard[0][1] == "reset"
    track = client.post(f"/masklets/{masklet}/tracks", {"picture_start": 36, "picture_end": 45, "direction": "both"})
    page.hear(ended)
    assert over(client, track) == "done"
    stored = client.get(f"/masklets/{masklet}/masks", start=30, stop=50)["frames"]
    assert sorted(page.frames()) == [(f["picture"], f["counts"]) for f in stored]
    assert [f["picture"] for f in stored] == [*range(36, 46)]


def test_a_track_that_is_stopped_stops_and_the_next_one_uses_what_it_had(lead: tuple[Client, str, str, str]) -> None:
    client, token, task, address = lead
    masklet = new_masklet(client, task, (0, 30, 55))
    page = Page(address, token, masklet)
    page.connect()
    track = client.post(f"/masklets/{masklet}/tracks", {})
    # The keyframes, then the pictures between the first two from both sides, then some of the next ones.
    page.hear(lambda heard: ended(heard) or len(page.frames()) >= 3 + 2 * 29 + 4)
    assert client.post(f"/tracks/{track['id']}/cancel", {})["id"] == track["id"]
    again = client.post(f"/masklets/{masklet}/tracks", {})
    page.hear(ended)
    assert over(client, track) == "cancelled"
    (stopped,) = (data for _, name, data in page.heard if name == "track" and data["state"] == "cancelled")
    assert 3 + 29 <= stopped["pictures_done"] < PICTURES // 2
    page.heard.clear()
    page.hear(ended)
    assert over(client, again) == "done"
    assert not {picture for picture, _ in page.frames()} & set(range(1, 30)), "what was finished is followed anew"
    masks = client.get(f"/masklets/{masklet}/masks", start=0, stop=256)["frames"]
    assert [f["picture"] for f in masks] == list(range(PICTURES))


def test_a_stop_takes_hold_with_the_next_frame(
    world: World, clip: Path, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker that knows of it follows no further picture, and keeps each that it has. Tried again, it is whole:
    whoever has shown the half of it, server or page, shows that no more."""
    send(world["lead"], world.project, clip)
    run_jobs()
    task = world["ann"].post(world.url("/tasks/next"), json={}).json()
    masklet = world["ann"].post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()
    x, y = disc_centre(0)
    prompt = {"picture": 0, "points": [{"x": x, "y": y, "positive": True}]}
    assert world["ann"].put(f"/api/masklets/{masklet['id']}/prompts/0", json=prompt).status_code == 200
    track = world["ann"].post(f"/api/masklets/{masklet['id']}/tracks", json={}).json()
    told: list[float] = []
    real = JobContext.progress

    def progress(self: JobContext, fraction: float, *given: Any, **more: Any) -> None:
        told.append(fraction)
        if len(told) == 5:
            assert world["ann"].post(f"/api/tracks/{track['id']}/cancel").status_code == 202
            self._stop.wait(30)  # until the worker has looked
        real(self, fraction, *given, **more)

    monkeypatch.setattr(JobContext, "progress", progress)
    run_jobs()
    assert len(told) == 5, "another picture was followed"
    url = f"/api/masklets/{masklet['id']}/masks"
    told_of = world["ann"].get(url, params={"track": track["id"]})
    partial = told_of.json()["frames"]
    assert [f["picture"] for f in partial] == [0, 1, 2, 3, 4] != list(range(CLIP_PICTURES))
    monkeypatch.setattr(JobContext, "progress", real)
    assert world["lead"].post(f"/api/jobs/{track['job_id']}/retry").status_code == 200
    run_jobs()
    seen = {"If-None-Match": told_of.headers["ETag"]}
    whole = world["ann"].get(url, params={"track": track["id"]}, headers=seen)
    assert whole.status_code == 200, "the page has what the stopped attempt had, and nothing newer"
    frames = whole.json()["frames"]
    assert [f["picture"] for f in frames] == list(range(CLIP_PICTURES)), "tried again, it is followed to the end"
    assert frames[:5] == partial


def test_the_next_track_waits_for_what_the_stopped_one_had(
    world: World, clip: Path, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers: the second has the new track before the first one has heard that the old one is stopped."""
    send(world["lead"], world.project, clip)
    run_jobs()
    task = world["ann"].post(world.url("/tasks/next"), json={}).json()
    masklet = world["ann"].post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()
    url = f"/api/masklets/{masklet['id']}"

    def prompt(picture: int) -> None:
        x, y = disc_centre(picture)
        record = {"picture": picture, "points": [{"x": x, "y": y, "positive": True}]}
        assert world["ann"].put(f"{url}/prompts/{picture}", json=record).status_code == 200

    for picture in (0, 10, 20):
        prompt(picture)
    told: list[float] = []
    reached, waiting = threading.Event(), threading.Event()
    real, looking = JobContext.progress, jobs.older_ending

    def progress(self: JobContext, fraction: float, *given: Any, **more: Any) -> None:
        told.append(fraction)
        if len(told) == 3 + 2 * 9 + 2:  # the first stretch is done
            reached.set()
            assert waiting.wait(60)
            self._stop.wait(30)
        real(self, fraction, *given, **more)

    def look(*given: Any) -> bool:
        found = looking(*given)
        if found:
            waiting.set()
        return found

    monkeypatch.setattr(JobContext, "progress", progress)
    monkeypatch.setattr(jobs, "older_ending", look)
    first = world["ann"].post(f"{url}/tracks", json={}).json()
    workers = [threading.Thread(target=run_jobs, daemon=True) for _ in range(2)]
    workers[0].start()
    assert reached.wait(60)
    prompt(27)
    second = world["ann"].post(f"{url}/tracks", json={}).json()
    assert second["id"] != first["id"]
    workers[1].start()
    for worker in workers:
        worker.join(120)
    with world.parts.database.read() as session:
        states = [session.get_one(Job, UUID(track["job_id"])).state.value for track in (first, second)]
        result = session.get_one(Job, UUID(second["job_id"])).result
    assert states == ["cancelled", "done"]
    assert result is not None and result["copied"] >= 11, "the keyframes 0 and 10 and what lies between them"


def test_what_a_running_track_told_is_read_once_however_often_pages_ask(
    world: World, clip: Path, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long video is asked for in more than a hundred parts, and a batch of masks is some ten kilobytes."""
    send(world["lead"], world.project, clip)
    run_jobs()
    task = world["ann"].post(world.url("/tasks/next"), json={}).json()
    masklet = world["ann"].post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()
    url = f"/api/masklets/{masklet['id']}"
    x, y = disc_centre(0)
    prompt = {"picture": 0, "points": [{"x": x, "y": y, "positive": True}]}
    assert world["ann"].put(f"{url}/prompts/0", json=prompt).status_code == 200
    track = world["ann"].post(f"{url}/tracks", json={}).json()
    monkeypatch.setattr(tracks, "BATCH_FRAMES", 1)
    kind = type(world.parts.events)
    read: list[int] = []
    looks: list[Any] = []
    told: list[float] = []
    kept, real = kind.kept, JobContext.progress

    def counted(self: Any, topic: str, after: str | None = None) -> list[Any]:
        found = kept(self, topic, after)
        read.append(sum(event.name == "masks" for event in found))
        return found

    def progress(self: JobContext, fraction: float, *given: Any, **more: Any) -> None:
        told.append(fraction)
        for _ in range({6: 1, 12: 2}.get(len(told), 0)):
            looks.append(world["ann"].get(f"{url}/masks", params={"track": track["id"]}).json())
        real(self, fraction, *given, **more)

    monkeypatch.setattr(kind, "kept", counted)
    monkeypatch.setattr(JobContext, "progress", progress)
    run_jobs()
    assert [look["given"] for look in looks] == [6, 12, 12]
    assert [[f["picture"] for f in look["frames"]] for look in looks] == [list(range(n)) for n in (6, 12, 12)]
    assert read == [6, 6, 0]


@pytest.mark.parametrize("lead", [600], indirect=True)
def test_a_page_that_opens_while_a_track_runs_sees_what_it_has_and_hears_the_rest(
    lead: tuple[Client, str, str, str],
) -> None:
    """A checkpoint is written after 250 frames: what this page gets is from it and from the events since."""
    client, token, task, address = lead
    masklet = new_masklet(client, task, (0,))
    steady, late = (Page(address, token, masklet) for _ in range(2))
    steady.connect()
    track = client.post(f"/masklets/{masklet}/tracks", {})
    steady.hear(lambda heard: sum(len(data["frames"]) for _, name, data in heard if name == "masks") > 280)
    late.connect()
    page = client.get(f"/masklets/{masklet}/masks", start=128, stop=384, track=track["id"])
    late.hear(ended)
    steady.hear(ended)
    assert over(client, track) == "done"
    assert 280 < page["given"] < 600, "it was to be asked in the middle"
    until = [data for _, name, data in steady.heard if name == "masks" and data["given"] <= page["given"]]
    shown = [(f["picture"], f["counts"]) for data in until for f in data["frames"] if 128 <= f["picture"] < 384]
    assert [(f["picture"], f["counts"]) for f in page["frames"]] == shown, "no more, no less"
    assert until[-1]["given"] == page["given"]
    news = [data for _, name, data in late.heard if name == "masks" and data["given"] > page["given"]]
    assert news == [data for _, name, data in steady.heard if name == "masks" and data not in until], "the rest, once"
    shown += [(f["picture"], f["counts"]) for data in news for f in data["frames"]]
    stored = [client.get(f"/masklets/{masklet}/masks", start=at, stop=at + 256) for at in (128, 384)]
    assert [each["given"] for each in stored] == [None, None]
    assert [(f["picture"], f["counts"]) for each in stored for f in each["frames"]] == shown
