"""Where files lie: a local folder or an S3 bucket (s3.py). Objects are written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import IO, Protocol

from pydantic import SecretStr

from server.errors import BadRequest, NotFound, OutOfSpace, Unavailable
from server.settings import Settings

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
    """The object store refused the server's credentials or address: the settings must change."""


@dataclass(frozen=True)
class Stored:
    """One object. `sha256` is known when this process wrote it."""

    key: str
    size: int
    modified_at: datetime
    sha256: str | None = None


class Storage(Protocol):
    """Six verbs over keys such as `videos/3f/3f2a….mp4`, and three about the place itself."""

    wanted: Callable[[str], None]
    """Called with a key before it is written. Whoever uses an object again that nothing may name any more calls it
    too: from then on it is not collected (server/storage/collect.py)."""

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

    def link(self, key: str, *, media_type: str, download_as: str | None = None) -> str | None:
        """An address that gives this object for some minutes to whoever has it, or None where the store has none.

        It answers with this type and as an attachment of that name, whatever was stored.
        """
        ...

    def check(self) -> None:
        """Raise StorageRefused (a setting is wrong) or Unavailable (try again) unless objects can be reached."""
        ...

    def sweep(self, before: datetime) -> int:
        """Remove what writers left that broke before `before`: it is no object yet. How many there were."""
        ...


def check_key(key: str) -> str:
    """`key` when it is safe, else BadKey: no `..`, nothing absolute or hidden, no NUL, at most 512 characters."""
    if len(key) > 512 or not _KEY.fullmatch(key):
        raise BadKey(f"{key[:80]!r} is not a valid name of a stored object.")
    return key


def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name."""
    if settings.s3_bucket:
        from server.storage.s3 import S3Storage

        return S3Storage(
            bucket=settings.s3_bucket,
            prefix=settings.s3_prefix,
            endpoint=settings.s3_endpoint,
            public_endpoint=settings.s3_public_endpoint,
            region=settings.s3_region,
            keys=secret_pair(settings.s3_access_key, settings.s3_secret_key),
            cache=settings.data_folder / "cache",
        )
    return LocalStorage(settings.data_folder / "objects")


def secret_pair(access: SecretStr | None, secret: SecretStr | None) -> tuple[str, str] | None:
    """An access key with its secret, or None: then the machine's own identity is used."""
    return (access.get_secret_value(), secret.get_secret_value()) if access and secret else None


def anybody(key: str) -> None:
    """`Storage.wanted` where nobody collects."""


def read_bytes(storage: Storage, key: str) -> bytes:
    """A whole object. For small ones only."""
    return b"".join(storage.read(key))


class Hashing:
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
def opened_source(source: Path | IO[bytes] | bytes) -> Iterator[IO[bytes]]:
    if isinstance(source, bytes):
        import io

        yield io.BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        yield source


def attachment(name: str) -> str:
    """The Content-Disposition that saves an answer under a plain name."""
    return f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]", "_", name)}"'


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
        self.wanted: Callable[[str], None] = anybody

    def _path(self, key: str) -> Path:
        return self.folder / check_key(key)

    def put(self, key: str, source: Path | IO[bytes] | bytes) -> Stored:
        path = self._path(key)
        self.wanted(key)
        partial = self.folder / _PARTIAL / secrets.token_hex(16)
        partial.parent.mkdir(parents=True, exist_ok=True)
        try:
            with full_disk(key), opened_source(source) as opened:
                hashing = Hashing(opened)
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
        found = None
        with suppress(FileNotFoundError, NotADirectoryError):
            found = self._path(key).stat()
        if found is None or not S_ISREG(found.st_mode):
            raise ObjectMissing(f"{key} is not in the storage.")
        return self._stored(key, found)

    @staticmethod
    def _stored(key: str, found: os.stat_result) -> Stored:
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
                yield self._stored(key, path.stat())

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        if not path.is_file():
            raise ObjectMissing(f"{key} is not in the storage.")
        yield path

    def link(self, key: str, *, media_type: str, download_as: str | None = None) -> str | None:  # noqa: ARG002
        return None

    def check(self) -> None:
        try:
            probe = self.folder / _PARTIAL / secrets.token_hex(16)
            probe.parent.mkdir(parents=True, exist_ok=True)
            probe.touch(exist_ok=False)
            probe.unlink()
        except OSError as error:
            told = f"Files can not be written below {self.folder} ({error.strerror}): check VIDGRAIN_DATA_FOLDER."
            raise StorageRefused(told) from error

    def sweep(self, before: datetime) -> int:
        swept = 0
        for path in (self.folder / _PARTIAL).glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    swept += 1
        return swept
