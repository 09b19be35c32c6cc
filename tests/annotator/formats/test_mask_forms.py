"""Masks in the forms of other tools: whatever is drawn, our own import takes back what was written."""

from __future__ import annotations

import io
import json
import tarfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.formats import coco_video, davis
from annotator.formats.coco import coco_rows
from annotator.formats.foreign import Shape, masks
from annotator.formats.pictures import JsonLists, write_pictures
from annotator.formats.plm_records import regions
from annotator.formats.png import davis_rows
from annotator.formats.released import FormError, Masks, ReleasedMasklet, ReleasedVideo
from annotator.formats.sav import SavVideo
from annotator.formats.videobench import binaries
from annotator.formats.webdataset_tars import Tars
from annotator.masklet.rle import decode, encode, to_box
from tests.annotator.formats.releases import question, write_clip

HEIGHT, WIDTH, FRAMES = 9, 12, 4
SHAPE = Shape(HEIGHT, WIDTH, FRAMES)


@st.composite
def videos(draw):
    """A small video with up to four masklets, whose masks come, go and overlap."""
    numbers = sorted(draw(st.sets(st.integers(0, 300), min_size=1, max_size=4)))
    frames = {}
    for number in numbers:
        frames[number] = []
        for _ in range(FRAMES):
            picture = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
            top, left = draw(st.integers(0, HEIGHT - 1)), draw(st.integers(0, WIDTH - 1))
            picture[top : top + draw(st.integers(1, 5)), left : left + draw(st.integers(1, 5))] = 1
            picture[::2] *= draw(st.sampled_from([0, 1]))
            frames[number].append(encode(picture) if draw(st.booleans()) and picture.any() else None)
    video = ReleasedVideo("clip", "train", FRAMES, tuple(ReleasedMasklet(n, ()) for n in numbers), None)
    video.__dict__["masks"] = Masks(SavVideo("clip", 1.0, 16, HEIGHT, WIDTH, "train"), frames)
    return video


def taken(rows):
    return {(found.subject, found.frame): found.rle for found in masks(rows) if found.rle is not None}


def truth(video):
    return {
        (str(n), k): mask for n, found in video.masks.frames.items() for k, mask in enumerate(found) if mask is not None
    }  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(videos())
def test_coco_and_youtube_vis(tmp_path_factory, video):
    folder = tmp_path_factory.mktemp("coco")
    names = [f"{k:05d}.jpg" for k in range(FRAMES)]
    head = {"categories": coco_video.CATEGORIES}
    with JsonLists(folder / "coco.json", head, ("videos", "images", "annotations")) as out:
        coco_video._coco(video, names, out)
    assert taken(coco_rows(folder / "coco.json", SHAPE)) == truth(video)
    with JsonLists(folder / "vis.json", head, ("videos", "annotations")) as out:
        size = {"height": HEIGHT, "width": WIDTH, "length": FRAMES}
        out.add("videos", {"name": "clip", **size, "file_names": [f"clip/{name}" for name in names]})
        for masklet in video.masklets:
            told = coco_video._over_time(video, masklet.number)
            out.add("annotations", {"video_id": 1, "category_id": 1, "track_id": masklet.number, **size, **told})
    assert taken(coco_rows(folder / "vis.json", SHAPE)) == truth(video)
    assert sorted(path.name for path in folder.iterdir()) == ["coco.json", "vis.json"]


@settings(max_examples=30, deadline=None)
@given(videos())
def test_davis_hides_only_what_overlaps(tmp_path_factory, video):
    folder = tmp_path_factory.mktemp("davis") / "clip"
    numbers = [masklet.number for masklet in video.masklets]
    lost = davis._annotations(video, numbers, folder)
    back = taken(davis_rows(folder, SHAPE))
    for frame in range(FRAMES):
        found = {n: decode(m[frame]) for n, m in video.masks.frames.items() if m[frame] is not None}
        depth = sum(found.values(), np.zeros((HEIGHT, WIDTH), dtype=np.uint8))
        shown = np.zeros_like(depth)
        for place, number in enumerate(numbers, start=1):
            mask = back.get((str(place), frame))
            if mask is None:
                continue
            pixels = decode(mask)
            shown += pixels
            assert not (pixels & ~(found[number].astype(bool))).any(), "nothing is told that was not there"
            assert np.array_equal(pixels[depth == 1], found[number][depth == 1])
        assert np.array_equal(shown > 0, depth > 0)
        assert shown.max() <= 1
        lost -= int(depth.sum() - shown.sum())
    assert lost == 0


@given(videos())
@settings(max_examples=20, deadline=None)
def test_every_grid_frame_has_a_box_or_null(video):
    for row in regions([video]):
        assert list(row["bbox"]) == [str(k) for k in range(FRAMES)]
        for key, box in row["bbox"].items():
            mask = video.masks.frames[row["masklet_id"]][int(key)]
            assert box == (None if mask is None else list(to_box(mask)))


@given(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=7))
def test_each_distractor_is_a_binary_and_the_answer_is_where_it_says(wrong):
    rows = list(binaries(question("q", 1, "v"), wrong, "clip.mp4"))
    assert [row["uid"] for row in rows] == [f"q.{n}" for n in range(len(wrong))]
    for row, text in zip(rows, wrong, strict=True):
        options = [row["options"]["option_0"], row["options"]["option_1"]]
        assert (options[row["answer_index"]], options[1 - row["answer_index"]]) == ("It runs away, fast.", text)


def test_both_places_are_right_equally_often():
    right = [next(binaries(question(f"{n}.q", n, "v"), ["no"], "c"))["answer_index"] for n in range(400)]
    assert 160 < sum(right) < 240


def test_tars_are_cut_and_their_names_are_safe(tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"x" * 3000)
    with Tars(tmp_path, "train", shard_bytes=5000) as tars:
        for key in ("a", "b", "c"):
            tars.add(key, clip, {"key": key})
        for key in ("a", "x.y", "x/y"):
            with pytest.raises(FormError, match="have no dot and come once"):
                tars.add(key, clip, {})
    found = {}
    for path in sorted(tmp_path.glob("*.tar")):
        with tarfile.open(path) as tar:
            found[path.name] = tar.getnames()
            assert json.load(io.TextIOWrapper(tar.extractfile(tar.getnames()[0])))["key"] == tar.getnames()[0][0]
    assert found == {
        "train-000000.tar": ["a.json", "a.mp4", "b.json", "b.mp4"], "train-000001.tar": ["c.json", "c.mp4"],
    }  # fmt: skip


def test_a_clip_that_is_not_the_grid_is_refused(tmp_path):
    video = ReleasedVideo("clip", "train", 5, (), tmp_path)
    write_clip(video.clip, "clip", frames=4)
    with pytest.raises(FormError, match=r"clip\.mp4: has 4 pictures, its records 5 grid frames"):
        write_pictures(video, tmp_path / "pictures")
    video.clip.write_bytes(b"no film")
    with pytest.raises(FormError, match="cannot be decoded"):
        write_pictures(video, tmp_path / "pictures")
