"""Writes chosen pictures of a video as a clip of constant rate: release clips at 6 a second, and segments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from annotator.video.encode import add_h264, new_mp4
from annotator.video.picture import BT709, SMPTE170M
from annotator.video.reader import PictureReader

CUT_OPTIONS = {"preset": "veryfast", "crf": "18", "x264-params": "cpu-independent=1"}
"""x264's fast rate control rounds differently from CPU to CPU, and now and then between threads of one process (about
once in 500 cuts of eight threads); `cpu-independent` gives the same bytes everywhere and costs a tenth of the time."""


def cut(reader: PictureReader, pictures: Sequence[int], rate: Fraction, out: Path) -> None:
    """Write exactly `pictures`, in this order (repeats allowed), at `rate` a second to the MP4 `out`.

    The same pictures give the same bytes on any machine: one thread, no times or machines in the metadata, and a rate
    control that does not depend on the CPU.

    Raises IndexError for a picture outside the video, ValueError for none at all or a rate of 0 or less.
    """
    rate = Fraction(rate)
    if not pictures or rate <= 0:
        raise ValueError("a cut needs at least one picture and a rate above 0")
    matrix = SMPTE170M if reader.frame(pictures[0]).colorspace in (5, SMPTE170M) else BT709
    with new_mp4(out, {"fflags": "+bitexact"}) as output:
        stream = add_h264(
            output,
            size=(reader.width, reader.height),
            time_base=1 / rate,
            rate=rate,
            options=CUT_OPTIONS,
            matrix=matrix,
            threads=1,
            bitexact=True,
        )
        for place, picture in enumerate(pictures):
            frame = reader.frame(picture)
            frame.pts, frame.time_base, frame.pict_type = place, 1 / rate, 0
            _mux(output, stream.encode(frame))
        _mux(output, stream.encode(None))


def _mux(output: OutputContainer, packets: Iterable[Packet[VideoStream]]) -> None:
    for packet in packets:
        packet.duration = 1  # else the last picture would last no time
        output.mux(packet)
