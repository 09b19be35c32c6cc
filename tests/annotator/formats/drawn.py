"""Masks that the tests of foreign formats draw."""

import json
import zipfile
from pathlib import Path

import numpy as np

from annotator.formats.foreign import Shape
from annotator.masklet import rle

SHAPE = Shape(height=40, width=60, frames=8)


def disc(x: int, y: int, radius: int = 7) -> np.ndarray:
    yy, xx = np.mgrid[:40, :60]
    return (xx - x) ** 2 + (yy - y) ** 2 <= radius**2


def pixels(mask) -> np.ndarray:
    return rle.decode(mask.rle).astype(bool)


def save(folder: Path, data: object, name: str = "coco.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(data))
    return path


def zip_of(tmp_path: Path, files: dict[str, bytes]) -> Path:
    path = tmp_path / "davis.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
