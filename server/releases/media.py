"""The media of a release: clips on the annotation grid, clips of segments, masks with their boxes.

Each is made once for all releases, decoded whole once, and known from then on by what it is made of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import orjson
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from annotator.formats.sav import SavMasklet, SavVideo, to_sav, write_sav
from annotator.masklet.packed import PackedMasklet
from annotator.masklet.rle import Rle, area, to_box
from annotator.video.cut import cut
from annotator.video.frames import GRID_RATE, FrameTable
from annotator.video.reader import PictureReader
from model.data.frames import ClipError, read_frames
from model.data.release import file_sha256
from server.db import now
from server.releases.load import MaskletWork, SegmentWork, SourceVideo, among
from server.storage import ObjectMissing, Storage, read_bytes
from server.storage.named import blob_key
from server.tables.releases import ReleaseMedia

MAX_RATE = 60
"""Pictures a second of a segment's clip; a video of variable rate may come in bursts."""
CUT_VERSION = 3
"""Raised when the same pictures shall be cut anew, in another way, or masks told in another one."""

NOTED_EVERY = timedelta(days=1)
"""So old a note of a use must be before it is written anew."""
LOOKS = 10
"""Files that are looked for in the storage at the same time: the connections that a bucket's client keeps."""

Box = list[float]
Made = Row[Any] | ReleaseMedia
"""What was made before: its key, sha256, bytes and facts."""


class BadMedia(ValueError):
    """What cannot be made of a video, and why."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file of a release that was made once. `facts` of a clip: pictures, width, height, and of a segment's start_s
    and end_s in the source; of masks, by masklet number: presence (runs on the grid) and boxes (one a grid frame)."""

    path: str
    sha256: str
    size: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to make, or to find: `key` says what it is made of, `make` writes it and gives its facts."""

    path: str
    key: str
    make: Callable[[Storage, FrameTable, PictureReader, Path], dict[str, Any]]


def wanted_media(video: SourceVideo, masklets: Sequence[MaskletWork], segments: Iterable[SegmentWork]) -> list[Wanted]:
    """The files that a video's work needs."""
    found = []
    if masklets:
        clip, masks = f"videos/grid/{video.name}.mp4", f"masklets/{video.name}_manual.json"
        found.append(Wanted(clip, _key(video, "grid"), _cut_grid))
        made_of = [[work.number, work.track_key, work.presence, work.edited_pictures] for work in masklets]
        found.append(Wanted(masks, _key(video, "masks", video.split, made_of), _write_masks(video, masklets)))
    for segment in {work.segment: work for work in segments}.values():
        span = (segment.picture_start, segment.picture_end)
        path = f"videos/segments/{segment.segment}.mp4"
        found.append(Wanted(path, _key(video, "segment", *span), _cut_segment(*span)))
    return found


def _key(video: SourceVideo, kind: str, *made_of: Any) -> str:
    whole = [CUT_VERSION, kind, video.sha256, video.proxy_key, *made_of]
    return hashlib.sha256(orjson.dumps(whole)).hexdigest()


def known_media(session: Session, keys: Sequence[str]) -> dict[str, Made]:
    """What was made before, by key."""
    found: dict[str, Made] = {}
    columns = select(ReleaseMedia.key, ReleaseMedia.sha256, ReleaseMedia.bytes, ReleaseMedia.facts)
    for start in range(0, len(keys), 500):
        rows = session.connection().execute(columns.where(among(session, ReleaseMedia.key, keys[start : start + 500])))
        found.update((row.key, row) for row in rows)
    return found


def use_media(session: Session, keys: Sequence[str]) -> None:
    """Note that these are in use: what no release has used for long is forgotten, and made again when needed."""
    moment = now()
    for start in range(0, len(keys), 500):
        session.execute(
            update(ReleaseMedia)
            .where(
                among(session, ReleaseMedia.key, keys[start : start + 500]), ReleaseMedia.used_at < moment - NOTED_EVERY
            )
            .values(used_at=moment)
            .execution_options(synchronize_session=False)
        )


class Maker:
    """Finds or makes the media of videos. `keep` stores the row of a new file in a transaction of its own."""

    def __init__(self, storage: Storage, scratch: Path, keep: Callable[[ReleaseMedia], None]) -> None:
        self._storage = storage
        self._scratch = scratch
        self._keep = keep

    def whole(self, known: Mapping[str, Made]) -> dict[str, Made]:
        """Those of `known` whose files lie whole in the storage. Many are looked for at a time: a bucket takes its
        while to answer for each."""
        rows = list(known.items())
        shares = [rows[start::LOOKS] for start in range(min(LOOKS, len(rows)))]
        with ThreadPoolExecutor(LOOKS, "release-look") as looking:
            found = looking.map(lambda share: [key for key, row in share if self._is_there(row)], shares)
            there = {key for keys in found for key in keys}
        return {key: row for key, row in rows if key in there}

    def media(
        self, video: SourceVideo, wanted: Sequence[Wanted], known: Mapping[str, Made]
    ) -> Iterator[Media | tuple[str, str]]:
        """Each wanted file, or its path with the reason why it cannot be made. `known` are those that are `whole`."""
        with ExitStack() as stack:
            opened: tuple[FrameTable, PictureReader] | None = None
            for want in wanted:
                row = known.get(want.key)
                if row is not None:
                    yield Media(want.path, row.sha256, row.bytes, row.facts)
                    continue
                try:
                    if opened is None:
                        opened = self._open(video, stack)
                    yield self._make(want, *opened)
                except (BadMedia, ObjectMissing) as error:
                    yield want.path, str(error)

    def _open(self, video: SourceVideo, stack: ExitStack) -> tuple[FrameTable, PictureReader]:
        table = FrameTable.from_json(orjson.loads(read_bytes(self._storage, video.frames_key)))
        proxy = stack.enter_context(self._storage.local(video.proxy_key))
        return table, stack.enter_context(PictureReader(proxy, table))

    def _is_there(self, row: Made) -> bool:
        try:
            return bool(self._storage.stat(blob_key(row.sha256)).size == row.bytes)
        except ObjectMissing:
            return False

    def _make(self, want: Wanted, table: FrameTable, reader: PictureReader) -> Media:
        out = self._scratch / f"media{Path(want.path).suffix}"
        out.unlink(missing_ok=True)
        facts = want.make(self._storage, table, reader, out)
        sha256, size = file_sha256(out), out.stat().st_size
        self._storage.put(blob_key(sha256), out)
        self._keep(ReleaseMedia(key=want.key, sha256=sha256, bytes=size, facts=facts, used_at=now()))
        return Media(want.path, sha256, size, facts)


# Clips


def _cut_grid(_storage: Storage, table: FrameTable, reader: PictureReader, out: Path) -> dict[str, Any]:
    """The pictures of the annotation grid, six a second: picture k of the file is grid frame k."""
    pictures = table.grid().tolist()
    cut(reader, pictures, GRID_RATE, out)
    return _clip_facts(out, len(pictures))


def _cut_segment(start: int, end: int) -> Callable[[Storage, FrameTable, PictureReader, Path], dict[str, Any]]:
    """The pictures of a segment at a constant rate; where they do not come evenly, resampled by time."""

    def make(_storage: Storage, table: FrameTable, reader: PictureReader, out: Path) -> dict[str, Any]:
        if end >= len(table):
            raise BadMedia(f"the segment ends at picture {end}, its video has {len(table)}")
        pictures, rate = even_pictures(table, start, end)
        cut(reader, pictures, rate, out)
        times = {"start_s": float(table.seconds(start)), "end_s": end_seconds(table, end)}
        return _clip_facts(out, len(pictures)) | times

    return make


def _clip_facts(clip: Path, pictures: int) -> dict[str, Any]:
    """Decode the clip whole, and once more as a trainer does. BadMedia when it is not what was cut."""
    try:
        with av.open(f"file:{clip}") as container:
            stream = container.streams.video[0]
            found = sum(1 for _ in container.decode(stream))
            width, height = stream.width, stream.height
        read_frames(clip, size=32)
    except (av.FFmpegError, IndexError, ClipError, ValueError) as error:
        raise BadMedia(f"its clip cannot be decoded: {error}") from error
    if found != pictures:
        raise BadMedia(f"its clip has {found} pictures, {pictures} were cut")
    return {"pictures": found, "width": width, "height": height}


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


def end_seconds(table: FrameTable, picture: int) -> float:
    """When a picture ends: at the next one's start, or for the last after the step before it."""
    if picture + 1 < len(table):
        return float(table.seconds(picture + 1))
    step = table.seconds(picture) - table.seconds(picture - 1) if picture else 0
    return float(table.seconds(picture) + step)


# Masks


def _write_masks(
    video: SourceVideo, works: Sequence[MaskletWork]
) -> Callable[[Storage, FrameTable, PictureReader, Path], dict[str, Any]]:
    """The SA-V file of a video. A masklet whose masks do not fit gets a `fault` in its facts, and is left out."""

    def make(storage: Storage, table: FrameTable, _reader: PictureReader, out: Path) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        tracks = []
        for work in works:
            try:
                about, masks = _on_grid(storage, work, table)
            except (ValueError, ObjectMissing) as error:
                facts[str(work.number)] = {"fault": str(error)}
                continue
            facts[str(work.number)] = about
            tracks.append(SavMasklet(work.number, masks, work.edited_pictures))
        about_video = SavVideo(
            video_id=video.name,
            seconds=video.seconds,
            pictures=len(table),
            height=table.height,
            width=table.width,
            split=video.split,
        )
        write_sav(out, to_sav(about_video, tracks, len(table.grid())))
        return facts

    return make


def _on_grid(storage: Storage, work: MaskletWork, table: FrameTable) -> tuple[dict[str, Any], list[Rle | None]]:
    """A masklet's boxes, presence and masks on the grid. ValueError when its file does not fit its video."""
    if not work.track_key:
        raise ValueError(work.fault)
    packed = PackedMasklet.open(read_bytes(storage, work.track_key))
    if (packed.width, packed.height) != (table.width, table.height) or len(packed) != len(table):
        raise ValueError("its masks are not of the size or length of its video")
    visible = np.zeros(len(table), dtype=np.bool_)
    for first, last in work.presence:
        visible[int(first) : int(last) + 1] = True
    masks: list[Rle | None] = []
    boxes: list[Box | None] = []
    areas = []
    for picture in table.grid().tolist():
        rle = packed.frame(picture).rle
        size = area(rle) if rle is not None else 0
        mask = rle if size else None
        box = to_box(mask) if mask is not None else None
        masks.append(mask)
        boxes.append([float(edge) for edge in box] if box is not None else None)
        if size:
            areas.append(size)
    mean = sum(areas) / len(areas) / (table.width * table.height) if areas else 0.0
    facts = {"presence": runs_of(visible[table.grid()].tolist()), "boxes": boxes, "mean_area": round(mean, 6)}
    return facts, masks


def runs_of(presence: Sequence[bool]) -> list[list[int]]:
    """Runs of True: [first, last], both inclusive."""
    found: list[list[int]] = []
    for place, visible in enumerate(presence):
        if visible and found and found[-1][1] == place - 1:
            found[-1][1] = place
        elif visible:
            found.append([place, place])
    return found
