"""The collector of unnamed objects: what a row names, or is about to name, is never touched; the rest goes."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from server import cli
from server.db import Base, new_id, now
from server.parts import Parts
from server.settings import Settings
from server.storage import Storage, collect, read_bytes
from server.storage.collect import BeingCollected, Collector, Round, keep, missing
from server.storage.named import NAMINGS, blob_key, named
from server.storage.s3 import S3Storage
from server.tables.masklets import Masklet, Track
from server.tables.projects import PropagatorName
from server.tables.releases import Release, ReleaseFile, ReleaseMedia, ReleasePart
from server.tables.storage import UnnamedObject
from server.tables.training import Run, RunFile
from server.tables.videos import Video
from server.videos.store import add_video, folder_of, store_content
from tests import servers
from tests.server.world import World, clip, make_world, send, world

__all__ = ["clip", "make_world", "world"]

DAY = timedelta(days=1)
NO_OBJECT = {
    "videos.sha256", "fetches.address_sha256", "jobs.dedupe_key", "releases.idempotency_key", "submissions.body_sha256",
}  # fmt: skip
"""Columns that look like names of objects and are none."""


class Clock:
    """Moves the collector's time: objects and marks get older."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta(0)
        monkeypatch.setattr(collect, "now", lambda: now() + self.ahead)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def go(parts: Parts, *, dry_run: bool = False) -> Round:
    return Collector(parts.database, parts.storage, parts.settings, dry_run=dry_run).run()


def keys(storage: Storage) -> set[str]:
    return {found.key for found in storage.list()}


def name_one_of_each(world: World) -> set[str]:
    """A row of every kind that names an object, with the object."""
    video = world.add_video()
    folder = folder_of(hashlib.sha256(b"v").hexdigest())
    texts = (b"manifest", b"release file", b"run file", b"part", b"clip")
    blobs = [hashlib.sha256(text).hexdigest() for text in texts]
    lead, task = world.users["lead"].id, world.add_task(video)
    with world.parts.database.begin() as session:
        row = session.get_one(Video, video)
        row.source_key, row.proxy_key = f"{folder}/source.mp4", f"{folder}/proxy.mp4"
        row.frames_key, row.thumbnails_key = f"{folder}/frames.json", f"{folder}/thumbnails.jpg"
        masklet = Masklet(project_id=world.project, video_id=video, task_id=task, number=1, created_by=lead)
        release = Release(
            project_id=world.project, number=1, name="r", rule={}, created_by=lead, manifest_sha256=blobs[0]
        )
        session.add_all([masklet, release])
        session.flush()
        track = Track(
            masklet_id=masklet.id, version=1, propagator=PropagatorName.FLOW, prompts_hash="0" * 64, prompts={},
            file_key=f"masklets/{masklet.id}/{new_id()}.masklet",
        )  # fmt: skip
        run = Run(release_id=release.id, recipe="smoke_cpu", code_version="0", created_by=lead)
        session.add_all([track, run, ReleaseFile(release_id=release.id, path="a", sha256=blobs[1], bytes=1)])
        session.flush()
        session.add(RunFile(run_id=run.id, path="b", sha256=blobs[2], bytes=1))
        session.add(ReleasePart(release_id=release.id, split="train", number=0, sha256=blobs[3], rows=1))
        session.add(ReleaseMedia(key="0" * 64, sha256=blobs[4], bytes=1, facts={}))
    tails = ("source.mp4", "proxy.mp4", "frames.json", "thumbnails.jpg")
    made = {*(f"{folder}/{tail}" for tail in tails), *map(blob_key, blobs), str(track.file_key)}
    for key in made:
        world.parts.storage.put(key, b"named")
    return made


def leave_one_of_each(storage: Storage) -> set[str]:
    """An object of every form that no row names."""
    digest = hashlib.sha256(b"left").hexdigest()
    left = {
        f"{folder_of(digest)}/source.mp4", f"{folder_of(digest)}/proxy.mp4", blob_key(digest),
        f"masklets/{uuid4()}/{uuid4()}.masklet",
    }  # fmt: skip
    for key in left:
        storage.put(key, b"left behind")
    return left


def test_every_column_that_names_objects_is_known() -> None:
    """A new column of this kind must be in the list, or the collector would delete what it names."""
    known = {str(naming.column.expression) for namings in NAMINGS.values() for naming in namings}
    looks = {
        str(column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(("_key", "sha256")) and not column.foreign_keys
    }
    assert looks - NO_OBJECT == known


def test_named_objects_stay_and_others_go_after_two_looks(world: World, clock: Clock) -> None:
    storage = world.parts.storage
    keeps, left = name_one_of_each(world), leave_one_of_each(storage)
    cut, foreign = f"cuts/{'0' * 64}.mp4", "notes/of-somebody.txt"
    storage.put(cut, b"cut")
    storage.put(foreign, b"not ours")
    fresh = go(world.parts)
    assert (fresh.objects, fresh.unnamed, fresh.foreign) == (len(keeps) + len(left) + 2, 0, 1), "they are too young"
    clock.ahead = 3 * DAY
    marked = go(world.parts)
    assert (marked.unnamed, marked.collected) == (len(left), 0), "the first look only remembers"
    assert set(marked.examples) == left
    clock.ahead = 4 * DAY
    assert go(world.parts).collected == 0, "a day is less than the grace"
    clock.ahead = 6 * DAY
    assert go(world.parts, dry_run=True).collected == len(left)
    assert keys(storage) == keeps | left | {cut, foreign}
    gone = go(world.parts)
    assert (gone.collected, gone.collected_bytes) == (len(left), len(left) * len(b"left behind"))
    for days in (9, 12, 80):
        clock.ahead = days * DAY
        assert go(world.parts).collected == 0
    assert keys(storage) == keeps | {cut, foreign}
    for days in (95, 99):
        clock.ahead = days * DAY
        go(world.parts)
    assert keys(storage) == keeps | {foreign}, "a kept cut goes when it is old: it can be cut again"
    with world.parts.database.read() as session:
        assert named(session, sorted(keeps)) == keeps
        assert session.scalar(select(func.count()).select_from(UnnamedObject)) == 0


def test_a_dry_run_changes_nothing(world: World, clock: Clock) -> None:
    left = leave_one_of_each(world.parts.storage)
    clock.ahead = 3 * DAY
    assert go(world.parts, dry_run=True).unnamed == len(left)
    with world.parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(UnnamedObject)) == 0


def test_what_is_named_between_two_looks_stays(world: World, clock: Clock) -> None:
    digest = hashlib.sha256(b"late").hexdigest()
    world.parts.storage.put(blob_key(digest), b"late")
    clock.ahead = 3 * DAY
    assert go(world.parts).unnamed == 1
    with world.parts.database.begin() as session:
        release = Release(
            project_id=world.project, number=1, name="r", rule={}, created_by=world.users["lead"].id,
            manifest_sha256=digest,
        )  # fmt: skip
        session.add(release)
    clock.ahead = 9 * DAY
    assert go(world.parts).collected == 0
    assert keys(world.parts.storage) == {blob_key(digest)}


def test_what_is_written_or_wanted_again_starts_its_grace_anew(parts: Parts, clock: Clock) -> None:
    """A release that finds its file there already (from one that failed) says that it wants it."""
    written, wanted = blob_key("a" * 64), blob_key("b" * 64)
    for key in (written, wanted):
        parts.storage.put(key, b"x")
    clock.ahead = 3 * DAY
    assert go(parts).unnamed == 2
    clock.ahead = 6 * DAY
    parts.storage.put(written, b"x")
    parts.storage.wanted(wanted)
    assert go(parts).collected == 0
    assert keys(parts.storage) == {written, wanted}
    clock.ahead = 9 * DAY
    assert go(parts).collected == 2


def test_who_wants_an_object_waits_for_its_deletion(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    key = blob_key("c" * 64)
    with parts.database.begin() as session:
        session.add(UnnamedObject(key=key, size=1, deleting_at=now()))
    monkeypatch.setattr(collect, "WAIT_SECONDS", 0.3)
    with pytest.raises(BeingCollected):
        keep(parts.database, key)
    monkeypatch.setattr(collect, "WAIT_SECONDS", 20)
    ended = threading.Timer(0.5, _forget, [parts])
    ended.start()
    started = time.monotonic()
    keep(parts.database, key)
    assert time.monotonic() - started > 0.3
    ended.join()
    with parts.database.begin() as session:  # one whose collector was killed
        session.add(UnnamedObject(key=key, size=1, deleting_at=now() - timedelta(hours=1)))
    keep(parts.database, key)


def _forget(parts: Parts) -> None:
    with parts.database.begin() as session:
        for row in session.scalars(select(UnnamedObject)):
            session.delete(row)


def test_a_collector_that_is_killed_is_followed_up(parts: Parts, clock: Clock) -> None:
    """Between its mark and the end of the bytes, and between the bytes and the mark's end."""
    there, gone = blob_key("d" * 64), blob_key("e" * 64)
    parts.storage.put(there, b"x")
    with parts.database.begin() as session:
        for key in (there, gone):
            session.add(UnnamedObject(key=key, size=1, deleting_at=now()))
    assert go(parts).collected == 0, "it may be at it still"
    clock.ahead = timedelta(hours=1)
    assert go(parts).collected == 2
    assert keys(parts.storage) == set()
    with parts.database.read() as session:
        assert session.scalars(select(UnnamedObject)).first() is None


def test_beside_imports_that_run(world: World, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes lie there unnamed and due, and are imported at the moment they are collected: never half."""
    storage, real = world.parts.storage, world.parts.storage.delete

    def slow(key: str) -> None:
        begin.set()
        time.sleep(0.1)  # the widest gap: it is decided, and not done yet
        real(key)

    monkeypatch.setattr(storage, "delete", slow)
    monkeypatch.setattr(storage, "sweep", lambda _: 0)  # by the moved clock, what is written now is old
    collected, brought = 0, []
    begin = threading.Event()
    for turn in range(12):
        path = tmp_path / f"{turn}.mp4"
        path.write_bytes(b"video %d" % turn)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        clock.ahead = timedelta(0)
        key = store_content(storage, path, path.name, sha256).key
        clock.ahead = 3 * DAY
        go(world.parts)
        clock.ahead = 6 * DAY
        begin = threading.Event()

        def bring() -> None:
            begin.wait(20)  # noqa: B023
            content = store_content(storage, path, path.name, sha256)  # noqa: B023
            with world.parts.database.begin() as session:
                add_video(
                    session, world.parts.settings, content, project_id=world.project, name="a",
                    user_id=world.users["lead"].id,
                )  # fmt: skip
            brought.append(turn)  # noqa: B023

        importing = threading.Thread(target=bring)
        importing.start()
        if turn % 2:
            begin.set()  # in odd turns they race; in even ones the import begins in the middle of the deletion
        collected += go(world.parts).collected
        importing.join()
        brought.remove(turn)
        assert read_bytes(storage, key) == path.read_bytes(), f"turn {turn}"
        clock.ahead = 12 * DAY
        go(world.parts)
        assert key in keys(storage)
    assert missing(world.parts.database, storage) == []
    assert collected >= 6


def test_a_video_that_no_project_has(
    world: World, make_world: Callable[..., World], clock: Clock, clip: Path, run_jobs: Callable[..., int]
) -> None:
    sent = send(world["lead"], world.project, clip)
    run_jobs()
    before = keys(world.parts.storage)
    clock.ahead = 5 * DAY
    assert go(world.parts).unused_videos == 0
    assert world["lead"].delete(world.url(f"/videos/{sent['id']}")).status_code == 204
    assert go(world.parts, dry_run=True).unused_videos == 1
    assert keys(world.parts.storage) == before
    assert go(world.parts).unused_videos == 1
    again = send(world["lead"], world.project, clip)
    assert again["id"] != sent["id"]
    run_jobs()
    for days in (10, 20, 30):
        clock.ahead = days * DAY
        assert go(world.parts).collected == 0
    assert keys(world.parts.storage) == before and missing(world.parts.database, world.parts.storage) == []


def test_scratch_and_broken_writes(parts: Parts, clock: Clock, run_jobs: Callable[..., int]) -> None:
    from server.jobs import enqueue

    with parts.database.begin() as session:
        waits = enqueue(session, "collect_objects", {})
    scratch = parts.settings.data_folder / "scratch"
    folders = [scratch / f"job-{job.hex}-x1" for job in (waits.id, uuid4())] + [scratch / "of-somebody"]
    for folder in folders:
        (folder / "below").mkdir(parents=True)
    partial = parts.settings.data_folder / "objects" / ".partial" / "left"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"half")
    assert (go(parts).broken_writes, go(parts).scratch_folders) == (0, 0)
    clock.ahead = 3 * DAY
    done = go(parts)
    assert (done.broken_writes, done.scratch_folders) == (1, 1)
    assert [folder.exists() for folder in folders] == [True, False, True]


def test_it_is_a_recurring_job(world: World, clock: Clock, run_jobs: Callable[..., int]) -> None:
    from server.jobs import enqueue, kind_of
    from server.tables.jobs import Job

    assert kind_of("collect_objects").every == timedelta(hours=6)
    keeps, left = name_one_of_each(world), leave_one_of_each(world.parts.storage)
    for days in (3, 6):
        clock.ahead = days * DAY
        with world.parts.database.begin() as session:
            row = enqueue(session, "collect_objects", {})
        run_jobs(("release",))
    with world.parts.database.read() as session:
        assert session.get_one(Job, row.id).result == {
            "objects": len(keeps) + len(left), "unnamed": len(left), "collected": len(left),
        }  # fmt: skip
    assert keys(world.parts.storage) == keeps


def test_in_a_bucket(parts: Parts, clock: Clock, tmp_path: Path) -> None:
    with servers.rclone() as server:
        bucket = S3Storage(
            bucket=server.bucket, prefix="site", endpoint=server.endpoint, cache=tmp_path / "cache",
            keys=(server.access_key, server.secret_key),
        )  # fmt: skip
        bucket.wanted = parts.storage.wanted
        there = replace(parts, storage=bucket)
        left = leave_one_of_each(bucket)
        for days, count in ((0, 4), (3, 4), (6, 0)):
            clock.ahead = days * DAY
            go(there)
            assert len(keys(bucket)) == count, left


def test_the_command(world: World, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    keeps, left = name_one_of_each(world), leave_one_of_each(world.parts.storage)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    cli._load_commands()

    def run(*words: str, code: int = 0) -> Any:
        ran = CliRunner().invoke(cli.app, ["--json", "storage", *words])
        assert ran.exit_code == code, ran.output
        return json.loads(ran.stdout)

    clock.ahead = 3 * DAY
    assert (run("check")["unnamed"], run("check")["missing"]) == (len(left), [])
    assert run("collect", "--yes")["collected"] == 0
    clock.ahead = 6 * DAY
    would = run("collect")
    assert (would["dry_run"], would["collected"]) == (True, len(left))
    assert keys(world.parts.storage) == keeps | left
    assert run("collect", "--yes")["collected"] == len(left)
    lost = sorted(keeps)[0]
    world.parts.storage.delete(lost)
    assert run("check", code=1)["missing"] == [lost]
