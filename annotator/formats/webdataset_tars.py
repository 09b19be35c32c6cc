"""WebDataset: POSIX tars of samples, a sample being the files that share a name up to its first dot.

A video's sample is `<video>.mp4` and `<video>.json` (its masklets: dense captions in grid frames, end inclusive, boxes
[x1, y1, x2, y2] and compressed RLE for each grid frame, null where absent); a segment's is `<segment>.mp4` and
`<segment>.json` with its questions. The clip's picture k is grid frame k. Tars have no owner and no date, so that the
same release gives the same bytes; a new one begins with the sample after which one holds 512 MiB.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from annotator.formats.released import FormError, ReleasedVideo, ReleaseFolder
from annotator.masklet.rle import to_box

SHARD_BYTES = 512 << 20


def write_webdataset(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>-videos-<number>.tar` and `<split>-segments-<number>.tar`."""
    for split in release.splits:
        with Tars(to, f"{split}-videos") as tars:
            for video in release.videos(split):
                tars.add(video.name, video.clip, video_sample(video))
        with Tars(to, f"{split}-segments") as tars:
            for segment in release.segments(split):
                told = {"segment": segment.name, "split": split, "questions": list(segment.questions)}
                tars.add(segment.name, segment.clip, told)
    return []


def video_sample(video: ReleasedVideo) -> dict[str, Any]:
    """What the sample of a video says."""
    about = video.masks.about
    masklets = []
    for masklet in video.masklets:
        masks = video.masks.frames[masklet.number]
        masklets.append(
            {
                "masklet_id": masklet.number,
                "label": masklet.label,
                "dense_captions": [
                    {"start_frame": e.grid_start, "end_frame": e.grid_end, "caption": e.caption} for e in masklet.dense
                ],
                "boxes": [None if mask is None else to_box(mask) for mask in masks],
                "masks": [None if mask is None else mask.to_coco() for mask in masks],
            }
        )
    size = {"height": about.height, "width": about.width, "total_frames": video.total_frames, "fps": 6}
    return {"video": video.name, "split": video.split, **size, "masklets": masklets}


class Tars:
    """Shards of samples, in the order in which they come."""

    def __init__(self, folder: Path, name: str, shard_bytes: int = SHARD_BYTES) -> None:
        self._folder, self._name, self._most = folder, name, shard_bytes
        self._tar: tarfile.TarFile | None = None
        self._shards = 0
        self._seen: set[str] = set()

    def add(self, key: str, clip: Path, told: dict[str, Any]) -> None:
        """Add a sample. FormError for a name that readers would split, or that came before."""
        if "." in key or "/" in key or key in self._seen:
            raise FormError(f"{key!r}: names of samples have no dot and come once")
        self._seen.add(key)
        if self._tar is None or self._tar.offset >= self._most:
            self._close()
            path = self._folder / f"{self._name}-{self._shards:06d}.tar"
            self._tar = tarfile.open(path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - closed by _close
            self._shards += 1
        data = orjson.dumps(told)
        self._tar.addfile(_entry(f"{key}.json", len(data)), io.BytesIO(data))
        with clip.open("rb") as file:
            self._tar.addfile(_entry(f"{key}.mp4", clip.stat().st_size), file)

    def _close(self) -> None:
        if self._tar is not None:
            self._tar.close()

    def __enter__(self) -> Tars:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry
