"""Backups of sites whose objects lie in a bucket, on a real S3 server: into another bucket, and when objects are amiss.

Each test runs on SQLite and on PostgreSQL; the store checks signatures and keeps its objects in files.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from migrations import run
from server.app import install_parts
from server.backup import keep
from server.backup.manifest import BackupChanged, NoBackup
from server.backup.objects import SiteNotEmpty
from server.db import new_id
from server.errors import Unavailable
from server.parts import Parts, make_parts
from server.settings import Settings
from server.storage import open_storage
from server.storage.named import blob_key
from server.storage.s3 import PART, s3_client
from tests import servers
from tests.faults.site import run_command
from tests.server.backup.sites import contents, empty_site, rows, silent, work_on, works_on
from tests.server.workflow import Site, ok


@pytest.fixture(scope="module")
def store() -> Iterator[servers.S3]:
    with servers.rclone() as server:
        yield server


def bucket(store: servers.S3) -> dict[str, Any]:
    """The settings of a new, empty bucket."""
    name = f"b{new_id().hex}"
    s3_client(endpoint=store.endpoint, region="us-east-1", keys=(store.access_key, store.secret_key)).create_bucket(
        Bucket=name
    )
    return {
        "s3_bucket": name, "s3_endpoint": store.endpoint,
        "s3_access_key": store.access_key, "s3_secret_key": store.secret_key,
    }  # fmt: skip


@pytest.fixture
def settings(database_url: str, tmp_path: Path, store: servers.S3) -> Settings:
    """A site with a bucket of its own."""
    return Settings(
        data_folder=tmp_path / "data", database_url=database_url, embedded_worker=False,
        login_limit="1000/minute", **bucket(store),
    )  # fmt: skip


def test_a_site_moves_from_bucket_to_bucket_and_works_on(
    site: Site,
    clips: list[Path],
    settings: Settings,
    parts: Parts,
    app: FastAPI,
    store: servers.S3,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    worked = work_on(site, clips)
    large = os.urandom(PART + 5)  # goes into the bucket in parts, both times
    parts.storage.put(blob_key(sha256(large).hexdigest()), large)
    folder = tmp_path / "backup"
    made = keep.backup(settings, parts.storage, folder, copy_objects=True, show=silent)
    before = rows(settings), contents(settings)
    assert made.objects.count == len(before[1]) > 5 and made.objects.bytes > PART
    other = "postgresql" if settings.is_sqlite else "sqlite"
    make = empty_site(other, tmp_path / other, lambda: request.getfixturevalue("postgres_server"), **bucket(store))
    with make as target:
        keep.restore(target, open_storage(target), folder, silent)
        assert (rows(target), contents(target)) == before
        assert not (target.data_folder / "objects").exists(), "the objects lie in the bucket only"
        target.data_folder.mkdir(exist_ok=True)
        shutil.copy(settings.data_folder / "secret", target.data_folder / "secret")
        restored = make_parts(target)
        install_parts(app, restored)
        works_on(site, restored, worked)
        restored.close()
    install_parts(app, parts)
    assert (rows(settings), contents(settings)) == before, "the site that was backed up has changed"


# --- objects that are amiss -----------------------------------------------------------------------------------------


@pytest.fixture
def imported(site: Site, clips: list[Path]) -> dict[str, Any]:
    """A video of the site."""
    return site.video(site.project("stc", {}), clips[0])


def key_of(settings: Settings, ending: str) -> str:
    """The one object of this name."""
    [found] = [key for key in contents(settings) if key.endswith(ending)]
    return found


def test_what_the_bucket_lost_or_changed_is_named_when_it_is_backed_up(
    imported: dict[str, Any], settings: Settings, parts: Parts, tmp_path: Path, store: servers.S3
) -> None:
    """By the commands: the rest is backed up and restored, and each says what is amiss."""

    def vidgrain(who: Settings, *arguments: str) -> tuple[int, dict[str, Any]]:
        done = run_command(who, "--json", *arguments)
        return done.returncode, json.loads(done.stdout)

    status, told = vidgrain(settings, "backup", str(tmp_path / "good"))
    assert (status, told["missing"], told["altered"]) == (0, [], []), told
    lost, changed = key_of(settings, "/frames.json"), key_of(settings, "/source.mp4")
    parts.storage.delete(lost)
    parts.storage.put(changed, b"something else")
    status, told = vidgrain(settings, "backup", str(tmp_path / "bad"))
    assert (status, told["missing"], told["altered"]) == (1, [lost], [changed]), told
    status, told = vidgrain(settings, "restore", "--check", str(tmp_path / "bad"))
    assert (status, told["missing"], told["altered"]) == (1, [lost], [changed]), told
    target = Settings(data_folder=tmp_path / "target", embedded_worker=False, **bucket(store))
    status, told = vidgrain(target, "restore", str(tmp_path / "bad"))
    assert (status, told["missing"], told["altered"]) == (0, [lost], [changed]), told
    assert contents(target) == contents(settings)
    said = run_command(settings, "restore", "--check", str(tmp_path / "bad")).stdout
    assert lost in said and changed in said and "1 objects were missing" in said, said


def test_a_changed_or_missing_object_of_the_backup_is_named_and_nothing_is_restored(
    imported: dict[str, Any], settings: Settings, parts: Parts, tmp_path: Path, store: servers.S3
) -> None:
    folder = tmp_path / "backup"
    keep.backup(settings, parts.storage, folder, copy_objects=True, show=silent)
    target = Settings(data_folder=tmp_path / "target", embedded_worker=False, **bucket(store))
    for ending in ("/source.mp4", "/frames.json"):
        key = key_of(settings, ending)
        path = folder / "objects" / key
        good = path.read_bytes()
        for bad in (good[:-1] + bytes([good[-1] ^ 1]), None):
            if bad is None:
                path.unlink()
            else:
                path.write_bytes(bad)
            with pytest.raises(BackupChanged) as caught:
                keep.restore(target, open_storage(target), folder, silent)
            assert key in caught.value.detail and ("missing" in caught.value.detail) is (bad is None)
        path.write_bytes(good)
    assert contents(target) == {} and run.current(target.database) is None
    keep.restore(target, open_storage(target), folder, silent)
    assert (rows(target), contents(target)) == (rows(settings), contents(settings))


def test_objects_that_are_only_listed_are_looked_for_in_the_bucket(
    imported: dict[str, Any], settings: Settings, parts: Parts, tmp_path: Path
) -> None:
    """The store keeps the objects by itself: what it lost or changed since is named, and nothing is restored."""
    folder = tmp_path / "listed"
    keep.backup(settings, parts.storage, folder, copy_objects=False, show=silent)
    target = settings.model_copy(update={"data_folder": tmp_path / "target", "database_url": ""})
    before = contents(settings)
    for ending in ("/source.mp4", "/frames.json"):
        key = key_of(settings, ending)
        good = b"".join(parts.storage.read(key))
        for bad, said in ((good[:-1] + bytes([good[-1] ^ 1]), "not as it was"), (None, "is not in the storage")):
            parts.storage.delete(key) if bad is None else parts.storage.put(key, bad)
            with pytest.raises(BackupChanged, match=said) as caught:
                keep.restore(target, open_storage(target), folder, silent)
            assert key in caught.value.detail
        parts.storage.put(key, good)
    assert run.current(target.database) is None
    keep.restore(target, open_storage(target), folder, silent)
    assert rows(target) == rows(settings) and contents(settings) == before


def test_a_bucket_with_something_in_it_is_left_alone(
    imported: dict[str, Any], settings: Settings, parts: Parts, tmp_path: Path, store: servers.S3
) -> None:
    folder = tmp_path / "backup"
    keep.backup(settings, parts.storage, folder, copy_objects=True, show=silent)
    target = Settings(data_folder=tmp_path / "target", embedded_worker=False, **bucket(store))
    open_storage(target).put("videos/cc/foreign.bin", b"foreign")
    with pytest.raises(SiteNotEmpty, match=r"videos/cc/foreign\.bin"):
        keep.restore(target, open_storage(target), folder, silent)
    assert list(contents(target)) == ["videos/cc/foreign.bin"]
    # The same bucket below a prefix is empty.
    beside = target.model_copy(update={"s3_prefix": "second"})
    keep.restore(beside, open_storage(beside), folder, silent)
    assert contents(beside) == contents(settings)


# --- the store goes away in the middle ------------------------------------------------------------------------------


def test_a_store_that_dies_in_the_middle(admin: TestClient, settings: Settings, parts: Parts, tmp_path: Path) -> None:
    """Of a backup: the folder is none. Of a restore: no row is there, and the same command ends it later."""
    ok(admin.post("/api/projects", json={"name": "One", "kind": "stc"}))
    with servers.rclone() as mortal:
        assert mortal.program is not None
        first, second = (Settings(**{**settings.model_dump(), **bucket(mortal)}) for _ in range(2))
        storage = open_storage(first)
        for number in range(60):
            data = os.urandom(100_000) + bytes([number])
            storage.put(blob_key(sha256(data).hexdigest()), data)

        def dies(label: str, done: int, total: int) -> None:
            if label == "bytes of objects" and done > total // 3:
                mortal.program.kill()  # type: ignore[union-attr]

        with pytest.raises(Unavailable, match="VIDGRAIN_S3_ENDPOINT"):
            keep.backup(first, storage, tmp_path / "half", copy_objects=True, show=dies)
        with pytest.raises(NoBackup, match=r"manifest\.json is missing"):
            keep.check(storage, tmp_path / "half", silent)
        mortal.program.start()
        made = keep.backup(first, storage, tmp_path / "whole", copy_objects=True, show=silent)
        assert made.objects.count == 60

        target = second.model_copy(update={"data_folder": tmp_path / "target", "database_url": ""})
        with pytest.raises(Unavailable, match="VIDGRAIN_S3_ENDPOINT"):
            keep.restore(target, open_storage(target), tmp_path / "whole", dies)
        keep.refuse_filled(target)
        mortal.program.start()
        keep.restore(target, open_storage(target), tmp_path / "whole", silent)
        assert contents(target) == contents(first)
        assert rows(target) == rows(first)
