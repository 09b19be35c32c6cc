"""A release folder as forms are made from it: records in streams, one source video or segment at a time.

Frames are grid frames, 0-based, end inclusive; picture k of `videos/grid/<video>.mp4` is grid frame k, shown from k/6 s
to (k+1)/6 s. Masks and boxes are in pixels of that file. Memory holds the masks of one video, whatever the rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, Final

import orjson

from annotator.formats.sav import SavVideo, read_sav
from annotator.formats.shards import read_lines
from annotator.masklet.rle import Rle
from annotator.quality.dense import DenseEvent
from annotator.quality.text import is_out_of_frame

RECORDS = re.compile(r"records/(?P<split>[^/]+)/(?P<table>[a-z_]+)(?:-\d+)?\.jsonl(?:\.zst)?")
"""A table, or one shard of it; they are read in the order of their names."""
CONVERSATIONS = re.compile(r"conversations/(?P<split>[^/.]+)(?:-\d+)?\.jsonl(?:\.zst)?")
SPLITS: Final = ("train", "test")
_SCHEMAS: Final = (1, 2)
"""Since version 2 clips and masks stand in indexes that the manifest names."""
_CHUNK = 1 << 20


class FormError(ValueError):
    """A release that cannot be read, or cannot be told in the form; the message names file and reason."""


@dataclass(frozen=True, slots=True)
class ReleasedMasklet:
    """The dense caption of a masklet: contiguous spans over the whole grid, those out of frame too."""

    number: int
    dense: tuple[DenseEvent, ...]
    label: str = ""
    """What people called the subject."""

    @property
    def events(self) -> tuple[DenseEvent, ...]:
        """The spans that tell something."""
        return tuple(event for event in self.dense if not is_out_of_frame(event.caption))


@dataclass(frozen=True, slots=True)
class Masks:
    """The masks of a video by masklet number, one entry a grid frame, None where it is absent."""

    about: SavVideo
    frames: Mapping[int, Sequence[Rle | None]]


@dataclass(frozen=True)
class ReleasedVideo:
    """A source video with its masklets. `name` has no suffix."""

    name: str
    split: str
    total_frames: int
    masklets: tuple[ReleasedMasklet, ...]
    folder: Path

    @property
    def clip(self) -> Path:
        """The 6 fps clip."""
        return self.folder / "videos" / "grid" / f"{self.name}.mp4"

    @property
    def masks_file(self) -> Path:
        """The SA-V file of the video."""
        return self.folder / "masklets" / f"{self.name}_manual.json"

    @cached_property
    def masks(self) -> Masks:
        """Read when asked for. FormError when they do not fit the captions."""
        try:
            about, masklets = read_sav(self.masks_file)
        except (OSError, ValueError) as error:
            raise FormError(f"{self.masks_file.name}: {error}") from None
        frames = {masklet.number: masklet.frames for masklet in masklets}
        for masklet in self.masklets:
            if len(frames.get(masklet.number, ())) != self.total_frames:
                raise FormError(f"{self.masks_file.name}: has no masks of masklet {masklet.number} on every grid frame")
        return Masks(about, frames)


@dataclass(frozen=True, slots=True)
class ReleasedSegment:
    """A segment's clip with its questions (`fgqa` records)."""

    clip: Path
    name: str
    """The file's name without suffix."""
    split: str
    questions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class ReleaseFolder:
    """An opened release."""

    root: Path
    name: str
    manifest: Mapping[str, Any]
    paths: tuple[str, ...]
    """Those that the manifest lists itself."""
    held: frozenset[str]
    """All paths: clips and masks too."""
    tell: Callable[[str], None] = field(default=lambda _: None)
    """Called with the name of each video or segment that is handed out; may raise to stop."""

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that hold records."""
        held = {match["split"] for path in self.paths if (match := RECORDS.fullmatch(path))}
        return tuple(split for split in SPLITS if split in held)

    def rows(self, split: str, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table (a subset, or what is said about them), in the order of the release. FormError."""
        return self._lines([p for p in self.paths if _is_of(RECORDS.fullmatch(p), split=split, table=table)])

    def conversations(self, split: str) -> Iterator[dict[str, Any]]:
        """The samples of a split as a trainer reads them, in the order that the release drew. FormError."""
        return self._lines([p for p in self.paths if _is_of(CONVERSATIONS.fullmatch(p), split=split)])

    def _lines(self, paths: Sequence[str]) -> Iterator[dict[str, Any]]:
        for path in paths:
            try:
                yield from read_lines(self.root / path)
            except (OSError, ValueError) as error:
                raise FormError(f"{path}: {error}") from None

    def videos(self, split: str) -> Iterator[ReleasedVideo]:
        """The source videos with their masklets. FormError when a video's records do not stand together."""
        seen: set[str] = set()
        labels = {
            (PurePosixPath(row["video"]).stem, row["masklet_id"]): str(row["label"])
            for row in self.rows(split, "masklets") if row["label"]
        }  # fmt: skip
        for clip, rows in groupby(self.rows(split, "rdcap"), key=lambda row: str(row["video"])):
            name = PurePosixPath(clip).stem
            if name in seen:
                raise FormError(f"records/{split}/rdcap: the records of video {name} do not stand together")
            seen.add(name)
            found = list(rows)
            masklets = tuple(_masklet(row, labels.get((name, row["masklet_id"]), "")) for row in found)
            self.tell(name)
            yield ReleasedVideo(name, split, int(found[0]["total_frames"]), masklets, self.root)

    def segments(self, split: str) -> Iterator[ReleasedSegment]:
        """The segments with their questions, in the order of the release."""
        for name, rows in groupby(self.rows(split, "fgqa"), key=lambda row: str(row["qa_id"]).rpartition(".")[0]):
            self.tell(name)
            yield ReleasedSegment(self.root / "videos" / "segments" / f"{name}.mp4", name, split, tuple(rows))


def open_folder(root: Path, *, verify: bool = True, tell: Callable[[str], None] = lambda _: None) -> ReleaseFolder:
    """Open the release in a folder; with `verify` every file is read and compared to the manifest. FormError."""
    try:
        manifest = orjson.loads((root / "manifest.json").read_bytes())
        files = [(str(e["path"]), str(e["sha256"])) for e in manifest["files"]]
        version = manifest["schema_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormError(f"{root}: is no release folder, its manifest.json cannot be read ({error})") from None
    if version not in _SCHEMAS:
        known = " and ".join(map(str, _SCHEMAS))
        raise FormError(f"manifest.json: schema_version is {version!r}, this program reads {known}")
    _checked(root, files, verify=verify)
    media: list[tuple[str, str]] = []
    for index in manifest.get("media", ()):
        if index not in {path for path, _ in files}:
            raise FormError(f"manifest.json: `media` names {index}, `files` does not")
        try:
            media += [(str(e["path"]), str(e["sha256"])) for e in read_lines(root / str(index))]
        except (OSError, ValueError, KeyError) as error:
            raise FormError(f"{index}: {error}") from None
    _checked(root, media, verify=verify)
    name = str(manifest.get("release", root.name))
    paths = tuple(sorted(path for path, _ in files))
    return ReleaseFolder(root, name, manifest, paths, frozenset(path for path, _ in (*files, *media)), tell)


def _checked(root: Path, files: Sequence[tuple[str, str]], *, verify: bool) -> None:
    for path, sha256 in files:
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts:
            raise FormError(f"manifest.json: {path} leads outside the folder")
        if verify:
            _check(root / path, path, sha256)


def _is_of(match: re.Match[str] | None, **wanted: str) -> bool:
    return match is not None and all(match[name] == value for name, value in wanted.items())


def _check(path: Path, name: str, sha256: str) -> None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise FormError(f"{name}: missing from the release ({error.strerror})") from None
    if digest.hexdigest() != sha256:
        raise FormError(f"{name}: changed since the release was written")


def _masklet(row: Mapping[str, Any], label: str) -> ReleasedMasklet:
    spans = [DenseEvent(s["start_frame"], s["end_frame"], s["caption"]) for s in row["dense_captions"]]
    return ReleasedMasklet(int(row["masklet_id"]), tuple(spans), label)
