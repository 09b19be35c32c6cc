"""Which grid frames the model sees: the page (workbench/eventChecks.ts) and the trainer choose the same ones."""

from __future__ import annotations

import json
from pathlib import Path

from model.data.sampling import sample_pictures

CHOSEN: dict[str, list[int]] = json.loads((Path(__file__).parent / "sampled.json").read_text())


def test_the_trainer_samples_what_the_page_reads_here() -> None:
    assert {length: sample_pictures(int(length), 6.0) for length in CHOSEN} == CHOSEN
