"""PNG folders (or zips of them), one picture a frame whose pixel values are ids: DAVIS, YouTube-VOS and MOTS.

DAVIS and YouTube-VOS: 8-bit palette (or grey) pictures, 0 is background and 255 is void; DAVIS 2016 and saliency sets
have one subject, written 255 on black. MOTS: 16-bit grey, class × 1000 + instance, 10000 is a region to ignore. The
file name's number is the frame. A picture's head is read before its pixels, so that a small file cannot unpack into a
large one.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.formats.archive import Archive
from annotator.formats.foreign import ForeignError, ForeignMask, Row, Shape, bad, label_of, read_json
from annotator.masklet.rle import encode

Ids = NDArray[np.unsignedinteger[Any]]
Kind = Literal["palette", "mots"]

VOID = 255
MOTS_IGNORE = 10_000
MOTS_CLASSES: Mapping[int, str] = {1: "car", 2: "pedestrian"}
MAX_SUBJECTS = 100
"""On one picture; a photograph taken for a mask has hundreds of values."""

_MODES: Mapping[Kind, tuple[str, ...]] = {"palette": ("P", "L", "1"), "mots": ("I;16", "I;16B", "I")}


def davis_rows(
    path: Path | Archive, shape: Shape, folder: str = "", meta: Path | None = None, first_frame: int = 0
) -> Iterator[Row]:
    """The rows of DAVIS or YouTube-VOS annotations: the pictures in `folder` of a folder or zip ("" for its top).

    `meta` is YouTube-VOS' meta.json, which holds the subjects' categories. YouTube-VOS annotates each fifth frame:
    frames without a picture give no rows. A subject seen before and missing on a picture is absent there.
    """
    labels = _categories(meta, folder or _stem(path)) if meta else {}
    return _rows(path, shape, folder, kind="palette", labels=labels, first_frame=first_frame)


def mots_png_rows(path: Path | Archive, shape: Shape, folder: str = "", *, first_frame: int = 1) -> Iterator[Row]:
    """The rows of MOTS pictures; MOTSChallenge counts frames from 1, KITTI MOTS from 0."""
    return _rows(path, shape, folder, kind="mots", labels={}, first_frame=first_frame)


def numbered(names: Iterable[str]) -> list[str]:
    """Those of some PNG files that have a number in their name, by it."""
    found = [name for name in names if re.search(r"\d", Path(name).stem)]
    return sorted(found, key=lambda name: (number_of(name), name))


def number_of(name: str) -> int:
    """The last number in a file's name; no frame has one of more than 18 digits."""
    return int(re.findall(r"\d+", Path(name).stem)[-1][-18:])


def size_of(archive: Archive, name: str) -> tuple[int, int]:
    """Height and width that a PNG's head says. Raises ForeignError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(archive.read(name)), formats=["PNG"]) as picture:
                return picture.height, picture.width
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        if isinstance(error, ForeignError):
            raise
        raise ForeignError(f"{archive.name}/{name}", f"cannot be read as PNG: {error}") from None


def _stem(path: Path | Archive) -> str:
    return Path(path.name).stem


def _opened(path: Path | Archive) -> AbstractContextManager[Archive]:
    return nullcontext(path) if isinstance(path, Archive) else Archive(path)


def _rows(
    path: Path | Archive, shape: Shape, folder: str, *, kind: Kind, labels: Mapping[int, str], first_frame: int
) -> Iterator[Row]:
    seen: dict[int, None] = {}  # a set in order of appearance
    with _opened(path) as archive:
        names = _pictures(archive, folder)
        for name in names:
            where = f"{archive.name}/{name}"
            frame = number_of(name) - first_frame
            if not 0 <= frame < shape.frames:
                yield bad(where, f"is frame {frame}, the video has {shape.frames} frames (the first is 0)")
                continue
            try:
                ids = _ids(archive, name, shape, kind)
            except ForeignError as error:
                yield bad(error.where, error.message)
                continue
            values = [int(value) for value in np.unique(ids) if value not in _background(kind)]
            if len(values) > MAX_SUBJECTS:
                yield bad(where, f"holds {len(values)} ids: this is a picture and no mask")
                continue
            for value in values:
                if kind == "mots" and value // 1000 not in MOTS_CLASSES:
                    yield bad(where, f"id {value}: class {value // 1000} is none of MOTS (1 car, 2 pedestrian)")
                    continue
                seen[value] = None
                yield Row(where, _mask(value, kind, labels, frame, ids == value))
            for value in seen:
                if value not in values:
                    yield Row(where, _mask(value, kind, labels, frame, None))


def _mask(value: int, kind: Kind, labels: Mapping[int, str], frame: int, mask: NDArray[np.bool_] | None) -> ForeignMask:
    label = MOTS_CLASSES[value // 1000] if kind == "mots" else labels.get(value, "")
    return ForeignMask(str(value), label, frame, None if mask is None else encode(mask))


def _background(kind: Kind) -> tuple[int, int]:
    return (0, VOID) if kind == "palette" else (0, MOTS_IGNORE)


def _pictures(archive: Archive, folder: str) -> list[str]:
    """The PNG files of one folder of the archive, by frame."""
    inside = archive.folders(".png")
    names = numbered(inside.get(folder.strip("/"), ()))
    if not names:
        where = f"{archive.name}/{folder.strip('/')}".rstrip("/") + "/"
        raise ForeignError(where, f"holds no numbered PNG files; there are some in {sorted(inside)[:5]}")
    return names


def _ids(archive: Archive, name: str, shape: Shape, kind: Kind) -> Ids:
    """The ids of one picture, [height, width]. Raises ForeignError."""
    where = f"{archive.name}/{name}"
    data = archive.read(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
                if picture.size != (shape.width, shape.height):
                    size = f"{picture.width} x {picture.height}"
                    raise ForeignError(where, f"is {size} pixels, the video {shape.width} x {shape.height}")
                if picture.mode not in _MODES[kind]:
                    wanted = "an 8-bit palette or grey" if kind == "palette" else "a 16-bit grey"
                    raise ForeignError(where, f"is a PNG of mode {picture.mode}; masks need {wanted} PNG")
                ids = np.asarray(picture)
                # White on black without a palette is one subject; in a palette 255 is void.
                single = picture.mode == "1" or (picture.mode == "L" and np.array_equal(np.unique(ids), [0, VOID]))
                return (ids != 0).astype(np.uint8) if single else ids
    except ForeignError:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ForeignError(where, f"cannot be read as PNG: {error}") from None


def _categories(meta: Path, video: str) -> dict[int, str]:
    """{id: category} of one video of YouTube-VOS' meta.json."""
    try:
        objects = read_json(meta)["videos"][video.rstrip("/").rsplit("/", 1)[-1]]["objects"]
        return {int(key): label_of(value["category"]) for key, value in objects.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ForeignError):
            raise
        raise ForeignError(f"{meta.name}: videos", f"has no objects of {video!r}: {error!r}") from None
