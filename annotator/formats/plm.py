"""PLM's released records (fgqa, rcap, rtloc, rdcap), field for field as the published datasets have them.

Frames are indices on the annotation grid, 0-based, end inclusive. JSONL and Parquet hold the same rows; the integer
widths are the published ones (dataset cards of PLM-Video-Human).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypedDict, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from annotator.quality.dense import DenseEvent
from annotator.quality.text import is_out_of_frame, same_words
from annotator.records import Body

Subset = Literal["fgqa", "rcap", "rtloc", "rdcap"]
SUBSETS: Final[tuple[Subset, ...]] = get_args(Subset)


class FgqaMetadata(TypedDict):
    """Where a question comes from."""

    source_video_id: str
    source_dataset: str
    source_start_time: float
    source_end_time: float
    what_description: str
    q_type: str
    q_subtype: str
    domain: str
    is_audited: int


class FgqaRecord(TypedDict):
    """One question of a segment with its answer."""

    qa_id: str
    segment_id: str
    question: str
    answer: str
    metadata: FgqaMetadata


class EventCaption(TypedDict):
    """One caption of a masklet with its span: the schema of both `rcap` and `rtloc`."""

    uid: int
    video: str
    masklet_id: int
    total_frames: int
    caption: str
    start_frame: int
    end_frame: int


class DenseSpan(TypedDict):
    """One span of a dense caption."""

    start_frame: int
    end_frame: int
    caption: str


class DenseRecord(TypedDict):
    """The dense caption of one video × masklet."""

    uid: int
    video: str
    masklet_id: int
    total_frames: int
    dense_captions: list[DenseSpan]


_EVENT_SCHEMA = pa.schema(
    [
        ("uid", pa.int32()),
        ("video", pa.string()),
        ("masklet_id", pa.int32()),
        ("total_frames", pa.int32()),
        ("caption", pa.string()),
        ("start_frame", pa.int32()),
        ("end_frame", pa.int32()),
    ]
)
_METADATA = pa.struct(
    [
        ("source_video_id", pa.string()),
        ("source_dataset", pa.string()),
        ("source_start_time", pa.float64()),
        ("source_end_time", pa.float64()),
        ("what_description", pa.string()),
        ("q_type", pa.string()),
        ("q_subtype", pa.string()),
        ("domain", pa.string()),
        ("is_audited", pa.int32()),
    ]
)
_SPAN = pa.struct([("start_frame", pa.int32()), ("end_frame", pa.int32()), ("caption", pa.string())])
SCHEMAS: Final[Mapping[Subset, pa.Schema]] = {
    "fgqa": pa.schema(
        [
            ("qa_id", pa.string()),
            ("segment_id", pa.string()),
            ("question", pa.string()),
            ("answer", pa.string()),
            ("metadata", _METADATA),
        ]
    ),
    "rcap": _EVENT_SCHEMA,
    "rtloc": _EVENT_SCHEMA,
    "rdcap": pa.schema(
        [
            ("uid", pa.int32()),
            ("video", pa.string()),
            ("masklet_id", pa.int32()),
            ("total_frames", pa.int32()),
            ("dense_captions", pa.list_(_SPAN)),
        ]
    ),
}


# From a masklet's dense events to records


def event_captions(
    dense: Sequence[DenseEvent], *, first_uid: int, video: str, masklet_id: int, total_frames: int
) -> list[EventCaption]:
    """The `rcap` records of a masklet: one a caption, in order of time, without the spans out of frame."""
    told = [event for event in dense if not is_out_of_frame(event.caption)]
    return [
        EventCaption(
            uid=first_uid + position,
            video=video,
            masklet_id=masklet_id,
            total_frames=total_frames,
            caption=event.caption,
            start_frame=event.grid_start,
            end_frame=event.grid_end,
        )
        for position, event in enumerate(told)
    ]


def localizable(captions: Sequence[EventCaption]) -> list[EventCaption]:
    """The `rtloc` records among a masklet's `rcap` records: captions that fit exactly one window of the video."""
    times = Counter(same_words(record["caption"]) for record in captions)
    return [record for record in captions if times[same_words(record["caption"])] == 1]


def dense_record(
    dense: Sequence[DenseEvent], *, uid: int, video: str, masklet_id: int, total_frames: int
) -> DenseRecord:
    """The `rdcap` record of a masklet; its spans are contiguous and cover the grid (annotator.quality.dense)."""
    spans = [DenseSpan(start_frame=e.grid_start, end_frame=e.grid_end, caption=e.caption) for e in dense]
    return DenseRecord(uid=uid, video=video, masklet_id=masklet_id, total_frames=total_frames, dense_captions=spans)


def fgqa_answers(body: Body) -> list[tuple[str, str, str]]:
    """The answered questions of a document, in order of id: (id, question, answer). Rejected ones are left out."""
    found = []
    for key, question in sorted(body.questions.items()):
        answer = body.answers.get(key)
        if answer is None or answer.verdict == "reject":
            continue
        text = question.draft if answer.verdict == "accept" else answer.text
        if text and text.strip():
            found.append((key, question.text.strip(), text.strip()))
    return found


# Files


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a Parquet file, batch by batch."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield from batch.to_pylist()
