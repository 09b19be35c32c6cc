"""The page's live checks and the server's rules find the same in the same captions (the page's side: vitest)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotator.quality.text import MAX_CAPTION, caption_problems

CORPUS = json.loads((Path(__file__).parent / "captions.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CORPUS, ids=[case["caption"][:30] for case in CORPUS])
def test_codes_of_a_caption(case: dict[str, object]) -> None:
    assert [problem.code for problem in caption_problems("events.e1.caption", str(case["caption"]))] == case["codes"]


def test_length_is_counted_in_characters() -> None:
    assert caption_problems("f", "🦊" * MAX_CAPTION) == []
    assert [problem.code for problem in caption_problems("f", "🦊" * (MAX_CAPTION + 1))] == ["too_long"]
