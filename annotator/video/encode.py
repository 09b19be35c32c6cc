"""The one place that says how our H.264 is written: closed GOPs, no B pictures, yuv420p, index at the front."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.stream import VideoStream

GOP = 12
"""Pictures between key pictures, at most: a step backward decodes this many."""

PROXY_OPTIONS = {"preset": "veryfast", "crf": "20", "tune": "fastdecode"}


def add_h264(
    output: OutputContainer,
    *,
    size: tuple[int, int],
    time_base: Fraction,
    rate: Fraction,
    options: dict[str, str],
    matrix: int,
    threads: int = 0,
    bitexact: bool = False,
) -> VideoStream:
    """Add our H.264 stream to `output`. `matrix` is the ITU-T H.273 code of the pictures' colours."""
    stream = output.add_stream("libx264", rate=rate, options=options)
    context = stream.codec_context
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.time_base = time_base
    context.gop_size = GOP
    context.max_b_frames = 0
    context.thread_count = threads
    context.colorspace = context.color_primaries = context.color_trc = matrix
    context.color_range = 1
    context.sample_aspect_ratio = Fraction(1)
    if bitexact:
        context.flags |= Flags.bitexact
    return stream


@contextmanager
def new_mp4(path: Path, options: dict[str, str] | None = None) -> Iterator[OutputContainer]:
    """An MP4 that appears under `path` only when it is whole; on any error nothing is left behind."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with av.open(
            f"file:{part}", "w", format="mp4", options={"movflags": "+faststart", **(options or {})}
        ) as output:
            yield output
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
