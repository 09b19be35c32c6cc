"""Foreign masks: what each format's own tools write comes in pixel for pixel, and what is wrong is named."""

import gc
import io
import json
import os
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco
from pycocotools.coco import COCO

from annotator.formats import archive
from annotator.formats import coco as coco_format
from annotator.formats.archive import Archive
from annotator.formats.coco import Document, coco_rows
from annotator.formats.foreign import ForeignError, Shape, masks, report
from annotator.formats.mots import mot_rows, mots_rows
from annotator.formats.png import davis_rows, mots_png_rows, number_of
from annotator.formats.sav import SavMasklet, SavVideo, sav_rows, to_sav, write_sav
from annotator.formats.sources import Foreign, file_name
from annotator.masklet import rle

SHAPE = Shape(height=40, width=60, frames=8)


def disc(x: int, y: int, radius: int = 7) -> np.ndarray:
    yy, xx = np.mgrid[:40, :60]
    return (xx - x) ** 2 + (yy - y) ** 2 <= radius**2


def pixels(mask) -> np.ndarray:
    return rle.decode(mask.rle).astype(bool)


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


def save(folder: Path, data: object, name: str = "coco.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(data))
    return path


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


# PNG


def png(ids: np.ndarray, mode: str = "P") -> bytes:
    if mode == "P":
        picture = Image.fromarray(ids.astype(np.uint8)).convert("L")
        picture = Image.frombytes("P", picture.size, picture.tobytes())
        picture.putpalette([value for i in range(256) for value in (i, 255 - i, i // 2)])
    else:
        picture = Image.fromarray(ids)
        assert picture.mode == mode
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def two(frame: int) -> np.ndarray:
    ids = np.zeros((40, 60), np.uint8)
    ids[disc(20 + frame, 20)] = 1
    if frame != 2:
        ids[disc(45, 20)] = 2
    ids[0] = 255
    return ids


def folder_of(tmp_path: Path, files: dict[str, bytes]) -> Path:
    root = tmp_path / "davis"
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def zip_of(tmp_path: Path, files: dict[str, bytes]) -> Path:
    path = tmp_path / "davis.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("make", [folder_of, zip_of])
def test_davis_palettes_from_a_folder_or_a_zip(tmp_path: Path, make) -> None:
    files = {f"Annotations/clip/{frame:05}.png": png(two(frame)) for frame in (0, 1, 2)}
    meta = save(tmp_path, {"videos": {"clip": {"objects": {"1": {"category": "dog"}, "2": {"category": "cup"}}}}})
    path = make(tmp_path, files | {"readme.txt": b"x", "Annotations/other/00000.png": png(two(0))})
    found = list(masks(davis_rows(path, SHAPE, "Annotations/clip", meta=meta)))
    assert [(m.subject, m.label, m.frame, m.rle is not None) for m in found] == [
        ("1", "dog", 0, True), ("2", "cup", 0, True), ("1", "dog", 1, True), ("2", "cup", 1, True),
        ("1", "dog", 2, True), ("2", "cup", 2, False),
    ]  # fmt: skip
    for mask in found[:5]:
        assert np.array_equal(pixels(mask), two(mask.frame) == int(mask.subject)), "255 is void, not a subject"
    with pytest.raises(ForeignError, match="no numbered PNG"):
        list(davis_rows(path, SHAPE, "Annotations"))
    with pytest.raises(ForeignError, match=r"no objects of 'Annotations/other'"):
        list(davis_rows(path, SHAPE, "Annotations/other", meta=meta))


def test_white_on_black_is_one_subject(tmp_path: Path) -> None:
    root = folder_of(tmp_path, {"00000.png": png((disc(20, 20) * 255).astype(np.uint8), "L")})
    (found,) = masks(davis_rows(root, SHAPE))
    assert found.subject == "1" and np.array_equal(pixels(found), disc(20, 20))


def test_mots_pictures_and_text_say_the_same(tmp_path: Path) -> None:
    ids = np.zeros((40, 60), np.uint16)
    ids[disc(20, 20)], ids[disc(45, 20)], ids[:3] = 2005, 1001, 10_000
    root = folder_of(tmp_path, {"000001.png": png(ids, "I;16")})
    pictures = list(masks(mots_png_rows(root, SHAPE)))
    lines = []
    for value in (1001, 2005, 10_000):
        counts = coco.encode(np.asfortranarray((ids == value).astype(np.uint8)))["counts"].decode()
        lines.append(f"1 {value} {value // 1000} 40 60 {counts}")
    text = tmp_path / "gt.txt"
    text.write_text("\n".join(lines) + "\n\n")
    assert list(masks(mots_rows(text, SHAPE))) == pictures
    assert [(m.subject, m.label, m.frame) for m in pictures] == [("1001", "car", 0), ("2005", "pedestrian", 0)]
    ids[0, 0] = 3001
    told = report(mots_png_rows(folder_of(tmp_path, {"000001.png": png(ids, "I;16")}), SHAPE))
    assert told.masks == 2 and "id 3001: class 3" in (told.errors[0].error or "")


def test_pictures_that_are_no_masks_are_named(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 60)).astype(np.uint8)
    good = png(two(0))
    root = folder_of(
        tmp_path,
        {
            "00000.png": good,
            "00001.png": png(two(0)[:, :50]),
            "00002.png": png(np.zeros((40, 60, 3), np.uint8), "RGB"),
            "00003.png": good[: len(good) // 2],
            "00004.png": b"GIF89a",
            "00005.png": png(noise),
            "00099.png": good,
        },
    )
    told = report(davis_rows(root, SHAPE))
    assert told.masks == 2
    reasons = {row.where.rsplit("/", 1)[1]: row.error or "" for row in told.errors}
    assert "50 x 40 pixels, the video 60 x 40" in reasons["00001.png"]
    assert "mode RGB" in reasons["00002.png"]
    assert "cannot be read" in reasons["00003.png"] and "cannot be read" in reasons["00004.png"]
    assert "frame 99, the video has 8" in reasons["00099.png"]
    assert "picture and no mask" in reasons["00005.png"]
    mots = report(mots_png_rows(root, SHAPE, first_frame=0))
    assert mots.masks == 0 and "16-bit" in (mots.errors[0].error or "")


def test_bombs_and_names_that_lead_outside_are_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("L", (20_000, 20_000)).save(stream, "PNG")
    told = report(davis_rows(folder_of(tmp_path, {"00000.png": stream.getvalue()}), SHAPE))
    assert told.bad == 1 and told.masks == 0
    for name in ("../00000.png", "/00000.png", "a/../../00000.png", "..\\00000.png", "C:00000.png"):
        with pytest.raises(ForeignError, match="leads outside"):
            list(davis_rows(zip_of(tmp_path, {name: png(two(0))}), SHAPE))
    big = zip_of(tmp_path, {"00000.png": bytes(100 << 20)})
    assert big.stat().st_size < 1 << 20
    told = report(davis_rows(big, SHAPE))
    assert told.bad == 1 and "more than" in (told.errors[0].error or "")
    secret = tmp_path / "00001.png"
    secret.write_bytes(png(two(0)))
    root = tmp_path / "davis"
    (root / "00001.png").symlink_to(secret)
    with pytest.raises(ForeignError, match="link that leads outside"):
        list(davis_rows(root, SHAPE))
    link = zipfile.ZipInfo("00000.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ForeignError, match="is a link"):
        list(davis_rows(tmp_path / "link.zip", SHAPE))
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ForeignError, match="neither a folder nor a zip"):
        list(davis_rows(tmp_path / "no.zip", SHAPE))


def test_all_that_is_unpacked_of_a_zip_has_one_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_of(tmp_path, {f"{n:05}.png": bytes(1000) for n in range(5)})
    monkeypatch.setattr(archive, "MAX_UNPACKED", 3999)
    with Archive(path) as opened:
        for name in opened.names[:3]:
            assert len(opened.read(name)) == 1000
        with pytest.raises(ForeignError, match=r"davis\.zip: unpacks to more than 3999 bytes"):
            opened.read(opened.names[3])
    folder = folder_of(tmp_path, {f"{n:05}.png": bytes(1000) for n in range(5)})
    with Archive(folder) as opened:
        assert sum(len(opened.read(name)) for name in opened.names) == 5000, "nothing of a folder is unpacked"


def test_damaged_and_strange_zips_are_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 5000).astype(np.uint8).tobytes()
    path = zip_of(tmp_path, {"00000.png": b"a" * 5000 + noise})
    data = bytearray(path.read_bytes())
    start = 30 + len("00000.png")
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    with Archive(path) as opened, pytest.raises(ForeignError, match="cannot be read"):
        opened.read("00000.png")
    with zipfile.ZipFile(tmp_path / "lzma.zip", "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("00000.png", b"x" * 100)
    with pytest.raises(ForeignError, match="another way than deflate"):
        Archive(tmp_path / "lzma.zip")
    named = zip_of(tmp_path, {"äöü.png": b"x"})
    named.write_bytes(named.read_bytes().replace("ä".encode(), b"\xff\xfe"))
    with pytest.raises(ForeignError, match="neither a folder nor a zip"):
        Archive(named)


def test_numbers_and_names_without_end(tmp_path: Path) -> None:
    assert number_of("a/" + "0" * 5000 + "12.png") == 12
    assert number_of("9" * 5000 + ".png") == 10**18 - 1
    for name, wanted in (("..", "file"), (".", "file"), ("", "file"), ("a/b.json", "b.json")):
        assert file_name(name) == wanted
    long = file_name("가" * 300 + ".json")
    assert len(long.encode()) <= 200 and long.endswith("가.json")
    path = zip_of(tmp_path, {"disc/" + "a" * 400 + ".json": json.dumps(instances()).encode()})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with Foreign("coco", path, scratch) as foreign:
        assert foreign.sources[0].names == ("a" * 400,)


# Text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 2005 2 40 60", "5 fields"),
        ("x 2005 2 40 60 `", "frame: 'x'"),
        ("9 2005 2 40 60 `", "frame 9: the video has the frames 1 … 8"),
        ("0 2005 2 40 60 `", "frame 0"),
        ("1 2005 3 40 60 `", "class 3"),
        ("1 1005 2 40 60 `", "id 1005"),
        ("1 2005 2 30 60 `", "30 x 60"),
        ("1 2005 2 40 60 ~", "characters"),
        ("1 99999999999999999999 2 40 60 `", "id"),
        ("1 2005 2 40 60 " + rle.empty(40, 60).counts, "no pixel"),
    ],
)
def test_a_bad_mots_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    good = f"1 1001 1 40 60 {rle.encode(disc(20, 20)).counts}"
    path = tmp_path / "gt.txt"
    path.write_text(f"{good}\n{line}\n")
    told = report(mots_rows(path, SHAPE))
    assert (told.masks, told.bad, told.errors[0].where) == (1, 1, "gt.txt, line 2")
    assert message in (told.errors[0].error or "")


def test_mot_boxes_become_prompts(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,3,11,6,20,10,1,1,1.0\n2,3,51.5,6,20,10,1,1,0.5\n1,-1,1,1,5,5,0.9\n")
    found = list(masks(mot_rows(path, SHAPE)))
    assert [(m.subject, m.frame, m.box) for m in found] == [
        ("3", 0, (10, 5, 30, 15)), ("3", 1, (50.5, 5, 60, 15)), ("detection-3", 0, (0, 0, 5, 5)),
    ]  # fmt: skip
    assert found[0].as_prompt(0).box.y2 == 15
    path.write_text("1,3,11,6\n1,3,nan,6,1,1\n1,3,100,6,1,1\n99,3,1,1,5,5\n1,3,1,1,inf,5\n1,3,1,1,5,5\n1,3,1,1,5,5\n")
    told = report(mot_rows(path, SHAPE))
    assert (told.boxes, told.bad) == (1, 6)
    assert [row.where for row in told.errors] == [f"gt.txt, line {n}" for n in (1, 2, 3, 4, 5, 7)]


def test_binary_and_endless_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_bytes(b"1 2005 2 40 60 \xff\n")
    with pytest.raises(ForeignError, match="line 1: is not plain ASCII"):
        list(mots_rows(path, SHAPE))
    path.write_bytes(b"1" * (3 << 20))
    with pytest.raises(ForeignError, match="longer than"):
        list(mots_rows(path, SHAPE))
