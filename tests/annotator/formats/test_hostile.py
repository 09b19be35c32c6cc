"""Files of captions with bytes changed at random: a row is refused or the file is, and nothing else ever comes out."""

from __future__ import annotations

import json
import random

import pytest

from annotator.formats.foreign import ForeignError
from annotator.formats.forms import FORMS
from annotator.formats.spans import MAX_NAME, report, spans
from annotator.quality.text import MAX_CAPTION

BOX = (
    '<box frame="{}" outside="0" occluded="0" keyframe="1" xtl="1.00" ytl="2" xbr="20" ybr="30"><attribute '
    'name="masklet_id">7</attribute><attribute name="caption">It runs &amp; jumps.</attribute>'
    '<attribute name="event">0-3</attribute></box>'
)
RESULTS = [
    {"id": "m", "type": "videorectangle", "meta": {"text": ["2"]}, "value": {"framesCount": 9, "sequence": []}},
    {"id": "e", "type": "timelinelabels", "parentID": "m", "value": {"ranges": [{"start": 1, "end": 4}]}},
    {"id": "e", "type": "textarea", "value": {"text": ["It runs."]}},
]
FILES = {
    "activitynet": {"v1": {"duration": 1.5, "timestamps": [[0, 0.5], [0.5, 1e0]], "masklet_ids": [2, "5"],
                           "sentences": ["It runs.", "개가 앉는다."]}},
    "csv": 'video,masklet_id,start_frame,end_frame,caption\nv1.mp4,2,0,3,"It ""runs"", fast."\nv1.mp4,5,4,8,\'=개\n',
    "cvat": '<?xml version="1.0" encoding="utf-8"?><annotations><meta><task><size>9</size><original_size>'
            '<width>64</width><height>48</height></original_size><source>v1.mp4</source></task></meta>'
            f"<track id='0' label='dog'>{BOX.format(0)}{BOX.format(1)}</track></annotations>",
    "elan": '<?xml version="1.0"?><ANNOTATION_DOCUMENT><HEADER><MEDIA_DESCRIPTOR MEDIA_URL="file:///v1.mp4"/></HEADER>'
            '<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="667"/>'
            '</TIME_ORDER><TIER TIER_ID="masklet 2"><ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1="a" '
            'TIME_SLOT_REF2="b"><ANNOTATION_VALUE>It runs.</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>'
            "</TIER></ANNOTATION_DOCUMENT>",
    "label_studio": [{"data": {"video": "media/v1.mp4", "video_name": "v1"}, "annotations": [{"result": RESULTS}]}],
    "plm": '{"uid":0,"video":"v1.mp4","masklet_id":2,"total_frames":9,"dense_captions":[{"start_frame":0,'
           '"end_frame":3,"caption":"Out of frame."},{"start_frame":4,"end_frame":8,"caption":"It \\"runs\\"."}]}\n'
           '{"uid":1,"video":"v1.mp4","masklet_id":5,"total_frames":9,"dense_captions":[{"start_frame":0,'
           '"end_frame":8,"caption":"개"}]}\n',
    "webvtt": "WEBVTT - x\n\nNOTE a\n\n2:0-3\n00:00.000 --> 00:00:00.667 align:left\n<v Ann>It &amp; <b>runs</b>\n\n"
              "00:00:01.000 --> 00:00:02.000\n개가 앉는다.\n",
}  # fmt: skip
TOKENS = [
    b"9" * 400, b"-1", b"1e999", b"NaN", b"null", b"{}", b"[]", b'""', b"true", b"\0", b"\xff", b"\xed\xa0\x80", b"<",
    b"&", b"&#0;", b"-->", b"\n", b"\r", b"\n\n", b'"', b"'", b",", b"<!--", b"]]>", b"x" * 3000,
    "\u2028\u202e🎬".encode(),
]  # fmt: skip


def content(form: str) -> bytes:
    file = FILES[form]
    return (file if isinstance(file, str) else json.dumps(file, ensure_ascii=False)).encode()


def changed(data: bytes, chance: random.Random) -> bytes:
    """The file with one to three stretches of it replaced."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(data))
        stop = min(len(data), start + chance.choice((0, 0, 1, 1, 4, 20)))
        new = chance.choice((chance.choice(TOKENS), bytes([chance.randrange(256)]), data[start:stop] * 2))
        data = data[:start] + new + data[stop:]
    return data or b"\n"


@pytest.mark.parametrize("form", sorted(FILES))
def test_nothing_but_refusals_comes_of_a_damaged_file(form, tmp_path):
    read = FORMS[form].spans
    path = tmp_path / "v1.2.vtt"
    path.write_bytes(content(form))
    assert report(read(path)).bad == 0, "as it is it is good"
    chance = random.Random(f"damaged {form}")
    good = refused = 0
    for _ in range(400):
        data = changed(content(form), chance)
        path.write_bytes(data)
        try:
            found = report(read(path))
        except ForeignError as error:
            assert error.where and error.message, data
            refused += 1
            continue
        except Exception as error:
            raise AssertionError(data) from error
        assert found.rows == found.bad + found.out_of_frame + sum(found.captions.values()), data
        if found.bad:
            assert all(row.where and row.error for row in found.errors), data
            refused += 1
            continue
        for span in spans(read(path)):
            assert 0 <= span.start_frame <= span.end_frame and 0 < len(span.caption) <= MAX_CAPTION, data
            assert max(len(span.video), len(span.subject)) <= MAX_NAME, data
        good += 1
    assert good > 10 and refused > 50, (good, refused)


def test_every_reader_is_tried():
    assert set(FILES) == {name for name, form in FORMS.items() if form.spans is not None}
