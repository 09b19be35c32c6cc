"""Reads a release folder and refuses one that changed: every file is checked against the manifest's hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

SCHEMA = 2
"""What is written. Version 1 named every clip in its manifest; since 2 clips and masks stand in `media/*.jsonl`."""
SUPPORTED = (1, 2)
Split = Literal["train", "test"]

_CHUNK = 1 << 20


class ReleaseError(Exception):
    """The folder is no release, or it is not the one that was written. The message names the file."""


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release as its manifest lists it."""

    path: str
    sha256: str
    size: int
    rows: int | None


@dataclass(frozen=True)
class Release:
    """An opened release: its folder, its name, the manifest's hash, and its files by path."""

    root: Path
    name: str
    sha256: str
    manifest: Mapping[str, Any]
    files: Mapping[str, ReleaseFile]

    def path(self, relative: str) -> Path:
        """The file at `relative`; ReleaseError when the manifest does not list it (so none outside the folder)."""
        if relative not in self.files:
            raise ReleaseError(f"{relative}: not a file of release {self.name}")
        return self.root / relative

    def rows(self, split: Split) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """Line number (from 1) and conversation row of a split; None for a line that is no JSON object."""
        relative = f"conversations/{split}.jsonl"
        if relative not in self.files:
            return
        with self.path(relative).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, _json_object(line)

    def source_videos(self, split: Split) -> frozenset[str]:
        """Ids of the source videos of a split."""
        return frozenset(str(video) for video in self.manifest.get("splits", {}).get(split, ()))


def open_release(root: Path, *, expected_sha256: str | None = None, verify: bool = True) -> Release:
    """Open the release in folder `root`.

    `expected_sha256` is the hash of the manifest's bytes that the caller was promised. With `verify`, every listed file
    is read and compared. ReleaseError names the file that is missing, changed or listed wrongly.
    """
    manifest_path = root / "manifest.json"
    try:
        raw = manifest_path.read_bytes()
    except OSError as error:
        raise ReleaseError(f"{manifest_path}: cannot be read, so this is no release folder ({error})") from error
    sha256 = hashlib.sha256(raw).hexdigest()
    if expected_sha256 and expected_sha256 != sha256:
        raise ReleaseError(f"manifest.json: hash is {sha256}, the run was promised {expected_sha256}")
    manifest = _json_object(raw)
    if manifest is None:
        raise ReleaseError("manifest.json: not a JSON object")
    if (schema := manifest.get("schema_version")) not in SUPPORTED:
        known = " and ".join(map(str, SUPPORTED))
        raise ReleaseError(f"manifest.json: schema_version is {schema!r}, this program reads {known}")
    release = Release(
        root=root,
        name=str(manifest.get("release", "")),
        sha256=sha256,
        manifest=manifest,
        files={entry.path: entry for entry in _entries(manifest)},
    )
    indexed = dict(release.files)
    for index in manifest.get("media", ()):
        indexed |= _indexed(release, str(index))
    release = replace(release, files=indexed)
    if verify:
        verify_files(release)
    return release


def verify_files(release: Release, paths: Iterable[str] | None = None) -> None:
    """Read every file once, or those at `paths`.

    ReleaseError names the first one that is missing or not byte for byte the released one.
    """
    for entry in release.files.values() if paths is None else (release.files[path] for path in paths):
        path = release.root / entry.path
        try:
            size, digest = path.stat().st_size, file_sha256(path)
        except OSError as error:
            raise ReleaseError(f"{entry.path}: missing from release {release.name} ({error.strerror})") from error
        if size != entry.size or digest != entry.sha256:
            raise ReleaseError(
                f"{entry.path}: changed since release {release.name} was written "
                f"(sha256 {digest[:12]}…, {size} bytes; expected {entry.sha256[:12]}…, {entry.size} bytes)"
            )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in bounded memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _entries(manifest: Mapping[str, Any]) -> Iterator[ReleaseFile]:
    for entry in manifest.get("files", ()):
        try:
            found = ReleaseFile(str(entry["path"]), str(entry["sha256"]), int(entry["bytes"]), entry.get("rows"))
        except (KeyError, TypeError, ValueError) as error:
            raise ReleaseError(f"manifest.json: an entry of `files` is incomplete: {entry!r}") from error
        parts = Path(found.path)
        if parts.is_absolute() or ".." in parts.parts:
            raise ReleaseError(f"{found.path}: a release lists only files inside its own folder")
        yield found


def _indexed(release: Release, index: str) -> dict[str, ReleaseFile]:
    """The clips and masks that an index names; ReleaseError when it is not the released one."""
    listed = release.files.get(index)
    if listed is None:
        raise ReleaseError(f"manifest.json: `media` names {index}, `files` does not")
    try:
        raw = (release.root / index).read_bytes()
    except OSError as error:
        raise ReleaseError(f"{index}: missing from release {release.name} ({error.strerror})") from error
    if hashlib.sha256(raw).hexdigest() != listed.sha256:
        raise ReleaseError(f"{index}: changed since release {release.name} was written")
    return {entry.path: entry for entry in _entries({"files": [json.loads(line) for line in raw.splitlines()]})}


def _json_object(text: str | bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
