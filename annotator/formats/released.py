"""A release folder as forms are made from it: records in streams, one source video or segment at a time.

Frames are grid frames, 0-based, end inclusive; picture k of `videos/grid/<video>.mp4` is grid frame k, shown from k/6 s
to (k+1)/6 s. Masks and boxes are in pixels of that file. Memory holds the masks of one video, whatever the rows.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, cast

import orjson

from annotator.formats.plm import Subset
from annotator.formats.sav import SavVideo, read_sav
from annotator.masklet.rle import Rle
from annotator.quality.dense import DenseEvent
from annotator.quality.text import is_out_of_frame

RECORDS = re.compile(
    r"records/(?P<split>[^/]+)/(?P<subset>fgqa|rcap|rtloc|rdcap)(?:[-/.][^/]*?)?\.jsonl(?:\.(?P<packed>gz|zst))?"
)
"""One file of a subset, or its shards, in the order of their names."""
SPLITS: Final = ("train", "test")
_SCHEMA: Final = 1
_CHUNK = 1 << 20


class FormError(ValueError):
    """A release that cannot be read, or cannot be told in the form; the message names file and reason."""


@dataclass(frozen=True, slots=True)
class ReleasedMasklet:
    """The dense caption of a masklet: contiguous spans over the whole grid, those out of frame too."""

    number: int
    dense: tuple[DenseEvent, ...]

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
    tell: Callable[[str], None] = field(default=lambda _: None)
    """Called with the name of each video or segment that is handed out; may raise to stop."""

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that hold records."""
        held = {match["split"] for path in self.paths if (match := RECORDS.fullmatch(path))}
        return tuple(split for split in SPLITS if split in held)

    def rows(self, split: str, subset: Subset) -> Iterator[dict[str, Any]]:
        """The records of a subset, in the order of the release."""
        for path in self.paths:
            match = RECORDS.fullmatch(path)
            if match and (match["split"], match["subset"]) == (split, subset):
                yield from _lines(self.root / path, match["packed"])

    def videos(self, split: str) -> Iterator[ReleasedVideo]:
        """The source videos with their masklets. FormError when a video's records do not stand together."""
        seen: set[str] = set()
        for clip, rows in groupby(self.rows(split, "rdcap"), key=lambda row: str(row["video"])):
            name = PurePosixPath(clip).stem
            if name in seen:
                raise FormError(f"records/{split}/rdcap: the records of video {name} do not stand together")
            seen.add(name)
            found = list(rows)
            masklets = tuple(_masklet(row) for row in found)
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
    if version != _SCHEMA:
        raise FormError(f"manifest.json: schema_version is {version!r}, this program reads {_SCHEMA}")
    for path, sha256 in files:
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts:
            raise FormError(f"manifest.json: {path} leads outside the folder")
        if verify:
            _check(root / path, path, sha256)
    name = str(manifest.get("release", root.name))
    return ReleaseFolder(root, name, manifest, tuple(sorted(path for path, _ in files)), tell)


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


def _lines(path: Path, packed: str | None) -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        try:
            for number, line in enumerate(stack.enter_context(_unpacked(path, packed)), start=1):
                row = orjson.loads(line)
                if not isinstance(row, dict):
                    raise FormError(f"{path.name}, line {number}: not an object")
                yield row
        except orjson.JSONDecodeError as error:
            raise FormError(f"{path.name}: {error}") from None
        except (OSError, EOFError) as error:
            raise FormError(f"{path.name}: cannot be read: {error}") from None


def _unpacked(path: Path, packed: str | None) -> BinaryIO:
    if packed == "gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    if packed == "zst":
        import zstandard

        return cast("BinaryIO", zstandard.open(path, "rb"))
    return path.open("rb")


def _masklet(row: Mapping[str, Any]) -> ReleasedMasklet:
    spans = [DenseEvent(s["start_frame"], s["end_frame"], s["caption"]) for s in row["dense_captions"]]
    return ReleasedMasklet(int(row["masklet_id"]), tuple(spans))
