"""A release is read only when it is byte for byte the one that was written; bad rows are counted, not swallowed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from model.data.rejects import RejectLimitError, Rejects, check_row
from model.data.release import ReleaseError, open_release
from model.data.samples import read_samples
from tests.model.release_factory import append_rows


def test_a_release_opens_with_the_hash_of_its_manifest(release: Path) -> None:
    expected = hashlib.sha256((release / "manifest.json").read_bytes()).hexdigest()
    opened = open_release(release, expected_sha256=expected)
    assert opened.sha256 == expected and opened.name == "squares"
    assert opened.source_videos("test") == {"vid004", "vid005"}
    assert len(list(opened.rows("train"))) == 4 * (2 * 2 + 1 + 2)


@pytest.mark.parametrize("name", ["conversations/train.jsonl", "videos/grid/vid001.mp4", "records/test/fgqa.jsonl"])
def test_one_changed_byte_is_refused_and_the_file_named(own_release: Path, name: str) -> None:
    raw = bytearray((own_release / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (own_release / name).write_bytes(raw)
    with pytest.raises(ReleaseError, match=f"^{name}: changed"):
        open_release(own_release)


def test_a_missing_file_and_another_release_are_refused(own_release: Path) -> None:
    with pytest.raises(ReleaseError, match="promised aaaa"):
        open_release(own_release, expected_sha256="aaaa")
    (own_release / "videos/grid/vid002.mp4").unlink()
    with pytest.raises(ReleaseError, match=r"^videos/grid/vid002\.mp4: missing"):
        open_release(own_release)
    with pytest.raises(ReleaseError, match="no release folder"):
        open_release(own_release / "videos")


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd"])
def test_a_manifest_cannot_point_outside_its_folder(own_release: Path, path: str) -> None:
    manifest = json.loads((own_release / "manifest.json").read_text())
    manifest["files"].append({"path": path, "sha256": "0", "bytes": 0})
    (own_release / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError, match="inside its own folder"):
        open_release(own_release)


def _row(**changes: object) -> dict[str, object]:
    turns = [{"from": "human", "value": "Q?"}, {"from": "assistant", "value": "A."}]
    return {"id": "fgqa:x", "task": "fgqa", "video": "v.mp4", "conversations": turns, "meta": {}} | changes


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (_row(), None),
        (_row(bbox_map={"0": None, "7": [1, 2, 3.5, 4]}), None),
        (None, "not_json"),
        (_row(task="rhyme"), "unknown_task"),
        (_row(video=None), "no_video"),
        (_row(conversations=[{"from": "human", "value": "Q?"}]), "no_turns"),
        (_row(conversations=[{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]), "wrong_roles"),
        (_row(conversations=[{"from": "human", "value": "Q"}, {"from": "assistant", "value": " "}]), "empty_text"),
        (
            _row(conversations=[{"from": "human", "value": "<|eot_id|>"}, {"from": "assistant", "value": "A"}]),
            "control_token",
        ),
        (
            _row(conversations=[{"from": "human", "value": "<video>"}, {"from": "assistant", "value": "A"}]),
            "control_token",
        ),
        (_row(bbox_map={"0": [9, 2, 3, 4]}), "bad_box"),
        (_row(bbox_map={"x": None}), "bad_box"),
        (_row(bbox_map=[[1, 2, 3, 4]]), "bad_box"),
        (_row(bbox_map={"0": [1, 2, float("inf"), 4]}), "bad_box"),
        (_row(start_time=0.5, end_time=2), None),
        (_row(start_time="5"), "bad_window"),
        (_row(end_time=float("inf")), "bad_window"),
        (_row(meta=None), "bad_meta"),
    ],
)
def test_reasons_to_leave_a_row_out(row: dict[str, object] | None, reason: str | None) -> None:
    assert check_row(row) == reason


def test_bad_rows_are_counted_by_reason_and_capped(own_release: Path) -> None:
    bad = ["{broken", json.dumps(_row(video="videos/grid/none.mp4")), json.dumps(_row(task="rhyme"))]
    append_rows(own_release, "train", bad)
    opened = open_release(own_release)
    rejects = Rejects(max_share=0.1)
    samples = read_samples(opened, "train", ["fgqa", "rtloc"], rejects)
    assert len(samples) == 4 * (2 + 2)
    assert rejects.counts == {"not_json": 1, "missing_file": 1, "unknown_task": 1}
    assert rejects.examples["not_json"] == "conversations/train.jsonl:29"
    with pytest.raises(RejectLimitError, match=r"3 of 31 rows cannot be used, 5% are allowed: .*not_json × 1"):
        read_samples(opened, "train", ["fgqa"], Rejects(max_share=0.05))


def test_siblings_share_their_clip_and_differ_from_unmarked_ones(release: Path) -> None:
    samples = read_samples(open_release(release), "train", ["rcap", "rtloc", "fgqa"], Rejects(0.0))
    keys: dict[str, set[str]] = {}
    for sample in samples:
        keys.setdefault(sample.clip.name, set()).add(sample.clip_key)
    assert all(len(found) == 1 for found in keys.values()) and len(keys) == 8
    marked = [sample for sample in samples if sample.boxes is not None]
    assert len(marked) == 16
    assert len({id(sample.boxes) for sample in marked}) == 2, "of two ways to move, held once each"
