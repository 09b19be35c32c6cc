"""What pycocotools, datasets, pyarrow, webdataset and Pillow read in our forms is what was released, frame by frame."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from annotator.formats.coco import coco_rows
from annotator.formats.foreign import Shape, masks
from annotator.formats.forms import FORMS, export
from annotator.formats.plm import SCHEMAS
from annotator.formats.png import davis_rows
from annotator.formats.sav import read_sav
from annotator.formats.shards import read_lines
from annotator.masklet.rle import area, decode, to_box
from tests.annotator.formats.releases import FRAMES, HEIGHT, VIDEOS, WIDTH, colour, dense_of, masks_of, segment_of

SHAPE = Shape(HEIGHT, WIDTH, FRAMES)
LOOKED_AT = (0, 1, FRAMES - 1)
TRUTH = {(str(n), k): m for n in (2, 5) for k, m in enumerate(masks_of(n)) if m is not None}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_shows(path, video, frame):
    """The picture is the one of this frame of this video."""
    picture = np.asarray(Image.open(path))
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(picture.reshape(-1, 3).mean(axis=0) - colour(video, frame)).max() < 6


def taken(rows):
    """What our own import makes of a file: (subject, frame) to mask, where there is one."""
    return {(found.subject, found.frame): found.rle for found in masks(rows) if found.rle is not None}


def test_pycocotools_reads_instances_and_we_take_them_back(drawn_release, tmp_path):
    out = tmp_path / "coco"
    export(drawn_release, "coco", out)
    for split, videos in VIDEOS.items():
        path = out / "annotations" / f"instances_{split}.json"
        with contextlib.redirect_stdout(io.StringIO()):
            coco = COCO(str(path))
        assert len(coco.imgs) == FRAMES * len(videos)
        for image in coco.imgs.values():
            video, frame = image["file_name"].split("/")[0], image["frame_id"]
            told = {a["track_id"]: a for a in coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))}
            assert sorted(told) == sorted(int(n) for n, k in TRUTH if k == frame)
            for number, annotation in told.items():
                mask = masks_of(number)[frame]
                x1, y1, x2, y2 = to_box(mask)
                assert np.array_equal(coco.annToMask(annotation), decode(mask))
                assert annotation["bbox"] == [x1, y1, x2 - x1, y2 - y1]
                assert annotation["area"] == area(mask) == int(coco_mask.area(coco.annToRLE(annotation)))
            if frame in LOOKED_AT:
                assert_shows(out / split / image["file_name"], video, frame)
        for video in videos:
            assert taken(coco_rows(path, SHAPE, video)) == TRUTH
    assert not [p for p in out.rglob("*") if p.name.startswith("instances") and p.suffix != ".json"]


def test_youtube_vis_is_taken_back(drawn_release, tmp_path):
    export(drawn_release, "youtube_vis", tmp_path / "out")
    path = tmp_path / "out" / "train" / "instances.json"
    data = json.loads(path.read_text())
    for video in data["videos"]:
        assert (video["length"], len(video["file_names"])) == (FRAMES, FRAMES)
        for frame in LOOKED_AT:
            assert_shows(path.parent / "JPEGImages" / video["file_names"][frame], video["name"], frame)
        assert len(set(video["file_names"])) == FRAMES
        told = [a for a in data["annotations"] if a["video_id"] == video["id"]]
        for annotation in told:
            truth = masks_of(annotation["track_id"])
            for frame in LOOKED_AT:
                rle, mask = annotation["segmentations"][frame], truth[frame]
                assert (rle is None) == (mask is None) == (annotation["bboxes"][frame] is None)
                if mask is not None:
                    assert np.array_equal(coco_mask.decode({**rle, "counts": rle["counts"].encode()}), decode(mask))
        assert taken(coco_rows(path, SHAPE, video["name"])) == TRUTH


def test_davis_pictures(drawn_release, tmp_path):
    out = tmp_path / "davis"
    written = export(drawn_release, "davis", out)
    hidden = sum(
        int((decode(masks_of(2)[k]) & decode(masks_of(5)[k])).sum()) for k in range(FRAMES) if masks_of(5)[k]
    )  # fmt: skip
    assert hidden > 0
    assert written.notes == (f"A pixel has one value here: {3 * hidden} pixels of masks lie under a smaller one.",)
    assert (out / "ImageSets/2017/train.txt").read_text().split() == list(VIDEOS["train"])
    assert (out / "ImageSets/2017/val.txt").read_text().split() == list(VIDEOS["test"])
    video = VIDEOS["train"][0]
    assert json.loads((out / "objects.json").read_text())[video] == {"1": 2, "2": 5}
    folder = out / "Annotations/480p" / video
    for frame in LOOKED_AT:
        picture = Image.open(folder / f"{frame:05d}.png")
        assert (picture.mode, picture.size) == ("P", (WIDTH, HEIGHT))
        assert picture.getpalette()[:9] == [0, 0, 0, 128, 0, 0, 0, 128, 0]
        wanted = decode(masks_of(2)[frame]).copy()
        if masks_of(5)[frame] is not None:
            wanted[decode(masks_of(5)[frame]) > 0] = 2
        assert np.array_equal(np.asarray(picture), wanted)
        assert_shows(out / "JPEGImages/480p" / video / f"{frame:05d}.jpg", video, frame)
    back = taken(davis_rows(folder, SHAPE))
    assert {(s, k) for s, k in back} == {({"2": "1", "5": "2"}[n], k) for n, k in TRUTH}


def test_sav_is_what_was_released(drawn_release, tmp_path):
    export(drawn_release, "sav", tmp_path / "out")
    for split, videos in VIDEOS.items():
        for video in videos:
            folder = tmp_path / "out" / f"sav_{split}"
            _, masklets = read_sav(folder / f"{video}_manual.json")
            assert {m.number: list(m.frames) for m in masklets} == {2: masks_of(2), 5: masks_of(5)}
            told = json.loads((folder / f"{video}_manual.json").read_bytes())
            for frame in LOOKED_AT:  # as the published files are read: objects of each frame, decoded by pycocotools
                for place, number in enumerate(told["masklet_id"]):
                    truth, rle = masks_of(number)[frame], told["masklet"][frame][place]
                    seen = coco_mask.decode({**rle, "counts": rle["counts"].encode()})
                    assert np.array_equal(seen, decode(truth) if truth else np.zeros((HEIGHT, WIDTH)))
            with av.open(str(folder / f"{video}.mp4")) as clip:
                assert sum(1 for _ in clip.decode(video=0)) == FRAMES


def test_webdataset_decodes_the_samples(drawn_release, tmp_path, read):
    export(drawn_release, "webdataset", tmp_path / "out")
    shards = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert shards == [f"{s}-{k}-000000.tar" for s in ("test", "train") for k in ("segments", "videos")]
    samples = read("webdataset", tmp_path / "out/train-videos-000000.tar", tmp_path / "out/train-segments-000000.tar")
    assert [s["key"] for s in samples] == [*VIDEOS["train"], segment_of(7)]
    for sample in samples[:2]:
        assert sample["clip"] == sha256(drawn_release / f"videos/grid/{sample['key']}.mp4")
        for told in sample["json"]["masklets"]:
            truth = masks_of(told["masklet_id"])
            for frame in LOOKED_AT:
                mask = truth[frame]
                assert told["masks"][frame] == (None if mask is None else mask.to_coco())
                assert told["boxes"][frame] == (None if mask is None else list(to_box(mask)))
            assert [(s["start_frame"], s["end_frame"], s["caption"]) for s in told["dense_captions"]] == [
                (e.grid_start, e.grid_end, e.caption) for e in dense_of(told["masklet_id"])
            ]
    assert samples[2]["clip"] == sha256(drawn_release / f"videos/segments/{segment_of(7)}.mp4")
    assert samples[2]["json"]["questions"] == list(read_lines(drawn_release / "records/train/fgqa.jsonl"))


def test_datasets_loads_it_with_one_line(drawn_release, tmp_path, monkeypatch):
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    from datasets import load_dataset

    out = tmp_path / "out"
    export(drawn_release, "hf", out)
    for subset, schema in SCHEMAS.items():
        loaded = load_dataset(str(out), subset, cache_dir=str(tmp_path / "cache"))
        assert sorted(loaded) == ["test", "train"]
        for split in loaded:
            assert loaded[split].features.arrow_schema.names == schema.names
            assert list(loaded[split]) == list(read_lines(drawn_release / f"records/{split}/{subset}.jsonl"))
    rows = load_dataset(str(out), "masks", split="train", cache_dir=str(tmp_path / "cache"))
    assert [(r["video"], r["masklet_id"]) for r in rows] == [(f"{v}.mp4", n) for v in VIDEOS["train"] for n in (2, 5)]
    for row in rows:
        assert sha256(out / row["clip"]) == sha256(drawn_release / "videos/grid" / row["video"])
        assert (len(row["counts"]), len(row["boxes"])) == (FRAMES, FRAMES)
        for frame in LOOKED_AT:
            mask = masks_of(row["masklet_id"])[frame]
            assert row["counts"][frame] == (None if mask is None else mask.counts)
            assert row["boxes"][frame] == (None if mask is None else list(to_box(mask)))


def test_plm_records_and_regions(drawn_release, tmp_path):
    export(drawn_release, "plm", tmp_path / "out")
    for subset, schema in SCHEMAS.items():
        for split in VIDEOS:
            stem = tmp_path / "out" / subset / f"plm_{subset}_{split}"
            rows = list(read_lines(stem.with_suffix(".jsonl")))
            assert rows == list(read_lines(drawn_release / f"records/{split}/{subset}.jsonl"))
            table = pq.read_table(stem.with_suffix(".parquet"))
            assert (table.schema, table.to_pylist()) == (schema, rows)
    lines = list(read_lines(tmp_path / "out/region_metadata/test.jsonl"))
    assert [(line["video"], line["masklet_id"]) for line in lines] == [(f"{VIDEOS['test'][0]}.mp4", n) for n in (2, 5)]
    boxes = lines[1]["bbox"]
    assert list(boxes) == [str(k) for k in range(FRAMES)]
    assert boxes["0"] is None
    assert boxes["8"] == list(to_box(masks_of(5)[8]))


def test_plm_conversations_are_what_a_trainer_reads(drawn_release, tmp_path):
    out = tmp_path / "out"
    written = export(drawn_release, "plm_conversations", out)
    assert any(note.startswith("train.jsonl has 18 lines") for note in written.notes), written.notes
    for split in VIDEOS:
        rows = list(read_lines(out / f"{split}.jsonl"))
        assert rows == list(read_lines(drawn_release / f"conversations/{split}.jsonl"))
        for row in rows:
            assert [turn["from"] for turn in row["conversations"]] == ["human", "assistant"]
            with av.open(str(out / row["video"])) as clip:
                pictures = sum(1 for _ in clip.decode(video=0))
            assert "bbox_map" not in row or list(row["bbox_map"]) == [str(k) for k in range(pictures)]
    assert (out / "datasets.yaml").read_text() == "".join(
        f'"drawn_1_{split}":\n  annotation: "{split}.jsonl"\n  root_dir: "."\n' for split in ("train", "test")
    )


def test_the_benchmarks_form(drawn_release, tmp_path):
    out = tmp_path / "out"
    export(drawn_release, "plm_videobench", out)
    assert sorted(p.name for p in out.iterdir()) == [
        "fgqa", "rcap", "rdcap", "region_metadata.jsonl", "rtloc", "sgqa", "videos",
    ]  # fmt: skip
    rows = pq.read_table(out / "fgqa/plm_fgqa_test.parquet").to_pylist()
    assert rows == list(read_lines(out / "fgqa/plm_fgqa_test.jsonl"))
    assert [(row["uid"], row["qa_uid"]) for row in rows] == [
        (f"{segment_of(8)}.q1.{n}", f"{segment_of(8)}.q1") for n in (0, 1)
    ]
    for row, wrong in zip(rows, ("It runs away, slowly.", "It sits down."), strict=True):
        options = [row["options"]["option_0"], row["options"]["option_1"]]
        assert options[row["answer_index"]] == row["answer"] == "It runs away, fast."
        assert options[1 - row["answer_index"]] == wrong
        assert (out / "videos" / row["video"]).is_file()
        assert row["metadata"]["question_type"] == "Pose"
    (asked,) = read_lines(out / "sgqa/plm_sgqa_test.jsonl")
    assert asked == {"uid": f"{segment_of(8)}.q9", "video": f"{segment_of(8)}.mp4", "domain": "pets",
                     "question": "What do I hold?", "answer": "A leash."}  # fmt: skip
    lines = list(read_lines(out / "region_metadata.jsonl"))
    assert lines[0]["bbox"]["0"] == list(to_box(masks_of(2)[0]))
    assert (out / "videos" / lines[0]["video"]).is_file()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_same_release_gives_the_same_bytes(drawn_release, tmp_path, form):
    for name in ("one", "two"):
        export(drawn_release, form, tmp_path / name, verify=False)
    one, two = ({p.relative_to(tmp_path / n): sha256(p) for p in sorted((tmp_path / n).rglob("*")) if p.is_file()}
                for n in ("one", "two"))  # fmt: skip
    assert one == two
    assert one
