"""Trying failed jobs again, the rows of workers, and what admins see of both, over REST and from the shell."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from server import jobs
from server.db import Database, now
from server.errors import DomainError
from server.jobs import JobNotRetryable, claims, enqueue, roster
from server.jobs.worker import load_kinds
from server.parts import Parts
from server.tables.jobs import Job, JobState, Worker
from server.tables.releases import Release, ReleaseState
from server.tables.videos import Video, VideoState
from tests.server.jobs.jobrows import LANES, at_once, failed, kinds, row_of
from tests.server.world import World, make_world, world

__all__ = ["kinds", "make_world", "world"]


# --- trying again ---------------------------------------------------------------------------------------------------


def test_a_failed_import_is_tried_again_by_those_who_may(world: World) -> None:
    video = world.add_video()
    with world.parts.database.begin() as session:
        session.get_one(Video, video).state = VideoState.QUEUED
    payload = {"video_id": str(video)}
    job_id = failed(world.parts, "ingest", payload, dedupe_key=f"ingest:{video}", project_id=world.project)
    with world.parts.database.read() as session:
        assert session.get_one(Video, video).state is VideoState.FAILED
    for name, status in (("eve", 404), ("ann", 403), ("rhea", 403)):
        assert world[name].post(f"/api/jobs/{job_id}/retry").status_code == status, name
    told = world["lead"].post(f"/api/jobs/{job_id}/retry")
    assert told.status_code == 200, told.text
    said = told.json()
    assert (said["state"], said["error"], said["attempts"], said["finished_at"]) == ("queued", None, 0, None)
    with world.parts.database.read() as session:
        row = session.get_one(Video, video)
        assert (row.state, row.reason, row.job_id) == (VideoState.QUEUED, None, job_id)
    again = world["lead"].post(f"/api/jobs/{job_id}/retry")
    assert (again.status_code, again.json()["type"]) == (409, "job_not_retryable")
    assert "queued" in again.json()["detail"]


def test_what_cannot_be_tried_again_says_why_and_changes_nothing(world: World, kinds: Callable[..., None]) -> None:
    video = world.add_video()  # ready
    parts = world.parts
    kinds("test_hooked", on_failure=lambda _session, _row: None)
    first = failed(parts, "open_tasks", {"video_id": str(video)}, dedupe_key="one", project_id=world.project)
    with parts.database.begin() as session:
        enqueue(session, "open_tasks", {"video_id": str(video)}, dedupe_key="one", project_id=world.project)
    refused = {
        failed(parts, "ingest", {"video_id": str(video)}, project_id=world.project): "imported",
        failed(parts, "propose", project_id=world.project): "click again",
        failed(parts, "test_hooked", project_id=world.project): "cannot be tried again",
        first: "waits or runs already",
    }
    for job_id, why in refused.items():
        told = world["lead"].post(f"/api/jobs/{job_id}/retry")
        assert told.status_code == 409 and why in told.json()["detail"], told.text
        row = row_of(parts, job_id)
        assert (row.state, row.error, row.attempts) == (JobState.FAILED, "it broke", 1)


def test_two_people_try_again_at_once(parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_again")
    job_id = failed(parts, "test_again")
    outcomes: list[str] = []

    def again(database: Database) -> None:
        try:
            with database.begin() as session:
                jobs.retry(session, session.get_one(Job, job_id))
            outcomes.append("queued")
        except JobNotRetryable:
            outcomes.append("refused")

    at_once(parts, 4, again)
    assert sorted(outcomes) == ["queued", "refused", "refused", "refused"]


def test_a_failed_release_is_built_again(world: World) -> None:
    with world.parts.database.begin() as session:
        release = Release(
            project_id=world.project, name="one", number=1, rule={}, state=ReleaseState.BUILDING,
            created_by=world.users["lead"].id,
        )  # fmt: skip
        session.add(release)
    job_id = failed(world.parts, "build_release", {"release_id": str(release.id)}, project_id=world.project)
    with world.parts.database.read() as session:
        assert session.get_one(Release, release.id).state is ReleaseState.FAILED
    assert world["lead"].post(f"/api/jobs/{job_id}/retry").status_code == 200
    with world.parts.database.read() as session:
        row = session.get_one(Release, release.id)
        assert (row.state, row.error, row.job_id) == (ReleaseState.BUILDING, None, job_id)


# --- workers --------------------------------------------------------------------------------------------------------


def worker_row(name: str, lanes: list[str], *, ago: float = 0, holds: tuple[str, ...] = (), **more: Any) -> Worker:
    return Worker(
        name=name, host="gpu-1", pid=7, lanes=lanes, concurrency=2, version="0.1.0", started_at=now(),
        heartbeat_at=now() - timedelta(seconds=ago), holds=list(holds), gpus=more.pop("gpus", []), **more,
    )  # fmt: skip


def test_a_click_goes_to_who_holds_the_video(parts: Parts) -> None:
    rung: list[tuple[str, UUID, str | None]] = []
    parts.database.info["ring"] = lambda lane, job_id, worker=None: rung.append((lane, job_id, worker))
    load_kinds(parts.settings)
    with parts.database.begin() as session:
        session.add_all(
            [
                worker_row("a", ["clicks"]),
                worker_row("b", ["clicks", "track"], holds=("flow:1",)),
                worker_row("silent", ["clicks"], ago=60, holds=("flow:2",)),
                worker_row("leaving", ["clicks"], holds=("flow:3",), leaving=True),
                worker_row("other", ["track"], holds=("flow:4",)),
            ]
        )
    chosen: dict[str, set[str | None]] = {}
    for number in range(1, 40):
        for _ in range(2):
            with parts.database.begin() as session:
                enqueue(session, "propose", {}, wants=f"flow:{number}")
            chosen.setdefault(f"flow:{number}", set()).add(rung[-1][2])
    assert chosen["flow:1"] == {"b"}
    assert all(len(names) == 1 for names in chosen.values()), "the same video, the same worker"
    assert set().union(*chosen.values()) == {"a", "b"}, "the videos are spread over those who serve"
    with parts.database.begin() as session:
        enqueue(session, "propose", {})
    assert rung[-1][2] is None, "who wants nothing rings for all"


def test_a_worker_writes_its_row_and_it_goes(parts: Parts) -> None:
    presence = roster.Presence(parts, "here", ["clicks", "track"], 3)
    presence.start()
    parts.holding.tell(["flow:1"])
    deadline = now() + timedelta(seconds=10)
    while now() < deadline:
        with parts.database.read() as session:
            row = session.get_one(Worker, "here")
        if row.holds:
            break
        threading.Event().wait(0.02)
    assert (row.holds, row.lanes, row.concurrency, row.leaving) == (["flow:1"], ["clicks", "track"], 3, False)
    with parts.database.begin() as session:
        session.add(worker_row("dead", ["track"], ago=601))
        session.add(worker_row("quiet", ["track"], ago=60))
    with parts.database.begin() as session:
        assert roster.forget_silent(session) == ["dead"]
    presence.leave()
    with parts.database.read() as session:
        assert session.get_one(Worker, "here").leaving
    presence.end()
    with parts.database.read() as session:
        assert list(session.scalars(select(Worker.name))) == ["quiet"]


def test_what_the_gpu_tool_says() -> None:
    assert roster._gpu("3, GPU-5d2b, NVIDIA H200, 143771, 1024, 37") == {
        "index": 3, "uuid": "GPU-5d2b", "name": "NVIDIA H200",
        "memory_bytes": 143771 * 2**20, "memory_used_bytes": 2**30, "use": 0.37,
    }  # fmt: skip
    assert roster._gpu("0, GPU-1, Tesla, with a comma, 100, [N/A], [N/A]") == {
        "index": 0, "uuid": "GPU-1", "name": "Tesla, with a comma",
        "memory_bytes": 100 * 2**20, "memory_used_bytes": None, "use": None,
    }  # fmt: skip
    assert roster._gpu("No devices were found") is None


# --- what admins see ------------------------------------------------------------------------------------------------


def test_queues_and_workers_for_admins(admin: TestClient, parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_long", lane="track")
    older = {"name": "NVIDIA H200", "memory_bytes": 2**37, "memory_used_bytes": 2**30, "use": 0.5}
    gpu = {"index": 3, "uuid": "GPU-5d2b", **older}
    with parts.database.begin() as session:
        session.add(worker_row("w1", ["track", "train"], gpus=[gpu], holds=("flow:1",)))
        session.add(worker_row("w2", ["track"], ago=100, gpus=[older]))
        oldest, _ = (enqueue(session, "test_long", {}) for _ in range(2))
        oldest.run_after = now() - timedelta(seconds=90)
        running = enqueue(session, "test_long", {}).id
        enqueue(session, "test_long", {}, delay=timedelta(hours=1))
        assert claims.claim(session, running, "w1-abc", "w1") is not None
    lanes = {lane["lane"]: lane for lane in admin.get("/api/queues").json()}
    assert tuple(lanes) == LANES
    track = lanes["track"]
    assert (track["waiting"], track["delayed"], track["running"], track["workers"]) == (2, 1, 1, 1)
    assert 89 < track["oldest_wait_seconds"] < 150
    assert lanes["ingest"] == {
        "lane": "ingest", "waiting": 0, "delayed": 0, "running": 0, "oldest_wait_seconds": None, "workers": 0,
    }  # fmt: skip
    workers = {worker["name"]: worker for worker in admin.get("/api/workers").json()}
    assert workers["w1"]["alive"] and not workers["w2"]["alive"]
    assert [job["id"] for job in workers["w1"]["running"]] == [str(running)] and workers["w2"]["running"] == []
    assert (workers["w1"]["gpus"], workers["w1"]["holds"]) == ([gpu], ["flow:1"])
    assert workers["w2"]["gpus"] == [{**older, "index": None, "uuid": None}]


def test_the_list_of_jobs_is_filtered(admin: TestClient, parts: Parts, kinds: Callable[..., None]) -> None:
    kinds("test_long", lane="track")
    with parts.database.begin() as session:
        long, light = enqueue(session, "test_long", {}).id, enqueue(session, "open_tasks", {}).id
    broken = failed(parts, "return_leases")

    def listed(**query: Any) -> list[str]:
        answer = admin.get("/api/jobs", params=query)
        assert answer.status_code == 200, answer.text
        return [job["id"] for job in answer.json()["items"]]

    assert listed() == [str(broken), str(light), str(long)]
    assert listed(housekeeping=False) == [str(broken), str(long)], "housekeeping is shown when it failed"
    assert listed(kind="test_long") == [str(long)]
    assert listed(state="failed") == [str(broken)]
    assert listed(kind="test_long", state="failed") == []
    first = admin.get("/api/jobs", params={"limit": 1, "housekeeping": False}).json()
    assert [job["id"] for job in first["items"]] == [str(broken)]
    assert listed(limit=1, housekeeping=False, cursor=first["next"]) == [str(long)]


def test_jobs_from_the_shell(world: World, kinds: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from server import cli

    parts = world.parts
    for name, value in parts.settings.environment().items():
        monkeypatch.setenv(name, value)
    cli._load_commands()

    def run(*words: str) -> tuple[int, Any]:
        ran = CliRunner().invoke(cli.app, ["--json", "jobs", *words])
        if isinstance(ran.exception, DomainError):
            return 1, ran.exception
        return ran.exit_code, json.loads(ran.stdout)

    kinds("test_long", lane="track")
    broken = [failed(parts, "test_long") for _ in range(2)]
    other, click = failed(parts, "return_leases"), failed(parts, "propose")
    with parts.database.begin() as session:
        waits, light = enqueue(session, "test_long", {}).id, enqueue(session, "open_tasks", {}).id
    code, listed = run("list")
    assert code == 0 and [row["id"] for row in listed] == [str(i) for i in (waits, click, other, *reversed(broken))]
    assert str(light) in [row["id"] for row in run("list", "--all")[1]]
    assert [row["error"] for row in run("list", "--state", "failed", "--kind", "test_long")[1]] == ["it broke"] * 2
    assert run("retry", "--failed", "--kind", "test_long") == (0, {"queued": [str(i) for i in broken], "refused": {}})
    code, told = run("retry", str(other), str(click), str(waits))
    assert (code, told["queued"]) == (1, [str(other)])
    assert "click again" in told["refused"][str(click)] and "queued" in told["refused"][str(waits)]
    assert run("cancel", str(waits)) == (0, {str(waits): "cancelled"})
    lanes = {lane["lane"]: lane for lane in run("queues")[1]}
    assert (lanes["track"]["waiting"], lanes["light"]["waiting"], lanes["track"]["workers"]) == (2, 2, 0)
    for words in (("retry",), ("cancel", "nonsense"), ("cancel", str(UUID(int=5))), ("retry", str(UUID(int=5)))):
        code, told = run(*words)
        assert code == 1, words
        assert isinstance(told, DomainError) or "no job" in str(told["refused"])
