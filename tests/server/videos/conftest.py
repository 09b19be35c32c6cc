"""The fixtures of these slices, among them a store of other people's footage, from which videos are imported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import servers
from tests.server.world import clip, make_world, world

__all__ = ["clip", "make_world", "world"]

BUCKET = "footage"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[servers.S3]:
    """A store with a bucket of footage, which is not the site's own."""
    with servers.rclone() as server:
        servers._client(server).create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture
def store(s3_server: servers.S3) -> servers.S3:
    """The store, with nothing in its bucket."""
    client = servers._client(s3_server)
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    return s3_server
