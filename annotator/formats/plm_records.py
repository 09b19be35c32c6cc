"""PLM's released records as they are published: one Parquet file and one JSONL file a subset and split.

The schemas are the published ones (`plm.SCHEMAS`): frames are grid frames of the 6 fps clip, 0-based, end inclusive.
The published masklet ids lead to no masks; here `region_metadata/` has, for each video and masklet, the box of each
grid frame ([x1, y1, x2, y2] in pixels of the clip, right and bottom exclusive, or null where it is absent), in the
form of PLM-VideoBench's region metadata. The JSONL of the three caption subsets is read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from annotator.formats.foreign import ForeignError, is_whole
from annotator.formats.plm import SCHEMAS, SUBSETS
from annotator.formats.released import ReleasedVideo, ReleaseFolder
from annotator.formats.spans import ForeignSpan, SpanRow, bad_span, text_lines
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


_OF = ("uid", "video", "masklet_id", "total_frames")
_SPAN = ("start_frame", "end_frame", "caption")


def plm_spans(path: Path) -> Iterator[SpanRow]:
    """The captions of the JSONL of `rcap`, `rtloc` or `rdcap`, published or ours.

    Raises ForeignError for a file that is none: its first line has other fields.
    """
    fields: set[str] = set()
    for number, line in text_lines(path):
        where = f"{path.name}, line {number}"
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            row = None
        if not fields:
            fields = _fields(where, row)
        if not isinstance(row, dict) or set(row) != fields:
            yield bad_span(where, f"is no JSON object with the fields {', '.join(sorted(fields))}")
            continue
        spans = row.get("dense_captions", [row])
        if not isinstance(spans, list) or not spans:
            yield bad_span(where, "dense_captions: must be a list of spans")
            continue
        for place, span in enumerate(spans):
            yield _span(f"{where}.dense_captions[{place}]" if "dense_captions" in row else where, row, span)


def _fields(where: str, row: object) -> set[str]:
    known = ({*_OF, *_SPAN}, {*_OF, "dense_captions"})
    if isinstance(row, dict) and set(row) in known:
        return set(row)
    if isinstance(row, dict) and "qa_id" in row:
        raise ForeignError(where, "holds questions and answers (fgqa): captions are in rcap, rtloc and rdcap")
    told = ", ".join(sorted(map(str, row)))[:200] if isinstance(row, dict) else "no JSON object"
    raise ForeignError(where, f"is no record of rcap, rtloc or rdcap (the JSONL, not the Parquet): it has {told}")


def _span(where: str, row: Mapping[str, Any], span: object) -> SpanRow:
    if not isinstance(span, dict) or not set(_SPAN) <= set(span):
        return bad_span(where, f"needs {', '.join(_SPAN)}")
    start, end, total, subject = span["start_frame"], span["end_frame"], row["total_frames"], row["masklet_id"]
    for name, value in (("start_frame", start), ("end_frame", end), ("total_frames", total), ("masklet_id", subject)):
        if not is_whole(value) or not 0 <= value < 1e9:
            return bad_span(where, f"{name}: {str(value)[:40]} is no whole number from 0")
    if end >= total:
        return bad_span(where, f"end_frame: {int(end)} is beyond total_frames, {int(total)}")
    if not isinstance(row["video"], str) or not isinstance(span["caption"], str):
        return bad_span(where, "video and caption must be texts")
    video = PurePosixPath(row["video"]).stem
    return SpanRow(where, ForeignSpan(video, str(int(subject)), int(start), int(end), span["caption"].strip()))
