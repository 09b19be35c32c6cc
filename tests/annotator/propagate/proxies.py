"""A proxy of given pictures, made as an import makes it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from annotator.video.frames import FrameTable
from annotator.video.probe import Limits
from annotator.video.proxy import make_proxy


def write_proxy(folder: Path, pictures: list[np.ndarray]) -> tuple[Path, FrameTable]:
    """The file and its frame table, from an H.264 source of the pictures at 24 a second."""
    source, proxy = folder / "source.mp4", folder / "proxy.mp4"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(24))
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for pixels in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    table = make_proxy(source, proxy, limits=Limits(), on_progress=lambda done, total: None, should_stop=lambda: False)
    return proxy, table
