"""Files as other tools write them, of the disc that the tests' clip shows."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as coco

from annotator.formats.sav import SavMasklet, SavVideo, to_sav
from annotator.masklet import rle
from tests.server.world import CLIP_PICTURES, CLIP_SIZE, disc_centre

Mask = np.ndarray


def disc(picture: int, size: tuple[int, int] = CLIP_SIZE) -> Mask:
    """The disc of a picture, bool[height, width]."""
    x, y = disc_centre(picture, size)
    yy, xx = np.mgrid[: size[1], : size[0]]
    return np.asarray((xx - x) ** 2 + (yy - y) ** 2 <= (size[1] // 6) ** 2)


def corner(size: tuple[int, int] = CLIP_SIZE) -> Mask:
    """A second subject that rests."""
    mask = np.zeros((size[1], size[0]), bool)
    mask[2:12, 2:22] = True
    return mask


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def palette_png(ids: np.ndarray) -> bytes:
    """An 8-bit palette picture of ids."""
    picture = Image.frombytes("P", (ids.shape[1], ids.shape[0]), ids.astype(np.uint8).tobytes())
    picture.putpalette([value for i in range(256) for value in (i, 255 - i, i // 2)])
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def ids_of(picture: int, gone: Iterable[int] = (), size: tuple[int, int] = CLIP_SIZE) -> np.ndarray:
    """1 is the disc, except where it is `gone`; 2 rests in the corner."""
    ids = np.zeros((size[1], size[0]), np.uint8)
    if picture not in set(gone):
        ids[disc(picture, size)] = 1
    ids[corner(size)] = 2
    return ids


def davis(
    name: str = "disc",
    pictures: Iterable[int] = range(CLIP_PICTURES),
    *,
    gone: Iterable[int] = (),
    size: tuple[int, int] = CLIP_SIZE,
    more: dict[str, bytes] | None = None,
) -> bytes:
    """A zip of DAVIS or YouTube-VOS annotations."""
    files = {f"Annotations/{name}/{p:05}.png": palette_png(ids_of(p, gone, size)) for p in pictures}
    return zipped(files | (more or {}))


def sav(video: str = "disc", grid: Callable[[int], Mask | None] | None = None, frames: int = 12) -> bytes:
    """SA-V JSON of the disc at 6 frames a second; the clip has 15 pictures a second."""
    shown = grid or (lambda frame: disc(frame * 15 // 6))
    masks = [shown(frame) for frame in range(frames)]
    document = to_sav(
        SavVideo(video, 2.0, CLIP_PICTURES, CLIP_SIZE[1], CLIP_SIZE[0], "train"),
        [SavMasklet(0, [None if mask is None else rle.encode(mask) for mask in masks], 0)],
        frames,
    )
    return json.dumps(document).encode()


def coco_file(pictures: Iterable[int] = range(CLIP_PICTURES), change: dict[str, Any] | None = None) -> bytes:
    """COCO instances with `track_id`, masks by pycocotools."""
    document: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 3, "name": "disc"}]}
    for p in pictures:
        found = coco.encode(np.asfortranarray(disc(p).astype(np.uint8)))
        document["images"].append(
            {"id": 100 + p, "file_name": f"disc/{p:06}.jpg", "width": CLIP_SIZE[0], "height": CLIP_SIZE[1]}
        )
        document["annotations"].append(
            {
                "id": p, "image_id": 100 + p, "category_id": 3, "track_id": 7, "iscrowd": 1,
                "segmentation": {"size": list(found["size"]), "counts": found["counts"].decode()},
            }
        )  # fmt: skip
    document["annotations"][-1] |= change or {}
    return json.dumps(document).encode()


def mots(pictures: Iterable[int] = range(CLIP_PICTURES)) -> bytes:
    """MOTS text, frames from 1."""
    lines = []
    for p in pictures:
        found = coco.encode(np.asfortranarray(disc(p).astype(np.uint8)))["counts"].decode()
        lines.append(f"{p + 1} 2004 2 {CLIP_SIZE[1]} {CLIP_SIZE[0]} {found}")
    return "\n".join(lines).encode()


def cvat(size: int, boxes: Iterable[tuple[int, bool, bool]], name: str = "disc.mp4") -> bytes:
    """A track in CVAT XML of a task with `size` frames; `boxes` are (frame, keyframe, outside)."""
    told = "".join(
        f'<box frame="{frame}" keyframe="{int(key)}" outside="{int(outside)}" xtl="30" ytl="20" xbr="70.5" ybr="60"/>'
        for frame, key, outside in boxes
    )
    height, width = CLIP_SIZE[1], CLIP_SIZE[0]
    return (
        f"<annotations><meta><task><size>{size}</size><original_size><width>{width}</width><height>{height}</height>"
        f"</original_size><source>{name}</source></task></meta><track id='3' label='ball'>{told}</track></annotations>"
    ).encode()


def saved(folder: Path, name: str, data: bytes) -> Path:
    """The file on disk."""
    path = folder / name
    path.write_bytes(data)
    return path
