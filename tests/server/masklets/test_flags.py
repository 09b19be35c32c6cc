"""Flags of tracks through the real app: where a person should look is told, and known still when masks are copied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import pytest

from annotator.masklet import rle
from server.tables.jobs import Job
from tests.annotator.propagate import scenes
from tests.annotator.propagate.test_flags import overtaken
from tests.server.world import World, send

Jobs = Callable[..., int]


def write(scene: scenes.Scene, path: Path) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=15, options={"preset": "ultrafast", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = *scene.size, "yuv420p"
        for frame in scene.frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def scene() -> scenes.Scene:
    return overtaken()


def test_flags_are_told_and_go_with_what_is_copied(
    world: World, scene: scenes.Scene, tmp_path: Path, run_jobs: Jobs
) -> None:
    ann = world["ann"]
    send(world["lead"], world.project, write(scene, tmp_path / "overtaken.mp4"), chunk=2**20)
    run_jobs()
    task = ann.post(world.url("/tasks/next"), json={}).json()["id"]
    url = f"/api/masklets/{ann.post(f'/api/tasks/{task}/masklets', json={}).json()['id']}"

    def follow(*pictures: int) -> dict[str, Any]:
        for picture in pictures:
            mask = scene.truth[picture]
            assert mask is not None
            prompt = {"picture": picture, "counts": rle.encode(mask).counts}
            assert ann.put(f"{url}/prompts/{picture}", json=prompt).status_code == 200
        assert ann.post(f"{url}/tracks", json={}).status_code == 202
        run_jobs()
        track: dict[str, Any] = ann.get(f"/api/tasks/{task}/masklets").json()["items"][0]["track"]
        assert track["state"] == "done"
        return track

    alone = follow(0)["flags"]
    assert any(flag["why"] == "area" for flag in alone), "it went over to the twin"
    between = follow(12, 29)["flags"]
    told = [flag for flag in between if flag["why"] == "disagreement"]
    assert told
    assert all(12 < flag["picture_start"] <= flag["picture_end"] < 29 for flag in told)
    corrected = follow(6)
    with world.parts.database.read() as session:
        result = session.get_one(Job, UUID(corrected["job_id"])).result
    assert result is not None and result["copied"] >= 16, "what is behind picture 12 is copied"
    assert [flag for flag in corrected["flags"] if flag["why"] == "disagreement"] == told
    assert not [flag for flag in follow(20)["flags"] if flag in told], "the flags go with their masks"
