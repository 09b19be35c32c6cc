"""Looks into a file before it is imported: what it holds, and whether it can be taken. Refusals name what to do."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from annotator.video.layout import declared_size, truncated_layout
from annotator.video.picture import Geometry, geometry

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,gif,h264,hevc,ivf,mxf,dv,nut,obu"
"""Containers that are opened. Playlists (HLS, DASH, concat) are not among them: they name other files and hosts."""

PACKETS_BEFORE_PICTURE = 2000
"""How many packets may pass before the first picture: a stream cut in mid-GOP needs some, a broken one all."""


@dataclass(frozen=True)
class Limits:
    """The largest video that is imported. Checked on the header first and on every decoded picture again."""

    max_side: int = 8192
    max_pixels: int = 8192 * 4320
    max_seconds: int = 4 * 3600
    max_pictures: int = 1_000_000


class VideoRefused(Exception):
    """A file that cannot be imported. `code` is stable, the message tells a person what is wrong and what to do.

    Codes: empty, truncated, not_video, no_video_stream, no_pictures, too_large, too_long, codec, damaged, proxy.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Probe:
    """What a file holds. Sizes in pixels; `source_width`, `source_height` after rotation, with square pixels."""

    container: str
    codec: str
    pixel_format: str
    coded_width: int
    coded_height: int
    source_width: int
    source_height: int
    rate: Fraction | None
    """The header's guess of pictures a second; for display only."""
    seconds: Fraction | None
    """The header's duration; for display and early refusal only."""
    pictures: int | None
    """The header's picture count before edit lists; for progress only."""
    audio_codec: str | None
    bytes: int


def probe(path: Path, limits: Limits) -> Probe:
    """Open `path`, check it against `limits` and decode its first picture. Raises VideoRefused or OSError."""
    path = Path(path)
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise VideoRefused("not_video", "This is not a regular file. Choose a video file.")
    if facts.st_size == 0:
        raise VideoRefused("empty", "The file is empty (0 bytes). Upload it again, or export it anew.")
    cut_short = truncated_layout(path)
    try:
        container = open_source(path)
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        if cut_short:
            raise _truncated(0, None) from error
        raise VideoRefused(
            "not_video", "The file is not a video that can be read. Choose an MP4, MOV, MKV, WebM, AVI or MPEG file."
        ) from error
    with container:
        if cut_short and not container.streams.video:
            raise _truncated(0, None)
        stream = video_stream(container)
        check_header(path, container, stream, limits)
        if cut_short:
            raise _truncated(*_readable(container, stream))
        frame = _first_picture(container, stream)
        shape = geometry(frame, stream)
        check_size(shape, limits)
        audio = next((s for s in container.streams.audio if s.codec_context is not None), None)
        return Probe(
            container=container.format.name,
            codec=stream.codec_context.name,
            pixel_format=frame.format.name,
            coded_width=frame.width,
            coded_height=frame.height,
            source_width=shape.source_width,
            source_height=shape.source_height,
            rate=stream.guessed_rate or stream.average_rate,
            seconds=header_seconds(container, stream),
            pictures=stream.frames or None,
            audio_codec=audio.codec_context.name if audio is not None else None,
            bytes=facts.st_size,
        )


def open_source(path: Path) -> InputContainer:
    """Open a file that a stranger sent: local files and listed containers only, no huge picture on the way."""
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file", "max_pixels": str(2**26)}
    # "file:" keeps a name such as "http:x.mp4" from being read as an address.
    return av.open(f"file:{Path(path).resolve()}", "r", options=options, metadata_errors="replace")


def video_stream(container: InputContainer) -> VideoStream:
    """The video stream to import (cover art is none), or VideoRefused."""
    streams = [s for s in container.streams.video if Disposition.attached_pic not in Disposition(s.disposition)]
    if not streams:
        what = "only sound" if container.streams.audio else "no video stream"
        raise VideoRefused("no_video_stream", f"The file holds {what}, no pictures. Choose a file with a video track.")
    best = container.streams.best("video")
    stream = next((s for s in streams if s is best or (best is not None and s.index == best.index)), streams[0])
    if stream.codec_context is None:
        raise VideoRefused(
            "codec",
            "The video's codec is not known here, so its pictures cannot be decoded. "
            "Convert the file to H.264, H.265, VP9 or AV1 and import that.",
        )
    return stream


def check_header(path: Path, container: InputContainer, stream: VideoStream, limits: Limits) -> None:
    """Refuse by what the header says, before any picture is decoded."""
    width, height = stream.codec_context.width, stream.codec_context.height
    if not width or not height:
        # The library forgets a size that it could not hold in memory; the file still says it.
        width, height = declared_size(path) or (0, 0)
    if max(width, height) > limits.max_side or width * height > limits.max_pixels:
        raise _too_large(width, height, limits)
    seconds = header_seconds(container, stream)
    if seconds is not None and seconds > limits.max_seconds:
        raise too_long(f"{float(seconds) / 3600:.1f} hours", limits)
    if stream.frames > limits.max_pictures:
        raise too_long(f"{stream.frames} pictures", limits)


def check_size(shape: Geometry, limits: Limits) -> None:
    """Refuse a decoded picture that is larger than the limits: a header may lie."""
    width, height = shape.source_width, shape.source_height
    if max(width, height) > limits.max_side or width * height > limits.max_pixels:
        raise _too_large(width, height, limits)


def header_seconds(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """The header's duration of the video stream, else of the file, in seconds."""
    if stream.duration is not None and stream.time_base is not None:
        return stream.duration * stream.time_base
    return Fraction(container.duration, av.time_base) if container.duration is not None else None


def too_long(what: str, limits: Limits) -> VideoRefused:
    """The refusal of a video that is too long."""
    return VideoRefused(
        "too_long",
        f"The video is too long ({what}); at most {limits.max_seconds / 3600:g} hours and {limits.max_pictures} "
        "pictures are imported. Cut it into parts and import those.",
    )


def _too_large(width: int, height: int, limits: Limits) -> VideoRefused:
    return VideoRefused(
        "too_large",
        f"The pictures are {width}×{height}; at most {limits.max_side} pixels a side and {limits.max_pixels} pixels "
        "in all are imported. Scale the video down and import that.",
    )


def _truncated(readable: int, expected: int | None) -> VideoRefused:
    of = f" of {expected}" if expected else ""
    return VideoRefused(
        "truncated",
        f"The file ends early: {readable}{of} pictures could be read. The upload or the recording was cut short; "
        "upload it again or repair the file.",
    )


def _readable(container: InputContainer, stream: VideoStream) -> tuple[int, int | None]:
    """How many whole pictures a cut file still holds, and how many its header promises. No pixels are decoded."""
    readable = 0
    try:
        for packet in container.demux(stream):
            readable += bool(packet.size) and not packet.is_corrupt
    except av.error.FFmpegError:
        pass  # the end that was to be expected
    return readable, stream.frames or None


def _first_picture(container: InputContainer, stream: VideoStream) -> VideoFrame:
    stream.codec_context.thread_type = "SLICE"  # one picture is wanted: threads over pictures would only delay it
    packets, failure = 0, None
    try:
        for packet in container.demux(stream):
            packets += bool(packet.size)
            try:
                frames = stream.codec_context.decode(packet)
            except av.error.FFmpegError as error:
                failure = error
                frames = []
            if frames:
                return frames[0]
            if packets > PACKETS_BEFORE_PICTURE:
                break
    except av.error.FFmpegError as error:
        failure = error
    if packets == 0:
        raise VideoRefused("no_pictures", "The video track holds no pictures. Record or export the video again.")
    raise VideoRefused(
        "codec",
        f"No picture could be decoded ({stream.codec_context.name}). The file is damaged, encrypted or of an unusual "
        "kind; convert it to H.264, H.265, VP9 or AV1 and import that.",
    ) from failure
