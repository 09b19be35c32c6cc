"""COCO files: instances on images that are a video's frames, and YouTube-VIS' form with one annotation a subject.

Masks are outlines, RLE with plain counts, or compressed RLE (cocodataset.org, "Data format"); an annotation without a
mask gives its box. Fields that COCO does not have and trackers' exports do: `track_id` or `instance_id` of an
annotation (or in its `attributes`) joins the masks of one subject; `frame_id` (or `frame_index`) of an image is its
frame, else the number at the end of its file name, else images count in the order of their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

from annotator.formats.foreign import (
    ForeignError,
    ForeignMask,
    Row,
    Shape,
    bad,
    box_of,
    is_whole,
    label_of,
    read_json,
    segmentation,
)
from annotator.masklet.rle import area


@dataclass(frozen=True, slots=True)
class CocoVideo:
    """A video that a document is about."""

    id: str | None
    """None for a document that names no videos."""
    names: tuple[str, ...]
    height: int
    width: int
    numbers: tuple[int, ...] = ()
    """What the names of its files say of each frame: exports of each fifth picture are told by it."""
    covered: frozenset[int] = frozenset()
    """Frames that have an image: a subject that is not annotated there is absent."""
    numbered: bool = False
    """Whether frames are numbers of the file, and not the order of its images."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A frame of the video, or why an image is none."""

    frame: int
    error: str | None = None


def coco_rows(path: Path, shape: Shape, video: int | str | None = None) -> Iterator[Row]:
    """The rows of a COCO file: of the video with this id or name, or of the only one that it holds.

    Raises ForeignError when the file is not COCO's, or holds several videos and none was named.
    """
    return Document.read(path).rows(shape, video)


class Document:
    """A COCO document called `name`. What belongs to each video is found once, however many there are."""

    def __init__(self, data: dict[str, Any], name: str) -> None:
        """Raises ForeignError for what is no COCO document."""
        self.name = name
        self._annotations = _objects(data, "annotations", name)
        categories = _objects(data, "categories", name, needed=False)
        self._labels = {_key(category.get("id")): label_of(category.get("name")) for category in categories}
        self._videos = _objects(data, "videos", name, needed=False)
        self._by_subject = any("segmentations" in item or "bboxes" in item for item in self._annotations)
        if self._by_subject and not self._videos:
            raise ForeignError(name, '"videos" is missing')
        self._images = [] if self._by_subject else _objects(data, "images", name)

    @classmethod
    def read(cls, path: Path) -> Document:
        """That of a file. Raises ForeignError."""
        return cls(read_json(path), path.name)

    @cached_property
    def _called(self) -> dict[str, dict[str, Any]]:
        """The videos by id and by name."""
        found: dict[str, dict[str, Any]] = {}
        for video in self._videos:
            for called in (str(video.get("id")), _key(video.get("id")), *_names(video)):
                found.setdefault(called, video)
        return found

    @cached_property
    def _images_by_video(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for image in self._images:
            found.setdefault(_key(image.get("video_id")), []).append(image)
        return found

    @cached_property
    def _annotations_by_place(self) -> dict[str, list[tuple[int, dict[str, Any]]]]:
        """With their positions, by the id of their image, or of their video where they are of a whole one."""
        field = "video_id" if self._by_subject else "image_id"
        found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for position, item in enumerate(self._annotations):
            found.setdefault(_key(item.get(field)), []).append((position, item))
        return found

    def rows(self, shape: Shape, video: int | str | None = None) -> Iterator[Row]:
        """See `coco_rows`."""
        chosen = self._chosen(video) if self._videos else None
        if chosen is not None and self._by_subject:
            mine = self._annotations_by_place.get(_key(chosen.get("id")), [])
            return _by_subject(self.name, mine, self._labels, chosen, shape)
        places = _frames(self._images_of(chosen), shape)
        mine = list(enumerate(self._annotations))
        if len(self._videos) > 1:
            of_places = (self._annotations_by_place.get(image, []) for image in places)
            mine = sorted(chain.from_iterable(of_places), key=itemgetter(0))
        return _by_image(self.name, mine, self._labels, shape, places=places)

    def described(self) -> list[CocoVideo]:
        """The videos that it is about: those it names, or the one that all its images are of. ForeignError."""
        found = []
        wanted: list[dict[str, Any] | None] = [*self._videos] or [None]
        for video in wanted:
            images = self._images_of(video)
            size = next((s for s in map(_size, [*([video] if video else []), *images]) if s), None)
            if size is None:
                place = "images" if video is None else f"videos[id={video.get('id')}]"
                raise ForeignError(f"{self.name}: {place}", "says no height and width")
            given = (video or {}).get("file_names")
            numbers = [_number_in(entry) for entry in (given if isinstance(given, list) else images)]
            known = [number for number in numbers if number is not None]
            numbered = len(known) == len(numbers) and all(a < b for a, b in pairwise(sorted(known)))
            in_order = numbered and known == sorted(known)
            found.append(
                CocoVideo(
                    None if video is None else _key(video.get("id")),
                    tuple(_names(video)) if video else (),
                    *size,
                    numbers=tuple(known) if self._by_subject and in_order else (),
                    covered=frozenset() if self._by_subject else frozenset(known if numbered else range(len(images))),
                    numbered=numbered and bool(known),
                )
            )
        return found

    def _images_of(self, video: dict[str, Any] | None) -> list[dict[str, Any]]:
        return self._images if video is None else self._images_by_video.get(_key(video.get("id")), [])

    def _chosen(self, wanted: int | str | None) -> dict[str, Any]:
        if wanted is None:
            if len(self._videos) == 1:
                return self._videos[0]
            message = f"holds {len(self._videos)} videos: say which one by its id or name"
            raise ForeignError(f"{self.name}: videos", message)
        if str(wanted) not in self._called:
            raise ForeignError(f"{self.name}: videos", f"has no video {wanted!r}")
        return self._called[str(wanted)]


def _size(item: dict[str, Any]) -> tuple[int, int] | None:
    height, width = item.get("height"), item.get("width")
    return (int(height), int(width)) if is_whole(height) and is_whole(width) else None


def _number_in(entry: Any) -> int | None:
    """The frame of an image, or of a file's name."""
    return _frame_number(entry if isinstance(entry, dict) else {"file_name": entry})


def _by_subject(
    name: str,
    annotations: list[tuple[int, dict[str, Any]]],
    labels: dict[str, str],
    video: dict[str, Any],
    shape: Shape,
) -> Iterator[Row]:
    """YouTube-VIS: `segmentations` and `bboxes` hold one entry a frame, null where the subject is absent."""
    problem = _wrong_size(video, shape)
    if problem:
        raise ForeignError(f"{name}: videos[id={video.get('id')}]", problem)
    for position, item in annotations:
        where = f"{name}: annotations[{position}]"
        found = item.get("segmentations")
        field = "segmentations" if isinstance(found, list) else "bboxes"
        found = item.get(field)
        if not isinstance(found, list) or len(found) > shape.frames:
            count = f"{len(found)} entries" if isinstance(found, list) else "no list"
            yield bad(f"{where}.{field}", f"{count}, the video has {shape.frames} frames")
            continue
        boxes = item.get("bboxes")
        label = labels.get(_key(item.get("category_id")), "")
        for frame, entry in enumerate(found):
            box = boxes[frame] if isinstance(boxes, list) and frame < len(boxes) else None
            mask = entry if field == "segmentations" else None
            yield _row(f"{where}.{field}[{frame}]", (_subject(item, position), label), frame, shape, mask=mask, box=box)


def _by_image(
    name: str,
    annotations: list[tuple[int, dict[str, Any]]],
    labels: dict[str, str],
    shape: Shape,
    *,
    places: dict[str, _Place],
) -> Iterator[Row]:
    """One annotation a subject and image."""
    for position, item in annotations:
        where = f"{name}: annotations[{position}]"
        place = places.get(_key(item.get("image_id")))
        if place is None:
            yield bad(f"{where}.image_id", f"{item.get('image_id')!r} is no image of this file")
            continue
        if place.error:
            yield bad(where, place.error)
            continue
        mask, box = item.get("segmentation"), item.get("bbox")
        if not mask and box is None:
            yield bad(where, "has neither segmentation nor bbox")
            continue
        label = labels.get(_key(item.get("category_id")), "")
        yield _row(where, (_subject(item, position), label), place.frame, shape, mask=mask or None, box=box)


def _row(where: str, whose: tuple[str, str], frame: int, shape: Shape, *, mask: Any, box: Any) -> Row:
    """`whose` is subject and label."""
    try:
        rle = None if mask is None else segmentation(mask, shape)
    except ValueError as error:
        return bad(f"{where} (segmentation)", str(error))
    if rle is not None and not area(rle):
        return bad(f"{where} (segmentation)", "covers no pixel of the picture")
    cut = None
    if rle is None and box is not None:
        try:
            left, top, width, height = box
            cut = box_of(left, top, width, height, shape)
        except (TypeError, ValueError) as error:
            return bad(f"{where} (bbox)", str(error))
    return Row(where, ForeignMask(*whose, frame, rle, cut))


def _frames(images: list[dict[str, Any]], shape: Shape) -> dict[str, _Place]:
    """The frame of each image, by image id."""
    numbers = [_frame_number(image) for image in images]
    if any(number is None for number in numbers):
        order = sorted(range(len(images)), key=lambda i: (_number(images[i].get("id")), i))
        numbers = [0] * len(images)
        for frame, position in enumerate(order):
            numbers[position] = frame
    places: dict[str, _Place] = {}
    for position, (image, number) in enumerate(zip(images, numbers, strict=True)):
        frame = number or 0
        error = _wrong_size(image, shape)
        if error:
            error = f"images[{position}]: {error}"
        elif not 0 <= frame < shape.frames:
            error = f"images[{position}]: is frame {frame}, the video has {shape.frames} frames"
        places[_key(image.get("id"))] = _Place(frame, error)
    return places


def _frame_number(image: dict[str, Any]) -> int | None:
    for field in ("frame_id", "frame_index"):
        if is_whole(image.get(field)):
            return int(image[field])
    digits = re.search(r"(\d{1,9})\.[A-Za-z]+$", str(image.get("file_name", "")))
    return int(digits[1]) if digits else None


def _wrong_size(item: dict[str, Any], shape: Shape) -> str | None:
    height, width = item.get("height"), item.get("width")
    if height == shape.height and width == shape.width:
        return None
    return f"height and width are {height!r} x {width!r}, the video has {shape.height} x {shape.width} pixels"


def _subject(item: dict[str, Any], position: int) -> str:
    attributes = item.get("attributes")
    for holder in (item, attributes if isinstance(attributes, dict) else {}):
        for field in ("track_id", "instance_id"):
            if isinstance(holder.get(field), int | str):
                return str(holder[field])
    return f"annotation-{item.get('id', position)}"


def _names(video: dict[str, Any]) -> list[str]:
    """What a video is called: its name, its file's name, the folder of its pictures."""
    found = [str(video[field]) for field in ("name", "file_name") if isinstance(video.get(field), str)]
    given = video.get("file_names")
    files = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
    return [*found, *([files[0].split("/")[0]] if files and "/" in files[0] else [])]


def _objects(data: dict[str, Any], field: str, name: str, *, needed: bool = True) -> list[dict[str, Any]]:
    found = data.get(field)
    if found is None and not needed:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ForeignError(f"{name}: {field}", "must be a list of objects")
    return found


def _key(value: object) -> str:
    return str(int(value)) if is_whole(value) else str(value)


def _number(value: object) -> float:
    return float(value) if is_whole(value) else 0.0
