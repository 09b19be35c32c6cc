"""A backup is the whole site: from either database into either, with open drafts and a release, and work goes on."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from migrations import run
from server.app import install_parts
from server.backup import keep, manifest, objects, tables
from server.backup.manifest import BackupChanged, FolderTaken, Manifest, NoBackup
from server.backup.objects import SiteNotEmpty
from server.db import Base, Database, new_id
from server.parts import Parts, make_parts
from server.settings import Settings
from server.storage import open_storage
from server.tables.documents import Document, DocumentOperation
from server.tables.projects import Project
from tests.conftest import DATABASES
from tests.server.backup.sites import contents, empty_site, rows, silent, work_on, works_on
from tests.server.workflow import Site, ok


@pytest.fixture
def worked(site: Site, clips: list[Path]) -> dict[str, str]:
    return work_on(site, clips)


def test_a_site_moves_between_databases_and_works_on(
    worked: dict[str, str],
    site: Site,
    settings: Settings,
    parts: Parts,
    app: FastAPI,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    folder = tmp_path / "backup"
    made = keep.backup(settings, parts.storage, folder, copy_objects=True, show=silent)
    assert made.objects.count == len(contents(settings)) > 5 and made.objects.vanished == 0
    assert (folder.stat().st_mode & 0o077) == 0
    before = rows(settings), contents(settings)
    for kind in DATABASES:
        with empty_site(kind, tmp_path / kind, lambda: request.getfixturevalue("postgres_server")) as target:
            keep.restore(target, open_storage(target), folder, silent)
            assert (rows(target), contents(target)) == before
            run.check(target.database)
            shutil.copy(settings.data_folder / "secret", target.data_folder / "secret")
            restored = make_parts(target)
            install_parts(app, restored)
            works_on(site, restored, worked)
            restored.close()
    install_parts(app, parts)
    assert (rows(settings), contents(settings)) == before  # the site that was backed up is as it was


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.fixture
def small(parts: Parts, settings: Settings, admin: TestClient, tmp_path: Path) -> Path:
    """The backup of a site with a project and two objects."""
    ok(admin.post("/api/projects", json={"name": "One", "kind": "stc"}))
    parts.storage.put("videos/aa/one.bin", b"one" * 1000)
    parts.storage.put("videos/bb/two.bin", b"two" * 1000)
    folder = tmp_path / "small"
    keep.backup(settings, parts.storage, folder, copy_objects=True, show=silent)
    return folder


def target_of(tmp_path: Path, name: str = "target") -> Settings:
    """An empty embedded site."""
    return Settings(data_folder=tmp_path / name, embedded_worker=False)


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_one_changed_byte_anywhere_is_refused_by_name(small: Path, tmp_path: Path) -> None:
    target = target_of(tmp_path)
    names = files_of(small)
    assert {"manifest.json", "manifest.sha256", "objects.jsonl.gz", "tables/projects.jsonl.gz"} <= set(names)
    for name in names:
        path = small / name
        good = path.read_bytes()
        for at in {0, len(good) // 2, len(good) - 1}:
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            with pytest.raises((BackupChanged, NoBackup)) as caught:
                keep.restore(target, open_storage(target), small, silent)
            assert ("manifest" if "manifest" in name else name) in caught.value.detail, (name, at)
        path.write_bytes(good[:-1])
        with pytest.raises((BackupChanged, NoBackup)):
            keep.restore(target, open_storage(target), small, silent)
        path.unlink()
        with pytest.raises((BackupChanged, NoBackup), match="missing"):
            keep.check(open_storage(target), small, silent)
        path.write_bytes(good)
    assert contents(target) == {} and run.current(target.database) is None  # nothing was changed
    keep.restore(target, open_storage(target), small, silent)


def test_a_site_that_is_not_empty_is_left_alone(small: Path, settings: Settings, parts: Parts, tmp_path: Path) -> None:
    before = rows(settings), contents(settings)
    with pytest.raises(SiteNotEmpty, match=r"table \w+ has rows"):
        keep.restore(settings, parts.storage, small, silent)
    assert (rows(settings), contents(settings)) == before
    target = target_of(tmp_path)
    run.upgrade(target.database)
    storage = open_storage(target)
    storage.put("videos/cc/foreign.bin", b"foreign")
    with pytest.raises(SiteNotEmpty, match=r"videos/cc/foreign\.bin"):
        keep.restore(target, storage, small, silent)
    assert list(contents(target)) == ["videos/cc/foreign.bin"]
    storage.delete("videos/cc/foreign.bin")
    keep.restore(target, storage, small, silent)  # tables that are there, but empty, are fine


def test_a_restore_that_breaks_off_can_be_done_again(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = target_of(tmp_path)
    storage = open_storage(target)
    fill = tables._fill

    def breaks(connection: Any, folder: Path, entry: Any, progress: Any) -> None:
        fill(connection, folder, entry, progress)
        if entry.name == "projects":
            raise KeyboardInterrupt

    monkeypatch.setattr(tables, "_fill", breaks)
    with pytest.raises(KeyboardInterrupt):
        keep.restore(target, storage, small, silent)
    keep.refuse_filled(target)  # no row stayed
    monkeypatch.undo()
    keep.restore(target, storage, small, silent)
    assert len(contents(target)) == 2


def test_an_object_that_changes_under_the_restore_leaves_none(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = target_of(tmp_path)
    monkeypatch.setattr(objects, "check", lambda *_: None)
    (small / "objects/videos/bb/two.bin").write_bytes(b"too" * 1000)
    with pytest.raises(BackupChanged, match=r"videos/bb/two\.bin"):
        keep.restore(target, open_storage(target), small, silent)
    assert contents(target) == {}


def test_a_folder_is_only_used_once(small: Path, settings: Settings, parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(FolderTaken):
        keep.backup(settings, parts.storage, small, copy_objects=True, show=silent)
    with pytest.raises(NoBackup, match=r"manifest\.json is missing"):
        keep.check(parts.storage, tmp_path / "nothing", silent)


def test_a_backup_of_a_newer_version_is_refused(small: Path, tmp_path: Path) -> None:
    found = manifest.read(small).model_dump()
    for name in ("manifest.json", "manifest.sha256"):
        (small / name).unlink()
    manifest.write(small, Manifest.model_validate({**found, "revision": "9999"}))
    target = target_of(tmp_path)
    with pytest.raises(NoBackup, match="9999"):
        keep.restore(target, open_storage(target), small, silent)


def test_objects_that_are_only_listed_are_looked_for_in_the_storage(
    small: Path, settings: Settings, parts: Parts, tmp_path: Path
) -> None:
    folder = tmp_path / "listed"
    made = keep.backup(settings, parts.storage, folder, copy_objects=False, show=silent)
    assert made.objects.count == 2 and not made.objects.copied and not (folder / "objects").exists()
    target = target_of(tmp_path)
    storage = open_storage(target)
    with pytest.raises(BackupChanged, match=r"videos/aa/one\.bin is not in the storage"):
        keep.restore(target, storage, folder, silent)
    storage.put("videos/aa/one.bin", b"one" * 1000)
    storage.put("videos/bb/two.bin", b"xxx" * 1000)
    with pytest.raises(BackupChanged, match=r"videos/bb/two\.bin"):
        keep.restore(target, storage, folder, silent)
    storage.put("videos/bb/two.bin", b"two" * 1000)
    keep.restore(target, storage, folder, silent)
    database = Database.of(target)
    with database.read() as session:
        assert session.scalars(select(Project.name)).all() == ["One"]
    database.dispose()


# --- what goes on meanwhile -----------------------------------------------------------------------------------------


def test_the_rows_are_those_of_one_moment(parts: Parts, settings: Settings, tmp_path: Path) -> None:
    """Somebody saves all the time: each document in the backup fits its log."""
    from server.tables.accounts import User
    from server.tables.tasks import Task, TaskKind
    from server.tables.videos import Video

    with parts.database.begin() as session:
        user = User(email="a@example.org", name="A")
        project = Project(name="P", kind="stc")
        video = Video(sha256="0" * 64, name="v", size=1, source_key="x/y")
        session.add_all([user, project, video])
        session.flush()
        task = Task(project_id=project.id, kind=TaskKind.STC_SUBJECT, video_id=video.id)
        session.add(task)
        session.flush()
        document = Document(task_id=task.id, kind=task.kind, body={}, seed={})
        session.add(document)
    stop = threading.Event()

    def save() -> None:
        while not stop.is_set():
            with parts.database.begin() as session:
                row = session.get_one(Document, document.id, with_for_update=True)
                row.revision += 1
                session.add(
                    DocumentOperation(
                        document_id=row.id, revision=row.revision, operation_id=new_id().hex, user_id=user.id,
                        operation={},
                    )
                )  # fmt: skip

    saver = threading.Thread(target=save)
    saver.start()
    try:
        made = [
            keep.backup(settings, parts.storage, tmp_path / str(i), copy_objects=True, show=silent) for i in range(5)
        ]
    finally:
        stop.set()
        saver.join()
    assert len({entry.rows for one in made for entry in one.tables if entry.name == "document_operations"}) > 1
    for number in range(5):
        target = target_of(tmp_path, f"target-{number}")
        keep.restore(target, open_storage(target), tmp_path / str(number), silent)
        database = Database.of(target)
        with database.read() as session:
            logged = session.execute(text("SELECT count(*), coalesce(max(revision), 0) FROM document_operations")).one()
            assert logged == (logged[0], logged[0]) and session.scalar(select(Document.revision)) == logged[0]
        database.dispose()


def test_every_column_has_a_kind_and_survives() -> None:
    assert [name for name, _ in tables.portable()] == [table.name for table in Base.metadata.sorted_tables]
    kinds = {each.kind for _, columns in tables.portable() for each in columns}
    assert {"uuid", "moment", "json", "boolean", "integer", "number", "text"} <= kinds
