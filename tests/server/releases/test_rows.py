"""Rows that are made quickly are the rows that the records' own validation, renderer and checks give, byte for byte."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from annotator.formats.shards import ShardWriter
from annotator.quality.text import harmless
from annotator.records import QuestionType
from model.data.conversations import render
from model.data.rejects import check_row
from server.releases.load import Handed, SegmentWork, SourceVideo
from server.releases.rows import Faulty, _released, segment_rows
from server.releases.rule import Rule
from server.releases.said import Said
from server.releases.select import Item

ID = UUID(int=7)
ORIGIN = {
    "document": "d", "revision": 3, "submission_sha256": "a" * 64, "task": "t", "video_sha256": "b" * 64,
    "guideline_version": 1, "source_dataset": "", "licence": "", "people": [{"step": "caption", "person": "p-1"}],
}  # fmt: skip
CLIP = {"start_s": 0.5, "end_s": 3.25}
VIDEO = SourceVideo(ID, "v0", "0" * 64, "train", 2.0, 48, 12, 96, 64, 96, 64, "p", "f", "set")
SPOKEN = [
    "A cup.", "  two  words ", "", " ", "한국어 문장", 'quo"te \\ %s %(answer)b', "@answer@", "a < b", "<|eot|>",
    "<image>", "line\nbreak", "\u2028\x7f", "<video> 👍", "[1, 2]",
]  # fmt: skip
texts = st.one_of(st.sampled_from(SPOKEN), st.text(max_size=40))
keys = st.sampled_from([str(UUID(int=k)) for k in range(4)] + ["e1"])
questions = st.fixed_dictionaries(
    {"text": texts, "q_type": st.sampled_from([kind.value for kind in QuestionType])},
    optional={"draft": st.none() | texts, "form": st.sampled_from(["fgqa", "sgqa"]), "origin": st.just("lead")},
)
answers = st.fixed_dictionaries(
    {"verdict": st.sampled_from(["accept", "reject", "write"])},
    optional={
        "text": texts,
        "reason": st.sampled_from(["incorrect", "irrelevant"]),
        "evidence": st.just({"picture_start": 1, "picture_end": 2}),
        "distractors": st.lists(st.fixed_dictionaries({"text": texts, "checked": st.booleans()}), max_size=3),
    },
)


def with_id(records):
    return {key: {"id": key, **record} for key, record in records.items()}


bodies = st.builds(
    lambda asked, said: {"schema_version": 1, "questions": with_id(asked), "answers": with_id(said)},
    st.dictionaries(keys, questions, max_size=4),
    st.dictionaries(keys, answers, max_size=4),
)


class Validated(Said):
    """Read by the records' own validation alone."""

    def _read(self):
        return False


def work_of(said):
    item = Item(1, ID, ID, ID, None, ID, ID, True)
    handed = Handed(ID, 3, "0" * 64, ID, 1, ())
    return SegmentWork(
        item, handed, VIDEO, ID, 'seg"%1', 0, 47, "what <i>", "cooking", "set", said, tuple(said.answered)
    )


def slow_rows(said):
    """(record, line) of each answer, or why it is refused: by dictionaries, the renderer and all checks."""
    found = []
    for key, question, answer in said.answered:
        asked = said.body.questions[key]
        record = {
            "qa_id": f"{ID}.{key}", "segment_id": 'seg"%1', "question": question, "answer": answer,
            "metadata": {
                "source_video_id": "v0", "source_dataset": "set", "source_start_time": 0.5, "source_end_time": 3.25,
                "what_description": "what <i>", "q_type": asked.q_type.value, "q_subtype": asked.subtype,
                "domain": "cooking", "is_audited": 1,
            },
        }  # fmt: skip
        row = render("fgqa", record, f"videos/segments/{ID}.mp4")
        if reason := check_row(row):
            return f"row fgqa:{ID}.{key}", reason
        if asked.draft and asked.draft.strip() != answer and harmless(asked.draft):
            row["meta"]["draft"] = asked.draft.strip()
        options = [option.text.strip() for option in said.body.answers[key].distractors if option.checked]
        if options and all(option and harmless(option) for option in options):
            row["meta"]["distractors"] = options
        found.append((record, row))
    return found


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bodies)
def test_a_plain_reading_is_the_validated_one_and_its_rows_are_the_renderers(body):
    text = orjson.dumps(body).decode()
    said, validated = Said(text), Validated(text)
    assert (said.answered, said.asked) == (validated.answered, validated.asked)
    wanted = slow_rows(validated)
    if isinstance(wanted, tuple):
        with pytest.raises(Faulty) as refused:
            segment_rows(work_of(said), Rule(), CLIP)
        assert [(problem.field, problem.code) for problem in refused.value.problems] == [wanted]
        return
    if not wanted:
        return  # nobody asks for its rows
    rows = segment_rows(work_of(said), Rule(), CLIP)
    assert rows.ids == [conversation["id"] for _, conversation in wanted]
    assert rows.told == [orjson.dumps(conversation) for _, conversation in wanted]
    assert rows.records == [orjson.dumps(record) for record, _ in wanted]
    quick, slow = ShardWriter("train", 0), ShardWriter("train", 0)
    quick.records("fgqa", rows.ids, rows.records, rows.columns, quick.document(ORIGIN))
    origin = slow.document(ORIGIN)
    for row_id, (record, _) in zip(rows.ids, wanted, strict=True):
        slow.record("fgqa", row_id, record, origin)
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = quick.write(folder / "quick")
        assert files == slow.write(folder / "slow")
        for file in files:
            assert (folder / "quick" / file.path).read_bytes() == (folder / "slow" / file.path).read_bytes()


ODD = [
    {"questions": {"q": {"id": "q", "text": 3, "q_type": "Pose"}}},
    {"questions": {"q": {"id": "q", "text": "x", "q_type": "Posture"}}},
    {"questions": {"q": {"id": "q", "text": "x", "q_type": "Pose", "draught": "y"}}},
    {"questions": {"q": {"id": "q", "text": "x" * 4001, "q_type": "Pose"}}},
    {"questions": {"q": {"id": "q", "text": "x", "q_type": "Pose", "draft": 1}}},
    {"answers": {"q": {"id": "q", "verdict": "guess", "text": "y"}}},
    {"answers": {"q": {"id": "q", "verdict": "write", "text": ["y"]}}},
    {"answers": {"q": {"id": "q", "verdict": "write", "text": "y", "more": 1}}},
    {"answers": {"q": {"id": "q", "verdict": "write", "text": "y", "distractors": ["z"]}}},
    {"guesses": {}},
    {"questions": []},
]


@pytest.mark.parametrize("change", ODD)
def test_what_is_no_document_is_refused_as_the_records_refuse_it(change):
    good = {
        "questions": {"q": {"id": "q", "text": "x", "q_type": "Pose"}},
        "answers": {"q": {"id": "q", "verdict": "write", "text": "y"}},
    }
    assert Said(orjson.dumps(good).decode()).answered == [("q", "x", "y")]
    with pytest.raises(ValidationError):
        Said(orjson.dumps(good | change).decode())
    with pytest.raises(ValidationError):
        Said("{")


EVENT = {"uid": 3, "video": "v.mp4", "masklet_id": 1, "total_frames": 60, "start_frame": 5, "end_frame": 59}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts.filter(str.strip))
def test_captions_are_checked_as_a_trainer_checks_them(caption):
    spans = [{"start_frame": 0, "end_frame": 59, "caption": caption}]
    dense = {"uid": 3, "video": "v.mp4", "masklet_id": 1, "total_frames": 60, "dense_captions": spans}
    for subset, record in (
        ("rcap", {**EVENT, "caption": caption}),
        ("rtloc", {**EVENT, "caption": caption}),
        ("rdcap", dense),
    ):
        row = render(subset, record, "clip.mp4")
        if reason := check_row(row):
            with pytest.raises(Faulty) as refused:
                _released(subset, record, "clip.mp4")
            assert [problem.code for problem in refused.value.problems] == [reason]
        else:
            assert _released(subset, record, "clip.mp4").line() == orjson.dumps(row)
