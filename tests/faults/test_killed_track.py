"""kill -9 of the worker in the middle of a track: another one, on another machine, goes on from the checkpoint."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from server.client import Client
from server.tables.jobs import Job, JobState
from server.tables.masklets import Track
from tests.faults.site import Production
from tests.faults.work import ENDED, Ground, draw, mask_at

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(600)]

PICTURES, KEYFRAMES = 360, (0, 299)
STEPS = 2 + 298 * 2 + 60
"""Frames of the whole track: the keyframes, what lies between them from both sides, what comes after."""


def begin(ann: Client, task: str) -> tuple[str, dict[str, Any]]:
    """One more masklet of the disc, and its track."""
    masklet = ann.post(f"/tasks/{task}/masklets", {"label": "disc"})["id"]
    for picture in KEYFRAMES:
        ann.put(f"/masklets/{masklet}/prompts/{picture}", {"picture": picture, "counts": mask_at(picture)})
    return masklet, ann.post(f"/masklets/{masklet}/tracks", {})


def row_of(site: Production, track: dict[str, Any]) -> tuple[Job, Track]:
    with site.database.read() as session:
        return session.get_one(Job, UUID(track["job_id"])), session.get_one(Track, UUID(track["id"]))


def masks(ann: Client, masklet: str) -> list[dict[str, Any]]:
    chunks = (ann.get(f"/masklets/{masklet}/masks", start=start, stop=start + 120) for start in range(0, PICTURES, 120))
    return [frame for chunk in chunks for frame in chunk["frames"]]


def test_the_next_worker_follows_the_rest_only(site: Production, tmp_path: Path) -> None:
    project = site.project("stc", "A long track")
    site.import_clip(project, draw(tmp_path / "long.mp4", PICTURES, 4))
    ann = site.client("ann")
    task = Ground.next_task(ann, project, "stc_subject")["id"]
    masklet, track = begin(ann, task)
    deadline = time.monotonic() + 240
    while (key := row_of(site, track)[1].checkpoint_key) is None:
        assert row_of(site, track)[0].state not in ENDED, "the track was over before its first checkpoint"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    site.programs[site.worker].kill(alone=True)
    killed, left = row_of(site, track)
    assert killed.state is JobState.RUNNING and killed.attempts == 1
    given = int((left.checkpoint_key or key).rpartition(f"{track['id']}.")[2].partition("-")[0])
    # What the row told last may be older than the checkpoint.
    told = min(killed.progress, 0.99 * given / STEPS)
    site.replace_worker()
    while (job := row_of(site, track)[0]).state not in ENDED:
        assert job.state is not JobState.RUNNING or job.progress >= told, "all of it once more"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (job.state, job.attempts) == (JobState.DONE, 2), job.error
    assert job.result == {"pictures": PICTURES, "followed": STEPS - given, "copied": 0}
    assert row_of(site, track)[1].checkpoint_key is None
    whole, uninterrupted = begin(ann, task)
    done = ann.wait(f"/jobs/{uninterrupted['job_id']}", until=lambda j: j["state"] not in ("queued", "running"))
    assert done["state"] == "done"
    result = row_of(site, uninterrupted)[0].result
    assert result is not None and result["followed"] == STEPS
    assert masks(ann, masklet) == masks(ann, whole)
    assert "track_taken_up" in site.log(site.worker)
