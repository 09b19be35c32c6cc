"""Foreign masks as JSON: what COCO's and SA-V's own tools write comes in pixel for pixel, what is wrong is named."""

import gc
import json
import os
import weakref
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco
from pycocotools.coco import COCO

from annotator.formats import coco as coco_format
from annotator.formats.coco import Document, coco_rows
from annotator.formats.foreign import ForeignError, Shape, masks, report
from annotator.formats.sav import SavMasklet, SavVideo, sav_rows, to_sav, write_sav
from annotator.formats.sources import Foreign
from annotator.masklet import rle
from tests.annotator.formats.drawn import SHAPE, disc, pixels, save, zip_of

# COCO

PART = [[10.0, 10.0, 30.5, 10.0, 30.5, 25.25, 10.0, 25.25], [40.0, 5.0, 50.0, 5.0, 50.0, 12.0]]


def instances() -> dict:
    compressed = coco.encode(np.asfortranarray(disc(30, 20).astype(np.uint8)))
    plain = [0 if i == 0 and disc(20, 20)[0, 0] else n for i, n in enumerate(runs(disc(20, 20)))]
    return {
        "images": [
            {"id": 11, "file_name": "clip/000000.jpg", "height": 40, "width": 60},
            {"id": 12, "file_name": "clip/000001.jpg", "height": 40, "width": 60},
        ],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "ball\u0007"}],
        "annotations": [
            {"id": 1, "image_id": 11, "category_id": 1, "track_id": 5, "segmentation": PART, "iscrowd": 0},
            {
                "id": 2, "image_id": 12, "category_id": 1, "attributes": {"track_id": 5}, "iscrowd": 1,
                "segmentation": {"size": [40, 60], "counts": compressed["counts"].decode()},
            },
            {
                "id": 3, "image_id": 12, "category_id": 2, "iscrowd": 1,
                "segmentation": {"size": [40, 60], "counts": plain},
            },
            {"id": 4, "image_id": 11, "category_id": 2, "bbox": [50, 30, 30, 30]},
        ],
    }  # fmt: skip


def runs(mask: np.ndarray) -> list[int]:
    return [int(run) for run in rle.runs_of(rle.encode(mask))]


def test_coco_instances_equal_pycocotools_reading(tmp_path: Path) -> None:
    path = save(tmp_path, instances())
    found = list(masks(coco_rows(path, SHAPE)))
    assert [(m.subject, m.label, m.frame) for m in found] == [
        ("5", "dog", 0), ("5", "dog", 1), ("annotation-3", "ball", 1), ("annotation-4", "ball", 0),
    ]  # fmt: skip
    theirs = COCO(str(path))
    for mask, annotation in zip(found[:3], theirs.loadAnns([1, 2, 3]), strict=True):
        assert np.array_equal(pixels(mask), theirs.annToMask(annotation))
    assert found[3].rle is None and found[3].box == (50, 30, 60, 40), "a box is cut to the picture"
    assert found[3].as_prompt(7).box.x2 == 60
    assert found[1].as_prompt(9).counts == found[1].rle.counts
    told = report(coco_rows(path, SHAPE))
    assert (told.rows, told.masks, told.boxes, told.bad, told.first_frame, told.last_frame) == (4, 3, 1, 0, 0, 1)
    assert told.subjects == {"5": "dog", "annotation-3": "ball", "annotation-4": "ball"}


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"image_id": 99}, "image_id", "no image"),
        ({"segmentation": [[1, 2, 3, 4]]}, "segmentation", "3 to"),
        ({"segmentation": [[1, 2, 3, 4, 5]]}, "segmentation", "x1, y1"),
        ({"segmentation": [[1, 2, 3, 4, 5, "6"]]}, "segmentation", "x1, y1"),
        ({"segmentation": [[1, 2, 3, 4, 5, 1e300]]}, "segmentation", "x1, y1"),
        ({"segmentation": [[100, 100, 110, 100, 110, 110]]}, "segmentation", "no pixel"),
        ({"segmentation": "x"}, "segmentation", "list of outlines"),
        ({"segmentation": {"size": [40, 61], "counts": "X"}}, "segmentation", "counts"),
        ({"segmentation": {"size": [20, 60], "counts": [1200]}}, "segmentation", "20 x 60"),
        ({"segmentation": {"size": [40, 60], "counts": [5, 5]}}, "segmentation", "cover"),
        ({"segmentation": {"size": [40, 60]}}, "segmentation", "needs"),
        ({"segmentation": [], "bbox": [70, 5, 5, 5]}, "bbox", "no area"),
        ({"segmentation": [], "bbox": [7, 5, 5]}, "bbox", "values"),
        ({"segmentation": []}, "annotations[0]", "neither"),
        ({"image_id": 12}, "annotations[1]", "two masks on frame 1"),
    ],
)
def test_a_bad_coco_row_is_named_and_the_others_are_read(tmp_path: Path, change, where, message) -> None:
    data = instances()
    data["annotations"][0] |= change
    path = save(tmp_path, data)
    told = report(coco_rows(path, SHAPE))
    assert (told.rows, told.bad) == (4, 1)
    assert where in told.errors[0].where and "coco.json: annotations[" in told.errors[0].where
    assert message in (told.errors[0].error or "")
    with pytest.raises(ForeignError, match="annotations"):
        list(masks(coco_rows(path, SHAPE)))


def test_coco_images_of_another_size_or_beyond_the_video(tmp_path: Path) -> None:
    data = instances()
    data["images"][0]["height"] = 480
    data["images"][1]["frame_id"] = 8
    data["images"][0]["frame_id"] = 0
    told = report(coco_rows(save(tmp_path, data), SHAPE))
    assert told.bad == 4
    assert any("480 x 60" in (row.error or "") for row in told.errors)
    assert any("frame 8, the video has 8" in (row.error or "") for row in told.errors)


def youtube_vis() -> dict:
    entry = coco.encode(np.asfortranarray(disc(30, 20).astype(np.uint8)))
    mask = {"size": [40, 60], "counts": entry["counts"].decode()}
    return {
        "videos": [
            {"id": 1, "height": 40, "width": 60, "length": 3, "file_names": ["a1/0.jpg", "a1/5.jpg", "a1/10.jpg"]},
            {"id": 2, "height": 30, "width": 60, "length": 3, "file_names": ["b2/0.jpg"]},
        ],
        "categories": [{"id": 3, "name": "cat"}],
        "annotations": [
            {"id": 7, "video_id": 1, "category_id": 3, "segmentations": [mask, None, mask]},
            {"id": 8, "video_id": 1, "category_id": 3, "bboxes": [None, [1, 2, 3, 4], None]},
            {"id": 9, "video_id": 2, "category_id": 3, "segmentations": [mask]},
        ],
    }


def test_youtube_vis_holds_one_annotation_a_subject(tmp_path: Path) -> None:
    path = save(tmp_path, youtube_vis())
    with pytest.raises(ForeignError, match="2 videos"):
        coco_rows(path, SHAPE)
    with pytest.raises(ForeignError, match="no video 'c3'"):
        coco_rows(path, SHAPE, "c3")
    with pytest.raises(ForeignError, match=r"videos\[id=2\]: height and width are 30 x 60"):
        list(coco_rows(path, SHAPE, 2))
    for name in (1, "1", "a1"):
        found = list(masks(coco_rows(path, SHAPE, name)))
        assert [(m.subject, m.frame, m.rle is not None, m.box) for m in found] == [
            ("annotation-7", 0, True, None), ("annotation-7", 1, False, None), ("annotation-7", 2, True, None),
            ("annotation-8", 0, False, None), ("annotation-8", 1, False, (1, 2, 4, 6)),
            ("annotation-8", 2, False, None),
        ]  # fmt: skip
    assert found[1].as_prompt(4).absent
    told = report(coco_rows(path, Shape(40, 60, 2), 1))
    assert told.bad == 2 and "3 entries, the video has 2 frames" in (told.errors[0].error or "")


def several(videos: int, images: int) -> dict:
    """Many videos of one document, each with a mask on every image."""
    mask = {
        "size": [40, 60],
        "counts": coco.encode(np.asfortranarray(disc(30, 20).astype(np.uint8)))["counts"].decode(),
    }
    number = [(v, i) for v in range(videos) for i in range(images)]
    return {
        "videos": [{"id": v, "name": f"v{v}", "height": 40, "width": 60} for v in range(videos)],
        "images": [
            {"id": v * images + i, "video_id": v, "file_name": f"{i}.jpg", "height": 40, "width": 60} for v, i in number
        ],
        "annotations": [
            {"id": n, "image_id": v * images + i, "track_id": v, "segmentation": mask}
            for n, (v, i) in enumerate(number)
        ],
    }


def test_many_videos_of_one_document_are_each_read_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    real = coco_format._key

    def counted(value: object) -> str:
        nonlocal asked
        asked += 1
        return real(value)

    monkeypatch.setattr(coco_format, "_key", counted)
    path = save(tmp_path, several(60, 4))
    with Foreign("coco", path, tmp_path) as foreign:
        assert len(foreign.sources) == 60
        for number, source in enumerate(foreign.sources):
            found = list(masks(source.rows(SHAPE)))
            assert [(m.subject, m.frame) for m in found] == [(str(number), frame) for frame in range(4)]
    assert asked < 20 * 240, "the work grows with the document, not with its square"


def test_one_document_at_a_time_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Document]] = []
    real = Document.__dict__["read"].__func__

    def read(cls: type[Document], path: Path) -> Document:
        gc.collect()
        assert not [one for one in made if one() is not None], "the one before is gone"
        document = real(cls, path)
        made.append(weakref.ref(document))
        return document

    monkeypatch.setattr(Document, "read", classmethod(read))
    path = zip_of(tmp_path, {f"{name}.json": json.dumps(instances()).encode() for name in "abc"})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with Foreign("coco", path, scratch) as foreign:
        assert [len(list(source.rows(SHAPE))) for source in foreign.sources] == [4, 4, 4]
    assert len(made) == 6


@pytest.mark.parametrize("names", [5, None, "a", [7], [{}]])
def test_file_names_that_are_none(tmp_path: Path, names: object) -> None:
    data = youtube_vis()
    data["videos"] = [{**data["videos"][0], "name": "clip", "file_names": names}]
    data["annotations"] = data["annotations"][:1]
    with Foreign("coco", save(tmp_path, data), tmp_path) as foreign:
        assert foreign.sources[0].names[0] == "clip"
        assert len(list(foreign.sources[0].rows(SHAPE))) == 3


@pytest.mark.parametrize(
    "content", ["", "[1]", "{", "{}", '{"annotations": {}}', '{"annotations": [1]}', '{"annotations": []}', '"\\ud800"']
)
def test_what_is_no_coco_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "coco.json"
    path.write_text(content)
    with pytest.raises(ForeignError, match=r"coco\.json"):
        list(coco_rows(path, SHAPE))
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(ForeignError, match=r"coco\.json: is not JSON"):
        list(coco_rows(path, SHAPE))


# SA-V


def test_sav_files_come_in_with_what_is_absent(tmp_path: Path) -> None:
    there = rle.encode(disc(20, 20))
    document = to_sav(
        SavVideo("v", 1.0, 32, 40, 60, "train"),
        [SavMasklet(1, [there, None, there], 0), SavMasklet(4, [None, None, there], 0)],
        3,
    )
    path = tmp_path / "v_manual.json"
    write_sav(path, document)
    found = list(masks(sav_rows(path, SHAPE)))
    assert [(m.subject, m.frame, m.rle) for m in found] == [
        ("1", 0, there), ("4", 0, None), ("1", 1, None), ("4", 1, None), ("1", 2, there), ("4", 2, there),
    ]  # fmt: skip
    for change, message in (
        ({"video_height": 41.0}, "video_height"),
        ({"masklet": None}, "no SA-V"),
        ({"masklet_id": [1, 1]}, "distinct"),
        ({"masklet": [[]] * 9}, "9 frames"),
    ):
        with pytest.raises(ForeignError, match=message):
            list(sav_rows(save(tmp_path, {**document, **change}), SHAPE))
    document["masklet"][1][0]["counts"] = "~"
    document["masklet"][2] = []
    told = report(sav_rows(save(tmp_path, document), SHAPE))
    assert [row.where for row in told.errors] == ["coco.json: masklet[1][0]", "coco.json: masklet[2]"]


def test_the_published_sav_file_comes_in_mask_for_mask() -> None:
    folder = os.environ.get("VIDGRAIN_TEST_CLIPS")
    if not folder:
        pytest.skip("VIDGRAIN_TEST_CLIPS is not set: the SA-V file sav_000001_manual.json was not read")
    path = Path(folder) / "sav_000001_manual.json"
    data = json.loads(path.read_text())
    shape = Shape(int(data["video_height"]), int(data["video_width"]), len(data["masklet"]))
    told = report(sav_rows(path, shape))
    assert told.bad == 0 and told.rows == len(data["masklet"]) * len(data["masklet_id"])
    assert told.masks == sum(int(coco.area(item)) > 0 for frame in data["masklet"] for item in frame)
