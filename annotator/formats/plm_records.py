"""PLM's released records as they are published: one Parquet file and one JSONL file a subset and split.

The schemas are the published ones (`plm.SCHEMAS`): frames are grid frames of the 6 fps clip, 0-based, end inclusive.
The published masklet ids lead to no masks; here `region_metadata/` has, for each video and masklet, the box of each
grid frame ([x1, y1, x2, y2] in pixels of the clip, right and bottom exclusive, or null where it is absent), in the
form of PLM-VideoBench's region metadata.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from annotator.formats.plm import SCHEMAS, SUBSETS
from annotator.formats.released import ReleasedVideo, ReleaseFolder
from annotator.masklet.rle import Rle, to_box

_ROW_GROUP = 20_000


def write_plm(release: ReleaseFolder, to: Path) -> list[str]:
    """`<subset>/plm_<subset>_<split>.jsonl` and `.parquet`, and `region_metadata/<split>.jsonl`."""
    for split in release.splits:
        for subset in SUBSETS:
            stem = to / subset / f"plm_{subset}_{split}"
            write_both(stem, SCHEMAS[subset], release.rows(split, subset))
        write_regions(to / "region_metadata" / f"{split}.jsonl", release.videos(split))
    return []


def write_both(stem: Path, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> int:
    """`<stem>.jsonl` and `<stem>.parquet` with the same rows, at constant memory; their number. None without rows."""
    count, source = 0, iter(rows)
    first = list(islice(source, _ROW_GROUP))
    if not first:
        return 0
    stem.parent.mkdir(parents=True, exist_ok=True)
    table = pq.ParquetWriter(stem.with_suffix(".parquet"), schema, compression="zstd", version="2.6")
    with table, stem.with_suffix(".jsonl").open("wb") as lines:
        batch = first
        while batch:
            lines.write(b"".join(orjson.dumps(row) + b"\n" for row in batch))
            table.write_table(pa.Table.from_pylist(cast("list[Any]", batch), schema=schema), row_group_size=_ROW_GROUP)
            count += len(batch)
            batch = list(islice(source, _ROW_GROUP))
    return count


def write_regions(path: Path, videos: Iterable[ReleasedVideo]) -> int:
    """One line a video and masklet; their number. No file without one."""
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for row in regions(videos):
            count += 1
            out.write(orjson.dumps(row) + b"\n")
    if not count:
        path.unlink()
    return count


def regions(videos: Iterable[ReleasedVideo]) -> Iterator[dict[str, Any]]:
    """The boxes of each masklet: `bbox` by grid frame."""
    for video in videos:
        for masklet in video.masklets:
            boxes = {str(k): box_of(mask) for k, mask in enumerate(video.masks.frames[masklet.number])}
            yield {"video": f"{video.name}.mp4", "masklet_id": masklet.number, "bbox": boxes}


def box_of(mask: Rle | None) -> list[float] | None:
    """The box around a mask."""
    box = to_box(mask) if mask is not None else None
    return None if box is None else [float(edge) for edge in box]
