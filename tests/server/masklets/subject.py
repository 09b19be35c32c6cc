"""A subject of a rendered clip, in a task that somebody holds: what tests of tracks do with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from fastapi.testclient import TestClient

from annotator.masklet import rle
from server.tables.jobs import Job
from tests.server.world import CLIP_SIZE, World, disc_centre, send


@dataclass
class Subject:
    """One masklet and whoever works on it."""

    world: World
    run_jobs: Callable[..., int]
    task: str
    id: str

    @staticmethod
    def make(world: World, clip: Path, run_jobs: Callable[..., int]) -> Subject:
        """A leased subject task of an imported clip, with one masklet."""
        send(world["lead"], world.project, clip)
        run_jobs()
        task = world["ann"].post(world.url("/tasks/next"), json={}).json()
        masklet = world["ann"].post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()
        return Subject(world, run_jobs, task["id"], masklet["id"])

    @property
    def ann(self) -> TestClient:
        """Who holds the task."""
        return self.world["ann"]

    @property
    def url(self) -> str:
        """Of the masklet."""
        return f"/api/masklets/{self.id}"

    def masklet(self) -> dict[str, Any]:
        """As the page sees it."""
        items = self.ann.get(f"/api/tasks/{self.task}/masklets").json()["items"]
        return next(item for item in items if item["id"] == self.id)

    def click(self, picture: int, x: int | None = None) -> dict[str, Any]:
        """A click on the disc, or elsewhere."""
        centre, y = disc_centre(picture)
        return {"picture": picture, "points": [{"x": centre if x is None else x, "y": y, "positive": True}]}

    def mask_at(self, picture: int) -> str:
        """The disc as RLE counts."""
        x, y = disc_centre(picture)
        yy, xx = np.mgrid[: CLIP_SIZE[1], : CLIP_SIZE[0]]
        return rle.encode((xx - x) ** 2 + (yy - y) ** 2 <= (CLIP_SIZE[1] // 6) ** 2).counts

    def put(self, picture: int, *, x: int | None = None) -> dict[str, Any]:
        """A prompt: the mask of the disc, or a click elsewhere."""
        record = {"picture": picture, "counts": self.mask_at(picture)} if x is None else self.click(picture, x)
        return self._good(self.ann.put(f"{self.url}/prompts/{picture}", json=record))

    def absent(self, picture: int) -> dict[str, Any]:
        """Not visible from this picture on."""
        return self._good(self.ann.put(f"{self.url}/prompts/{picture}", json={"picture": picture, "absent": True}))

    def track(self, **wanted: Any) -> dict[str, Any]:
        """Follow it, to the end; what the job says it did."""
        answer = self.ann.post(f"{self.url}/tracks", json=wanted)
        assert answer.status_code == 202, answer.text
        self.run_jobs()
        with self.world.parts.database.read() as session:
            result = session.get_one(Job, UUID(answer.json()["job_id"])).result
        assert result is not None
        return dict(result)

    def lock(self, *spans: list[int]) -> dict[str, Any]:
        """Lock these spans and no others."""
        return self._good(self.ann.put(f"{self.url}/locks", json={"spans": list(spans)}))

    def restore(self, version: int) -> dict[str, Any]:
        """Take a version up again."""
        return self._good(self.ann.post(f"{self.url}/tracks/{version}/restore"))

    def masks(self, **query: Any) -> list[dict[str, Any]]:
        """The masks of all pictures that were followed."""
        frames: list[dict[str, Any]] = self._good(self.ann.get(f"{self.url}/masks", params=query))["frames"]
        return frames

    def submit(self) -> Any:
        """Hand the task in."""
        revision = self.ann.get(f"/api/tasks/{self.task}/document").json()["revision"]
        return self.ann.post(f"/api/tasks/{self.task}/submit", json={"revision": revision})

    @staticmethod
    def _good(answer: Any) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
