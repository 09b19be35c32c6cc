"""Captions and boxes as ELAN, CVAT and Label Studio have them: what is written is read back, what is wrong is told."""

from __future__ import annotations

import io
import json
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.formats.cvat import cvat, cvat_rows, cvat_spans
from annotator.formats.elan import elan, elan_spans
from annotator.formats.foreign import ForeignError, Shape, masks
from annotator.formats.foreign import report as mask_report
from annotator.formats.label_studio import label_studio_spans, video_results
from annotator.formats.released import Masks, ReleasedMasklet, ReleasedVideo
from annotator.formats.sav import SavVideo
from annotator.formats.spans import ForeignSpan, report, spans
from annotator.masklet.rle import to_box
from annotator.quality.dense import DenseEvent
from tests.annotator.formats.releases import square

LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="[]|\ufffe\uffff")
CAPTIONS = st.text(LETTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
TOTAL = 30


@st.composite
def videos(draw):
    """A video with up to three masklets, that come and go, and events with gaps."""
    masklets, frames = [], {}
    for number in draw(st.sets(st.integers(0, 9), min_size=1, max_size=3)):
        edges = sorted(draw(st.sets(st.integers(0, TOTAL), min_size=2, max_size=6)))
        told = [
            DenseEvent(a, b - 1, draw(CAPTIONS)) for a, b in list(pairwise(edges))[:: draw(st.sampled_from([1, 2]))]
        ]
        masklets.append(ReleasedMasklet(number, tuple(told)))
        shown = [draw(st.integers(0, 50)) if draw(st.booleans()) else None for _ in range(TOTAL - 1)]
        frames[number] = [None if left is None else square(left) for left in [*shown, 3]]
    video = ReleasedVideo("clip.one", "train", TOTAL, tuple(masklets), None)
    video.__dict__["masks"] = Masks(SavVideo("clip.one", 5.0, 120, 48, 64, "train"), frames)
    return video


def wanted(video):
    return sorted(
        (str(m.number), e.grid_start, e.grid_end, e.caption) for m in video.masklets for e in m.events
    )  # fmt: skip


def said(rows):
    return sorted((s.subject, s.start_frame, s.end_frame, s.caption) for s in spans(rows, {"clip.one": TOTAL}))


@settings(max_examples=40, deadline=None)
@given(videos())
def test_what_is_written_is_read_back(tmp_path_factory, video):
    folder = tmp_path_factory.mktemp("back")
    for write, name in ((elan, "clip.one.eaf"), (cvat, "clip.one.xml")):
        out = io.StringIO()
        write(video, out)
        (folder / name).write_text(out.getvalue(), "utf-8")
    task = {"data": {"video": "a.mp4", "video_name": "clip.one"}, "annotations": [{"result": video_results(video)}]}
    (folder / "videos.json").write_text(json.dumps([task]), "utf-8")
    assert said(elan_spans(folder / "clip.one.eaf")) == wanted(video)
    assert said(cvat_spans(folder / "clip.one.xml")) == wanted(video)
    assert said(label_studio_spans(folder / "videos.json")) == wanted(video)
    boxes = {(m.subject, m.frame): m.box for m in masks(cvat_rows(folder / "clip.one.xml", Shape(48, 64, TOTAL)))}
    assert boxes == {
        (str(number), frame): None if mask is None else tuple(map(float, to_box(mask)))
        for number, found in video.masks.frames.items() for frame, mask in enumerate(found)
    }  # fmt: skip


EAF = """<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="{}"/>
<TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="c"/></TIME_ORDER><TIER TIER_ID="dog">
<ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1="a" TIME_SLOT_REF2="{}"><ANNOTATION_VALUE>It {}</ANNOTATION_VALUE>
</ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"""
CVAT = """<annotations><meta><task><size>9</size><original_size><width>64</width><height>48</height></original_size>
<source>clip.one.mp4</source></task></meta><track id="0" label="dog">
<box frame="{}" outside="0" xtl="{}" ytl="2" xbr="20" ybr="30"><attribute name="caption">It runs</attribute></box>
{}</track></annotations>"""


def test_rows_of_others(tmp_path):
    path = tmp_path / "a.eaf"
    path.write_text(EAF.format(490, "b", "runs &amp; jumps"), "utf-8")
    assert spans(elan_spans(path)) == [ForeignSpan("a", "dog", 3, 5, "It runs & jumps")]
    for text, fault in (
        (EAF.format(990, "b", "runs"), "shorter than a frame"), (EAF.format(0, "c", "runs"), "without a time"),
        (EAF.format("x", "b", "runs"), "without a time"), (EAF.format("1" * 15 + "x", "b", "runs"), "without a time"),
        (EAF.format("1" * 5000, "b", "runs"), "without a time"), (EAF.format(2000, "b", "runs"), "are no span"),
        (EAF.format(0, "b", "runs").replace("ALIGNABLE_", "REF_"), "dependent tier"),
    ):  # fmt: skip
        path.write_text(text, "utf-8")
        found = report(elan_spans(path))
        assert (found.rows, found.bad) == (1, 1)
        assert fault in found.errors[0].error
    path = tmp_path / "b.xml"
    path.write_text(CVAT.format(3, 1.5, ""), "utf-8")
    assert spans(cvat_spans(path)) == [ForeignSpan("clip.one", "0", 3, 3, "It runs")]
    box = '<box frame="{}" outside="{}"><attribute name="caption">It runs</attribute></box>'
    path.write_text(CVAT.format(3, 1, box.format(4, 0) + box.format(5, 1) + box.format(8, 0)), "utf-8")
    assert [(s.start_frame, s.end_frame) for s in spans(cvat_spans(path))] == [(3, 4), (8, 8)], "it left the picture"
    path.write_text(CVAT.format(3, 1.5, ""), "utf-8")
    (mask,) = masks(cvat_rows(path, Shape(48, 64, 9)))
    assert (mask.subject, mask.label, mask.box) == ("0", "dog", (1.5, 2.0, 20.0, 30.0))
    for text, fault in (
        (CVAT.format(9, 1, ""), "frame 9: the video has"), (CVAT.format("x", 1, ""), "is no frame number"),
        (CVAT.format(3, "nan", ""), "four finite numbers"), (CVAT.format(3, "1,5", ""), "xtl: '1,5' is no number"),
        (CVAT.format(3, 25, ""), "no area"), (CVAT.format(3, 1, '<polygon frame="4"/>'), "is a polygon"),
    ):  # fmt: skip
        path.write_text(text, "utf-8")
        found = mask_report(cvat_rows(path, Shape(48, 64, 9)))
        assert found.bad == 1
        assert fault in found.errors[0].error
        assert found.errors[0].where.startswith("b.xml, line 3") or "polygon" in fault
    with pytest.raises(ForeignError, match="original_size: is 64 x 48, the video has 65 x 48"):
        mask_report(cvat_rows(path, Shape(48, 65, 9)))


BOMB = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx">]><annotations>&x;</annotations>'


@pytest.mark.parametrize("reader", [elan_spans, cvat_spans])
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (BOMB.encode(), "document type"),
        (b"<html></html>", "it is no (ELAN|CVAT) file"),
        (b"<annotations", "is not XML"),
        (b"", "is not XML"),
        (b"\xff\xfe<\x00", "is not XML"),
        (b'<?xml version="1.0" encoding="x-unknown"?><a/>', "is not XML"),
        (b"<annotations>" + b"<a>" * 200, "no ELAN file|nested deeper"),
        (b"PK\x03\x04zip", "is not XML"),
    ],
)
def test_what_is_no_such_xml_is_refused(tmp_path, reader, content, fault):
    path = tmp_path / "file.xml"
    path.write_bytes(content)
    with pytest.raises(ForeignError, match=fault):
        report(reader(path))


def test_endless_xml_does_not_fill_the_memory(tmp_path):
    text, tag = tmp_path / "text.xml", tmp_path / "tag.xml"
    with text.open("wb") as file:
        file.write(b"<annotations><meta>")
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    with tag.open("wb") as file:
        file.write(b"<annotations><track label='")
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    tracemalloc.start()
    for path, fault in ((text, "a text of more than"), (tag, "a tag of more than")):
        with pytest.raises(ForeignError, match=fault):
            report(cvat_spans(path))
    assert tracemalloc.get_traced_memory()[1] < 40 << 20
    tracemalloc.stop()


TIME = {"id": "e", "type": "timelinelabels", "value": {"ranges": [{"start": 1, "end": 4}]}}
TEXT = {"id": "e", "type": "textarea", "value": {"text": ["It runs."]}}


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        ([TIME, TEXT], None),
        ([TIME], "has no caption"),
        ([{**TIME, "value": {"ranges": []}}, TEXT], "has no ranges"),
        ([{**TIME, "value": {"ranges": [{"start": 0, "end": 4}]}}, TEXT], "from 1"),
        ([{**TIME, "value": {"ranges": [{"start": "1", "end": 4}]}}, TEXT], "from 1"),
        ([{**TIME, "value": {"ranges": [{"start": 5, "end": 4}]}}, TEXT], "are no span"),
        ([TIME, {**TEXT, "value": {"text": ["<image>"]}}], "marks a place"),
        ("none", "no list of results"),
    ],
)
def test_rows_of_label_studio(tmp_path, result, fault):
    path = tmp_path / "tasks.json"
    path.write_text(
        json.dumps([{"data": {"video": "/data/upload/3/clip.one.mp4"}, "annotations": [{"result": result}]}])
    )
    found = report(label_studio_spans(path))
    assert (found.rows, found.bad) == (1, 0 if fault is None else 1)
    if fault is None:
        assert spans(label_studio_spans(path)) == [ForeignSpan("clip.one", "0", 0, 3, "It runs.")]
    else:
        assert fault in found.errors[0].error
    path.write_text('[{"id": 1}]')
    with pytest.raises(ForeignError, match="no Label Studio JSON"):
        report(label_studio_spans(path))
