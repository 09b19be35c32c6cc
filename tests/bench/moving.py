"""Clips for the browser bench: discs on a textured ground that pans, with the discs' true masks as a MOTS file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from annotator.masklet import rle

PAINT = ((240, 120, 40), (60, 150, 250), (190, 110, 230), (70, 210, 160), (250, 215, 70))
MARGIN = 96
"""How far the ground pans, in pixels."""


@dataclass(frozen=True)
class Moving:
    """What is rendered; `discs` of them, at most five."""

    width: int
    height: int
    pictures: int
    rate: int
    discs: int

    def centre(self, disc: int, picture: int) -> tuple[float, float]:
        """Where a disc is, in pixels."""
        phase = picture / 90 + disc * 1.3
        return (
            self.width * (0.5 + 0.36 * np.cos(phase * (1 + disc / 7))),
            self.height * (0.5 + 0.32 * np.sin(phase * 1.7 + disc)),
        )

    @property
    def radius(self) -> int:
        """Pixels."""
        return self.height // 7

    def mask(self, disc: int, picture: int) -> npt.NDArray[np.bool_]:
        """bool[height, width], without what a later disc hides: masks may overlap."""
        x, y = self.centre(disc, picture)
        rows, columns = np.ogrid[: self.height, : self.width]
        inside: npt.NDArray[np.bool_] = (columns - x) ** 2 + (rows - y) ** 2 <= self.radius**2
        return inside


def write_clip(clip: Moving, path: Path) -> None:
    """H.264 of the clip; the ground has texture, so that decoding costs what a filmed picture costs."""
    random = np.random.default_rng(7)
    size = (clip.height + MARGIN, clip.width + MARGIN)
    coarse = random.integers(60, 190, (size[0] // 8 + 1, size[1] // 8 + 1, 3)).repeat(8, 0).repeat(8, 1)
    fine = random.integers(-24, 24, (*size, 3))
    ground = np.clip(coarse[: size[0], : size[1]] + fine, 0, 255).astype(np.uint8)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=clip.rate, options={"preset": "ultrafast", "crf": "30", "g": "250"})
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
        for picture in range(clip.pictures):
            x, y = (int(MARGIN / 2 * (1 + turn(picture / 130))) for turn in (np.sin, np.cos))
            image = ground[y : y + clip.height, x : x + clip.width].copy()
            for disc in range(clip.discs):
                _paint(image, clip, disc, picture)
            frame = VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = picture, Fraction(1, clip.rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _paint(image: npt.NDArray[np.uint8], clip: Moving, disc: int, picture: int) -> None:
    x, y = clip.centre(disc, picture)
    r = clip.radius
    top, left = max(0, int(y) - r - 1), max(0, int(x) - r - 1)
    part = image[top : int(y) + r + 2, left : int(x) + r + 2]
    rows, columns = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    part[(columns - x) ** 2 + (rows - y) ** 2 <= r**2] = PAINT[disc]


def masks_of(clip: Moving) -> bytes:
    """All masks as MOTS text: one line for each disc of each picture, frames from 1."""
    lines = []
    for picture in range(clip.pictures):
        for disc in range(clip.discs):
            counts = rle.encode(clip.mask(disc, picture).astype(np.uint8)).counts
            lines.append(f"{picture + 1} {2001 + disc} 2 {clip.height} {clip.width} {counts}\n")
    return "".join(lines).encode()
