"""Brings decoded pictures into the proxy's form: upright, square pixels, even size, limited-range 4:2:0."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type as SideData
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

LONG_SIDE = 1280
"""Pixels of the proxy's longer side, at most."""

BT709, UNSPECIFIED, BT470BG, SMPTE170M = 1, 2, 5, 6
"""Matrix coefficients, ITU-T H.273 table 4."""
FULL_RANGE = 2


@dataclass(frozen=True)
class Geometry:
    """How a source's pictures are turned and scaled. Source sizes are after rotation, with square pixels."""

    transposed: bool
    mirrored: bool
    """Left and right are exchanged, after transposing."""
    flipped: bool
    """Top and bottom are exchanged, after transposing."""
    source_width: int
    source_height: int
    width: int
    height: int
    matrix: int
    """Colour matrix of the proxy: BT709 or SMPTE170M."""


def geometry(frame: VideoFrame, stream: VideoStream) -> Geometry:
    """The geometry of a stream by its first decoded picture."""
    a, b, c, d = _display_matrix(frame)
    transposed = abs(b) > abs(a)
    ratio = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or Fraction(1)
    if not Fraction(1, 16) <= ratio <= 16:  # 0/1 and nonsense mean "unknown"
        ratio = Fraction(1)
    wide, high = max(1, round(frame.width * ratio)), frame.height
    if transposed:
        wide, high = high, wide
    scale = min(Fraction(1), Fraction(LONG_SIDE, max(wide, high)))
    return Geometry(
        transposed=transposed,
        mirrored=(c if transposed else a) < 0,
        flipped=(b if transposed else d) < 0,
        source_width=wide,
        source_height=high,
        width=_even(wide * scale),
        height=_even(high * scale),
        matrix=_matrix(frame),
    )


class Upright:
    """Turns decoded pictures into the proxy's form; its scaler is kept between pictures."""

    def __init__(self, shape: Geometry) -> None:
        self._shape = shape
        self._scaler = VideoReformatter()
        self._size = (shape.height, shape.width) if shape.transposed else (shape.width, shape.height)

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        """`frame` as yuv420p of the proxy's size, upright. Timestamps are not carried over."""
        shape = self._shape
        keep = frame.colorspace in (BT709, UNSPECIFIED, BT470BG, SMPTE170M) and not frame.format.is_rgb
        full = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
        out = self._scaler.reformat(
            frame,
            width=self._size[0],
            height=self._size[1],
            format="yuv420p",
            dst_colorspace=None if keep else (Colorspace.ITU709 if shape.matrix == BT709 else Colorspace.ITU601),
            dst_color_range=ColorRange.MPEG if full or frame.format.is_rgb else None,
            interpolation=Interpolation.BICUBIC,
            threads=1,
        )
        if shape.transposed or shape.mirrored or shape.flipped:
            out = _turned(out, shape)
        return out


def _turned(frame: VideoFrame, shape: Geometry) -> VideoFrame:
    turned = VideoFrame(shape.width, shape.height, "yuv420p")
    for source, target in zip(frame.planes, turned.planes, strict=True):
        plane = np.frombuffer(memoryview(source), np.uint8).reshape(source.height, source.line_size)[:, : source.width]
        if shape.transposed:
            plane = plane.T
        if shape.mirrored:
            plane = plane[:, ::-1]
        if shape.flipped:
            plane = plane[::-1]
        room = np.frombuffer(memoryview(target), np.uint8).reshape(target.height, target.line_size)
        room[:, : target.width] = plane
    return turned


def _display_matrix(frame: VideoFrame) -> tuple[int, int, int, int]:
    """The matrix's a, b, c, d of ISO/IEC 14496-12: x' = a·x + c·y, y' = b·x + d·y."""
    sides: Any = frame.side_data  # PyAV's stub takes it for a map by name; its keys are types
    side = sides.get(SideData.DISPLAYMATRIX)
    if side is None:
        return 1, 0, 0, 1
    a, b, _, c, d = np.frombuffer(bytes(side), np.int32)[:5].tolist()
    return (a, b, c, d) if (a, b, c, d) != (0, 0, 0, 0) else (1, 0, 0, 1)


def _matrix(frame: VideoFrame) -> int:
    if frame.colorspace in (BT470BG, SMPTE170M):
        return SMPTE170M
    if frame.colorspace == UNSPECIFIED and not frame.format.is_rgb and frame.height < 720:
        return SMPTE170M  # what players assume of unmarked small pictures
    return BT709


def _even(length: Fraction | int) -> int:
    """The nearest even number of pixels: 4:2:0 halves both sides."""
    return max(2, 2 * round(Fraction(length) / 2))
