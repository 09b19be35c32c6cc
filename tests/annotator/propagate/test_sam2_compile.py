"""Compiled networks: propagation runs compiled, clicks as written, so that no number of clicks compiles anything.

torch's compiler traces for real here; only its last step, which makes machine code, is left out to save minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotator.propagate.sam2 import Sam2Propagator
from annotator.records import Box, Point, PromptRecord
from tests.annotator.propagate import scenes, tiny_sam2


@pytest.fixture
def compiled(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sam2Propagator]:
    import torch

    real = torch.compile

    def traced(function: object, *, mode: str, fullgraph: bool, dynamic: bool) -> object:
        return real(function, backend="eager", fullgraph=fullgraph, dynamic=dynamic)

    monkeypatch.setattr(torch, "compile", traced)
    torch._dynamo.reset()
    yield Sam2Propagator(replace(tiny_sam2.options(checkpoint), compiled=True))
    torch._dynamo.reset()


def test_clicks_compile_nothing_and_propagation_does_so_once(
    compiled: Sam2Propagator, propagator: Sam2Propagator, scene: scenes.Scene
) -> None:
    from torch._dynamo.utils import counters

    def graphs() -> int:
        return int(counters["stats"]["unique_graphs"])

    counters.clear()
    session = compiled.open(scene, *scene.size, scene.count)
    peer = propagator.open(scene, *scene.size, scene.count)
    prompts = [
        PromptRecord(picture=9, points=[Point(x=40 + 2 * n, y=50) for n in range(1, many)]) for many in (2, 3, 6)
    ]
    prompts.append(PromptRecord(picture=9, box=Box(x1=20, y1=30, x2=70, y2=70)))
    for prompt in prompts:
        ours, eager = session.propose(9, prompt), peer.propose(9, prompt)
        assert all(np.array_equal(a.mask, b.mask) for a, b in zip(ours, eager, strict=True))
    session.set_keyframe("dog", 0, scene.truth[0])
    peer.set_keyframe("dog", 0, scene.truth[0])
    frames = session.track("dog", 0, 47, "forward")
    got = [next(frames)]
    assert graphs() == 0, "neither clicks nor keyframes are compiled"
    got += [next(frames) for _ in range(24)]
    warm = graphs()
    assert warm > 0
    for prompt in prompts:
        session.propose(9, prompt)
    got += frames
    assert graphs() == warm, "nothing is compiled again, whatever was clicked meanwhile"
    expected = list(peer.track("dog", 0, 47, "forward"))
    assert [f.picture for f in got] == [f.picture for f in expected]
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(got, expected, strict=True))


def test_without_the_option_nothing_is_compiled(propagator: Sam2Propagator) -> None:
    with propagator._forwards.used(compiled=True):
        parts = [m for m in propagator.model.modules() if "forward" in m.__dict__]
    assert parts == []
