"""Hugging Face `datasets`: a folder that `load_dataset(folder, name)` reads, with Parquet of known types and the clips.

The configurations are PLM's subsets (published schemas; frames are grid frames, 0-based, end inclusive) and `masks`,
one row a masklet: boxes [x1, y1, x2, y2] and COCO's compressed counts for each grid frame, in pixels of the clip, null
where it is absent. README.md names the files of each configuration; clips lie in `videos/` at the paths that the rows
of `masks` and `clips` give.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from annotator.formats.plm import SCHEMAS, SUBSETS
from annotator.formats.plm_records import box_of, write_both
from annotator.formats.released import ReleaseFolder

MASKS: Final = pa.schema(
    [
        ("video", pa.string()),
        ("clip", pa.string()),
        ("masklet_id", pa.int32()),
        ("label", pa.string()),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("boxes", pa.list_(pa.list_(pa.float64()))),
        ("counts", pa.list_(pa.string())),
    ]
)
SEGMENTS: Final = pa.schema([(name, pa.string()) for name in ("qa_id", "clip")])
_BATCH_BYTES = 16 << 20
_README = """---
pretty_name: {quoted}
configs:
{configs}
---

# {name}

`load_dataset("path/to/this/folder", "rcap")` loads one of the configurations {names}.
"""


def write_hf(release: ReleaseFolder, to: Path) -> list[str]:
    """`README.md`, `data/<configuration>/<split>.parquet`, `videos/`."""
    held: dict[str, list[str]] = {}
    for split in release.splits:
        for subset in SUBSETS:
            stem = to / "data" / subset / split
            if write_both(stem, SCHEMAS[subset], release.rows(split, subset)):
                stem.with_suffix(".jsonl").unlink()
                held.setdefault(subset, []).append(split)
        if _write_masks(release, split, to):
            held.setdefault("masks", []).append(split)
        if write_both(to / "data" / "clips" / split, SEGMENTS, _clips(release, split, to)):
            (to / "data" / "clips" / f"{split}.jsonl").unlink()
            held.setdefault("clips", []).append(split)
    if held:
        name = "".join(c for c in release.name if c.isalnum() or c in " -_.").strip() or "Release"
        text = _README.format(
            quoted=json.dumps(name),
            name=name,
            configs="\n".join(_config(name, splits) for name, splits in held.items()),
            names=", ".join(f"`{name}`" for name in held),
        )
        (to / "README.md").write_text(text, "utf-8")
    return []


def _config(name: str, splits: list[str]) -> str:
    lines = [f"- config_name: {name}", "  data_files:"]
    for split in splits:
        lines += [f"  - split: {split}", f"    path: data/{name}/{split}.parquet"]
    return "\n".join(lines)


def _write_masks(release: ReleaseFolder, split: str, to: Path) -> int:
    """A row group for about 16 MiB of masks, however many masklets those are."""
    count = size = 0
    writer: pq.ParquetWriter | None = None
    batch: list[dict[str, Any]] = []
    path = to / "data" / "masks" / f"{split}.parquet"
    for row in _masks(release, split, to):
        if writer is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(path, MASKS, compression="zstd", version="2.6")
        batch.append(row)
        count += 1
        size += sum(len(counts) + 64 for counts in row["counts"] if counts is not None)
        if size > _BATCH_BYTES:
            writer.write_table(pa.Table.from_pylist(batch, schema=MASKS))
            batch, size = [], 0
    if writer is not None:
        if batch:
            writer.write_table(pa.Table.from_pylist(batch, schema=MASKS))
        writer.close()
    return count


def _masks(release: ReleaseFolder, split: str, to: Path) -> Iterator[dict[str, Any]]:
    for video in release.videos(split):
        clip = _copied(video.clip, to)
        about = video.masks.about
        for masklet in video.masklets:
            masks = video.masks.frames[masklet.number]
            yield {
                "video": f"{video.name}.mp4",
                "clip": clip,
                "masklet_id": masklet.number,
                "label": masklet.label,
                "height": about.height,
                "width": about.width,
                "boxes": [box_of(mask) for mask in masks],
                "counts": [None if mask is None else mask.counts for mask in masks],
            }


def _clips(release: ReleaseFolder, split: str, to: Path) -> Iterator[dict[str, Any]]:
    for segment in release.segments(split):
        clip = _copied(segment.clip, to)
        for row in segment.questions:
            yield {"qa_id": row["qa_id"], "clip": clip}


def _copied(clip: Path, to: Path) -> str:
    target = to / "videos" / clip.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(clip, target)
    return f"videos/{clip.name}"
