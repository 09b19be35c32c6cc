"""Released records: the published fields and types, in both files, read back by others."""

import hashlib

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotator.formats.plm import (
    SCHEMAS,
    dense_record,
    event_captions,
    localizable,
    read_parquet,
)
from annotator.formats.shards import Provenance, ShardWriter, read_lines
from annotator.quality.dense import DenseEvent
from annotator.records import OUT_OF_FRAME

DENSE = [
    DenseEvent(0, 9, OUT_OF_FRAME),
    DenseEvent(10, 20, "A dog runs."),
    DenseEvent(21, 30, "It turns."),
    DenseEvent(31, 40, "a dog  runs."),
    DenseEvent(41, 72, OUT_OF_FRAME),
]
PLACE = {"video": "abc.mp4", "masklet_id": 2, "total_frames": 73}
FGQA = {
    "qa_id": "q1", "segment_id": "s1", "question": "How?", "answer": "So.",
    "metadata": {
        "source_video_id": "v", "source_dataset": "own", "source_start_time": 1.5, "source_end_time": 9.25,
        "what_description": "cooking", "q_type": "Pose", "q_subtype": "", "domain": "kitchen", "is_audited": 1,
    },
}  # fmt: skip


def test_out_of_frame_is_in_dense_captions_only():
    captions = event_captions(DENSE, first_uid=7, **PLACE)
    assert captions[0] == {
        "uid": 7, "video": "abc.mp4", "masklet_id": 2, "total_frames": 73,
        "caption": "A dog runs.", "start_frame": 10, "end_frame": 20,
    }  # fmt: skip
    assert [c["uid"] for c in captions] == [7, 8, 9]
    assert all(c["caption"] != OUT_OF_FRAME for c in captions)
    spans = dense_record(DENSE, uid=0, **PLACE)["dense_captions"]
    assert [(s["start_frame"], s["end_frame"]) for s in spans] == [(0, 9), (10, 20), (21, 30), (31, 40), (41, 72)]


def test_rtloc_keeps_only_captions_of_one_window():
    captions = event_captions(DENSE, first_uid=0, **PLACE)
    assert [c["caption"] for c in localizable(captions)] == ["It turns."]


def rows_of(subset):
    if subset == "fgqa":
        return [FGQA]
    if subset == "rdcap":
        return [dense_record(DENSE, uid=0, **PLACE)]
    return event_captions(DENSE, first_uid=0, **PLACE)


ORIGIN: Provenance = {
    "document": "d", "revision": 3, "submission_sha256": "s", "task": "t", "video_sha256": "v", "guideline_version": 1,
    "source_dataset": "own", "licence": "CC-BY-4.0", "people": [{"step": "stc_caption", "person": "p1"}],
}  # fmt: skip


def written(folder, subset, rows):
    shard = ShardWriter("train", 0)
    origin = shard.document(ORIGIN)
    for number, row in enumerate(rows):
        shard.record(subset, str(number), row, origin)
    shard.write(folder)
    return (folder / f"records/train/{subset}-00000{ending}" for ending in (".jsonl.zst", ".parquet"))


@pytest.mark.parametrize("subset", list(SCHEMAS))
def test_jsonl_and_parquet_hold_the_same_rows_and_repeat_byte_for_byte(tmp_path, subset):
    digests = []
    for name in ("first", "second"):
        jsonl, parquet = written(tmp_path / name, subset, rows_of(subset))
        assert list(read_lines(jsonl)) == list(read_parquet(parquet)) == rows_of(subset)
        digests.append([hashlib.sha256(f.read_bytes()).digest() for f in (jsonl, parquet)])
    assert digests[0] == digests[1]
    assert pq.read_schema(parquet).equals(SCHEMAS[subset])


def test_the_integers_are_as_wide_as_the_published_ones():
    assert {SCHEMAS["rcap"].field(n).type for n in ("uid", "masklet_id", "total_frames", "start_frame")} == {pa.int32()}
    assert SCHEMAS["fgqa"].field("metadata").type.field("is_audited").type == pa.int32()


def test_many_row_groups_and_no_rows(tmp_path):
    many = [event_captions(DENSE, first_uid=uid, **PLACE)[0] for uid in range(45_001)]
    jsonl, parquet = written(tmp_path, "rcap", many)
    assert sum(1 for _ in read_parquet(parquet)) == sum(1 for _ in read_lines(jsonl)) == 45_001
    assert pq.ParquetFile(parquet).num_row_groups == 3
    assert ShardWriter("train", 0).write(tmp_path / "empty") == []
    assert not (tmp_path / "empty").exists()


def test_a_broken_line_is_named(tmp_path):
    file = tmp_path / "rcap.jsonl"
    file.write_bytes(orjson.dumps({"uid": 1}) + b"\n{broken\n")
    with pytest.raises(ValueError, match=r"rcap\.jsonl, line 2"):
        list(read_lines(file))
