"""Record shards: what is written is read back from both files, and a damaged one is never taken for a short one."""

from __future__ import annotations

import orjson
import pyarrow.parquet as pq
import pytest
import zstandard

from annotator.formats import shards
from annotator.formats.plm import SCHEMAS
from annotator.formats.shards import ShardWriter, read_lines, read_provenance, read_table

CAPTIONS = [
    {
        "uid": uid, "video": "v1.mp4", "masklet_id": 1, "total_frames": 60, "caption": f"It turns, {uid}. 돈다",
        "start_frame": uid, "end_frame": uid + 1,
    }
    for uid in range(50)
]  # fmt: skip
ORIGIN = {
    "document": "d", "revision": 3, "submission_sha256": "a" * 64, "task": "t", "video_sha256": "b" * 64,
    "guideline_version": 1, "source_dataset": "", "licence": "CC0-1.0",
    "people": [{"step": "caption", "person": "p-1"}],
}  # fmt: skip
MASKLET = {
    "video": "v1", "masklet_id": 1, "label": "dog", "total_frames": 2, "presence": [[0, 0]],
    "boxes": [[1.0, 2.0, 3.5, 4.0], None], "edited_pictures": 2, "masks": "masklets/v1_manual.json",
}  # fmt: skip


def written(folder):
    """A shard with captions of one document and a masklet; the files."""
    writer = ShardWriter("train", 7)
    writer.about("masklets", MASKLET)
    origin = writer.document(ORIGIN)
    for caption in CAPTIONS:
        writer.record("rcap", f"rcap:{caption['uid']}", caption, origin)
    return {file.path: file.rows for file in writer.write(folder)}


def test_a_shard_is_read_back_as_it_was_written_and_is_the_same_again(tmp_path, monkeypatch):
    files = written(tmp_path / "a")
    assert files == {
        "records/train/masklets-00007.jsonl.zst": 1, "records/train/masklets-00007.parquet": 1,
        "records/train/rcap-00007.jsonl.zst": 50, "records/train/rcap-00007.parquet": 50,
        "provenance/train/rcap-00007.parquet": 50,
    }  # fmt: skip
    table = pq.read_table(tmp_path / "a/records/train/rcap-00007.parquet")
    assert table.schema.equals(SCHEMAS["rcap"])
    assert table.to_pylist() == list(read_table(tmp_path / "a", "train", "rcap")) == CAPTIONS
    assert list(read_table(tmp_path / "a", "train", "masklets")) == [MASKLET]
    assert pq.read_table(tmp_path / "a/records/train/masklets-00007.parquet").to_pylist() == [MASKLET]
    [first, *_] = read_provenance(tmp_path / "a", "train", "rcap")
    assert first == {"row": "rcap:0", **ORIGIN}
    for again, turned in (("b", 2000), ("c", 7)):
        monkeypatch.setattr(shards, "_TURNED", turned)  # however many rows become columns at a time
        written(tmp_path / again)
        assert all((tmp_path / "a" / path).read_bytes() == (tmp_path / again / path).read_bytes() for path in files)


def test_a_row_with_other_columns_is_refused(tmp_path):
    """pyarrow would leave out what it does not know, and the two files would differ."""
    for row in ({**CAPTIONS[0], "note": "x"}, {k: v for k, v in CAPTIONS[0].items() if k != "caption"}):
        writer = ShardWriter("train", 0)
        writer.record("rcap", "rcap:0", row, writer.document(ORIGIN))
        with pytest.raises(ValueError, match="a row has uid, video"):
            writer.write(tmp_path / "none")


@pytest.mark.parametrize("cut", [0, 3, 12, 100, -1])
def test_a_shard_that_ends_early_is_told(tmp_path, cut):
    """A decoder alone gives the lines of the blocks that are whole, or none, and says nothing."""
    lines = b"".join(orjson.dumps(caption, option=orjson.OPT_APPEND_NEWLINE) for caption in CAPTIONS)
    path = tmp_path / "rcap-00000.jsonl.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(lines)[:cut])
    with pytest.raises(ValueError, match=r"rcap-00000\.jsonl\.zst, "):
        list(read_lines(path))


def test_lines_that_are_no_records_are_told(tmp_path, monkeypatch):
    path = tmp_path / "rcap.jsonl"
    path.write_bytes(b'{"uid": 1}\n[2]\n')
    with pytest.raises(ValueError, match=r"rcap\.jsonl, line 2: not an object"):
        list(read_lines(path))
    monkeypatch.setattr(shards, "MAX_LINE", 2**20)
    path.write_bytes(b'{"uid": 1}\n' + b"x" * 3 * 2**20)
    with pytest.raises(ValueError, match=r"rcap\.jsonl, line 2: longer than 1 MiB"):
        list(read_lines(path))
