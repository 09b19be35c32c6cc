"""DAVIS 2017: a palette PNG and a JPEG for each grid frame of each video, with lists of the videos of each split.

Frames are pictures of the 6 fps clip (= grid frames), 0-based, `00000.png` on; pixels are the clip's, in the folder
`480p` where readers look for them, whatever their size. A pixel's value is an object from 1, in the order of the
masklets' numbers (`objects.json` says which), 0 is background. A pixel has one value: where masks overlap the smaller
one lies on top. The test split is called `val`, as there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image

from annotator.formats.pictures import write_pictures
from annotator.formats.released import FormError, ReleasedVideo, ReleaseFolder
from annotator.masklet.rle import area, decode

MOST = 254
"""Objects of one video: 255 is void."""
LISTS: Final = {"train": "train", "test": "val"}


def colours() -> list[int]:
    """The palette of DAVIS and PASCAL VOC: bits 0, 1, 2 of a value are the highest bits of red, green and blue."""
    found = []
    for value in range(256):
        red = green = blue = 0
        rest = value
        for bit in range(7, -1, -1):
            red |= (rest & 1) << bit
            green |= (rest >> 1 & 1) << bit
            blue |= (rest >> 2 & 1) << bit
            rest >>= 3
        found += [red, green, blue]
    return found


def write_davis(release: ReleaseFolder, to: Path) -> list[str]:
    """`Annotations/480p/<video>/`, `JPEGImages/480p/<video>/`, `ImageSets/2017/`, `objects.json`."""
    objects: dict[str, dict[str, int]] = {}
    lost = 0
    for split in release.splits:
        names = []
        for video in release.videos(split):
            write_pictures(video, to / "JPEGImages" / "480p" / video.name)
            numbers = sorted(masklet.number for masklet in video.masklets)
            lost += _annotations(video, numbers, to / "Annotations" / "480p" / video.name)
            objects[video.name] = {str(place): number for place, number in enumerate(numbers, start=1)}
            names.append(video.name)
        if names:
            path = to / "ImageSets" / "2017" / f"{LISTS.get(split, split)}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{name}\n" for name in names), "utf-8")
    if objects:
        (to / "objects.json").write_bytes(orjson.dumps(objects, option=orjson.OPT_INDENT_2))
    return [f"A pixel has one value here: {lost} pixels of masks lie under a smaller one."] if lost else []


def _annotations(video: ReleasedVideo, numbers: list[int], folder: Path) -> int:
    if len(numbers) > MOST:
        raise FormError(f"{video.name}: has {len(numbers)} masklets, a picture of DAVIS holds at most {MOST}")
    folder.mkdir(parents=True)
    palette, lost = colours(), 0
    for frame in range(video.total_frames):
        picture, hidden = labelled(video, numbers, frame)
        lost += hidden
        image = Image.fromarray(picture, mode="P")
        image.putpalette(palette)
        image.save(folder / f"{frame:05d}.png")
    return lost


def labelled(video: ReleasedVideo, numbers: list[int], frame: int) -> tuple[NDArray[np.uint8], int]:
    """The values of a frame, uint8[height, width], and how many pixels of masks cannot be told."""
    about = video.masks.about
    picture = np.zeros((about.height, about.width), dtype=np.uint8)
    masks = [(place, video.masks.frames[number][frame]) for place, number in enumerate(numbers, start=1)]
    sizes = [(area(mask), place, mask) for place, mask in masks if mask is not None]
    for _, place, mask in sorted(sizes, key=lambda entry: (-entry[0], entry[1])):
        picture[decode(mask) > 0] = place
    return picture, sum(size for size, _, _ in sizes) - int(np.count_nonzero(picture))
