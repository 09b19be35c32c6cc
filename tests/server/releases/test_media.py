"""Clips of segments at a constant rate, and the preflight that reads every row."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import orjson
import pytest

from annotator.video.frames import FrameTable
from annotator.video.probe import Limits
from annotator.video.proxy import make_proxy
from annotator.video.reader import PictureReader
from server.db import new_id
from server.releases.card import card, datasets_yaml
from server.releases.media import even_pictures, write_grid_clip
from server.releases.preflight import check_rows
from server.releases.snapshot import SourceVideo
from server.releases.split import draw
from server.releases.stage import FileChanged, wanted_files
from server.storage import LocalStorage, read_bytes
from tests.server.workflow import HEIGHT, PICTURES, WIDTH


def table(pts, base):
    points = np.array(pts, dtype=np.int64)
    keys = np.zeros(len(points), dtype=np.bool_)
    keys[0] = True
    return FrameTable(points, base, points, base, keys, 64, 48, 64, 48)


def test_even_pictures_are_taken_one_by_one():
    constant = table([k * 512 for k in range(40)], Fraction(1, 12288))
    assert even_pictures(constant, 10, 33) == (list(range(10, 34)), Fraction(24))
    ntsc = table([k * 1001 for k in range(40)], Fraction(1, 30000))
    assert even_pictures(ntsc, 0, 39) == (list(range(40)), Fraction(30000, 1001))
    jitter = table([round(k * 1000 / 30) for k in range(40)], Fraction(1, 1000))
    pictures, rate = even_pictures(jitter, 0, 39)
    assert pictures == list(range(40))
    assert abs(rate - 30) < Fraction(1, 10)
    assert even_pictures(constant, 7, 7) == ([7], Fraction(6))


def test_uneven_pictures_are_resampled_by_time():
    """Ten pictures a second, then one stands for a whole second: it is repeated, and none comes early."""
    uneven = table([*range(0, 1000, 100), *range(2000, 3000, 100)], Fraction(1, 1000))
    pictures, rate = even_pictures(uneven, 0, 19)
    assert rate == 10
    assert pictures == [*range(9), *[9] * 11, *range(10, 20)]
    for place, picture in enumerate(pictures):
        assert uneven.seconds(picture) <= place / rate


def row(**changes):
    boxes = {str(k): [1.0, 2.0, 30.0, 40.0] for k in range(PICTURES)}
    turns = [{"from": "human", "value": "What?"}, {"from": "assistant", "value": "That."}]
    whole = {"id": "r", "task": "rcap", "video": "clip.mp4", "conversations": turns, "bbox_map": boxes, "meta": {}}
    return {**whole, **changes}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"bbox_map": {"0": None}}, f"bbox_map has 1 entries, its file {PICTURES} pictures"),
        ({"bbox_map": {str(k): [5.0, 2.0, 5.0, 9.0] for k in range(PICTURES)}}, "is not inside a picture"),
        ({"bbox_map": {str(k): [0.0, 0.0, WIDTH + 1, HEIGHT] for k in range(PICTURES)}}, "is not inside a picture"),
        ({"video": "gone.mp4"}, "gone.mp4: the file is missing"),
        ({"video": "text.mp4"}, "text.mp4: cannot be decoded"),
        ({"conversations": [{"from": "human", "value": "?"}, {"from": "gpt", "value": "."}]}, "wrong_roles"),
        (
            {"conversations": [{"from": "human", "value": "<image>"}, {"from": "assistant", "value": "."}]},
            "control_token",
        ),
    ],
)
def test_the_preflight_finds_what_a_trainer_would_skip(clips, tmp_path, changes, fault):
    (tmp_path / "clip.mp4").write_bytes(clips[0].read_bytes())
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "train.jsonl").write_bytes(orjson.dumps(row(**changes)) + b"\n")
    found = list(check_rows(tmp_path / "train.jsonl", tmp_path))
    if fault is None:
        assert found == []
    else:
        ((row_id, said),) = found
        assert row_id == "r"
        assert fault in said


def test_the_lot_of_a_video_is_fair_and_fixed():
    lots = [draw(format(k, "064x")) for k in range(2000)]
    assert draw(format(7, "064x")) == lots[7]
    assert 0.15 < sum(lot < 0.2 for lot in lots) / 2000 < 0.25


def test_names_that_people_chose_do_nothing_in_the_card():
    project = {"id": "1", "name": "<script>`x`[y](z)\n# Dogs & cats", "kind": "stc"}
    assert card(project, {"videos": 1}, {"train": 2}).startswith("# script  x  y (z) # Dogs & cats\n")
    assert datasets_yaml(project, ["train"]).startswith('"script_x_y_z_dogs_cats_train":\n')


@pytest.mark.parametrize("path", ["../up", "/etc/passwd", "a/../../b"])
def test_a_manifest_cannot_write_outside_its_folder(path):
    with pytest.raises(FileChanged, match="inside its own folder"):
        wanted_files({"files": [{"path": path, "sha256": "0", "bytes": 1}]})


def test_half_a_kept_clip_is_cut_anew(clips, tmp_path):
    """What a store keeps of a write that was killed is never taken for the clip."""
    proxy, storage = tmp_path / "proxy.mp4", LocalStorage(tmp_path / "objects")
    known = make_proxy(clips[0], proxy, limits=Limits())
    video = SourceVideo(
        new_id(), "clip", "0" * 64, "train", 2.0, WIDTH, HEIGHT, "videos/proxy.mp4", "videos/frames.json", ""
    )
    with PictureReader(proxy, known) as reader:
        write_grid_clip(storage, video, reader, tmp_path / "first.mp4")
        [kept] = storage.list("cuts/")
        whole = (tmp_path / "first.mp4").read_bytes()
        for size in (0, 100, len(whole) * 2 // 3, len(whole) - 1):
            storage.put(kept.key, whole[:size])
            write_grid_clip(storage, video, reader, tmp_path / "again.mp4")
            assert (tmp_path / "again.mp4").read_bytes() == whole, size
            assert read_bytes(storage, kept.key) == whole
