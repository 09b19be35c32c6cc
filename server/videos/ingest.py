"""Import of one video: probe, frame table and proxy in one real decode, thumbnails; stored, then made ready at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from annotator.video.frames import FrameTable
from annotator.video.probe import Limits, Probe, probe
from annotator.video.proxy import make_proxy
from annotator.video.reader import PictureReader
from annotator.video.thumbnails import ThumbnailSheet, make_thumbnails
from server.errors import Unavailable
from server.settings import Settings
from server.storage import Storage, full_disk
from server.tables.videos import Video, VideoState
from server.videos.store import folder_of

Told = Callable[[float, str], None]


@dataclass(frozen=True)
class Imported:
    """What the import found out."""

    facts: Probe
    table: FrameTable
    sheet: ThumbnailSheet


def limits_of(settings: Settings) -> Limits:
    """The largest video that these settings accept."""
    return Limits(
        max_side=settings.max_side,
        max_pixels=min(Limits.max_pixels, settings.max_side**2),
        max_seconds=settings.max_seconds,
        max_pictures=settings.max_pictures,
    )


def make_files(source: Path, folder: Path, limits: Limits, tell: Told, should_stop: Callable[[], bool]) -> Imported:
    """Write proxy.mp4, frames.json and thumbnails.jpg into `folder`.

    `tell(fraction, message)` may raise to end it. Raises VideoRefused, ProxyStopped, StorageFull or OSError.
    """
    with full_disk("the video for the browser"):
        tell(0.0, "Looking into the file")
        facts = probe(source, limits)

        def on_progress(done: int, total: int | None) -> None:
            share = min(1.0, done / total) if total else 0.5
            tell(0.02 + 0.88 * share, f"{done} pictures" if total is None else f"{done} of {total} pictures")

        table = make_proxy(
            source, folder / "proxy.mp4", limits=limits, on_progress=on_progress, should_stop=should_stop
        )
        tell(0.92, "Thumbnails")
        with PictureReader(folder / "proxy.mp4", table) as reader:
            sheet = make_thumbnails(reader, folder / "thumbnails.jpg")
        written = {**table.to_json(), "grid": table.grid().tolist()}
        (folder / "frames.json").write_bytes(orjson.dumps(written))
    return Imported(facts, table, sheet)


def store_files(storage: Storage, folder: Path, sha256: str, is_ours: Callable[[], bool]) -> dict[str, str]:
    """Put the three files beside the source; when one does not fit, none remains. Returns key by name.

    `is_ours` is asked before anything is deleted: when this job was given to another worker meanwhile, that one may
    have made the video ready, and the files are its.
    """
    keys = {name: f"{folder_of(sha256)}/{name}" for name in ("proxy.mp4", "frames.json", "thumbnails.jpg")}
    try:
        for name, key in keys.items():
            storage.put(key, folder / name)
    except BaseException:
        if is_ours():
            with suppress(Unavailable):
                for key in keys.values():
                    storage.delete(key)
        raise
    return keys


def fill(video: Video, found: Imported, keys: dict[str, str]) -> None:
    """Write what was found out into the row and make it ready."""
    table = found.table
    steps = np.diff(table.proxy_pts)
    video.state = VideoState.READY
    video.reason_code = video.reason = None
    video.width, video.height = table.width, table.height
    video.source_width, video.source_height = table.source_width, table.source_height
    video.pictures = len(table)
    video.grid_length = len(table.grid())
    last = float(table.seconds(len(table) - 1))
    video.rate = (len(table) - 1) / last if last > 0 else float(found.facts.rate or 0) or None
    video.seconds = last + (1 / video.rate if video.rate else 0.0)
    # A clock of milliseconds (Matroska) makes constant rates wobble by one tick.
    video.constant_rate = bool(steps.size == 0 or int(steps.max() - steps.min()) <= 1)
    video.has_audio = found.facts.audio_codec is not None
    video.thumbnails = _sheet(found.sheet)
    video.proxy_key = keys["proxy.mp4"]
    video.frames_key = keys["frames.json"]
    video.thumbnails_key = keys["thumbnails.jpg"]


def _sheet(sheet: ThumbnailSheet) -> dict[str, Any]:
    return asdict(sheet)


def check_room(folder: Path, size: int) -> None:
    """Raise the system's own error early when the scratch disk cannot hold a proxy of a source of `size` bytes.

    A proxy is rarely larger than its source; a tenth is what any import needs.
    """
    if shutil.disk_usage(folder).free < size // 10:
        raise OSError(28, "No space left on device")
