"""Opens what an address names, and writes it to this machine's scratch folder, hashed on the way."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from server.errors import Unavailable
from server.outbound import Guard, Limits, SourceRefused, SourceTooLarge, SourceUnavailable
from server.settings import Settings
from server.storage import CHUNK, ObjectMissing, full_disk, secret_pair
from server.videos.fetch import bucket_of
from server.videos.store import SUFFIXES

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

MAX_FOUND = 20_000
"""Videos below one prefix."""

Told = Callable[[int, int | None], None]
"""Bytes so far, and in all where that is known. May raise to end the work."""


@dataclass(frozen=True)
class Fetched:
    """A whole file that came."""

    size: int
    sha256: str


def guard_of(settings: Settings) -> Guard:
    """The guard with the private hosts that the settings allow."""
    return Guard(settings.listed("import_private_hosts"))


def download(
    settings: Settings, guard: Guard, address: str, path: Path, *, told: Told, check_size: Callable[[int], None]
) -> Fetched:
    """Write the whole file that `address` names to `path`.

    `check_size` hears of the size as soon as it is known, and may refuse it. Raises AddressRefused, SourceRefused,
    SourceTooLarge, ObjectMissing (no use to try again), SourceUnavailable, StorageRefused or StorageFull.
    """
    limits = Limits(settings.max_upload_bytes, settings.import_seconds)
    in_bucket = address.startswith("s3://")
    opened = _open_object(settings, address, limits) if in_bucket else _open_url(guard, address, limits)
    digest, received = hashlib.sha256(), 0
    with opened as (size, pieces), full_disk(path.name):
        if size is not None:
            check_size(size)
            if shutil.disk_usage(path.parent).free < size:
                raise OSError(28, "No space left on device")
        with path.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                received += len(piece)
                told(received, size)
    return Fetched(received, digest.hexdigest())


@contextmanager
def _open_url(guard: Guard, address: str, limits: Limits) -> Iterator[tuple[int | None, Iterator[bytes]]]:
    opened = guard.open(address, limits)
    try:
        yield opened.size, opened.pieces()
    finally:
        opened.close()


# --- buckets --------------------------------------------------------------------------------------------------------


def _client(settings: Settings) -> tuple[S3Client, str]:
    """The client for the buckets to import from, and how the settings begin that it was made of."""
    from server.storage.s3 import s3_client

    keys = secret_pair(settings.import_s3_access_key, settings.import_s3_secret_key)
    if settings.import_s3_endpoint or keys:
        made = s3_client(endpoint=settings.import_s3_endpoint, region=settings.import_s3_region, keys=keys)
        return made, "VIDGRAIN_IMPORT_S3"
    keys = secret_pair(settings.s3_access_key, settings.s3_secret_key)
    return s3_client(endpoint=settings.s3_endpoint, region=settings.s3_region, keys=keys), "VIDGRAIN_S3"


@contextmanager
def _said(address: str, names: str) -> Iterator[None]:
    """The errors of a store that is not this site's: its outage is no outage of ours."""
    from server.storage.s3 import s3_errors

    try:
        with s3_errors(address, names):
            yield
    except Unavailable as error:
        raise SourceUnavailable(error.detail) from error


@contextmanager
def _open_object(settings: Settings, address: str, limits: Limits) -> Iterator[tuple[int | None, Iterator[bytes]]]:
    bucket, key = bucket_of(settings, address)
    client, names = _client(settings)
    deadline = time.monotonic() + limits.max_seconds
    try:
        with _said(address, names):
            answer = client.get_object(Bucket=bucket, Key=key)
    except ObjectMissing as error:
        raise SourceRefused(f"{address} is not there.") from error
    size, body = answer["ContentLength"], answer["Body"]

    def pieces() -> Iterator[bytes]:
        received = 0
        with _said(address, names):
            while piece := body.read(CHUNK):
                received += len(piece)
                if received > limits.max_bytes:
                    raise SourceTooLarge(f"The store sends more than {limits.max_bytes} bytes.")
                if time.monotonic() > deadline:
                    raise SourceUnavailable(f"The store took longer than {limits.max_seconds:.0f} seconds.")
                yield piece
        if received != size:
            raise SourceUnavailable(f"The store sent {received} of {size} bytes.")

    try:
        if size > limits.max_bytes:
            raise SourceTooLarge(f"{address}: {size} bytes; at most {limits.max_bytes} are accepted.")
        yield size, pieces()
    finally:
        body.close()


def find_videos(settings: Settings, address: str, told: Callable[[int], None]) -> list[str]:
    """The addresses of all videos below a prefix, in order: `s3://b/clips` means the folder, not `clips2`.

    `told(seen)` hears how many objects were looked at. Raises SourceRefused when there is none, or more than 20,000.
    """
    bucket, prefix = bucket_of(settings, address)
    client, names = _client(settings)
    below = prefix if not prefix or prefix.endswith("/") else prefix + "/"
    found: list[str] = []
    seen = 0
    with _said(address, names):
        for answer in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=below):
            for entry in answer.get("Contents", []):
                seen += 1
                if PurePosixPath(entry["Key"]).suffix.lower() in SUFFIXES and entry["Size"] > 0:
                    found.append(f"s3://{bucket}/{entry['Key']}")
            if len(found) > MAX_FOUND:
                raise SourceRefused(f"More than {MAX_FOUND} videos lie below {address}: name a longer prefix.")
            told(seen)
    if not found:
        raise SourceRefused(f"No video lies below {address}.")
    return found
