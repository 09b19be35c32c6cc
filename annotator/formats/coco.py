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
from itertools import pairwise
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
    return document_rows(read_json(path), path.name, shape, video)


def document_rows(data: dict[str, Any], name: str, shape: Shape, video: int | str | None = None) -> Iterator[Row]:
    """What `coco_rows` gives, of a document called `name` that was read already."""
    annotations = _objects(data, "annotations", name)
    labels = {_key(c.get("id")): label_of(c.get("name")) for c in _objects(data, "categories", name, needed=False)}
    videos = _objects(data, "videos", name, needed=False)
    chosen = _chosen(videos, video, name) if videos else None
    if _is_by_subject(annotations):
        if chosen is None:
            raise ForeignError(name, '"videos" is missing')
        return _by_subject(name, annotations, labels, chosen, shape)
    places = _frames(_images_of(data, name, chosen), shape)
    return _by_image(name, annotations, labels, shape, places=places, of_several=len(videos) > 1)


def videos_of(data: dict[str, Any], name: str) -> list[CocoVideo]:
    """The videos that a document is about: those it names, or the one that all its images are of. ForeignError."""
    by_subject = _is_by_subject(_objects(data, "annotations", name))
    videos = _objects(data, "videos", name, needed=False)
    if by_subject and not videos:
        raise ForeignError(name, '"videos" is missing')
    found = []
    wanted: list[dict[str, Any] | None] = [*videos] or [None]
    for video in wanted:
        images = [] if by_subject else _images_of(data, name, video)
        size = next((s for s in map(_size, [*([video] if video else []), *images]) if s), None)
        if size is None:
            place = "images" if video is None else f"videos[id={video.get('id')}]"
            raise ForeignError(f"{name}: {place}", "says no height and width")
        given = (video or {}).get("file_names")
        numbers = [_number_in(entry) for entry in (given if isinstance(given, list) else images)]
        known = [number for number in numbers if number is not None]
        numbered = len(known) == len(numbers) and all(a < b for a, b in pairwise(sorted(known)))
        found.append(
            CocoVideo(
                None if video is None else _key(video.get("id")),
                tuple(_names(video)) if video else (),
                *size,
                numbers=tuple(known) if by_subject and numbered and known == sorted(known) else (),
                covered=frozenset() if by_subject else frozenset(known if numbered else range(len(images))),
                numbered=numbered and bool(known),
            )
        )
    return found


def _is_by_subject(annotations: list[dict[str, Any]]) -> bool:
    return any("segmentations" in item or "bboxes" in item for item in annotations)


def _images_of(data: dict[str, Any], name: str, video: dict[str, Any] | None) -> list[dict[str, Any]]:
    images = _objects(data, "images", name)
    if video is None:
        return images
    return [image for image in images if _key(image.get("video_id")) == _key(video.get("id"))]


def _size(item: dict[str, Any]) -> tuple[int, int] | None:
    height, width = item.get("height"), item.get("width")
    return (int(height), int(width)) if is_whole(height) and is_whole(width) else None


def _number_in(entry: Any) -> int | None:
    """The frame of an image, or of a file's name."""
    return _frame_number(entry if isinstance(entry, dict) else {"file_name": entry})


def _by_subject(
    name: str, annotations: list[dict[str, Any]], labels: dict[str, str], video: dict[str, Any], shape: Shape
) -> Iterator[Row]:
    """YouTube-VIS: `segmentations` and `bboxes` hold one entry a frame, null where the subject is absent."""
    problem = _wrong_size(video, shape)
    if problem:
        raise ForeignError(f"{name}: videos[id={video.get('id')}]", problem)
    for position, item in enumerate(annotations):
        if _key(item.get("video_id")) != _key(video.get("id")):
            continue
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
    annotations: list[dict[str, Any]],
    labels: dict[str, str],
    shape: Shape,
    *,
    places: dict[str, _Place],
    of_several: bool,
) -> Iterator[Row]:
    """One annotation a subject and image; those of other videos' images are passed over."""
    for position, item in enumerate(annotations):
        where = f"{name}: annotations[{position}]"
        place = places.get(_key(item.get("image_id")))
        if place is None:
            if not of_several:
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


def _chosen(videos: list[dict[str, Any]], wanted: int | str | None, name: str) -> dict[str, Any]:
    if wanted is None:
        if len(videos) == 1:
            return videos[0]
        raise ForeignError(f"{name}: videos", f"holds {len(videos)} videos: say which one by its id or name")
    for video in videos:
        if str(wanted) in (str(video.get("id")), *_names(video)):
            return video
    raise ForeignError(f"{name}: videos", f"has no video {wanted!r}")


def _names(video: dict[str, Any]) -> list[str]:
    """What a video is called: its name, its file's name, the folder of its pictures."""
    found = [str(video[field]) for field in ("name", "file_name") if isinstance(video.get(field), str)]
    files = [name for name in video.get("file_names") or [] if isinstance(name, str)]
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
