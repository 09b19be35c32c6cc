"""Segments and questions: from the UI, and from files that come whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.server.world import MakeWorld, World


@pytest.fixture
def fgqa(make_world: MakeWorld) -> World:
    """An FGQA project."""
    return make_world("fgqa")


def question(text: str = "Which hand holds the mug?", **more: Any) -> dict[str, Any]:
    return {"text": text, "q_type": "Object Location", **more}


def segment(video: UUID, **more: Any) -> dict[str, Any]:
    return {
        "video_id": str(video),
        "picture_start": 0,
        "picture_end": 29,
        "what": "pour",
        "questions": [question()],
        **more,
    }


def test_create_opens_a_task(fgqa: World, run_jobs: Callable[..., int]) -> None:
    video = fgqa.add_video()
    made = fgqa["lead"].post(
        fgqa.url("/segments"), json=segment(video, questions=[question(), question(draft="Left.")])
    )
    assert made.status_code == 201, made.text
    assert [(q["draft"], q["origin"], q["state"]) for q in made.json()["questions"]] == [
        (None, "lead", "open"),
        ("Left.", "lead", "open"),
    ]
    run_jobs()
    task = fgqa["ann"].post(fgqa.url("/tasks/next"), json={}).json()
    assert task["kind"] == "fgqa_answer"
    assert task["segment"]["id"] == made.json()["id"]
    assert (task["segment"]["picture_start"], task["segment"]["picture_end"]) == (0, 29)
    assert fgqa["rhea"].get(fgqa.url("/segments")).json()["items"][0]["video_name"] == "a.mp4"
    assert fgqa["ann"].get(fgqa.url("/segments")).status_code == 403
    assert fgqa["ann"].post(fgqa.url("/segments"), json=segment(video)).status_code == 403
    assert fgqa["eve"].post(fgqa.url("/segments"), json=segment(video)).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"picture_end": 60}, "picture_end"),
        ({"picture_start": -1}, "picture_start"),
        ({"video_id": "00000000-0000-0000-0000-000000000001"}, "video_id"),
        ({"questions": [{"text": "<|image|> what?", "q_type": "Other"}]}, "questions.0.text"),
        ({"questions": [{"text": "What?", "q_type": "Colour"}]}, "questions.0.q_type"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_is_wrong_is_named(fgqa: World, change: dict[str, Any], field: str) -> None:
    answer = fgqa["lead"].post(fgqa.url("/segments"), json=segment(fgqa.add_video(), **change))
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field
    assert fgqa["lead"].get(fgqa.url("/segments")).json()["items"] == []


def test_video_of_another_project(make_world: MakeWorld) -> None:
    one, two = make_world("fgqa"), make_world("fgqa")
    foreign = two.add_video()
    answer = one["lead"].post(one.url("/segments"), json=segment(foreign))
    assert (answer.status_code, answer.json()["field"]) == (422, "video_id")


def post_rows(world: World, body: str, kind: str, **params: Any) -> Any:
    headers = {"Content-Type": kind}
    return world["lead"].post(world.url("/segments/import"), content=body.encode(), headers=headers, params=params)


def test_jsonl(fgqa: World, run_jobs: Callable[..., int]) -> None:
    fgqa.add_video("a.mp4")
    rows = [
        {"video": "a.mp4", "picture_start": 0, "picture_end": 9, "external_id": "x1", "questions": [question()]},
        {"video": "a.mp4", "picture_start": 10, "picture_end": 59, "questions": [question(draft="Left."), question()]},
    ]
    body = "\n".join(json.dumps(row) for row in rows) + "\n"
    dry = post_rows(fgqa, body, "application/jsonl", dry_run=True).json()
    assert dry == {"created": 2, "questions": 3, "dry_run": True, "errors": []}
    assert fgqa["lead"].get(fgqa.url("/segments")).json()["items"] == []
    assert post_rows(fgqa, body, "application/jsonl").json()["created"] == 2
    run_jobs()
    assert len(fgqa["lead"].get(fgqa.url("/tasks")).json()["items"]) == 2
    again = post_rows(fgqa, body, "application/jsonl").json()
    assert again["created"] == 0
    assert [(e["row"], e["field"]) for e in again["errors"]] == [(1, "external_id")]


def test_csv(fgqa: World) -> None:
    fgqa.add_video("a, b.mp4")
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["video", "picture_start", "picture_end", "what", "question", "q_type", "draft"])
    table.writerow(["a, b.mp4", 0, 9, "pour", "What is poured?", "Object Recognition", "Milk"])
    table.writerow(["a, b.mp4", 0, 9, "pour", "How fast?\nReally?", "Speed/Force", ""])
    table.writerow(["a, b.mp4", 10, 19, "stir", "Which way?", "Movement Direction", ""])
    answer = post_rows(fgqa, "\ufeff" + out.getvalue(), "text/csv; charset=utf-8").json()
    assert (answer["created"], answer["questions"], answer["errors"]) == (2, 3, [])
    first, second = fgqa["lead"].get(fgqa.url("/segments")).json()["items"]
    assert [(q["text"], q["draft"], q["origin"]) for q in first["questions"]] == [
        ("What is poured?", "Milk", "imported"),
        ("How fast?\nReally?", None, "imported"),
    ]
    assert second["what"] == "stir"


def test_one_bad_row_stores_nothing(fgqa: World) -> None:
    fgqa.add_video("a.mp4")
    good = {"video": "a.mp4", "picture_start": 0, "picture_end": 9, "questions": [question()]}
    rows = [
        json.dumps(good),
        "{broken",
        json.dumps({**good, "picture_end": 500}),
        json.dumps({**good, "video": "b.mp4"}),
        json.dumps({**good, "questions": [question("text <image>")]}),
        json.dumps({**good, "picture_start": "many"}),
        json.dumps([1]),
    ]
    answer = post_rows(fgqa, "\n".join(rows), "application/jsonl").json()
    assert answer["created"] == 0
    assert [(e["row"], e["field"]) for e in answer["errors"]] == [
        (2, "row"), (3, "picture_end"), (4, "video"), (5, "questions.0.text"), (6, "picture_start"), (7, "row"),
    ]  # fmt: skip
    assert fgqa["lead"].get(fgqa.url("/segments")).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "kind", "field"),
    [
        ("", "application/jsonl", "file"),
        ("video,picture_start\na.mp4,0\n", "text/csv", "picture_end"),
        ("video,picture_start,picture_end,colour\na.mp4,0,9,red\n", "text/csv", "colour"),
        ("video,picture_start,picture_end\na.mp4,0,9,more\n", "text/csv", "row"),
        ("\xff", "text/csv", "file"),
        ('{"picture_start": 0}\n\xb0\xad', "application/jsonl", "row"),
        (
            '\xef\xbb\xbf{"video": "a.mp4", "picture_start": 0, "picture_end": 9, "colour": 1}',
            "application/jsonl",
            "colour",
        ),
    ],
)
def test_bad_files(fgqa: World, body: str, kind: str, field: str) -> None:
    fgqa.add_video("a.mp4")
    raw = body.encode("latin-1")
    answer = fgqa["lead"].post(fgqa.url("/segments/import"), content=raw, headers={"Content-Type": kind}).json()
    assert answer["created"] == 0
    assert field in [e["field"] for e in answer["errors"]]
