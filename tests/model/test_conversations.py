"""Golden tests of the one renderer: prompts, frame numbers, rows and parsers, to the character."""

from __future__ import annotations

import subprocess
import sys

import pytest

from model.data import conversations as c

EVENT = {
    "uid": 12,
    "video": "sav_017599.mp4",
    "masklet_id": 2,
    "total_frames": 73,
    "caption": "A boy enters the frame from the right.",
    "start_frame": 30,
    "end_frame": 72,
}


def test_frame_numbers_are_the_public_formula() -> None:
    for total in (1, 7, 31, 32, 33, 73, 500):
        numbers = [c.sampled_frame(f, total) for f in range(total)]
        assert numbers == [int(f / (total / 32)) for f in range(total)]
        assert numbers[0] == 0 and max(numbers) <= 31
    assert c.sampled_span(30, 72, 73) == (13, 31)


@pytest.mark.parametrize(("start", "end", "total"), [(0, 73, 73), (-1, 3, 73), (5, 4, 73), (0, 0, 0)])
def test_frames_outside_the_clip_are_refused(start: int, end: int, total: int) -> None:
    with pytest.raises(ValueError, match=r"outside|ends before"):
        c.sampled_span(start, end, total)


def test_rtloc_row() -> None:
    row = c.render("rtloc", EVENT, "videos/grid/v.mp4", {1: (1, 2, 30, 40), 0: None})
    assert row == {
        "id": "rtloc:12",
        "task": "rtloc",
        "video": "videos/grid/v.mp4",
        "conversations": [
            {
                "from": "human",
                "value": "Given the region marked by the red rectangle in the video, please provide the start and end "
                "frame of when 'A boy enters the frame from the right.' happens. Use the format [start, end] where "
                "start and end are frame numbers between 0 and 31 in this 32 frame video.",
            },
            {"from": "assistant", "value": "[13, 31]"},
        ],
        "bbox_map": {"0": None, "1": [1, 2, 30, 40]},
        "meta": {
            "uid": 12,
            "masklet_id": 2,
            "total_frames": 73,
            "start_frame": 30,
            "end_frame": 72,
            "caption": "A boy enters the frame from the right.",
        },
    }
    assert list(row["bbox_map"]) == ["0", "1"]


def test_rcap_row() -> None:
    row = c.render("rcap", EVENT, "v.mp4", {})
    assert [turn["value"] for turn in row["conversations"]] == [
        "Give a detailed description of the events occurring in the region marked by the red rectangle within frames "
        "[13, 31] in this 32 frame video.",
        "A boy enters the frame from the right.",
    ]


def test_rdcap_row() -> None:
    events = [
        {"start_frame": 0, "end_frame": 29, "caption": "Out of frame."},
        {"start_frame": 30, "end_frame": 72, "caption": "A boy enters."},
    ]
    record = {"uid": 3, "video": "v.mp4", "masklet_id": 2, "total_frames": 73, "dense_captions": events}
    row = c.render("rdcap", record, "v.mp4", {})
    assert row["conversations"][0]["value"] == (
        "Create a dense caption of the subject's actions within the red rectangles, including action frames ids and "
        "brief descriptions. For each item use the format [start, end]: [description] separated by a newline, where "
        "start and end are frame numbers between 0 and 31 in this 32 frame video."
    )
    answer = row["conversations"][1]["value"]
    assert answer == "[0, 12]: Out of frame.\n[13, 31]: A boy enters."
    assert c.parse_dense(answer) == [((0, 12), "Out of frame."), ((13, 31), "A boy enters.")]


def test_fgqa_row_and_benchmark_prompts() -> None:
    record = {
        "qa_id": "q7",
        "segment_id": "s1",
        "question": "How does she pour?",
        "answer": "In circles.",
        "metadata": {"source_video_id": "v1", "q_type": "Movement Direction", "domain": "cooking"},
    }
    row = c.render("fgqa", record, "videos/segments/s1.mp4")
    assert row["id"] == "fgqa:q7" and "bbox_map" not in row
    assert [turn["from"] for turn in row["conversations"]] == ["human", "assistant"]
    assert [turn["value"] for turn in row["conversations"]] == ["How does she pour?", "In circles."]
    assert row["meta"]["q_type"] == "Movement Direction" and row["meta"]["source_video_id"] == "v1"
    assert c.fgqa_options_prompt("Q?", "x", "y") == "Question: Q?\nOptions:\n(A) x\n(B) y\nOnly give the best option."
    assert c.sgqa_prompt("Where is it?").endswith(
        "Try to answer in around 20-30 words.  Now answer the following question based on the video content: "
        "Where is it?"
    )
    asked = {**record, "metadata": {**record["metadata"], "q_subtype": c.SGQA}}
    assert c.render("fgqa", asked, "v.mp4")["conversations"][0]["value"] == c.sgqa_prompt("How does she pour?")


@pytest.mark.parametrize(
    ("text", "window"),
    [("[3, 17]", (3, 17)), ("From [ 4,9 ] or [1, 2]", (4, 9)), ("3 to 17", None), ("[3.5, 4]", None), ("", None)],
)
def test_window_parser(text: str, window: tuple[int, int] | None) -> None:
    assert c.parse_window(text) == window


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("(A)", "A"),
        ("b.", "B"),
        ("Answer: (B) because", "B"),
        ("The best option is (A).", "A"),
        ("A", "A"),
        ("A: yes", "A"),
        ("A person walks", None),
        ("Both", None),
        ("", None),
        ("I cannot tell", None),
    ],
)
def test_option_parser(text: str, option: str | None) -> None:
    assert c.parse_option(text) == option


def test_dense_parser_keeps_brackets_in_captions() -> None:
    assert c.parse_dense("[0, 4]: holds a [red] cup\nnoise\n[5, 31] Leaves.") == [
        ((0, 4), "holds a [red] cup"),
        ((5, 31), "Leaves."),
    ]


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        ("model.data.conversations", {"torch", "numpy", "transformers"}),
        ("model.recipes, model.config, model.data.release, model.data.rejects", {"torch", "transformers", "timm"}),
    ],
)
def test_what_the_server_uses_imports_no_neural_library(modules: str, heavy: set[str]) -> None:
    """The server previews, checks and lists recipes with these, and must never pay for torch."""
    code = f"import sys, {modules}; print({heavy!r} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
