"""Imports: what a good file becomes, what a bad one is told, and what a full disk leaves behind (nothing)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import update

from annotator.video.frames import FrameTable
from server.tables.jobs import Job
from tests.clips import write_huge
from tests.server.world import CLIP_PICTURES, World, send, write_disc_clip


@pytest.fixture
def video(world: World, clip: Path, run_jobs: Callable[..., int]) -> dict[str, Any]:
    """An imported clip."""
    sent = send(world["lead"], world.project, clip)
    run_jobs()
    found: dict[str, Any] = world["ann"].get(f"/api/videos/{sent['id']}").json()
    return found


def test_what_a_video_says(world: World, video: dict[str, Any]) -> None:
    assert video["state"] == "ready", video
    assert (video["width"], video["height"], video["pictures"]) == (160, 96, CLIP_PICTURES)
    assert video["rate"] == pytest.approx(15)
    assert video["seconds"] == pytest.approx(2)
    assert video["constant_rate"] is True
    assert video["has_audio"] is False
    assert video["grid_length"] == 12
    assert video["progress"] is None
    tasks = world["lead"].get(world.url("/tasks")).json()["items"]
    assert [(t["kind"], t["state"]) for t in tasks] == [("stc_subject", "ready")]


def test_frames(world: World, video: dict[str, Any]) -> None:
    url = f"/api/videos/{video['id']}/frames"
    answer = world["ann"].get(url)
    table = FrameTable.from_json(answer.json())
    assert len(table) == CLIP_PICTURES
    assert answer.json()["grid"] == table.grid().tolist()
    assert "immutable" in answer.headers["cache-control"]
    assert world["ann"].get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_proxy_by_range(world: World, video: dict[str, Any], tmp_path: Path) -> None:
    url = f"/api/videos/{video['id']}/proxy.mp4"
    whole = world["ann"].get(url)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(whole.content)
    head = world["ann"].head(url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")
    cases = {
        "bytes=0-9": (0, 10),
        "bytes=10-": (10, size),
        "bytes=-7": (size - 7, size),
        f"bytes=5-{size * 2}": (5, size),
    }
    for asked, (start, stop) in cases.items():
        part = world["ann"].get(url, headers={"Range": asked})
        assert part.status_code == 206, asked
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
        assert part.content == whole.content[start:stop]
    for asked in (f"bytes={size}-", "bytes=9-3", "bytes=-0"):
        out = world["ann"].get(url, headers={"Range": asked})
        assert (out.status_code, out.headers["content-range"]) == (416, f"bytes */{size}"), asked
    for ignored in ("bytes=0-1,4-5", "pictures=0-1", "bytes=a-b"):
        assert world["ann"].get(url, headers={"Range": ignored}).status_code == 200
    stale = world["ann"].get(url, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    assert stale.status_code == 200
    (tmp_path / "p.mp4").write_bytes(whole.content)
    with av.open(str(tmp_path / "p.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == CLIP_PICTURES


def test_pictures(world: World, video: dict[str, Any], tmp_path: Path) -> None:
    url = f"/api/videos/{video['id']}/pictures"
    for picture in (0, 7, CLIP_PICTURES - 1):
        answer = world["ann"].get(f"{url}/{picture}.jpg?quality=95")
        assert answer.headers["content-type"] == "image/jpeg"
        (tmp_path / "p.jpg").write_bytes(answer.content)
        with Image.open(tmp_path / "p.jpg") as opened:
            shown = np.asarray(opened).astype(int)
        red = np.argwhere((shown[..., 0] > 150) & (shown[..., 1] < 110))
        assert abs(red[:, 1].mean() - (40 + picture * 2)) < 3, picture
    for picture in (CLIP_PICTURES, -1):
        missing = world["ann"].get(f"{url}/{picture}.jpg")
        assert (missing.status_code, missing.json()["field"]) == (404, "picture")
        assert str(picture) in missing.json()["detail"]
    assert world["ann"].get(f"{url}/0.jpg?quality=0").status_code == 422


def test_thumbnails(world: World, video: dict[str, Any], tmp_path: Path) -> None:
    answer = world["ann"].get(f"/api/videos/{video['id']}/thumbnails.jpg")
    (tmp_path / "t.jpg").write_bytes(answer.content)
    sheet = video["thumbnails"]
    with Image.open(tmp_path / "t.jpg") as opened:
        size = opened.size
    assert size == (sheet["columns"] * sheet["width"], sheet["rows"] * sheet["height"])
    assert sheet["pictures"] == sorted(set(sheet["pictures"]))


def test_media_are_for_members(world: World, video: dict[str, Any]) -> None:
    for tail in ("", "/frames", "/proxy.mp4", "/thumbnails.jpg", "/pictures/0.jpg"):
        assert world["eve"].get(f"/api/videos/{video['id']}{tail}").status_code == 404, tail
    assert world["eve"].get(world.url("/videos")).status_code == 404


def bad_files(folder: Path, good: Path) -> dict[str, Path]:
    """Files that cannot be imported, by the code of the refusal."""
    files = {name: folder / f"{name}.mp4" for name in ("empty", "truncated", "not_video", "no_video_stream")}
    files["empty"].write_bytes(b"")
    files["truncated"].write_bytes(good.read_bytes()[:600])
    files["not_video"].write_bytes(b"just a few words, no video at all " * 100)
    with av.open(str(files["no_video_stream"]), "w") as output:
        stream = output.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    files["no_pictures"] = _changed(good, folder / "no_pictures.mp4", b"stsz", 12, struct.pack(">I", 0))
    files["codec"] = _changed(good, folder / "codec.mp4", b"avcC", 4, b"\xff" * 36)
    files["too_large"] = write_huge(folder / "too_large.mov")
    return files


def _changed(good: Path, path: Path, box: bytes, offset: int, new: bytes) -> Path:
    """A copy of an MP4 with other bytes at `offset` behind the name of a box of its sample tables."""
    data = bytearray(good.read_bytes())
    place = data.index(box, data.index(b"stbl")) + offset
    data[place : place + len(new)] = new
    path.write_bytes(data)
    return path


def test_bad_files_are_refused_by_name(world: World, clip: Path, tmp_path: Path, run_jobs: Callable[..., int]) -> None:
    for code, path in bad_files(tmp_path, clip).items():
        sent = send(world["lead"], world.project, path)
        run_jobs()
        found = world["lead"].get(f"/api/videos/{sent['id']}").json()
        assert (found["state"], found["reason_code"]) == ("refused", code), found
        assert path.name in found["reason"]
        answer = world["lead"].get(f"/api/videos/{sent['id']}/proxy.mp4")
        assert answer.status_code == 409
        assert path.name in answer.json()["detail"]
    assert world["lead"].get(world.url("/tasks")).json()["items"] == []


def test_full_disk_at_import(
    world: World, clip: Path, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(world["lead"], world.project, clip)
    before = {stored.key for stored in world.parts.storage.list()}
    real = world.parts.storage.put

    def full(key: str, source: Any) -> Any:
        if key.endswith("thumbnails.jpg"):
            from server.storage import StorageFull

            raise StorageFull(f"There is no space left to store {key}. Nothing was stored.", field="file")
        return real(key, source)

    with monkeypatch.context() as patch:
        patch.setattr(world.parts.storage, "put", full)
        for _ in range(3):
            run_jobs()
            with world.parts.database.begin() as session:
                session.execute(update(Job).values(run_after=Job.created_at))
    found = world["lead"].get(f"/api/videos/{sent['id']}").json()
    assert (found["state"], found["reason_code"]) == ("failed", "disk_full"), found
    assert "no space left" in found["reason"]
    assert {stored.key for stored in world.parts.storage.list()} == before, "half an import stayed"
    retried = world["lead"].post(world.url(f"/videos/{sent['id']}/retry"))
    assert retried.json()["state"] == "queued"
    run_jobs()
    assert world["lead"].get(f"/api/videos/{sent['id']}").json()["state"] == "ready"


def test_remove_only_without_work(world: World, video: dict[str, Any]) -> None:
    url = world.url(f"/videos/{video['id']}")
    assert world["ann"].delete(url).status_code == 403
    task = world["ann"].post(world.url("/tasks/next"), json={}).json()
    assert world["lead"].delete(url).status_code == 409
    world["ann"].post(f"/api/tasks/{task['id']}/release")
    assert world["lead"].delete(url).status_code == 204
    assert world["lead"].get(world.url("/videos")).json()["items"] == []
    assert world["lead"].get(f"/api/videos/{video['id']}").status_code == 404


def test_cancelled_import(world: World, tmp_path: Path, run_jobs: Callable[..., int]) -> None:
    sent = send(world["lead"], world.project, write_disc_clip(tmp_path / "other.mp4", seed=3))
    job = world["lead"].get(f"/api/videos/{sent['id']}").json()["progress"]["job_id"]
    assert world["lead"].post(f"/api/jobs/{UUID(job)}/cancel").status_code == 200
    found = world["lead"].get(f"/api/videos/{sent['id']}").json()
    assert (found["state"], found["reason_code"]) == ("failed", "cancelled")
    world["lead"].post(world.url(f"/videos/{sent['id']}/retry"))
    run_jobs()
    assert world["lead"].get(f"/api/videos/{sent['id']}").json()["state"] == "ready"
