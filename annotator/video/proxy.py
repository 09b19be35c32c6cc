"""Makes the browser proxy and the frame table of a video in one real decode, and proves that they agree."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from errno import ENOSPC
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from annotator.video.encode import PROXY_OPTIONS, add_h264, new_mp4
from annotator.video.frames import FrameTable
from annotator.video.picture import Geometry, Upright, geometry
from annotator.video.probe import Limits, Probe, VideoRefused, check_size, open_source, probe, too_long, video_stream
from annotator.video.sound import Sound

FINEST_TIME_BASE = 10_000_000
"""Ticks a second up to which the source's clock is kept; finer ones overflow an MP4's 32-bit sample durations."""

SPARE_BYTES = 1 << 20
"""A disk with less room than this is full for our purpose."""


class ProxyStopped(Exception):
    """`should_stop` said so; nothing was left behind."""


def make_proxy(
    source: Path,
    proxy: Path,
    *,
    limits: Limits,
    probed: Probe | None = None,
    on_progress: Callable[[int, int | None], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FrameTable:
    """Write the proxy of `source` to `proxy` and return the frame table of both.

    One row per picture displayed after edit lists and discards. `probed` is what `probe` said when it was asked before;
    else it is asked here. `on_progress(done, total)` counts pictures; total is a guess. Raises VideoRefused,
    ProxyStopped, or OSError from the disk; in each case no file is left at `proxy`.
    """
    if probed is None:
        probe(source, limits)
    rows = _Rows()
    with ExitStack() as stack:
        container = stack.enter_context(open_source(source))
        stream = video_stream(container)
        stream.thread_type = "AUTO"
        total = stream.frames or None
        output = stack.enter_context(new_mp4(proxy))
        writer: _Writer | None = None
        for frame in decoded(container, stream):
            if should_stop is not None and should_stop():
                raise ProxyStopped
            if writer is None:
                shape = geometry(frame, stream)
                check_size(shape, limits)
                rows.begin(frame, stream)
                sounds = stack.enter_context(open_source(source))
                writer = _Writer(output, shape, rows, stream)
                writer.sound = Sound.open(sounds, output, (frame.pts or 0) * rows.source_time_base)
            writer.write(frame)
            done = len(rows.proxy)
            if done > limits.max_pictures:
                raise too_long(f"more than {limits.max_pictures} pictures", limits)
            if rows.proxy[-1] * rows.time_base > limits.max_seconds:
                raise too_long(f"more than {limits.max_seconds / 3600:g} hours", limits)
            if on_progress is not None:
                on_progress(done, max(total, done) if total else None)
        if writer is None:
            raise VideoRefused("no_pictures", "The video track shows no picture. Record or export the video again.")
        writer.finish()
        shape = writer.shape
    try:
        return _checked(proxy, rows, shape)
    except BaseException:
        proxy.unlink(missing_ok=True)
        raise


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Every displayed picture of the stream in presentation order, by a plain decode.

    What cannot be decoded before the first picture is passed over (a recording may begin within a GOP); damage after it
    is refused, since pictures would be missing in the middle.
    """
    count = 0
    try:
        for packet in container.demux(stream):
            try:
                frames = stream.codec_context.decode(packet)
            except av.error.InvalidDataError:
                if count == 0:
                    continue
                raise
            for frame in frames:
                count += 1
                yield frame
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and not isinstance(error, ValueError):
            raise
        raise VideoRefused(
            "damaged",
            f"The file is damaged: {count} pictures could be read, then decoding failed. "
            "Upload it again, or repair it by converting it, and import that.",
        ) from error


class _Rows:
    """The frame table's columns while they grow."""

    def __init__(self) -> None:
        self.source: list[int] = []
        self.proxy: list[int] = []
        self.source_time_base = Fraction(1)
        self.time_base = Fraction(1)
        self._step = 1

    def begin(self, frame: VideoFrame, stream: VideoStream) -> None:
        """Choose the clocks by the first picture: the source's own wherever an MP4 can hold it."""
        self.source_time_base = Fraction(frame.time_base or stream.time_base or Fraction(1, 90_000))
        self.time_base = Fraction(1, min(self.source_time_base.denominator, FINEST_TIME_BASE))
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        self._step = max(1, round(1 / (rate * self.source_time_base)))

    def add(self, frame: VideoFrame) -> int:
        """The next row; returns its proxy pts. Pictures without a time follow the one before by the stream's rate."""
        pts = frame.pts
        if pts is None:
            pts = self.source[-1] + self._step if self.source else 0
        self.source.append(pts)
        ticks = round((pts - self.source[0]) * self.source_time_base / self.time_base)
        if self.proxy:
            # Two pictures of one time are both displayed in turn: each keeps a time of its own.
            ticks = max(ticks, self.proxy[-1] + 1)
        self.proxy.append(ticks)
        return ticks

    def length(self, frame: VideoFrame) -> int:
        """Ticks for which `frame` is shown when nothing follows it."""
        return max(1, round((frame.duration or self._step) * self.source_time_base / self.time_base))


class _Writer:
    """Encodes upright pictures with their times, and the sound beside them."""

    def __init__(self, output: OutputContainer, shape: Geometry, rows: _Rows, stream: VideoStream) -> None:
        self.shape = shape
        self.sound: Sound | None = None
        self._output = output
        self._rows = rows
        self._upright = Upright(shape)
        self._last = 1
        self._stream = add_h264(
            output,
            size=(shape.width, shape.height),
            time_base=rows.time_base,
            rate=_plausible(stream.average_rate or stream.guessed_rate),
            options=PROXY_OPTIONS,
            matrix=shape.matrix,
        )

    def write(self, frame: VideoFrame) -> None:
        pts = self._rows.add(frame)
        self._last = self._rows.length(frame)
        upright = self._upright(frame)
        upright.pts = pts
        upright.time_base = self._rows.time_base
        upright.pict_type = 0  # else the encoder copies the source's key pictures
        self._mux(self._stream.encode(upright))
        if self.sound is not None:
            self.sound.write(self._output, pts * self._rows.time_base)

    def finish(self) -> None:
        self._mux(self._stream.encode(None))
        if self.sound is not None:
            self.sound.write(self._output, (self._rows.proxy[-1] + self._last) * self._rows.time_base, last=True)

    def _mux(self, packets: Iterable[Packet[VideoStream]]) -> None:
        for packet in packets:
            packet.duration = self._last  # counts for the last picture only: MP4 stores differences
            self._output.mux(packet)


def _plausible(rate: Fraction | None) -> Fraction:
    """The header's rate where an encoder takes it; it only chooses the H.264 level, times are in the time base."""
    return rate if rate is not None and Fraction(1) <= rate <= 240 else Fraction(25)


def _checked(proxy: Path, rows: _Rows, shape: Geometry) -> FrameTable:
    """Read the proxy's packets back and compare them with the decode; the table holds what was read."""
    if shutil.disk_usage(proxy.parent).free < SPARE_BYTES and proxy.stat().st_size == 0:
        raise OSError(ENOSPC, "the disk is full", str(proxy))
    with av.open(f"file:{proxy.resolve()}") as container:
        stream = container.streams.video[0]
        packets = [(p.pts, p.is_keyframe) for p in container.demux(stream) if p.size]
        time_base = Fraction(stream.time_base or 0)
        wrote = [ticks * rows.time_base for ticks in rows.proxy]
        if [None if pts is None else pts * time_base for pts, _ in packets] != wrote:
            raise VideoRefused(
                "proxy",
                f"The video could not be converted exactly ({len(wrote)} pictures decoded, {len(packets)} written). "
                "Convert it to a plain H.264 MP4 and import that; please report the file's kind.",
            )
    return FrameTable(
        source_pts=np.array(rows.source, np.int64),
        source_time_base=rows.source_time_base,
        proxy_pts=np.array([pts for pts, _ in packets], np.int64),
        proxy_time_base=time_base,
        proxy_key=np.array([key for _, key in packets], np.bool_),
        width=shape.width,
        height=shape.height,
        source_width=shape.source_width,
        source_height=shape.source_height,
    )
