"""Uploads in pieces: they resume after a crash, lose nothing, and the same file twice is one video."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select, update

from server.db import now
from server.jobs.sweep import add_recurring
from server.tables.jobs import Job, JobState
from server.tables.videos import ProjectVideo, Upload, Video
from server.videos.upload import part_path
from tests.server.world import MakeWorld, World, send


def begin(world: World, name: str, size: int) -> str:
    answer = world["lead"].post(world.url("/uploads"), json={"name": name, "size": size})
    assert answer.status_code == 201, answer.text
    upload_id: str = answer.json()["id"]
    return upload_id


def put(world: World, upload: str, offset: int, data: bytes, who: str = "lead") -> Any:
    return world[who].patch(f"/api/uploads/{upload}?offset={offset}", content=data)


def test_resume_at_the_right_place(world: World, clip: Path) -> None:
    data = clip.read_bytes()
    half = len(data) // 2
    upload = begin(world, "../../etc/disc.mp4", len(data))
    assert world["lead"].get(f"/api/uploads/{upload}").json()["name"] == "disc.mp4"
    assert put(world, upload, 0, data[:half]).json()["received"] == half
    for wrong in (0, half - 1, half + 1):
        answer = put(world, upload, wrong, b"x")
        assert (answer.status_code, answer.json()["received"]) == (409, half)
    assert world["lead"].get(f"/api/uploads/{upload}").json()["received"] == half
    unfinished = world["lead"].post(f"/api/uploads/{upload}/finish", json={})
    assert (unfinished.status_code, unfinished.json()["received"]) == (409, half)
    assert put(world, upload, half, data[half:] + b"more").status_code == 413
    assert put(world, upload, half, data[half:]).json()["received"] == len(data)
    wrong_hash = world["lead"].post(f"/api/uploads/{upload}/finish", json={"sha256": "0" * 64})
    assert (wrong_hash.status_code, wrong_hash.json()["field"]) == (422, "sha256")
    video = world["lead"].post(f"/api/uploads/{upload}/finish", json={"sha256": hashlib.sha256(data).hexdigest()})
    assert video.json()["sha256"] == hashlib.sha256(data).hexdigest()
    assert video.json()["state"] == "queued"
    assert put(world, upload, len(data), b"x").status_code == 409
    assert list((world.parts.settings.data_folder / "uploads").iterdir()) == []


def test_crash_between_disk_and_row(world: World, clip: Path) -> None:
    """The bytes were written, the row was not: the client sends them again, and they are not there twice."""
    data = clip.read_bytes()
    upload = begin(world, "disc.mp4", len(data))
    put(world, upload, 0, data[:1000])
    put(world, upload, 1000, data[1000:3000])
    with world.parts.database.begin() as session:
        session.execute(update(Upload).values(received=1000))
    assert world["lead"].get(f"/api/uploads/{upload}").json()["received"] == 1000
    put(world, upload, 1000, data[1000:])
    finished = world["lead"].post(f"/api/uploads/{upload}/finish", json={})
    assert finished.json()["sha256"] == hashlib.sha256(data).hexdigest()


def test_the_disk_lost_bytes(world: World, clip: Path) -> None:
    data = clip.read_bytes()
    upload = begin(world, "disc.mp4", len(data))
    put(world, upload, 0, data[:5000])
    with world.parts.database.read() as session:
        row = session.scalars(select(Upload)).one()
    path = part_path(world.parts.settings, row.id)
    path.write_bytes(data[:1200])
    assert world["lead"].get(f"/api/uploads/{upload}").json()["received"] == 1200
    assert put(world, upload, 1200, data[1200:]).status_code == 200
    finished = world["lead"].post(f"/api/uploads/{upload}/finish", json={})
    assert finished.json()["sha256"] == hashlib.sha256(data).hexdigest()


def test_same_file_twice_is_one_video(make_world: MakeWorld, clip: Path, run_jobs: Callable[..., int]) -> None:
    one, two = make_world(), make_world("fgqa")
    first = send(one["lead"], one.project, clip)
    run_jobs()
    again = send(one["lead"], one.project, clip, name="other name.mp4")
    elsewhere = send(two["lead"], two.project, clip)
    assert first["id"] == again["id"] == elsewhere["id"]
    assert elsewhere["state"] == "ready"
    with one.parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Video)) == 1
        assert session.scalar(select(func.count()).select_from(ProjectVideo)) == 2
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "ingest")) == 1
    assert len(one["ann"].get(one.url("/videos")).json()["items"]) == 1


def test_who_may_upload(world: World) -> None:
    for who, status in (("ann", 403), ("rhea", 403), ("eve", 404)):
        assert world[who].post(world.url("/uploads"), json={"name": "a.mp4", "size": 1}).status_code == status
    upload = begin(world, "a.mp4", 10)
    for who, status in (("ann", 403), ("eve", 404)):
        assert put(world, upload, 0, b"x", who).status_code == status
        assert world[who].get(f"/api/uploads/{upload}").status_code == status
        assert world[who].post(f"/api/uploads/{upload}/finish", json={}).status_code == status


def test_too_large(world: World) -> None:
    size = world.parts.settings.max_upload_bytes + 1
    answer = world["lead"].post(world.url("/uploads"), json={"name": "big.mp4", "size": size})
    assert answer.status_code == 413
    assert "big.mp4" in answer.json()["detail"]


def test_full_disk_while_uploading(world: World, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil
    from collections import namedtuple

    data = clip.read_bytes()
    upload = begin(world, "disc.mp4", len(data))
    put(world, upload, 0, data[:1000])
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage(100, 100, 0))
        full = put(world, upload, 1000, data[1000:])
    assert full.status_code == 507
    assert full.json()["field"] == "file"
    assert world["lead"].get(f"/api/uploads/{upload}").json()["received"] == 1000
    assert put(world, upload, 1000, data[1000:]).status_code == 200


def test_full_disk_at_finish(world: World, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = clip.read_bytes()
    upload = begin(world, "disc.mp4", len(data))
    put(world, upload, 0, data)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = world["lead"].post(f"/api/uploads/{upload}/finish", json={})
    assert answer.status_code == 507, answer.text
    assert list(world.parts.storage.list()) == []
    with world.parts.database.read() as session:
        assert session.scalars(select(Video)).first() is None
    assert world["lead"].post(f"/api/uploads/{upload}/finish", json={}).status_code == 200


def test_one_import_for_many_finishes(world: World, clip: Path) -> None:
    send(world["lead"], world.project, clip)
    send(world["lead"], world.project, clip)
    with world.parts.database.read() as session:
        jobs = session.scalars(select(Job).where(Job.kind == "ingest", Job.state == JobState.QUEUED)).all()
    assert len(jobs) == 1


def test_a_finish_whose_answer_was_lost_gives_the_same_video_again(world: World, clip: Path) -> None:
    data = clip.read_bytes()
    upload = begin(world, "disc.mp4", len(data))
    put(world, upload, 0, data)
    url = f"/api/uploads/{upload}/finish"
    first = world["lead"].post(url, json={})
    again = world["lead"].post(url, json={"sha256": hashlib.sha256(data).hexdigest()})
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert first.json()["id"] == again.json()["id"] and again.json()["name"] == "disc.mp4"
    assert world["lead"].post(url, json={"sha256": "0" * 64}).json()["field"] == "sha256"
    assert list((world.parts.settings.data_folder / "uploads").iterdir()) == []
    with world.parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "ingest")) == 1


def test_abandoned_uploads_are_deleted_and_others_kept(world: World, clip: Path, run_jobs: Callable[..., int]) -> None:
    data = clip.read_bytes()
    left, going, done = (begin(world, f"{name}.mp4", len(data)) for name in ("left", "going", "done"))
    for upload in (left, going):
        put(world, upload, 0, data[:1000])
    put(world, done, 0, data)
    world["lead"].post(f"/api/uploads/{done}/finish", json={})
    folder = world.parts.settings.data_folder / "uploads"
    stray = folder / f"{uuid4()}.part"
    stray.write_bytes(b"of a project that was deleted")
    long_ago = now() - timedelta(hours=25)
    os.utime(stray, (long_ago.timestamp(), long_ago.timestamp()))
    with world.parts.database.begin() as session:
        session.execute(update(Upload).where(Upload.id.in_([UUID(left), UUID(done)])).values(touched_at=long_ago))
        add_recurring(session)
    run_jobs(("light",))
    assert [path.stem for path in folder.iterdir()] == [going]
    assert world["lead"].get(f"/api/uploads/{left}").status_code == 404
    assert put(world, left, 1000, data[1000:]).status_code == 404
    assert put(world, going, 1000, data[1000:]).status_code == 200
    assert world["lead"].post(f"/api/uploads/{done}/finish", json={}).status_code == 200


def test_an_upload_that_is_deleted_while_a_piece_waits(
    world: World, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at who is asking and the hold of the file the row goes away: 404, and nothing remains."""
    from server.videos import upload as module

    upload = begin(world, "disc.mp4", 10)
    real = module.locked_part

    def late(settings: Any, upload_id: UUID) -> Any:
        with world.parts.database.begin() as session:
            session.execute(delete(Upload).where(Upload.id == upload_id))
        return real(settings, upload_id)

    monkeypatch.setattr(module, "locked_part", late)
    assert put(world, upload, 0, b"x").status_code == 404
    assert list((world.parts.settings.data_folder / "uploads").iterdir()) == []


def test_retry_is_for_videos_of_the_project(make_world: MakeWorld, clip: Path, run_jobs: Callable[..., int]) -> None:
    one, two = make_world(), make_world("fgqa")
    sent = send(one["lead"], one.project, clip)
    with one.parts.database.begin() as session:
        session.execute(update(Video).values(state="failed"))
    assert two["lead"].post(two.url(f"/videos/{sent['id']}/retry")).status_code == 404
    assert one["lead"].post(one.url(f"/videos/{sent['id']}/retry")).status_code == 202
