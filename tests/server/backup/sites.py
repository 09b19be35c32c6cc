"""Sites to back up and to restore into, and what they hold, for the tests of backups."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.backup import keep
from server.backup.objects import SiteNotEmpty
from server.db import Base, Database, new_id
from server.jobs.claims import claim_next
from server.jobs.run import run_claimed
from server.parts import Parts
from server.settings import LANES, Settings
from server.storage import open_storage
from tests import servers
from tests.server.workflow import Site, event, ok

PEOPLE = {"ann": "annotator", "ben": "annotator", "cho": "annotator", "rhea": "reviewer"}


def silent(label: str, done: int, total: int) -> None:
    """Nobody looks at a bar here."""


def run_all(parts: Parts) -> None:
    """Run what is due."""
    found = True
    while found:
        found = False
        for lane in LANES:
            with parts.database.begin() as session:
                row = claim_next(session, lane, "tests")
            if row is not None:
                run_claimed(parts, row, "tests")
                found = True


@contextmanager
def empty_site(kind: str, folder: Path, postgres: Callable[[], servers.Postgres], **more: Any) -> Iterator[Settings]:
    """The settings of a site that is not there yet."""
    if kind == "sqlite":
        yield Settings(data_folder=folder, embedded_worker=False, **more)
        return
    name = f"restored_{new_id().hex}"
    postgres().run(f"CREATE DATABASE {name}")
    yield Settings(data_folder=folder, database_url=postgres().url(name), embedded_worker=False, **more)
    postgres().run(f"DROP DATABASE {name} WITH (FORCE)")


def rows(settings: Settings) -> dict[str, list[Any]]:
    """All rows of all tables, comparable."""
    database = Database.of(settings)
    found = {}
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            keys = list(table.primary_key.columns)
            found[table.name] = [tuple(row) for row in session.execute(select(table).order_by(*keys))]
    database.dispose()
    return found


def contents(settings: Settings) -> dict[str, str]:
    """The hash of every object."""
    storage = open_storage(settings)
    return {o.key: hashlib.sha256(b"".join(storage.read(o.key))).hexdigest() for o in storage.list()}


def work_on(site: Site, clips: list[Path]) -> dict[str, str]:
    """A site with a released masklet, and Ann in the middle of the next one."""
    project = site.project("stc", PEOPLE)
    site.video(project, clips[0])
    site.masklet_done(project, ("ann", "ben", "cho", "rhea"))
    release = ok(site.admin.post(f"/api/projects/{project}/releases", json={}))["id"]
    site.video(project, clips[1])
    site.subject_done("ann", project, seed=2)
    task = site.lease("ben", project, "stc_caption")["id"]
    site.save("ben", task, [event("e1", 0, 2)])
    return {"project": project, "release": release, "task": task}


def works_on(site: Site, parts: Parts, worked: dict[str, str]) -> None:
    release = ok(site.admin.get(f"/api/releases/{worked['release']}"))
    assert release["state"] == "ready"
    manifest_ = ok(site.admin.get(f"/api/releases/{worked['release']}/manifest.json"))
    for file in manifest_["files"]:
        content = site.admin.get(f"/api/releases/{worked['release']}/files/{file['path']}").content
        assert hashlib.sha256(content).hexdigest() == file["sha256"], file["path"]
    task = worked["task"]
    assert ok(site["ben"].get(f"/api/tasks/{task}/document"))["body"]["events"].keys() == {"e1"}
    site.submit("ben", task, [event("e2", 3, 6, "It leaves to the right.")])
    run_all(parts)
    site.decide("cho", site.lease("cho", worked["project"], "stc_verify")["id"])
    with pytest.raises(SiteNotEmpty):
        keep.refuse_filled(parts.settings)
