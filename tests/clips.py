"""Awkward clips, made on the spot: every picture carries its number, so that anyone can say which one they see.

`AWKWARD[name](path)` writes a clip and returns the numbers of the pictures that a viewer sees, in order.
`read_number(rgb)` reads a number back from the pixels, after any compression, scaling or (undone) rotation.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder prints a page otherwise

WIDTH, HEIGHT = 192, 128
CELLS = 4
SUFFIX = {"matroska": ".mkv", "vp9": ".webm", "av1": ".webm", "transport_stream": ".ts", "avi": ".avi"}
"""What a clip's file is called where it is no MP4."""


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """A picture that shows `number` (0 … 1023) as 4 × 4 cells: ten bits of the number, six of a check."""
    bits = number | _check(number) << 10
    cells = np.array([bits >> k & 1 for k in range(CELLS * CELLS)], np.uint8).reshape(CELLS, CELLS)
    rows = np.arange(height) * CELLS // height
    columns = np.arange(width) * CELLS // width
    grey = 30 + 195 * cells[rows][:, columns]
    picture = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    picture[..., 2] -= 4 * (number % 7)  # some colour, so that chroma is not empty
    return picture


def read_number(rgb: Picture) -> int:
    """The number that a picture (uint8[h,w,3]) shows; ValueError where it shows none."""
    height, width = rgb.shape[:2]
    grey = rgb.astype(np.float32).mean(axis=2)
    bits = 0
    for place in range(CELLS * CELLS):
        row, column = divmod(place, CELLS)
        y, x = int((row + 0.5) * height / CELLS), int((column + 0.5) * width / CELLS)
        dy, dx = max(1, height // (CELLS * 5)), max(1, width // (CELLS * 5))
        bits |= int(grey[y - dy : y + dy, x - dx : x + dx].mean() > 127) << place
    number, check = bits & 1023, bits >> 10
    if check != _check(number):
        raise ValueError(f"no numbered picture: {number} does not go with its check {check}")
    return number


def _check(number: int) -> int:
    return (number * 37 + 11) % 61


def write_clip(
    path: Path,
    count: int = 48,
    *,
    pts: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 25),
    codec: str = "libx264",
    format: str | None = None,
    pixel_format: str = "yuv420p",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    rotation: int = 0,
    aspect: Fraction | None = None,
    audio_seconds: float = 0,
) -> list[int]:
    """Write numbered pictures 0 … count - 1 at `pts`; returns their numbers. `rotation` is degrees counterclockwise."""
    pts = list(range(count)) if pts is None else list(pts)
    opened = av.open(str(path), "w", format=format, options=container_options or {})
    with _usual_priority(), opened as output:
        stream = output.add_stream(codec, rate=25, options={"preset": "veryfast", "crf": "20", **(options or {})}
                                   if codec == "libx264" else (options or {}))  # fmt: skip
        context = stream.codec_context
        context.width, context.height = size
        context.pix_fmt = pixel_format
        context.time_base = time_base
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        sound = output.add_stream("aac", rate=44100, layout="mono") if audio_seconds else None
        turns = rotation // 90 % 4
        for number, value in enumerate(pts):
            upright = size if turns % 2 == 0 else size[::-1]
            stored = np.rot90(numbered(number, *upright), -turns)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(stored), format="rgb24").reformat(
                format=pixel_format
            )
            frame.pts, frame.time_base = value, time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound is not None:
            _write_tone(output, sound, audio_seconds)
    return list(range(len(pts)))


@contextmanager
def _usual_priority() -> Iterator[None]:
    """Undo what an encoder does to the thread that calls it.

    Run by root, SVT-AV1 gives it, and with it every server that the tests start later, the highest real-time priority.
    """
    before, given = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, before, given)


def _write_tone(output: av.container.OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * 44100)) / 44100)
    for start in range(0, len(tone), 1024):
        frame = av.AudioFrame.from_ndarray(tone[None, start : start + 1024].astype(np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 44100, start, Fraction(1, 44100)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _variable(path: Path) -> list[int]:
    """A phone's clock in milliseconds: 60 a second, 15 a second, jitter, and a pause of two seconds."""
    steps = [17] * 16 + [67] * 8 + [31, 40, 28, 5, 61, 33] * 2 + [2000] + [33] * 10
    return write_clip(path, pts=[0, *np.cumsum(steps).tolist()], time_base=Fraction(1, 1000))


def _trim(path: Path) -> list[int]:
    """An edit list that begins within a GOP, at picture 7, and ends after picture 36."""
    write_clip(path, options={"bf": "2", "g": "24"})
    _edit(path, first=7, count=30)
    return list(range(7, 37))


def _edit(path: Path, *, first: int, count: int) -> None:
    """Rewrite the one entry of the video's edit list (ISO/IEC 14496-12, version 0)."""
    data = bytearray(path.read_bytes())
    media_scale = struct.unpack_from(">I", data, data.index(b"mdhd") + 16)[0]
    movie_scale = struct.unpack_from(">I", data, data.index(b"mvhd") + 16)[0]
    place = data.index(b"elst") + 12
    _, delay = struct.unpack_from(">Ii", data, place)
    struct.pack_into(">Ii", data, place, count * movie_scale // 25, delay + first * media_scale // 25)
    path.write_bytes(data)


def _clip(**how: object) -> Callable[[Path], list[int]]:
    return lambda path: write_clip(path, **how)  # type: ignore[arg-type]


AWKWARD: dict[str, Callable[[Path], list[int]]] = {
    "constant_rate": _clip(options={"bf": "0"}),
    "b_frames": _clip(options={"bf": "3", "b-pyramid": "normal", "g": "40"},
                      pts=range(0, 48 * 1001, 1001), time_base=Fraction(1, 30000)),
    "variable_rate": _variable,
    "open_gop": _clip(options={"bf": "3", "g": "12", "x264-params": "open-gop=1:scenecut=0"}),
    "delay_edit_list": _clip(options={"bf": "2"}, pts=range(30, 78), audio_seconds=3),
    "trim_edit_list": _trim,
    "rotated": _clip(options={"bf": "2"}, rotation=90),
    "upside_down": _clip(rotation=180),
    "odd_size": _clip(size=(WIDTH + 3, HEIGHT + 5), pixel_format="yuv444p"),
    "wide_pixels": _clip(aspect=Fraction(4, 3)),
    "long_audio": _clip(options={"bf": "2"}, audio_seconds=6),
    "fragmented": _clip(options={"bf": "2", "g": "12"},
                        container_options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
    "matroska": _clip(options={"bf": "2"}, format="matroska",
                      pts=range(0, 48 * 1001, 1001), time_base=Fraction(1, 30000)),
    "ten_bit": _clip(pixel_format="yuv420p10le", options={"bf": "2"}),
    "vp9": _clip(codec="libvpx-vp9", format="webm", options={"deadline": "realtime", "cpu-used": "8"}),
    "av1": _clip(codec="libsvtav1", format="webm", options={"preset": "10", "crf": "12"}),
    "transport_stream": _clip(options={"bf": "2"}, format="mpegts", time_base=Fraction(1, 25)),
    "avi": _clip(codec="mpeg4", format="avi", options={"bf": "2", "q:v": "2"}),
}  # fmt: skip
"""Clips of 48 pictures at most, by name."""


def write_awkward(name: str, folder: Path) -> tuple[Path, list[int]]:
    """Write one of `AWKWARD` into `folder`; returns its path and the numbers that a viewer sees."""
    path = folder / f"{name}{SUFFIX.get(name, '.mp4')}"
    return path, AWKWARD[name](path)


def write_huge(path: Path) -> Path:
    """A small .mov or .mkv whose header, and whose picture's own header, say 20,000 × 20,000."""
    in_mov = path.suffix == ".mov"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("png" if in_mov else "ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 300, 300, "rgb24" if in_mov else "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((300, 300, 3), np.uint8))
        frame.pts = 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    data = bytearray(path.read_bytes())
    if in_mov:
        place = data.index(b"png ", data.index(b"stsd"))
        struct.pack_into(">HH", data, place + 28, 20000, 20000)
    else:
        for element in (b"\xb0\x82", b"\xba\x82"):
            place = data.index(element + struct.pack(">H", 300))
            struct.pack_into(">H", data, place + 2, 20000)
    place = 0
    while (place := data.find(b"IHDR", place + 1)) > 0:
        struct.pack_into(">II", data, place + 4, 20000, 20000)
        struct.pack_into(">I", data, place + 17, zlib.crc32(bytes(data[place : place + 17])))
    path.write_bytes(data)
    return path
