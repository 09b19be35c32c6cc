"""Scores by hand-worked examples in both modes, distractors, and a whole evaluation of the trained tiny network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from model import plm
from model.config import ConfigError
from model.data.conversations import render
from model.data.pictures import Pictures, View
from model.data.rejects import Rejects
from model.data.release import open_release
from model.data.samples import Sample, read_samples
from model.data.tokens import ChatEncoder
from model.evaluate import fgqa
from model.evaluate.benchmark import Item
from model.evaluate.fgqa import Fgqa, public_is_right
from model.evaluate.generate import answer
from model.evaluate.rtloc import Rtloc, public_iou, public_window, strict_iou
from model.evaluate.run import Evaluation, evaluate, main
from model.stopping import StopRequestedError
from tests.model.conftest import Trained
from tests.model.release_factory import append_rows, write_release

pytestmark = pytest.mark.xdist_group("trained")

SAMPLE = Sample("rtloc:0", "rtloc", Path("v.mp4"), "Q?", "A.", None, None, None, {})


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("[3, 17]", (3, 17)),
        ("about [3.5,17] or [1, 2]", (3.5, 17)),
        ("[ 3, 17]", (50, 60)),
        ("[03, 17]", (50, 60)),
        ("[0, 00]", (0, 0)),
        ("3 to 17", (50, 60)),
    ],
)
def test_the_public_scorer_reads_windows_so(text: str, window: tuple[float, float]) -> None:
    assert public_window(text, end_frame=40) == window


@pytest.mark.parametrize(
    ("predicted", "gold", "compat", "strict"),
    [
        ((0, 10), (0, 10), 1.0, 1.0),
        ((4, 4), (4, 4), 0.0, 1.0),
        ((0, 9), (10, 19), 0.0, 0.0),
        ((0, 10), (5, 15), 5 / 15, 6 / 16),
        ((10, 0), (0, 10), 1.0, 0.0),
        ((0, 99), (0, 31), 31 / 99, 0.0),
    ],
)
def test_overlap(predicted: tuple[int, int], gold: tuple[int, int], compat: float, strict: float) -> None:
    assert public_iou(predicted, gold) == pytest.approx(compat, abs=1e-6)
    assert strict_iou(predicted, gold) == pytest.approx(strict)


def test_rtloc_recall_is_the_mean_of_four_and_counts_what_it_could_not_read() -> None:
    gold = {"start": 0, "end": 9, "end_frame": 20}
    items = [Item(f"rtloc:{i}", SAMPLE, "Q?", 16, gold) for i in range(4)]
    scores = Rtloc().score(items, ["[0, 9]", "[0, 5]", "[20, 31]", "no idea"])
    # strict overlaps 1, 0.6, 0, 0: recalls 2/4, 2/4, 1/4, 1/4
    assert [scores.strict[f"recall@{t}"] for t in (0.3, 0.5, 0.7, 0.9)] == [0.5, 0.5, 0.25, 0.25]
    assert scores.strict["mean_recall"] == 0.375 and scores.compat["recall@0.5"] == 0.5
    assert scores.counts == {"items": 4, "unparsed": 1}
    assert Rtloc().score([], []).strict == {}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("(A)", True),
        ("A.", True),
        ("a person walks", True),  # a quirk: the article is read as the option
        ("Answer: (A) because", True),
        ("(B)", False),
        ("", False),
        (" (A)", False),  # another: an answer that begins with a space has an empty first word
        ("The (A)", False),
    ],
)
def test_the_public_scorer_reads_options_so(text: str, right: bool) -> None:
    assert public_is_right(text, "A") is right


def test_mbacc_wants_all_binaries_and_strict_both_orders() -> None:
    def item(question: str, option: str, compat: bool, written: bool = False) -> Item:
        facts = {"qa_id": question, "option": option, "compat": compat, "q_type": "Pose", "distractor": "d"}
        return Item(f"{question}{option}", SAMPLE, "Q?", 16, {**facts, "written": written})

    items = [item("q1", "A", True), item("q1", "B", False), item("q2", "A", True), item("q2", "B", False)]
    scores = Fgqa().score(items, ["(A)", "(B)", "(A)", "(A)"])
    assert scores.compat == {"mbacc": 1.0, "binary_accuracy": 1.0}
    assert scores.strict == {"mbacc": 0.5, "binary_accuracy": 0.75, "mbacc/Pose": 0.5}
    assert scores.marks == {"distractors": "other_clips"} and scores.counts["unparsed"] == 0
    assert Fgqa().score(items, ["?"] * 4).counts["unparsed"] == 4
    mixed = [item("q1", "A", True), item("q1", "B", False), item("q2", "A", True, True), item("q2", "B", False, True)]
    scores = Fgqa().score(mixed, ["(A)", "(B)", "(A)", "(A)"])
    assert (scores.strict["mbacc"], scores.strict["mbacc_written"], scores.compat["mbacc_written"]) == (0.5, 0.0, 1.0)
    assert scores.marks == {"distractors": "written and other_clips"} and scores.counts["written"] == 1
    assert Fgqa().score(mixed[2:], ["(A)", "(B)"]).marks == {"distractors": "written"}


def test_distractors_are_other_clips_answers_to_the_same_type(release: Path) -> None:
    opened = open_release(release)
    questions = Fgqa().questions(opened, "test")
    by_id = {
        sample.id: sample
        for split in ("train", "test")
        for sample in read_samples(opened, split, ["fgqa"], Rejects(0.0))  # type: ignore[arg-type]
    }
    assert questions.items and questions.left_out == {}
    for item in questions.items:
        right, wrong = item.sample.meta, by_id[item.gold["distractor"]].meta
        assert right["q_type"] == wrong["q_type"] and right["source_video_id"] != wrong["source_video_id"]
        assert right["answer"] != wrong["answer"]
        first, second = (right, wrong) if item.gold["option"] == "A" else (wrong, right)
        assert f"(A) {first['answer']}\n(B) {second['answer']}\n" in item.prompt
    again = Fgqa().questions(opened, "test")
    assert [item.prompt for item in again.items] == [item.prompt for item in questions.items]
    colours = [item for item in questions.items if item.gold["q_type"] == "Object Attributes"]
    assert len({item.gold["distractor"] for item in colours if item.gold["qa_id"] == "vid004-s0-q0"}) == 3


def test_written_distractors_are_asked_all_of_them_and_the_wearers_questions_not(own_release: Path) -> None:
    path = own_release / "conversations/test.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    about = next(row for row in rows if row["task"] == "fgqa")
    about["meta"]["distractors"] = [
        "It is pink.",
        "It is grey.",
        about["meta"]["answer"].upper(),
        "It is brown.",
        "No.",
    ]
    metadata = {"source_video_id": "vid004", "q_type": "Other", "q_subtype": "SGQA"}
    worn = {"qa_id": "ego", "segment_id": "s", "question": "What did I see?", "answer": "It.", "metadata": metadata}
    lines = [*rows, render("fgqa", worn, about["video"])]
    path.write_text("")
    append_rows(own_release, "test", map(json.dumps, lines))
    questions = Fgqa().questions(open_release(own_release), "test")
    assert questions.left_out == {"sgqa": 1}
    items = [item for item in questions.items if item.sample.id == about["id"]]
    assert len(items) == 2 * 4 and all(item.gold["written"] for item in items), "the right answer is no distractor"
    assert [item.prompt.count("It is pink.") for item in items] == [1, 1] + [0] * 6
    assert sum(item.gold["compat"] for item in items) == 4
    assert not any(item.gold["written"] for item in questions.items if item.sample.id != about["id"])
    cut = questions.first(9)
    assert len(cut) == 8 and {item.sample.id for item in cut} == {about["id"]}, "no question is asked in part"
    assert questions.first(3) == cut
    assert questions.first(None) == questions.items == questions.first(len(questions.items))


def test_questions_are_as_quick_to_ask_as_there_are_many(monkeypatch: pytest.MonkeyPatch, release: Path) -> None:
    """Wrong answers are found without looking at every question for each, and the other split only when needed."""
    facts = {"q_type": "Pose", "question": "How?"}
    asked = [
        Sample(f"fgqa:{n}", "fgqa", Path(f"{n}.mp4"), "How?", "-", None, None, None,
               {**facts, "qa_id": f"q{n}", "source_video_id": f"v{n}", "answer": f"So {n % 50}."})
        for n in range(3000)
    ]  # fmt: skip
    read: list[str] = []

    def rows(_: object, split: str, *__: object) -> list[Sample]:
        read.append(split)
        return asked

    drawn: list[object] = []
    draw = fgqa._draw
    monkeypatch.setattr(fgqa, "read_samples", rows)
    monkeypatch.setattr(fgqa, "_draw", lambda *parts: drawn.append(parts) or draw(*parts))
    items = Fgqa().questions(open_release(release, verify=False), "test").items
    assert read == ["test"] and len(drawn) == 2 * len(asked) and len(items) == 6 * len(asked)
    wrong = {(item.gold["qa_id"], item.gold["distractor"]) for item in items}
    assert len(wrong) == 3 * len(asked)
    assert len({distractor for _, distractor in wrong}) > 2000, "spread over all of them"


def test_batches_answer_as_single_items_do(trained: Trained) -> None:
    network = plm.load(trained.out / "export")
    opened = open_release(trained.release)
    items = [*Rtloc().questions(opened, "test").items[:3], *Fgqa().questions(opened, "test").items[:2]]
    seen: list[tuple[int, int]] = []
    with Pictures(View(network.image_size), processes=0) as pictures:
        single = answer(network, items, pictures, batch=1)
        batched = answer(network, items, pictures, batch=3, on_progress=lambda *now: seen.append(now))
        waited = answer(network, items, pictures, batch=3, everywhere=lambda _ended: False)
    assert batched == single and seen == [(3, 5), (5, 5)]
    assert waited == single, "a rank that goes on because others have not ended says no more for it"
    assert all(text.startswith("[") for text in single[:3])


def test_a_clip_is_encoded_once_and_answers_are_transformers_own(trained: Trained) -> None:
    network = plm.load(trained.out / "export")
    items = [item for item in Fgqa().questions(open_release(trained.release), "test").items if "s0-q0" in item.id][:4]
    assert len({item.sample.clip_key for item in items}) == 1 and len({item.prompt for item in items}) == 4
    encoded: list[int] = []
    network.network.model.vision_tower.register_forward_hook(lambda *_: encoded.append(1))
    with Pictures(View(network.image_size), processes=0) as pictures:
        found = answer(network, items, pictures, batch=4)
        frames = torch.from_numpy(pictures.read(items[0].sample))
    assert len(encoded) == 1
    encoder = ChatEncoder(network.tokenizer, network.video_token_id)
    for item, text in zip(items, found, strict=True):
        ids = torch.tensor([encoder.prompt(item.prompt, len(frames) * network.tokens_per_frame)])
        stock = network.network.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            pixel_values_videos=plm.normalise(frames).unsqueeze(0),
            max_new_tokens=item.max_new_tokens,
            do_sample=False,
            eos_token_id=[encoder.end_of_turn, encoder.end_of_text],
        )
        assert text == encoder.decode(stock[0, ids.shape[1] :].tolist())


def test_a_whole_evaluation(trained: Trained, tmp_path: Path) -> None:
    evaluation = {"checkpoint": trained.out / "export", "release": trained.release, "out": tmp_path, "run_id": "r1"}
    request = tmp_path / "eval.json"
    request.write_text(json.dumps({key: str(value) for key, value in evaluation.items()}))
    assert main([str(request)]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["split"] == "test" and report["source_videos"] == ["vid004", "vid005"] and report["run_id"] == "r1"
    rtloc, fgqa = report["benchmarks"]["rtloc"], report["benchmarks"]["fgqa"]
    assert rtloc["counts"] == {"items": 4, "unparsed": 0} and rtloc["headline"]["name"] == "mean_recall"
    assert rtloc["headline"]["value"] == rtloc["strict"]["mean_recall"] == pytest.approx(0.5, abs=0.5)
    assert fgqa["marks"] == {"distractors": "other_clips"} and fgqa["counts"]["questions"] == 4
    assert {item["id"] for item in rtloc["items"]} == {f"rtloc:{uid}" for uid in (8, 9, 10, 11)}
    assert json.loads((tmp_path / "status.json").read_text())["state"] == "done"


def test_a_report_says_what_it_left_out(trained: Trained, own_release: Path, tmp_path: Path) -> None:
    append_rows(own_release, "test", ["{"])
    report = evaluate(
        Evaluation(
            checkpoint=trained.out / "checkpoints" / "step-60",
            release=own_release,
            out=tmp_path / "out",
            benchmarks=("rtloc",),
            limit=1,
        )
    )
    assert list(report["benchmarks"]) == ["rtloc"]
    assert report["benchmarks"]["rtloc"]["left_out"] == {"not_json": 1, "over_limit": 3}


def test_a_release_without_a_held_out_part_has_no_score(trained: Trained, tmp_path: Path) -> None:
    release = write_release(tmp_path / "release", train=1, test=0)
    report = evaluate(Evaluation(checkpoint=trained.out / "export", release=release, out=tmp_path / "out"))
    assert report["source_videos"] == [] and len(report["benchmarks"]) == 2
    for found in report["benchmarks"].values():
        assert found["headline"]["value"] is None and found["items"] == []


def test_an_evaluation_stops_when_asked(trained: Trained, tmp_path: Path) -> None:
    asked = Evaluation(checkpoint=trained.out / "export", release=trained.release, out=tmp_path, batch=2)
    with pytest.raises(StopRequestedError):
        evaluate(asked, should_stop=lambda: True)
    status = json.loads((tmp_path / "status.json").read_text())
    assert status["state"] == "stopped" and status["step"] == 2 and not (tmp_path / "report.json").exists()


def test_an_unknown_benchmark_is_named(release: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'sqa' does not exist; known benchmarks: fgqa, rtloc"):
        evaluate(Evaluation(checkpoint=tmp_path, release=release, out=tmp_path, benchmarks=("sqa",)))
    assert json.loads((tmp_path / "status.json").read_text())["state"] == "failed"


def test_a_device_that_is_not_there_is_named(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)  # also where there is one
    with pytest.raises(ConfigError, match="device: cuda was asked for"):
        evaluate(Evaluation(checkpoint=tmp_path, release=release, out=tmp_path, device="cuda"))
