"""What webvtt-py, pympi, datumaro and Label Studio's SDK read in our forms is what was released."""

from __future__ import annotations

import html

import pytest

from annotator.formats.cvat import cvat_rows, cvat_spans
from annotator.formats.elan import elan_spans
from annotator.formats.foreign import Shape, report
from annotator.formats.forms import export
from annotator.formats.label_studio import label_studio_spans
from annotator.formats.spans import spans
from annotator.masklet.rle import to_box
from tests.annotator.formats.releases import FRAMES, HEIGHT, TEXTS, VIDEOS, WIDTH, masks_of, segment_of

FIRST = VIDEOS["train"][0]
TOLD = {2: [(0, 3, TEXTS[0]), (4, 8, TEXTS[1])], 5: [(3, 8, TEXTS[2])]}
EVERYTHING = sorted((str(number), *span) for number, told in TOLD.items() for span in told)


def said(found, video=FIRST):
    return sorted((s.subject, s.start_frame, s.end_frame, s.caption) for s in found if s.video == video)


def test_webvtt_py(drawn_release, tmp_path, read):
    export(drawn_release, "webvtt", tmp_path / "out")
    found = read("webvtt", *sorted((tmp_path / "out" / "train").iterdir()))
    assert sorted(found) == sorted(f"{video}.{number}.vtt" for video in VIDEOS["train"] for number in TOLD)
    clock = {0: "00:00:00.000", 3: "00:00:00.500", 4: "00:00:00.667", 9: "00:00:01.500"}
    for number, told in TOLD.items():
        cues = found[f"{FIRST}.{number}.vtt"]
        assert [(c["id"], c["start"], c["end"]) for c in cues] == [
            (f"{number}:{start}-{end}", clock[start], clock[end + 1]) for start, end, _ in told
        ]
        assert [html.unescape(c["text"]) for c in cues] == [text for _, _, text in told]


def test_pympi(drawn_release, tmp_path, read):
    export(drawn_release, "elan", tmp_path / "out")
    path = tmp_path / "out" / "train" / f"{FIRST}.eaf"
    found = read("elan", path)[path.name]
    assert found["tiers"] == {
        "masklet 2": [[0, 667, TEXTS[0]], [667, 1500, TEXTS[1]]],
        "masklet 5": [[500, 1500, TEXTS[2]]],
    }
    assert found["slots"] == [0, 500, 667, 667, 1500, 1500]
    assert found["media"][0]["RELATIVE_MEDIA_URL"] == f"./{FIRST}.mp4"
    assert path.with_suffix(".mp4").read_bytes() == (drawn_release / f"videos/grid/{FIRST}.mp4").read_bytes()
    assert said(spans(elan_spans(path))) == EVERYTHING


def test_datumaro(drawn_release, tmp_path, read):
    export(drawn_release, "cvat", tmp_path / "out")
    found = read("cvat", tmp_path / "out" / "train")
    for video in VIDEOS["train"]:
        assert {int(key.rpartition("/")[2]) for key in found if key.startswith(video)} == set(range(FRAMES))
        for frame in (0, 1, FRAMES - 1):
            boxes = {int(box["masklet_id"]): box for box in found[f"{video}/{frame}"]}
            assert sorted(boxes) == [2, 5]
            for number, box in boxes.items():
                mask = masks_of(number)[frame]
                assert (box["label"], box["outside"], box["keyframe"]) == ("subject", mask is None, True)
                caption = next((text for start, end, text in TOLD[number] if start <= frame <= end), "")
                assert box["caption"] == caption
                if mask is not None:
                    x1, y1, x2, y2 = to_box(mask)
                    assert box["box"] == [x1, y1, x2 - x1, y2 - y1]
    path = tmp_path / "out" / "train" / f"{FIRST}.xml"
    assert said(spans(cvat_spans(path))) == EVERYTHING
    rows = report(cvat_rows(path, Shape(HEIGHT, WIDTH, FRAMES)))
    assert (rows.bad, rows.boxes, rows.absent, rows.subjects) == (0, 15, 3, {"2": "subject", "5": "subject"})


@pytest.mark.parametrize("split", ["train", "test"])
def test_label_studio_sdk(drawn_release, tmp_path, read, split):
    export(drawn_release, "label_studio", tmp_path / "out")
    out = tmp_path / "out"
    found = read("label_studio", out / "videos.config.xml", out / split / "videos.json")
    assert [task["data"]["video_name"] for task in found] == list(VIDEOS[split])
    for task in found:
        assert (task["task"], task["faults"]) == (True, [])
        assert (out / split / task["data"]["video"]).is_file()
        for name, frames in task["frames"]:
            masks = masks_of(int(name[1:]))
            assert [frame for frame, *_ in frames] == [k + 1 for k, mask in enumerate(masks) if mask is not None]
            for frame, x, y, width, height, time in frames:
                x1, y1, x2, y2 = to_box(masks[frame - 1])
                box = [x * WIDTH / 100, y * HEIGHT / 100, width * WIDTH / 100, height * HEIGHT / 100]
                assert box == pytest.approx([x1, y1, x2 - x1, y2 - y1])
                assert time == pytest.approx(frame / 6, abs=1e-5)
    assert said(spans(label_studio_spans(out / split / "videos.json")), VIDEOS[split][0]) == EVERYTHING
    (task, *_) = read("label_studio", out / "questions.config.xml", out / split / "questions.json")
    assert (task["task"], task["faults"]) == (True, [])
    name = segment_of(7 if split == "train" else 8)
    assert task["data"] | {"video": f"media/{name}.mp4", "question": "How does q1 move?"} == task["data"]
    assert [r["value"] for r in task["result"]] == [{"text": ["It runs away, fast."]}, {"choices": ["Pose"]}]
