"""Captions as CSV, WebVTT and ActivityNet JSON: written, read by others, read back, and refused row by row."""

from __future__ import annotations

import csv
import errno
import json
import signal
import subprocess
import sys
import time
import tracemalloc
from itertools import pairwise

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.formats.activitynet import activitynet_spans, entry
from annotator.formats.aside import aside
from annotator.formats.csv_tables import COLUMNS, SPAN, csv_spans, marked, table_rows, unmarked, write_table
from annotator.formats.foreign import ForeignError
from annotator.formats.forms import FORMS, export
from annotator.formats.plm import SCHEMAS
from annotator.formats.plm_records import plm_spans, write_both
from annotator.formats.released import FormError, ReleasedMasklet, ReleasedVideo, open_folder
from annotator.formats.shards import read_lines
from annotator.formats.spans import ForeignSpan, checked, report, spans
from annotator.formats.times import milliseconds, seconds, span_of
from annotator.formats.webvtt import webvtt, webvtt_spans
from annotator.quality.dense import DenseEvent
from annotator.quality.text import same_words
from tests.annotator.formats.releases import FRAMES, TEXTS, VIDEOS, write_manifest

LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="[]|\ufffe\uffff")
CAPTIONS = st.text(LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool)


@st.composite
def events(draw):
    """Events of a masklet in order, with gaps."""
    edges = sorted(draw(st.sets(st.integers(0, 5000), min_size=2, max_size=10)))
    return [DenseEvent(a, b - 1, draw(CAPTIONS)) for a, b in list(pairwise(edges))[:: draw(st.sampled_from([1, 2]))]]


def drawn(number):
    """What the drawn release says of a masklet."""
    told = [(0, 3, TEXTS[0]), (4, FRAMES - 1, TEXTS[1])] if number == 2 else [(3, FRAMES - 1, TEXTS[2])]
    return [(str(number), *span) for span in told]


def said(found, video):
    return sorted((s.subject, s.start_frame, s.end_frame, s.caption) for s in found if s.video == video)


EVERYTHING = sorted(drawn(2) + drawn(5))


def test_csv_is_what_was_released(drawn_release, tmp_path):
    export(drawn_release, "csv", tmp_path / "out")
    records = drawn_release / "records" / "train"
    for subset in ("rcap", "rtloc"):
        path = tmp_path / "out" / "train" / f"{subset}.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [{**r, "caption": unmarked(r["caption"])} for r in rows] == [
            {key: str(value) for key, value in row.items()} for row in read_lines(records / f"{subset}.jsonl")
        ]
        table = pyarrow.csv.read_csv(path)
        assert table.column_names == list(COLUMNS[subset])
        assert str(table.schema.field("start_frame").type) == "int64"
    (train, test) = (tmp_path / "out" / split / "fgqa.csv" for split in ("train", "test"))
    assert [r["question"] for _, r in list(table_rows(train))[1:]] == ["How does q1 move?", "How does q2 move?"]
    assert list(table_rows(test))[1][1]["source_start_time"] == "0.5"
    for subset in ("rcap", "rdcap"):
        found = spans(csv_spans(tmp_path / "out" / "train" / f"{subset}.csv"))
        assert [said(found, video) for video in VIDEOS["train"]] == [EVERYTHING] * 2
    assert report(csv_spans(tmp_path / "out" / "train" / "rdcap.csv")).out_of_frame == 2


def test_the_published_records_lead_back_to_the_captions(drawn_release, tmp_path):
    export(drawn_release, "plm", tmp_path / "out")
    for subset in ("rcap", "rdcap"):
        path = tmp_path / "out" / subset / f"plm_{subset}_train.jsonl"
        found = spans(plm_spans(path))
        assert [said(found, video) for video in VIDEOS["train"]] == [EVERYTHING] * 2
    assert report(plm_spans(path)).out_of_frame == 2
    row = json.loads(path.read_text("utf-8").splitlines()[0])
    span = row["dense_captions"][-1]
    for change, fault in (
        ({"total_frames": span["end_frame"]}, "beyond total_frames"), ({"dense_captions": []}, "a list of spans"),
        ({"masklet_id": 1.5}, "masklet_id: 1.5 is no"), ({"video": None}, "video and caption must be texts"),
        ({"colour": "red"}, "is no JSON object with"),
        ({"dense_captions": [{**span, "start_frame": "0"}]}, "start_frame"),
    ):  # fmt: skip
        path.write_text(json.dumps(row) + "\n" + json.dumps({**row, "video": "w.mp4", **change}), "utf-8")
        found = report(plm_spans(path))
        assert (found.errors[0].where.split(".dense")[0], found.bad >= 1) == (f"{path.name}, line 2", True)
        assert fault in found.errors[-1].error
        with pytest.raises(ForeignError):
            spans(plm_spans(path))


def test_webvtt_and_activitynet_lead_back_to_the_frames(drawn_release, tmp_path):
    heard = []
    written = export(drawn_release, "webvtt", tmp_path / "vtt", tell=heard.append)
    assert (written.files, heard) == (6, [*VIDEOS["train"], *VIDEOS["test"]])
    found = [span for path in sorted((tmp_path / "vtt/train").iterdir()) for span in spans(webvtt_spans(path))]
    assert [said(found, video) for video in VIDEOS["train"]] == [EVERYTHING] * 2
    export(drawn_release, "activitynet", tmp_path / "anet")
    found = spans(activitynet_spans(tmp_path / "anet" / "test.json"), {VIDEOS["test"][0]: FRAMES})
    assert said(found, VIDEOS["test"][0]) == EVERYTHING
    data = json.loads((tmp_path / "anet" / "train.json").read_text("utf-8"))
    assert data[VIDEOS["train"][0]] == {
        "duration": 1.5,
        "timestamps": [[0.0, 0.666667], [0.5, 1.5], [0.666667, 1.5]],
        "sentences": [TEXTS[0], TEXTS[2], TEXTS[1]],
        "masklet_ids": [2, 5, 2],
    }
    assert json.loads((tmp_path / "anet" / "train_ids.json").read_text()) == list(VIDEOS["train"])


@given(st.integers(0, 10**6), st.integers(1, 1000))
def test_times_lead_back_to_their_frames(start, length):
    end = start + length - 1
    assert span_of(milliseconds(start) / 1000, milliseconds(end + 1) / 1000) == (start, end)
    assert span_of(seconds(start), seconds(end + 1), end + 1) == (start, end)


@settings(max_examples=60, deadline=None)
@given(events(), st.integers(0, 99))
def test_what_is_written_is_read_back(tmp_path_factory, told, number):
    folder = tmp_path_factory.mktemp("back")
    want = [ForeignSpan("clip.one", str(number), e.grid_start, e.grid_end, e.caption) for e in told]
    path = folder / f"clip.one.{number}.vtt"
    path.write_text(webvtt(number, told), "utf-8")
    assert [row.span for row in webvtt_spans(path)] == want
    video = ReleasedVideo("clip.one", "train", 6000, (ReleasedMasklet(number, tuple(told)),), folder)
    path = folder / "train.json"
    path.write_text(json.dumps({"clip.one": entry(video)}), "utf-8")
    assert [row.span for row in activitynet_spans(path)] == want
    rows = [
        {"uid": 1, "video": "clip.one.mp4", "masklet_id": number, "total_frames": 6000, "start_frame": e.grid_start,
         "end_frame": e.grid_end, "caption": e.caption} for e in told
    ]  # fmt: skip
    write_table(folder / "rdcap.csv", SPAN, rows)
    assert [row.span for row in csv_spans(folder / "rdcap.csv")] == want
    write_both(folder / "rcap", SCHEMAS["rcap"], rows)
    whole = {**{key: rows[0][key] for key in ("uid", "video", "masklet_id", "total_frames")}, "dense_captions": [
        {key: row[key] for key in ("start_frame", "end_frame", "caption")} for row in rows
    ]}  # fmt: skip
    write_both(folder / "rdcap", SCHEMAS["rdcap"], [whole])
    for subset, wrote in (("rcap", rows), ("rdcap", [whole])):
        assert [row.span for row in plm_spans(folder / f"{subset}.jsonl")] == want
        assert pq.read_table(folder / f"{subset}.parquet").to_pylist() == wrote


@given(st.text(max_size=20))
def test_no_cell_is_a_formula_and_none_is_changed(text):
    cell = marked(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unmarked(cell) == text


HEAD = "video,masklet_id,start_frame,end_frame,caption\n"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("v1,1,4,3,It runs.", "frames 4 to 3 are no span"),
        ("v1,1,-1,3,It runs.", "start_frame: '-1' is no frame number"),
        ("v1,1,1e3,3,It runs.", "start_frame"),
        ("v1,1,0,3", "another number of cells"),
        ("v1,1,0,3,It [runs].", "caption: “\\[” breaks"),
        ("v1,1,0,3,<|eot_id|>", "control token"),
        ("v1,1,0,30,It runs.", "ends at grid frame 30, the video at 8"),
        ("v2,1,0,3,It runs.", "video 'v2' is none of this import"),
        (",1,0,3,It runs.", "video is empty"),
        ("v1,1,0,3,", "caption: Write something"),
        ("v1,1,2,3,It runs.\nv1,1,0,2,It jumps.", "frames 0 to 2 overlap 2 to 3"),
    ],
)
def test_a_bad_row_is_told_and_nothing_is_taken(tmp_path, row, fault):
    path = tmp_path / "captions.csv"
    path.write_text(HEAD + "v1,7,0,8,It sits.\n" + row + "\nv1,7,9,9,too late\n", "utf-8")
    found = report(csv_spans(path), {"v1": 9})
    assert found.rows == found.bad + sum(found.captions.values())
    assert found.captions["v1", "7"] == 1
    with pytest.raises(ForeignError, match=fault) as refused:
        spans(csv_spans(path), {"v1": 9})
    assert refused.value.where == f"captions.csv, line {2 + len(row.splitlines())}"
    assert found.errors[0].where == refused.value.where


@pytest.mark.parametrize(
    ("reader", "content", "fault"),
    [
        (csv_spans, b"video,masklet_id,start_frame,end_frame,caption,colour\n", "unknown columns: colour"),
        (csv_spans, b"video,caption\n", "lacks the columns masklet_id, start_frame, end_frame"),
        (csv_spans, b"\xff\xfev\x00i\x00", "is not UTF-8"),
        (csv_spans, "영상,caption\n".encode("cp949"), "is not UTF-8"),
        (csv_spans, b"a,a\n", "each once"),
        (csv_spans, b"\x89PNG\r\n", "is not UTF-8"),
        (csv_spans, HEAD.encode() + b'v1,1,0,1,"it\nends', "is not CSV"),
        (plm_spans, b'{"qa_id": "1"}', "holds questions and answers"),
        (plm_spans, b'{"uid": 0, "video": "v", "colour": 1}', "it has colour, uid, video"),
        (plm_spans, b"PAR1\x15\x04", "it has no JSON object"),
        (plm_spans, b'{"uid": "' + "영상".encode("cp949") + b'"}', "is not UTF-8"),
        (webvtt_spans, b"1\n00:00:01,000 --> 00:00:02,000\nSubRip\n", "does not begin with WEBVTT"),
        (webvtt_spans, b"", "is empty"),
        (webvtt_spans, b"WEBVTT\n\0", "holds a NUL"),
        (activitynet_spans, b'{"v1": {"times": []}}', "is no ActivityNet"),
        (activitynet_spans, b"[1]", "not a JSON object"),
        (activitynet_spans, b'{"v1": ', "is not JSON"),
    ],
)
def test_a_foreign_file_is_refused_as_a_whole(tmp_path, reader, content, fault):
    path = tmp_path / "file.x"
    path.write_bytes(content)
    with pytest.raises(ForeignError, match=fault):
        report(reader(path))


def test_a_line_without_end_is_not_read_into_memory(tmp_path):
    """A sparse gigabyte without a line break, and records that go on over all lines: neither fills the memory."""
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    quoted = tmp_path / "quoted.csv"
    quoted.write_bytes(HEAD.encode() + (b'"' + b"x" * 200 + b'\n",') * (1 << 14))
    cue = tmp_path / "cue.vtt"
    cue.write_bytes(b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + (b"word " * 40 + b"\n") * (1 << 14))
    tracemalloc.start()
    for reader, file, fault in (
        (csv_spans, path, "longer than"), (webvtt_spans, path, "longer than"), (activitynet_spans, path, "at most"),
        (csv_spans, quoted, "does not end|is not CSV"), (webvtt_spans, cue, "does not end"),
    ):  # fmt: skip
        with pytest.raises(ForeignError, match=fault):
            report(reader(file))
    assert tracemalloc.get_traced_memory()[1] < 60 << 20
    tracemalloc.stop()


def test_cues_that_others_write(tmp_path):
    path = tmp_path / "talk.vtt"
    path.write_text(
        "WEBVTT - made elsewhere\nKind: captions\n\nNOTE a remark\n\nSTYLE\n::cue {}\n\n"
        "00:01.000 --> 00:02.000 align:left\n"
        "<v Ann>It <b>runs</b>\nto the left &amp; stops\n\n7\n00:00:02.000 --> 00:00:02.050\nToo short\n\nnot a cue\n",
        "utf-8",
    )
    rows = list(webvtt_spans(path))
    assert rows[0].span == ForeignSpan("talk", "0", 6, 11, "It runs to the left & stops")
    assert [row.error for row in rows[1:]] == [
        "2 s to 2.05 s is shorter than a frame of the grid (1/6 s)", 'is neither a cue (no "-->") nor a note',
    ]  # fmt: skip
    assert [row.where for row in rows[1:]] == ["talk.vtt, line 14", "talk.vtt, line 17"]
    assert [row.error for row in checked(rows[:1] * 2)][1].startswith("frames 6 to 11 overlap 6 to 11")


def test_a_cue_under_the_head_is_told_and_markup_costs_no_square_of_its_length(tmp_path):
    path = tmp_path / "talk.vtt"
    path.write_text("WEBVTT\n00:01.000 --> 00:02.000\nLost?\n\n00:02.000 --> 00:03.000\nIt sits.\n", "utf-8")
    found = report(webvtt_spans(path))
    assert (found.rows, found.bad, found.captions["talk", "0"]) == (2, 1, 1)
    assert found.errors[0].where == "talk.vtt, line 1" and "right under WEBVTT" in found.errors[0].error
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<" * ((1 << 20) - 100) + "\n", "utf-8")
    begun = time.process_time()
    assert report(webvtt_spans(path)).bad == 1
    assert time.process_time() - begun < 10, "it took hours"


def test_texts_and_names_too_long_are_refused_before_they_are_remembered(tmp_path):
    """What asks for the rules of texts keeps the last two thousand: a file of megabytes in each filled the memory."""
    path = tmp_path / "long.json"
    told = {"timestamps": [[0, 1], [1, 2]], "sentences": ["x" * (1 << 20), "It runs."]}
    path.write_text(json.dumps({"v1": told, "v" * 400: told}), "utf-8")
    same_words.cache_clear()
    found = report(activitynet_spans(path))
    assert (found.rows, found.bad, found.captions) == (4, 3, {("v1", "0"): 1})
    assert [row.error[:20] for row in found.errors] == [
        "caption: 1048576 cha",
        "caption: 1048576 cha",
        "the name of its vide",
    ]
    assert same_words.cache_info().currsize <= 2, "the one text that is taken, and the system's own"
    path.write_text(json.dumps({"v1": {**told, "masklet_ids": [[1], {"a": 1}]}}), "utf-8")
    assert {row.error for row in activitynet_spans(path)} == {"its masklet_id is neither a number nor a text"}


def _no_space(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_damaged_release_or_a_used_folder_leaves_nothing(drawn_release, tmp_path, monkeypatch):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(drawn_release, copy)
    with pytest.raises(FormError, match=r"no form 'docx'\. Known: .*csv"):
        export(copy, "docx", tmp_path / "out")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").touch()
    with pytest.raises(FormError, match="not empty"):
        export(copy, "csv", tmp_path / "used")
    with pytest.raises(FormError, match="is no release folder"):
        export(tmp_path, "csv", tmp_path / "out")
    lines = copy / "records/train/rdcap.jsonl"
    lines.write_bytes(lines.read_bytes().replace(b"runs", b"sits"))
    with pytest.raises(FormError, match=r"records/train/rdcap\.jsonl: changed"):
        export(copy, "csv", tmp_path / "out")
    rows = lines.read_bytes().splitlines(keepends=True)
    lines.write_bytes(rows[0] + rows[2] + rows[1])
    write_manifest(copy)
    with pytest.raises(FormError, match="do not stand together"):
        export(copy, "webvtt", tmp_path / "out")
    clip = copy / "videos" / "grid" / f"{VIDEOS['test'][0]}.mp4"
    clip.write_bytes(clip.read_bytes()[:-1])
    with pytest.raises(FormError, match=r"videos/grid/.*: changed"):
        export(copy, "webvtt", tmp_path / "out")
    manifest = json.loads((copy / "manifest.json").read_text())
    for field, value in (("media", ["../elsewhere.jsonl"]), ("files", [{"path": "../x", "sha256": "0"}])):
        (copy / "manifest.json").write_text(json.dumps(manifest | {field: value}))
        with pytest.raises(FormError, match=r"media. names \.\./elsewhere|leads outside"):
            export(copy, "webvtt", tmp_path / "out", verify=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "used"]
    with monkeypatch.context() as full:
        full.setattr("pathlib.Path.rename", _no_space)
        with pytest.raises(FormError, match="out: cannot be written: No space left"):
            export(drawn_release, "csv", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "used"]
    assert open_folder(drawn_release).splits == ("train", "test")
    assert all(form.what for form in FORMS.values())


KILLED = """
import os, signal, sys
from pathlib import Path
from annotator.formats import forms
def die(release, folder):
    (folder / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
forms.FORMS = {"csv": forms.Form("half a table", die)}
forms.export(Path(sys.argv[1]), "csv", Path(sys.argv[2]), verify=False)
"""


def test_what_a_killed_export_left_goes_with_the_next_one(drawn_release, tmp_path):
    """Only that: what another program writes at this moment for the same folder, and other people's, stays."""
    out = tmp_path / "out[1]"
    done = subprocess.run([sys.executable, "-c", KILLED, drawn_release, out], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".partial") and (left / "half").exists()
    others = [tmp_path / ".out[1].mine.partial", tmp_path / ".out.0123abcd.partial"]
    for other in others:
        other.mkdir()
    with aside(out) as mine:
        assert not left.exists()
        export(drawn_release, "csv", out, verify=False)
        assert mine.is_dir()
    assert sorted(tmp_path.iterdir()) == sorted([out, *others])
