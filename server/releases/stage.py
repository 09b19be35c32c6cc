"""A release as a folder on this machine: each file from the storage or the wire, checked against its hash."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from server.storage import full_disk

Tell = Callable[[int, int, str], None]
"""(bytes done, bytes in all, the file at work)"""


class FileChanged(Exception):
    """A file of a release is not byte for byte what the manifest says; the message names it."""


@dataclass(frozen=True)
class Wanted:
    """One file to fetch."""

    path: str
    sha256: str
    size: int


def wanted_files(manifest: Mapping[str, Any]) -> list[Wanted]:
    """The files that a manifest lists. FileChanged for one that points outside the folder."""
    found = []
    for entry in manifest["files"]:
        parts = PurePosixPath(entry["path"])
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise FileChanged(f"{entry['path']}: a release lists only files inside its own folder")
        found.append(Wanted(str(entry["path"]), str(entry["sha256"]), int(entry["bytes"])))
    return found


def indexed_files(index: bytes) -> list[Wanted]:
    """The clips and masks that a media index lists. FileChanged for one that points outside the folder."""
    return wanted_files({"files": [orjson.loads(line) for line in index.splitlines()]})


def stage(
    manifest: bytes, manifest_sha256: str, read: Callable[[Wanted], Iterator[bytes]], folder: Path, tell: Tell
) -> Path:
    """Fetch a release into `folder`, which appears whole or not at all; files that are there and right are kept.

    `read` gives a file's bytes in pieces. Raises FileChanged (naming the file), StorageFull.
    """
    if hashlib.sha256(manifest).hexdigest() != manifest_sha256:
        raise FileChanged("manifest.json: changed since the release was written")
    told = orjson.loads(manifest)
    files = wanted_files(told)
    indexes = set(told.get("media", ()))
    files.sort(key=lambda file: file.path not in indexes)  # what names further files comes first
    total, done = sum(file.size for file in files), 0
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        with full_disk(f"release {folder.name}"):
            partial.mkdir(parents=True)
            for file in files:
                tell(done, total, file.path)
                target = partial / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                if not _reuse(folder / file.path, file, target):
                    _fetch(read(file), file, target)
                done += file.size
                if file.path in indexes:
                    more = indexed_files(target.read_bytes())
                    files += more
                    total += sum(each.size for each in more)
            (partial / "manifest.json").write_bytes(manifest)
            tell(total, total, "")
            if folder.exists():
                shutil.rmtree(folder)
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def is_whole(folder: Path, manifest_sha256: str) -> bool:
    """Whether the folder holds this very release, every byte of it."""
    try:
        manifest = (folder / "manifest.json").read_bytes()
    except OSError:
        return False
    if hashlib.sha256(manifest).hexdigest() != manifest_sha256:
        return False
    told = orjson.loads(manifest)
    indexes = set(told.get("media", ()))
    files = wanted_files(told)
    if not all(_is_right(folder / file.path, file) for file in files):
        return False
    media = (each for index in indexes for each in indexed_files((folder / index).read_bytes()))
    return all(_is_right(folder / file.path, file) for file in media)


def _is_right(path: Path, file: Wanted) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256


def _reuse(existing: Path, file: Wanted, target: Path) -> bool:
    """Go on from an earlier download: a right file is copied, not fetched."""
    if not _is_right(existing, file):
        return False
    shutil.copyfile(existing, target)
    return True


def _fetch(pieces: Iterable[bytes], file: Wanted, target: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            out.write(piece)
    if size != file.size or digest.hexdigest() != file.sha256:
        raise FileChanged(
            f"{file.path}: changed since the release was written "
            f"(sha256 {digest.hexdigest()[:12]}…, {size} bytes; expected {file.sha256[:12]}…, {file.size} bytes)"
        )
