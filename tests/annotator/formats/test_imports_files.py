"""Foreign masks as pictures, archives and lines of text: they come in pixel for pixel, and what is wrong is named."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from annotator.formats import archive
from annotator.formats.archive import Archive
from annotator.formats.foreign import ForeignError, masks, report
from annotator.formats.mots import mot_rows, mots_rows
from annotator.formats.png import davis_rows, mots_png_rows, number_of
from annotator.formats.sources import Foreign, file_name
from annotator.masklet import rle
from tests.annotator.formats.drawn import SHAPE, disc, pixels, save, zip_of

DOCUMENT = {
    "images": [{"id": 1, "file_name": "a.jpg", "height": 40, "width": 60}],
    "categories": [{"id": 1, "name": "dog"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 20]}],
}

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
    path = zip_of(tmp_path, {"disc/" + "a" * 400 + ".json": json.dumps(DOCUMENT).encode()})
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
