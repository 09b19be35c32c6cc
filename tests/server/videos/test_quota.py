"""Quotas: counted in the transaction that adds the video, refused by name before bytes are kept, right in a race."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from server.settings import Settings
from server.tables.videos import ProjectVideo, Video
from server.videos.errors import QuotaExceeded
from server.videos.store import Content, add_video
from tests.server.test_outbound import Web
from tests.server.videos.test_fetch import ask, listed, settings, web
from tests.server.world import MakeWorld, World, send, write_disc_clip

__all__ = ["settings", "web"]


def limit(world: World, admin: TestClient, bytes_: int | None) -> None:
    answer = admin.patch(world.url(), json={"quota_bytes": bytes_})
    assert (answer.status_code, answer.json()["quota_bytes"]) == (200, bytes_)


def with_settings(world: World, **more: Any) -> Settings:
    return Settings(**{**world.parts.settings.model_dump(), **more})


def content(number: int, size: int) -> Content:
    return Content(f"{number:064x}", size, f"videos/{number}")


def add(world: World, settings: Settings, number: int, size: int, name: str = "a.mp4") -> None:
    with world.parts.database.begin() as session:
        add_video(
            session, settings, content(number, size), project_id=world.project, name=name,
            user_id=world.users["lead"].id,
        )  # fmt: skip


def test_who_sets_it(world: World, admin: TestClient) -> None:
    """A lead does not raise the own limit."""
    refused = world["lead"].patch(world.url(), json={"quota_bytes": 10**12})
    assert (refused.status_code, refused.json()["type"]) == (403, "admin_only")
    assert world["lead"].patch(world.url(), json={"quota_bytes": None}).status_code == 403
    assert admin.patch(world.url(), json={"quota_bytes": -1}).status_code == 422
    limit(world, admin, 5)
    assert world["lead"].patch(world.url(), json={"name": "Other"}).json()["quota_bytes"] == 5
    limit(world, admin, None)


def test_an_upload_above_it_is_refused_by_name(world: World, admin: TestClient, clip: Path, tmp_path: Path) -> None:
    size = clip.stat().st_size
    limit(world, admin, size + 10)
    room = world["lead"].get(world.url("/storage")).json()
    assert room == {"videos": 0, "used_bytes": 0, "quota_bytes": size + 10, "free_bytes": size + 10}
    send(world["lead"], world.project, clip)
    assert world["lead"].get(world.url("/storage")).json()["free_bytes"] == 10
    refused = world["lead"].post(world.url("/uploads"), json={"name": "second.mp4", "size": 11})
    problem = refused.json()
    assert (refused.status_code, problem["type"], problem["field"]) == (409, "quota_exceeded", "size")
    assert "second.mp4" in problem["detail"] and "stc project" in problem["detail"]
    assert (problem["used_bytes"], problem["quota_bytes"]) == (size, size + 10)
    assert world["lead"].post(world.url("/uploads"), json={"name": "small.mp4", "size": 10}).status_code == 201


def test_what_fills_up_while_it_is_sent(world: World, admin: TestClient, clip: Path, tmp_path: Path) -> None:
    """Two uploads fit one by one; the one that ends later is refused before its bytes are kept, and goes on later."""
    other = write_disc_clip(tmp_path / "other.mp4", seed=11)
    limit(world, admin, max(clip.stat().st_size, other.stat().st_size))
    begun = {}
    for path in (clip, other):
        body = {"name": path.name, "size": path.stat().st_size}
        begun[path] = world["lead"].post(world.url("/uploads"), json=body).json()["id"]
        world["lead"].patch(f"/api/uploads/{begun[path]}?offset=0", content=path.read_bytes())
    first = world["lead"].post(f"/api/uploads/{begun[clip]}/finish", json={})
    assert first.status_code == 200
    late = world["lead"].post(f"/api/uploads/{begun[other]}/finish", json={})
    assert (late.status_code, late.json()["type"]) == (409, "quota_exceeded")
    assert {o.key.split("/")[2] for o in world.parts.storage.list("videos/")} == {first.json()["sha256"]}
    limit(world, admin, None)
    assert world["lead"].post(f"/api/uploads/{begun[other]}/finish", json={}).status_code == 200


def test_the_same_file_again_needs_no_room(make_world: MakeWorld, admin: TestClient, clip: Path) -> None:
    one, two = make_world(), make_world("fgqa")
    size = clip.stat().st_size
    limit(one, admin, 2 * size)
    send(one["lead"], one.project, clip)
    limit(one, admin, size)
    add(one, with_settings(one, quota_bytes=size), 0xFF, 0)
    with one.parts.database.read() as session:
        sha256 = session.scalars(select(Video.sha256).where(Video.size == size)).one()
    for world in (one, two):
        # In its project it is there already; for the site it is, too.
        with world.parts.database.begin() as session:
            add_video(
                session, with_settings(world, quota_bytes=size), Content(sha256, size, "videos/x"),
                project_id=world.project, name="again.mp4", user_id=world.users["lead"].id,
            )  # fmt: skip
    limit(two, admin, size)
    with pytest.raises(QuotaExceeded, match="fgqa project"):
        add(two, with_settings(two), 2, 1)


def test_the_sites_limits(make_world: MakeWorld) -> None:
    one, two = make_world(), make_world("fgqa")
    site = with_settings(one, quota_bytes=100)
    add(one, site, 1, 60)
    with pytest.raises(QuotaExceeded, match="This site may hold 100 bytes of videos and holds 60"):
        add(two, site, 2, 41, "late.mp4")
    add(two, site, 3, 40)
    each = with_settings(one, project_quota_bytes=70)
    add(one, each, 4, 10)
    with pytest.raises(QuotaExceeded, match=r"late.mp4 has 1 bytes. The project “stc project” may hold 70"):
        add(one, each, 5, 1, "late.mp4")


@pytest.mark.parametrize("whose", ["project", "site"])
def test_many_at_once_never_go_above(world: World, admin: TestClient, whose: str) -> None:
    """Twelve files of 10 bytes at the same moment, room for five."""
    limits = with_settings(world, quota_bytes=50) if whose == "site" else world.parts.settings
    if whose == "project":
        limit(world, admin, 50)
    barrier, outcomes = threading.Barrier(12), []

    def go(number: int) -> None:
        barrier.wait()
        try:
            add(world, limits, number + 1, 10)
            outcomes.append("added")
        except QuotaExceeded:
            outcomes.append("refused")

    threads = [threading.Thread(target=go, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added"] * 5 + ["refused"] * 7
    with world.parts.database.read() as session:
        assert session.scalar(select(func.sum(Video.size))) == 50
        assert session.scalar(select(func.count()).select_from(ProjectVideo)) == 5


def test_a_fetch_above_it_takes_no_byte(
    world: World, admin: TestClient, web: Web, clip: Path, run_jobs: Callable[..., int]
) -> None:
    limit(world, admin, clip.stat().st_size - 1)
    url = web.file("/a.mp4", clip.read_bytes())
    ask(world, url)
    run_jobs()
    found = listed(world)[url]
    assert found["state"] == "failed" and "a.mp4" in found["reason"] and "may hold" in found["reason"]
    assert list(world.parts.storage.list()) == []
    limit(world, admin, None)
    world["lead"].post(f"/api/fetches/{found['id']}/retry")
    run_jobs()
    assert listed(world)[url]["state"] == "done"
