"""The formats that masks are imported from, by name: each lists the videos of a file and how their rows are read.

The size of the masks and the numbering of the frames are taken from the file, so that whoever imports can hold both
beside the video; what a reader alone would refuse (masks of another size) can then be fitted.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Literal

from annotator.formats.archive import Archive
from annotator.formats.coco import Document
from annotator.formats.cvat import cvat_rows, cvat_video
from annotator.formats.foreign import ForeignError, Row, Shape, is_whole, read_json
from annotator.formats.mots import mots_rows, mots_size
from annotator.formats.png import davis_rows, mots_png_rows, number_of, numbered, size_of
from annotator.formats.sav import sav_rows

Format = Literal["sav", "coco", "davis", "youtube_vos", "mots", "cvat"]
_PLAIN = frozenset({"gt", "instances", "instances_txt", "masks", "annotations", "img1"})
"""Folders and files that are called the same for every video."""


@dataclass(frozen=True, slots=True)
class Source:
    """One video of a foreign file: what it is called there, the size of its masks, and its rows."""

    where: str
    names: tuple[str, ...]
    """What the video may be called, likeliest first, without suffix."""
    height: int
    width: int
    rows: Callable[[Shape], Iterator[Row]]
    counts: Literal["pictures", "grid"] = "pictures"
    """What its frames count: the video's pictures, or the annotation grid of 6 a second."""
    either: bool = False
    """Whether only the video tells which of the two: its `frames` are as many as the one or the other."""
    frames: int | None = None
    """How many frames the file has of it, where that must fit the video."""
    pictures: int | None = None
    """How many pictures the file says that the video has."""
    numbers: tuple[int, ...] = ()
    """The number of each frame where the file gives one, from `first`; else frames are numbers themselves."""
    first: int = 0
    """The number of the first frame, where the reader has not taken it off."""
    covered: frozenset[int] = frozenset()
    """Frames that were annotated: a subject without a row there is absent."""
    spanned: bool = False
    """Whether all frames from the first to the last row were annotated."""

    def number(self, frame: int) -> int | None:
        """The 0-based number of a row's frame; None where the file numbers its frames and has no such one."""
        if self.numbers and frame >= len(self.numbers):
            return None
        return (self.numbers[frame] if self.numbers else frame) - self.first


class Foreign:
    """An opened foreign file, or folder: `sources` are its videos. `scratch` takes what must be unpacked."""

    def __init__(
        self, kind: Format, path: Path, scratch: Path, first_frame: int | None = None, name: str | None = None
    ) -> None:
        """Raises ForeignError when the file as a whole cannot be read. `first_frame`: None for the format's own.
        `name`: what the file is called, where it lies under another one."""
        self._stack = ExitStack()
        try:
            archive = None
            if path.is_dir() or zipfile.is_zipfile(path):
                archive = self._stack.enter_context(Archive(path))
            self.sources = FORMATS[kind](_Opened(path, name or path.name, archive, scratch, first_frame))
            if not self.sources:
                raise ForeignError(path.name, "holds no video")
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Foreign:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


@dataclass(frozen=True, slots=True)
class _Opened:
    path: Path
    name: str
    archive: Archive | None
    scratch: Path
    first_frame: int | None
    folders_made: Iterator[int] = field(default_factory=count)

    def files(self, suffix: str) -> Iterator[tuple[Path, PurePosixPath]]:
        """The file itself, or those of the archive with this suffix: a path to read, and the name in the archive."""
        if self.archive is None:
            yield self.path, PurePosixPath(self.name)
            return
        for names in self.archive.folders(suffix).values():
            for name in names:
                yield self.unpacked(name), PurePosixPath(name)

    def unpacked(self, name: str) -> Path:
        """A file of the archive as a file of its own. ForeignError when it is too large."""
        assert self.archive is not None
        folder = self.scratch / str(next(self.folders_made))
        folder.mkdir()
        path = folder / file_name(name)
        path.write_bytes(self.archive.read(name))
        return path

    def folders(self) -> dict[str, list[str]]:
        """The numbered PNG files by folder."""
        if self.archive is None:
            raise ForeignError(self.path.name, "is neither a folder nor a zip file")
        found = {folder: numbered(names) for folder, names in self.archive.folders(".png").items()}
        return {folder: names for folder, names in found.items() if names}

    def called(self, place: PurePosixPath) -> tuple[str, ...]:
        """What the video of a folder or file is called: the last part that is no plain word, else the whole file."""
        parts = (place.stem, *reversed(place.parent.parts))
        return next(
            ((part,) for part in parts if part and part.lower() not in _PLAIN), (PurePosixPath(self.name).stem,)
        )


def file_name(name: str) -> str:
    """The last part of a name as one that a file system takes: of a long one its end."""
    last = PurePosixPath(name).name.encode()[-200:].decode(errors="ignore")
    return "file" if last in ("", ".", "..") else last


def _sav(opened: _Opened) -> list[Source]:
    found = []
    for path, place in opened.files(".json"):
        data = read_json(path)
        height, width = data.get("video_height"), data.get("video_width")
        frames, pictures = data.get("masklet"), data.get("video_frame_count")
        if not is_whole(height) or not is_whole(width) or not isinstance(frames, list):
            raise ForeignError(path.name, 'needs "masklet", "video_height" and "video_width": it is no SA-V file')
        stem = place.stem
        found.append(
            Source(
                path.name,
                (str(data.get("video_id", "")), stem.removesuffix("_manual").removesuffix("_auto"), stem),
                int(height),
                int(width),
                rows=partial(sav_rows, path),
                counts="grid",
                frames=len(frames),
                pictures=int(pictures) if is_whole(pictures) and pictures is not None else None,
            )
        )
    return found


class _Latest:
    """The COCO document that was asked for last: only one is in memory, however many there are."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._document: Document | None = None

    def of(self, path: Path) -> Document:
        if self._document is None or path != self._path:
            self._document = None  # before another one is read
            self._document, self._path = Document.read(path), path
        return self._document

    def rows(self, path: Path, video: str | None, shape: Shape) -> Iterator[Row]:
        return self.of(path).rows(shape, video)


def _coco(opened: _Opened) -> list[Source]:
    found, latest = [], _Latest()
    for path, place in opened.files(".json"):
        videos = latest.of(path).described()
        for video in videos:
            stems = tuple(PurePosixPath(name).stem if "." in name else name for name in video.names)
            found.append(
                Source(
                    path.name if video.id is None else f"{path.name}: videos[id={video.id}]",
                    (*video.names, *stems, *([place.stem] if len(videos) == 1 else [])),
                    video.height,
                    video.width,
                    rows=partial(latest.rows, path, video.id),
                    numbers=video.numbers,
                    first=(opened.first_frame or 0) if video.numbered else 0,
                    covered=video.covered,
                )
            )
    return found


def _davis(opened: _Opened) -> list[Source]:
    return _palettes(opened, None)


def _youtube_vos(opened: _Opened) -> list[Source]:
    metas = [] if opened.archive is None else [n for n in opened.archive.names if n.rpartition("/")[2] == "meta.json"]
    return _palettes(opened, opened.unpacked(metas[0]) if metas else None)


def _palettes(opened: _Opened, meta: Path | None) -> list[Source]:
    first, found = opened.first_frame or 0, []
    for folder, names in opened.folders().items():
        assert opened.archive is not None
        rows = partial(_davis_rows, opened.archive, folder, meta, first)
        found.append(_pictures(opened, folder, names, first, rows))
    return found


def _davis_rows(archive: Archive, folder: str, meta: Path | None, first: int, shape: Shape) -> Iterator[Row]:
    return davis_rows(archive, shape, folder, meta, first)


def _mots(opened: _Opened) -> list[Source]:
    first = 1 if opened.first_frame is None else opened.first_frame
    found = []
    if opened.archive is not None:
        for folder, names in opened.folders().items():
            found.append(_pictures(opened, folder, names, first, partial(_mots_rows, opened.archive, folder, first)))
    if opened.archive is None or not found:
        for path, place in opened.files(".txt"):
            rows = partial(mots_rows, path, first_frame=first)
            found.append(Source(path.name, opened.called(place), *mots_size(path), rows=rows, spanned=True))
    return found


def _mots_rows(archive: Archive, folder: str, first: int, shape: Shape) -> Iterator[Row]:
    return mots_png_rows(archive, shape, folder, first_frame=first)


def _cvat(opened: _Opened) -> list[Source]:
    found = []
    for path, place in opened.files(".xml"):
        about = cvat_video(path)
        if not about.height or not about.width or about.size is None:
            raise ForeignError(path.name, "has no size and original_size: it is no CVAT file of one video")
        rows = partial(cvat_rows, path, keys_only=True)
        called = (about.name, place.stem)
        found.append(Source(path.name, called, about.height, about.width, rows=rows, either=True, frames=about.size))
    return found


def _pictures(
    opened: _Opened, folder: str, names: list[str], first: int, rows: Callable[[Shape], Iterator[Row]]
) -> Source:
    assert opened.archive is not None
    covered = frozenset(number_of(name) - first for name in names)
    place = PurePosixPath(folder)
    called = opened.called(place)
    size = size_of(opened.archive, names[0])
    return Source(f"{opened.archive.name}/{folder}".rstrip("/"), called, *size, rows=rows, covered=covered)


FORMATS: Mapping[Format, Callable[[_Opened], list[Source]]] = {
    "sav": _sav,
    "coco": _coco,
    "davis": _davis,
    "youtube_vos": _youtube_vos,
    "mots": _mots,
    "cvat": _cvat,
}
"""The closed registry of what masks are imported from."""
