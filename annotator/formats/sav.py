"""SA-V masklet JSON, one file a video: the masklets' masks on the annotation grid, as COCO compressed RLE.

Fields and types are those of the published files (`sav_NNNNNN_manual.json`), whole numbers as floats included. Sizes
are means over the frames in which a masklet is visible; buckets are COCO's (32² and 96² pixels).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import orjson

from annotator.formats.foreign import ForeignError, ForeignMask, Row, Shape, bad, is_whole, read_json, segmentation
from annotator.masklet.rle import Rle, RleError, area, empty

SMALL_BELOW: Final = 32 * 32
LARGE_FROM: Final = 96 * 96


@dataclass(frozen=True, slots=True)
class SavMasklet:
    """One masklet: its number in the video and, per grid frame, its mask or None where it is absent."""

    number: int
    frames: Sequence[Rle | None]
    edited_frames: int
    """Frames on which a person worked."""


@dataclass(frozen=True, slots=True)
class SavVideo:
    """What the file says of the video itself."""

    video_id: str
    seconds: float
    pictures: int
    height: int
    width: int
    split: str
    environment: str = ""


def to_sav(video: SavVideo, masklets: Sequence[SavMasklet], grid_length: int) -> dict[str, Any]:
    """The document of a video; ValueError when a masklet does not have one entry a grid frame or another size."""
    nothing = empty(video.height, video.width)
    areas: list[list[int]] = []
    for masklet in masklets:
        if len(masklet.frames) != grid_length:
            raise ValueError(f"masklet {masklet.number} has {len(masklet.frames)} of {grid_length} grid frames")
        for rle in masklet.frames:
            if rle is not None and (rle.height, rle.width) != (video.height, video.width):
                raise ValueError(f"masklet {masklet.number} has a mask of another size than its video")
        areas.append([area(rle) if rle is not None else 0 for rle in masklet.frames])
    sizes = [_mean_visible(values) for values in areas]
    resolution = video.height * video.width
    return {
        "video_id": video.video_id,
        "video_duration": video.seconds,
        "video_frame_count": float(video.pictures),
        "video_height": float(video.height),
        "video_width": float(video.width),
        "video_resolution": float(resolution),
        "video_environment": video.environment,
        "video_split": video.split,
        "masklet": [
            [
                {"size": [video.height, video.width], "counts": (masklet.frames[frame] or nothing).counts}
                for masklet in masklets
            ]
            for frame in range(grid_length)
        ],
        "masklet_id": [masklet.number for masklet in masklets],
        "masklet_size_rel": [size / resolution for size in sizes],
        "masklet_size_abs": sizes,
        "masklet_size_bucket": [_bucket(size) for size in sizes],
        "masklet_visibility_changes": [_visibility_changes(values) for values in areas],
        "masklet_first_appeared_frame": [float(_first_visible(values)) for values in areas],
        "masklet_frame_count": [grid_length for _ in masklets],
        "masklet_edited_frame_count": [masklet.edited_frames for masklet in masklets],
        "masklet_type": ["manual" for _ in masklets],
        "masklet_stability_score": [None for _ in masklets],
        "masklet_num": len(masklets),
    }


def write_sav(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document of `to_sav`; the same document gives the same bytes."""
    path.write_bytes(orjson.dumps(document))


def read_sav(path: Path) -> tuple[SavVideo, list[SavMasklet]]:
    """The video and masklets of an SA-V file; ValueError names the field that does not hold together."""
    try:
        data = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{path.name} is not JSON: {error}") from None
    try:
        video = SavVideo(
            video_id=str(data["video_id"]),
            seconds=float(data["video_duration"]),
            pictures=int(data["video_frame_count"]),
            height=int(data["video_height"]),
            width=int(data["video_width"]),
            split=str(data["video_split"]),
            environment=str(data.get("video_environment", "")),
        )
        frames, numbers, edited = data["masklet"], data["masklet_id"], data["masklet_edited_frame_count"]
        masklets = [
            SavMasklet(int(number), [_visible(frame[position], video) for frame in frames], int(edited[position]))
            for position, number in enumerate(numbers)
        ]
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ValueError(f"{path.name} is not an SA-V masklet file: {error!r}") from None
    return video, masklets


def sav_rows(path: Path, shape: Shape) -> Iterator[Row]:
    """The rows of an SA-V file: each masklet on each grid frame, absent ones too; `shape.frames` is the grid's length.

    Raises ForeignError for a file that is none, or of another size or length than the video.
    """
    data = read_json(path)
    frames, numbers = data.get("masklet"), data.get("masklet_id")
    if not isinstance(frames, list) or not isinstance(numbers, list):
        raise ForeignError(path.name, 'needs "masklet" and "masklet_id": it is no SA-V masklet file')
    if not all(is_whole(number) for number in numbers) or len(set(numbers)) != len(numbers):
        raise ForeignError(f"{path.name}: masklet_id", "must be distinct whole numbers")
    size = (data.get("video_height"), data.get("video_width"))
    if size != (shape.height, shape.width):
        problem = f"are {size[0]!r} and {size[1]!r}, the video has {shape.height} x {shape.width} pixels"
        raise ForeignError(f"{path.name}: video_height and video_width", problem)
    if len(frames) > shape.frames:
        raise ForeignError(f"{path.name}: masklet", f"has {len(frames)} frames, the video's grid {shape.frames}")
    for frame, entries in enumerate(frames):
        if not isinstance(entries, list) or len(entries) != len(numbers):
            yield bad(f"{path.name}: masklet[{frame}]", f"must have an entry for each of the {len(numbers)} masklets")
            continue
        for position, entry in enumerate(entries):
            where = f"{path.name}: masklet[{frame}][{position}]"
            try:
                rle = segmentation(entry, shape)
            except ValueError as error:
                yield bad(where, str(error))
                continue
            yield Row(where, ForeignMask(str(int(numbers[position])), "", frame, rle if area(rle) else None))


def _visible(entry: Mapping[str, Any], video: SavVideo) -> Rle | None:
    height, width = entry["size"]
    if (height, width) != (video.height, video.width):
        raise ValueError(f"a mask has size {entry['size']}, the video {[video.height, video.width]}")
    try:
        rle = Rle.from_coco(entry)  # proves the string: it is untrusted
    except RleError as error:
        raise ValueError(f"a mask cannot be read: {error}") from None
    return rle if area(rle) else None


def _mean_visible(areas: Sequence[int]) -> float:
    visible = [value for value in areas if value]
    return sum(visible) / len(visible) if visible else 0.0


def _first_visible(areas: Sequence[int]) -> int:
    return next((frame for frame, value in enumerate(areas) if value), 0)


def _visibility_changes(areas: Sequence[int]) -> int:
    """How often the masklet goes and comes after it first appeared."""
    visible = [value > 0 for value in areas[_first_visible(areas) :]]
    return sum(before != after for before, after in pairwise(visible))


def _bucket(size: float) -> str:
    return "small" if size < SMALL_BELOW else "medium" if size < LARGE_FROM else "large"
