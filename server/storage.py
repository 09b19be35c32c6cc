"""Where files lie: a local folder or an S3 bucket, behind six verbs. Objects are written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from server.errors import BadRequest, NotFound, OutOfSpace, Unavailable
from server.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

CHUNK = 256 * 1024
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=-]*(/[A-Za-z0-9_][A-Za-z0-9._=-]*)*")
_PARTIAL = ".partial"


class BadKey(BadRequest):
    """This is not a valid name of a stored object."""


class ObjectMissing(NotFound):
    """The stored file is not there."""


class StorageFull(OutOfSpace):
    """The storage is full: nothing was stored."""


class StorageRefused(Unavailable):
    """The object store refused the server's credentials or address."""


@dataclass(frozen=True)
class Stored:
    """One object. `sha256` is known when this process wrote it."""

    key: str
    size: int
    modified_at: datetime
    sha256: str | None = None


class Storage(Protocol):
    """Six verbs over keys such as `videos/3f/3f2a….mp4`."""

    def put(self, key: str, source: Path | IO[bytes] | bytes) -> Stored:
        """Store the whole of `source` (a file, an open file from where it stands, or bytes), replacing what was there.

        Raises StorageFull; then no part of it remains.
        """
        ...

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes [start, stop) in pieces. Raises ObjectMissing before the first piece."""
        ...

    def stat(self, key: str) -> Stored:
        """Size and time. Raises ObjectMissing."""
        ...

    def delete(self, key: str) -> None:
        """Remove it. Silent when it is not there."""
        ...

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """All objects whose key begins with `prefix`, in order of key."""
        ...

    def local(self, key: str) -> AbstractContextManager[Path]:
        """The object as a file on this machine, only for reading and only inside the `with`. Raises ObjectMissing."""
        ...


def check_key(key: str) -> str:
    """`key` when it is safe, else BadKey: no `..`, nothing absolute or hidden, no NUL, at most 512 characters."""
    if len(key) > 512 or not _KEY.fullmatch(key):
        raise BadKey(f"{key[:80]!r} is not a valid name of a stored object.")
    return key


def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name."""
    if settings.s3_bucket:
        return S3Storage(
            bucket=settings.s3_bucket,
            prefix=settings.s3_prefix,
            endpoint=settings.s3_endpoint or None,
            region=settings.s3_region,
            access_key=settings.s3_access_key.get_secret_value() if settings.s3_access_key else None,
            secret_key=settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None,
            cache=settings.data_folder / "cache",
        )
    return LocalStorage(settings.data_folder / "objects")


def read_bytes(storage: Storage, key: str) -> bytes:
    """A whole object. For small ones only."""
    return b"".join(storage.read(key))


class _Hashing:
    """A readable that counts and hashes what passes through."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        # Whoever asks takes a short piece for the end, but sockets give short pieces in the middle.
        piece = self._source.read(size)
        while 0 < len(piece) < size and (more := self._source.read(size - len(piece))):
            piece += more
        self._hash.update(piece)
        self.size += len(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def _opened(source: Path | IO[bytes] | bytes) -> Iterator[IO[bytes]]:
    if isinstance(source, bytes):
        import io

        yield io.BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        yield source


@contextmanager
def full_disk(what: str) -> Iterator[None]:
    """Turn the system's "no space" into StorageFull, also for callers that write their own scratch files."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull(f"There is no space left to store {what}. Nothing was stored.", field="file") from error
        raise


class LocalStorage:
    """Objects as files of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, key: str) -> Path:
        return self.folder / check_key(key)

    def put(self, key: str, source: Path | IO[bytes] | bytes) -> Stored:
        path = self._path(key)
        partial = self.folder / _PARTIAL / secrets.token_hex(16)
        partial.parent.mkdir(parents=True, exist_ok=True)
        try:
            with full_disk(key), _opened(source) as opened:
                hashing = _Hashing(opened)
                with partial.open("xb") as file:
                    while piece := hashing.read(CHUNK * 4):
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                path.parent.mkdir(parents=True, exist_ok=True)
                partial.replace(path)
                self._sync(path.parent)
        finally:
            partial.unlink(missing_ok=True)
        return Stored(key, hashing.size, datetime.now(UTC), hashing.sha256)

    @staticmethod
    def _sync(folder: Path) -> None:
        # The rename itself must survive a power cut.
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        path = self._path(key)
        try:
            file = path.open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise ObjectMissing(f"{key} is not in the storage.") from error
        return self._pieces(file, start, stop)

    @staticmethod
    def _pieces(file: IO[bytes], start: int, stop: int | None) -> Iterator[bytes]:
        with file:
            file.seek(start)
            left = None if stop is None else stop - start
            while left is None or left > 0:
                piece = file.read(CHUNK if left is None else min(CHUNK, left))
                if not piece:
                    return
                if left is not None:
                    left -= len(piece)
                yield piece

    def stat(self, key: str) -> Stored:
        path = self._path(key)
        if not path.is_file():
            raise ObjectMissing(f"{key} is not in the storage.")
        return self._stored(key, path)

    @staticmethod
    def _stored(key: str, path: Path) -> Stored:
        found = path.stat()
        return Stored(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        if not self.folder.exists():
            return
        # Only the deepest folder that the prefix names is walked.
        top = self.folder / prefix.rpartition("/")[0] if "/" in prefix else self.folder
        if not top.resolve().is_relative_to(self.folder.resolve()):
            raise BadKey(f"{prefix[:80]!r} is not a valid beginning of a name.")
        keys = (
            (path.relative_to(self.folder).as_posix(), path)
            for path in top.rglob("*")
            if path.is_file() and _PARTIAL not in path.parts
        )
        for key, path in sorted(keys):
            if key.startswith(prefix):
                yield self._stored(key, path)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        if not path.is_file():
            raise ObjectMissing(f"{key} is not in the storage.")
        yield path


class S3Storage:
    """Objects of one bucket. Signature v4, path addressing, checksums only where required: works on all we tried."""

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str = "",
        endpoint: str | None = None,
        region: str = "us-east-1",
        access_key: str | None = None,
        secret_key: str | None = None,
        cache: Path,
    ) -> None:
        import boto3
        from botocore.config import Config

        self.bucket = bucket
        self.prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self.cache = cache
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"max_attempts": 4, "mode": "standard"},
                connect_timeout=5,
                read_timeout=60,
            ),
        )

    def _name(self, key: str) -> str:
        return self.prefix + check_key(key)

    def put(self, key: str, source: Path | IO[bytes] | bytes) -> Stored:
        name = self._name(key)
        with _opened(source) as opened, _s3_errors(key):
            hashing = _Hashing(opened)
            # boto3 sends large bodies in parts and gives them up on an error, so no partial object appears.
            self._client.upload_fileobj(hashing, self.bucket, name)  # type: ignore[arg-type]
        return Stored(key, hashing.size, datetime.now(UTC), hashing.sha256)

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        name = self._name(key)
        if stop is not None and stop <= start:
            self.stat(key)
            return iter(())
        with _s3_errors(key):
            if start == 0 and stop is None:
                answer = self._client.get_object(Bucket=self.bucket, Key=name)
                return self._pieces(key, answer["Body"], 0, None)
            asked = f"bytes={start}-" + ("" if stop is None else str(stop - 1))
            answer = self._client.get_object(Bucket=self.bucket, Key=name, Range=asked)
        # A server that ignores the range sends everything, without Content-Range when it sends the whole object.
        whole = "ContentRange" not in answer and answer["ContentLength"] != (stop or -1) - start
        skip = start if whole else 0
        return self._pieces(key, answer["Body"], skip, None if stop is None else stop - start)

    @staticmethod
    def _pieces(key: str, body: Any, skip: int, length: int | None) -> Iterator[bytes]:
        left = length
        try:
            with _s3_errors(key):
                while left is None or left > 0:
                    piece = body.read(CHUNK)
                    if not piece:
                        return
                    if skip:
                        cut = min(skip, len(piece))
                        skip -= cut
                        piece = piece[cut:]
                    if left is not None:
                        piece = piece[:left]
                        left -= len(piece)
                    if piece:
                        yield piece
        finally:
            body.close()

    def stat(self, key: str) -> Stored:
        with _s3_errors(key):
            head = self._client.head_object(Bucket=self.bucket, Key=self._name(key))
        return Stored(key, head["ContentLength"], head["LastModified"])

    def delete(self, key: str) -> None:
        with _s3_errors(key):
            self._client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def list(self, prefix: str = "") -> Iterator[Stored]:
        with _s3_errors(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix + prefix
            )
            for answer in pages:
                for found in answer.get("Contents", []):
                    yield Stored(found["Key"].removeprefix(self.prefix), found["Size"], found["LastModified"])

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        self.cache.mkdir(parents=True, exist_ok=True)
        # The suffix is kept because decoders look at it.
        path = self.cache / (secrets.token_hex(12) + Path(key).suffix)
        try:
            with full_disk(key), path.open("xb") as file:
                for piece in self.read(key):
                    file.write(piece)
            yield path
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def _s3_errors(key: str) -> Iterator[None]:
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except S3UploadFailedError as error:
        cause = error.__context__
        raise (_s3_error(key, cause) if isinstance(cause, ClientError) else Unavailable(_UNREACHABLE)) from error
    except ClientError as error:
        raise _s3_error(key, error) from error
    except BotoCoreError as error:
        raise Unavailable(_UNREACHABLE) from error


_UNREACHABLE = "The object store did not answer: try again."


def _s3_error(key: str, error: Any) -> Exception:
    # Never the store's own text: it may carry what the other side chose to say.
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in ("NoSuchKey", "NotFound", "404") or (status == 404 and code != "NoSuchBucket"):
        return ObjectMissing(f"{key} is not in the storage.")
    if code == "NoSuchBucket":
        return StorageRefused("The object store has no such bucket: check VIDGRAIN_S3_BUCKET.")
    if status in (401, 403):
        return StorageRefused("The object store refused the credentials: check VIDGRAIN_S3_ACCESS_KEY and its secret.")
    if status == 507 or code in ("QuotaExceeded", "StorageFull", "XMinioStorageFull"):
        return StorageFull(f"The object store has no space left to store {key}. Nothing was stored.", field="file")
    return Unavailable(_UNREACHABLE)


def free_bytes(folder: Path) -> int:
    """Free space where `folder` lies."""
    return shutil.disk_usage(folder).free
