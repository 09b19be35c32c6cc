"""A site whose objects lie in a bucket: downloads come straight from it, and when it says no nothing is half stored."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from server.app import install_parts
from server.settings import Settings
from server.storage import open_storage
from server.storage.named import blob_key
from server.tables.releases import Release, ReleaseFile, ReleaseState
from server.tables.videos import Video
from tests import servers
from tests.server.world import World, clip, make_world, world

__all__ = ["clip", "make_world", "world"]

FILE = b'{"row": 1}\n'
SHA = hashlib.sha256(FILE).hexdigest()


@pytest.fixture(scope="module")
def store() -> Iterator[servers.S3]:
    with servers.rclone() as server:
        yield server


def move(world: World, app: FastAPI, store: servers.S3, **change: Any) -> World:
    """The same site with its objects in the bucket."""
    values: dict[str, Any] = {
        "s3_bucket": store.bucket, "s3_prefix": world.project.hex, "s3_endpoint": store.endpoint,
        "s3_access_key": store.access_key, "s3_secret_key": store.secret_key, **change,
    }  # fmt: skip
    settings = Settings(**{**world.parts.settings.model_dump(), **values})
    settings.check()
    moved = replace(world.parts, settings=settings, storage=open_storage(settings))
    install_parts(app, moved)
    return replace(world, parts=moved)


def add_release(world: World) -> str:
    """A release with one file; its address."""
    world.parts.storage.put(blob_key(SHA), FILE)
    with world.parts.database.begin() as session:
        release = Release(
            project_id=world.project, number=1, name="r", rule={}, created_by=world.users["lead"].id,
            state=ReleaseState.READY, manifest_sha256=SHA,
        )  # fmt: skip
        session.add(release)
        session.flush()
        session.add(ReleaseFile(release_id=release.id, path="test/rows.jsonl", sha256=SHA, bytes=len(FILE)))
    return f"/api/releases/{release.id}/files/test/rows.jsonl"


def test_downloads_come_straight_from_the_store(world: World, app: FastAPI, store: servers.S3) -> None:
    site = move(world, app, store, s3_public_endpoint=store.endpoint)
    url = add_release(site)
    sent = site["lead"].get(url, follow_redirects=False)
    assert sent.status_code == 307 and sent.headers["cache-control"] == "no-store"
    place = sent.headers["location"]
    assert place.startswith(f"{store.endpoint}/{store.bucket}/{world.project.hex}/blobs/")
    assert store.secret_key not in place
    with urllib.request.urlopen(place) as answer:
        assert answer.read() == FILE
    saved = site["lead"].get(url, headers={"Sec-Fetch-Mode": "navigate"}, follow_redirects=False)
    assert saved.status_code == 307
    # What a page reads by itself, and what has no body, stays with this server.
    read = site["lead"].get(url, headers={"Sec-Fetch-Mode": "cors"}, follow_redirects=False)
    assert (read.status_code, read.content) == (200, FILE)
    assert site["lead"].head(url, follow_redirects=False).status_code == 200
    for who, status in (("ann", 403), ("eve", 404)):
        refused = site[who].get(url, follow_redirects=False)
        assert (refused.status_code, "location" in refused.headers) == (status, False)


def test_the_inner_endpoint_is_never_told(world: World, app: FastAPI, store: servers.S3) -> None:
    site = move(world, app, store)
    served = site["lead"].get(add_release(site), follow_redirects=False)
    assert (served.status_code, served.content) == (200, FILE)
    assert store.endpoint not in str(served.headers)
    part = site["lead"].get(served.request.url.path, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, FILE[2:6])


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"s3_secret_key": "not the secret"}, "VIDGRAIN_S3_ACCESS_KEY"),
        ({"s3_bucket": "no-such-bucket"}, "VIDGRAIN_S3_BUCKET"),
        ({"s3_endpoint": "http://127.0.0.1:9"}, "VIDGRAIN_S3_ENDPOINT"),
    ],
)
def test_a_store_that_says_no_in_the_middle(
    world: World, app: FastAPI, store: servers.S3, clip: Path, change: dict[str, str], setting: str
) -> None:
    """The upload stays as it is, and ends well once the setting is right again."""
    broken = move(world, app, store, **change)
    data = clip.read_bytes()
    upload = broken["lead"].post(broken.url("/uploads"), json={"name": "a.mp4", "size": len(data)}).json()["id"]
    broken["lead"].patch(f"/api/uploads/{upload}?offset=0", content=data)
    refused = broken["lead"].post(f"/api/uploads/{upload}/finish", json={})
    assert refused.status_code == 503, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert setting in refused.json()["detail"] and store.access_key not in refused.text
    with broken.parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Video)) == 0
    assert broken["lead"].get(f"/api/uploads/{upload}").json()["received"] == len(data)
    mended = move(world, app, store)
    assert list(mended.parts.storage.list()) == []
    done = mended["lead"].post(f"/api/uploads/{upload}/finish", json={})
    assert done.json()["sha256"] == hashlib.sha256(data).hexdigest()
    assert len(list(mended.parts.storage.list())) == 1
