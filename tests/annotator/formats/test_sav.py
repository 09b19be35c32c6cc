"""SA-V masklet files: our fields, the published ones, and pycocotools' reading of them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco

from annotator.formats.sav import SavMasklet, SavVideo, read_sav, to_sav, write_sav
from annotator.masklet.rle import Rle, encode

VIDEO = SavVideo(video_id="v1", seconds=1.0, pictures=30, height=40, width=60, split="train")


def mask(size, at=0):
    picture = np.zeros((40, 60), dtype=np.uint8)
    picture[at : at + size, at : at + size] = 1
    return encode(picture)


MASKLETS = [
    SavMasklet(1, [mask(10), None, mask(20), mask(30), None, None], edited_frames=2),
    SavMasklet(3, [None, None, mask(38), mask(38), mask(38), mask(38, 1)], edited_frames=1),
]


def test_the_fields_of_the_published_files(tmp_path):
    document = to_sav(VIDEO, MASKLETS, 6)
    assert document["masklet_num"] == 2
    assert document["masklet_id"] == [1, 3]
    assert document["masklet_first_appeared_frame"] == [0.0, 2.0]
    assert document["masklet_visibility_changes"] == [3, 0]
    assert document["masklet_size_abs"] == [(100 + 400 + 900) / 3, 38 * 38]
    assert document["masklet_size_bucket"] == ["small", "medium"]
    assert document["masklet_frame_count"] == [6, 6]
    areas = [
        [int(coco.area({"size": r["size"], "counts": r["counts"].encode()})) for r in f] for f in document["masklet"]
    ]
    assert areas == [[100, 0], [0, 0], [400, 1444], [900, 1444], [0, 1444], [0, 1444]]
    write_sav(tmp_path / "v1_manual.json", document)
    assert read_sav(tmp_path / "v1_manual.json") == (VIDEO, MASKLETS)


def test_what_does_not_fit_is_refused(tmp_path):
    with pytest.raises(ValueError, match="5 of 6"):
        to_sav(VIDEO, [SavMasklet(1, [None] * 5, 0)], 6)
    with pytest.raises(ValueError, match="another size"):
        to_sav(VIDEO, [SavMasklet(1, [Rle(3, 3, "9")], 0)], 1)
    file = tmp_path / "bad.json"
    for content in (
        "{",
        "{}",
        json.dumps({**to_sav(VIDEO, MASKLETS, 6), "masklet": [[{"size": [40, 60], "counts": "zz~"}] * 2]}),
    ):
        file.write_text(content)
        with pytest.raises(ValueError, match=r"bad\.json"):
            read_sav(file)


def test_a_real_file_comes_back_field_for_field():
    folder = os.environ.get("VIDGRAIN_TEST_CLIPS")
    path = Path(folder or "") / "sav_000001_manual.json"
    if not folder or not path.exists():
        pytest.skip("set VIDGRAIN_TEST_CLIPS to a folder with sav_000001_manual.json to compare with a published file")
    published = json.loads(path.read_text())
    video, masklets = read_sav(path)
    ours = to_sav(video, masklets, len(published["masklet"]))
    assert set(ours) == set(published)
    for name, value in published.items():
        if name in ("masklet_size_rel", "masklet_size_abs"):
            assert ours[name] == pytest.approx(value, rel=1e-6), name
        else:
            assert ours[name] == value, name
