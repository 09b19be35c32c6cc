"""The media of a release: clips on the annotation grid with their masks and boxes, and the clips of segments."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import orjson

from annotator.formats.sav import SavMasklet, SavVideo, to_sav, write_sav
from annotator.masklet.packed import PackedMasklet
from annotator.masklet.rle import Rle, area, to_box
from annotator.video.cut import cut
from annotator.video.frames import GRID_RATE, FrameTable
from annotator.video.reader import PictureReader
from server.releases.snapshot import MaskletItem, SegmentItem, SourceVideo
from server.storage import ObjectMissing, Storage, read_bytes

MAX_RATE = 60
"""Pictures a second of a segment's clip; a video of variable rate may come in bursts."""

Box = list[float]


@dataclass(frozen=True)
class MaskletMedia:
    """A masklet on the annotation grid of its clip."""

    boxes: dict[int, Box | None]
    """Every grid frame: the box in pixels of the clip, x2 and y2 exclusive, or None where it is absent."""
    presence: tuple[bool, ...]


CUT_VERSION = 2
"""Raised when the same pictures shall be cut anew, in another way."""


def write_grid_clip(storage: Storage, video: SourceVideo, reader: PictureReader, out: Path) -> None:
    """The pictures of the annotation grid, six a second: picture k of the file is grid frame k."""
    _kept_cut(storage, video, reader, reader.table.grid().tolist(), rate=GRID_RATE, out=out)


def write_segment_clip(storage: Storage, segment: SegmentItem, reader: PictureReader, out: Path) -> None:
    """The pictures of a segment at a constant rate; where they do not come evenly, resampled by time."""
    pictures, rate = even_pictures(reader.table, segment.picture_start, segment.picture_end)
    _kept_cut(storage, segment.video, reader, pictures, rate=rate, out=out)


def _kept_cut(
    storage: Storage, video: SourceVideo, reader: PictureReader, pictures: Sequence[int], *, rate: Fraction, out: Path
) -> None:
    """Cut once, and keep the clip by what it is made of: a release built again takes it as it is."""
    made_of = [CUT_VERSION, video.sha256, video.proxy_key, rate.numerator, rate.denominator, list(pictures)]
    key = f"cuts/{hashlib.sha256(orjson.dumps(made_of)).hexdigest()}.mp4"
    try:
        with storage.local(key) as kept:
            shutil.copyfile(kept, out)
        if _holds(out, len(pictures)):
            return
    except ObjectMissing:
        pass
    cut(reader, pictures, rate, out)
    storage.put(key, out)


def _holds(clip: Path, pictures: int) -> bool:
    """Whether the clip is whole: a store whose writes are not atomic may keep half of one when it is killed."""
    try:
        with av.open(f"file:{clip}") as container:
            if not container.streams.video:
                return False
            return sum(bool(packet.size) and not packet.is_corrupt for packet in container.demux(video=0)) == pictures
    except av.FFmpegError:
        return False


def even_pictures(table: FrameTable, start: int, end: int) -> tuple[list[int], Fraction]:
    """Pictures and a rate that show [start, end] (inclusive) evenly.

    Each picture once where none is further than half a step from its even place. Otherwise picture k is the last at or
    before k/rate seconds, at the rate of the shortest usual step.
    """
    base = table.proxy_time_base
    pts = table.proxy_pts[start : end + 1].astype(np.int64)
    if len(pts) == 1:
        return [start], GRID_RATE
    span = int(pts[-1] - pts[0])
    places = np.arange(len(pts)) * (span / (len(pts) - 1))
    if np.all(np.abs(pts - pts[0] - places) <= span / (len(pts) - 1) / 2):
        exact = Fraction(len(pts) - 1) / (span * base)
        return list(range(start, end + 1)), exact.limit_denominator(1001)
    step = int(np.median(np.diff(pts))) * base
    rate = Fraction(max(1, min(MAX_RATE, round(1 / step))))
    count = int(span * base * rate) + 1
    wanted = [int(pts[0]) + k / rate / base for k in range(count)]
    found = [int(np.searchsorted(pts, int(moment), side="right")) - 1 for moment in wanted]
    return [start + place for place in found], rate


def masklet_media(storage: Storage, item: MaskletItem, table: FrameTable) -> tuple[MaskletMedia, list[Rle | None]]:
    """A masklet's boxes, presence and masks on the grid. ValueError when its file does not fit its video."""
    packed = PackedMasklet.open(read_bytes(storage, item.track_key))
    if (packed.width, packed.height) != (table.width, table.height) or len(packed) != len(table):
        raise ValueError(f"document {item.document}: its masks are not of the size or length of its video")
    visible = np.zeros(len(table), dtype=np.bool_)
    for first, last in item.presence:
        visible[int(first) : int(last) + 1] = True
    masks: list[Rle | None] = []
    boxes: dict[int, Box | None] = {}
    for place, picture in enumerate(table.grid().tolist()):
        rle = packed.frame(picture).rle
        mask = rle if rle is not None and area(rle) else None
        box = to_box(mask) if mask is not None else None
        masks.append(mask)
        boxes[place] = [float(edge) for edge in box] if box is not None else None
    return MaskletMedia(boxes, tuple(visible[table.grid()].tolist())), masks


def write_masklets(
    video: SourceVideo, table: FrameTable, masklets: Sequence[tuple[MaskletItem, list[Rle | None]]], out: Path
) -> None:
    """The SA-V file of a video."""
    about = SavVideo(
        video_id=video.name,
        seconds=video.seconds,
        pictures=len(table),
        height=table.height,
        width=table.width,
        split=video.split,
    )
    tracks = [SavMasklet(item.number, masks, item.edited_pictures) for item, masks in masklets]
    write_sav(out, to_sav(about, tracks, len(table.grid())))
