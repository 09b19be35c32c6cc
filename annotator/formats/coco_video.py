"""COCO instances on a video's grid frames, and YouTube-VIS (2019 and later), with compressed RLE and JPEG pictures.

Frames are pictures of the 6 fps clip (= grid frames), 0-based; pixels are the clip's; a box is [left, top, width,
height]. COCO has an annotation for each masklet on each picture where it is visible (`track_id` joins those of a
masklet, `frame_id` of an image is its grid frame); YouTube-VIS one a masklet, with null where it is absent. There is
one category, `subject`: what people called a subject stands in `label`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from annotator.formats.pictures import JsonLists, write_pictures
from annotator.formats.released import ReleasedVideo, ReleaseFolder
from annotator.masklet.rle import Rle, area, to_box

CATEGORIES: Final = [{"id": 1, "name": "subject", "supercategory": "subject"}]


def write_coco(release: ReleaseFolder, to: Path) -> list[str]:
    """`annotations/instances_<split>.json` and `<split>/<video>/<frame>.jpg`."""
    for split in release.splits:
        head = {"info": {"description": release.name}, "licenses": [], "categories": CATEGORIES}
        path = to / "annotations" / f"instances_{split}.json"
        with JsonLists(path, head, ("videos", "images", "annotations")) as out:
            for video in release.videos(split):
                names = write_pictures(video, to / split / video.name)
                _coco(video, names, out)
    return []


def _coco(video: ReleasedVideo, names: list[str], out: JsonLists) -> None:
    about = video.masks.about
    size = {"height": about.height, "width": about.width}
    number = out.add("videos", {"name": video.name, **size})
    for frame, name in enumerate(names):
        image = {"file_name": f"{video.name}/{name}", **size, "video_id": number, "frame_id": frame}
        image_id = out.add("images", image)
        for masklet in video.masklets:
            mask = video.masks.frames[masklet.number][frame]
            if mask is not None:
                told = {"image_id": image_id, "video_id": number, "track_id": masklet.number, "label": masklet.label}
                out.add("annotations", {**told, **instance(mask)})


def instance(mask: Rle) -> dict[str, Any]:
    """What COCO says of one mask."""
    found = {"category_id": 1, "iscrowd": 0, "segmentation": mask.to_coco(), "area": area(mask)}
    return {**found, "bbox": left_top_size(mask)}


def left_top_size(mask: Rle) -> list[float]:
    """COCO's box of a mask that is not empty."""
    box = to_box(mask)
    assert box is not None
    return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]


def write_youtube_vis(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>/instances.json` and `<split>/JPEGImages/<video>/<frame>.jpg`."""
    for split in release.splits:
        head = {"info": {"description": release.name}, "licenses": [], "categories": CATEGORIES}
        with JsonLists(to / split / "instances.json", head, ("videos", "annotations")) as out:
            for video in release.videos(split):
                names = write_pictures(video, to / split / "JPEGImages" / video.name)
                about = video.masks.about
                size = {"height": about.height, "width": about.width, "length": video.total_frames}
                files = [f"{video.name}/{name}" for name in names]
                number = out.add("videos", {"name": video.name, **size, "file_names": files})
                for masklet in video.masklets:
                    told: dict[str, Any] = {"video_id": number, "category_id": 1, "iscrowd": 0, **size}
                    told |= {"track_id": masklet.number, "label": masklet.label}
                    out.add("annotations", {**told, **_over_time(video, masklet.number)})
    return []


def _over_time(video: ReleasedVideo, number: int) -> Mapping[str, Any]:
    masks = video.masks.frames[number]
    return {
        "segmentations": [None if mask is None else mask.to_coco() for mask in masks],
        "areas": [None if mask is None else area(mask) for mask in masks],
        "bboxes": [None if mask is None else left_top_size(mask) for mask in masks],
    }
