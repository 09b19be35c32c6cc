"""From a clip on disk to the frames of a sample: decode, choose, draw the region, squash to a square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray
from PIL import Image

from model.data.conversations import SAMPLED_FRAMES
from model.data.regions import draw_region
from model.data.sampling import sample_pictures

Frames = NDArray[np.uint8]
"""uint8[T, size, size, 3], RGB."""


class ClipError(Exception):
    """A clip cannot be decoded as its header promises."""


def count_frames(path: Path, *, frames: int, start_s: float | None = None, end_s: float | None = None) -> int:
    """How many pictures `read_frames` will give, as the header promises; ClipError when it promises nothing."""
    try:
        with av.open(str(path)) as container:
            count, rate = _promised(path, container)
            return len(sample_pictures(count, rate, start_s=start_s, end_s=end_s, frames=frames))
    except FFmpegError as error:
        raise ClipError(f"{path.name}: cannot be opened ({error.strerror})") from error
    except ValueError as error:
        raise ClipError(f"{path.name}: {error}") from error


def read_frames(
    path: Path,
    *,
    size: int,
    frames: int = SAMPLED_FRAMES,
    boxes: Mapping[int, Sequence[float] | None] | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
) -> Frames:
    """The sampled frames of a clip as uint8[T, size, size, 3], T <= `frames`, regions drawn before the resize.

    `boxes` are keyed by the picture's index in the file. ClipError when the clip cannot be decoded; ValueError for a
    box or a window that makes no sense.
    """
    try:
        with av.open(str(path)) as container:
            count, rate = _promised(path, container)
            wanted = sample_pictures(count, rate, start_s=start_s, end_s=end_s, frames=frames)
            found: dict[int, Frames] = {}
            chosen = set(wanted)
            for index, picture in enumerate(container.decode(video=0)):
                if index in chosen:
                    rgb = np.asarray(picture.to_ndarray(format="rgb24"), dtype=np.uint8)
                    found[index] = _frame(rgb, (boxes or {}).get(index), size)
                    if len(found) == len(chosen):
                        break
    except FFmpegError as error:
        raise ClipError(f"{path.name}: cannot be decoded ({error.strerror})") from error
    if len(found) < len(chosen):
        raise ClipError(f"{path.name}: promises {count} pictures and ends before picture {max(chosen)}")
    return np.stack([found[index] for index in wanted])


def _promised(path: Path, container: InputContainer) -> tuple[int, float]:
    """Pictures of the video and how many it has a second, by its header."""
    if not container.streams.video:
        raise ClipError(f"{path.name}: holds no video")
    stream = container.streams.video[0]
    if not stream.frames or not stream.average_rate:
        raise ClipError(f"{path.name}: says neither its picture count nor its rate")
    return stream.frames, float(stream.average_rate)


def _frame(picture: NDArray[np.uint8], box: Sequence[float] | None, size: int) -> NDArray[np.uint8]:
    if box is not None:
        picture = draw_region(picture, box)
    return np.array(Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC))
