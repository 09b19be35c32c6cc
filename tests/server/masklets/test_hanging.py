"""A store that says nothing for a while: whoever asks for masks and media waits, and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.server.world import CLIP_PICTURES, World, disc_centre, send

WAITING = 24
"""More than a process has connections to its database."""


def test_who_waits_for_the_store_holds_no_connection(
    world: World, clip: Path, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = send(world["lead"], world.project, clip)["id"]
    run_jobs()
    ann = world["ann"]
    task = ann.post(world.url("/tasks/next"), json={}).json()
    masklet = ann.post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()["id"]
    x, y = disc_centre(0)
    prompt = {"picture": 0, "points": [{"x": x, "y": y}]}
    assert ann.put(f"/api/masklets/{masklet}/prompts/0", json=prompt).status_code == 200
    ann.post(f"/api/masklets/{masklet}/tracks", json={})
    run_jobs()
    kind = type(world.parts.storage)
    hangs, arrived = threading.Event(), threading.Semaphore(0)

    def hanging(verb: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any, **more: Any) -> Any:
            arrived.release()
            assert hangs.wait(120)
            return verb(*given, **more)

        return asked

    for verb in ("stat", "read"):
        monkeypatch.setattr(kind, verb, hanging(getattr(kind, verb)))
    media = ("proxy.mp4", "frames", "thumbnails.jpg")
    urls = [f"/api/masklets/{masklet}/masks", *(f"/api/videos/{video}/{name}" for name in media)]
    with ThreadPoolExecutor(WAITING + 1) as crowd:
        asked = [crowd.submit(ann.get, urls[n % len(urls)]) for n in range(WAITING)]
        try:
            assert all(arrived.acquire(timeout=60) for _ in range(WAITING))
            assert crowd.submit(ann.get, "/api/me").result(20).status_code == 200
        finally:
            hangs.set()
        answers = [each.result(60) for each in asked]
    assert [answer.status_code for answer in answers] == [200] * WAITING
    assert len(answers[0].json()["frames"]) == CLIP_PICTURES
