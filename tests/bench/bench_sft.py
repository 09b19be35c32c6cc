"""Samples a second of fine-tuning: ours with and without shared clips against transformers' Trainer, same samples.

The same on 1, 2 and 4 processes is `tests/bench/sft_scaling.py`, which runs last.

Each side runs in a process of its own, one after the other: on one thread of the processor, in processor time, because
other work on the machine would otherwise decide; or, where there is a GPU, on that, with the shape of PLM-1B, by the
clock. `tests/bench/sft_side.py` says what the sides are. MFU is the arithmetic that the samples need (no padding,
vision counted, nothing recomputed, a shared clip once) by what a plain matrix product reaches here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import torch

from tests.bench import sft_scaling
from tests.bench.measure import Measure
from tests.bench.sft_side import FIXED_TOKENS, SHAPES

GOALS = {"shared": 3.0, "separate": 1.3}
FIXED_GOALS = {"shared": 4.0, "separate": 1.3}
"""Against a peer that fills every sample up to FIXED_TOKENS."""
LED_BY = ("long", "1b")
"""Shapes with the length of a real sample: their measures carry the plain names, those of others the shape's, too."""


def run() -> Iterator[Measure]:
    """Speed of both layouts and memory, for each shape; then several processes."""
    for name in ("1b", "3b") if torch.cuda.is_available() else ("tiny", "long"):
        of_shape = "" if name in LED_BY else f"-{name}"
        peers = ("peer", "batched", "fixed") if SHAPES[name].usual_batch else ("peer",)
        sides = {side: _side(name, side) for side in (*peers, "shared", "separate")}
        for side, found in sides.items():
            print(_described(f"{name} {side}", found), file=sys.stderr, flush=True)
        rate = {side: found["samples"] / found["seconds"] for side, found in sides.items()}
        for layout, goal in GOALS.items():
            yield Measure(f"sft-{layout}{of_shape}", goal, rate[layout], rate["peer"], "samples/s")
        if "fixed" not in sides:
            continue
        for layout, goal in GOALS.items():
            yield Measure(f"sft-{layout}-batched{of_shape}", goal, rate[layout], rate["batched"], "samples/s")
        for layout, goal in FIXED_GOALS.items():
            yield Measure(f"sft-{layout}-{FIXED_TOKENS}{of_shape}", goal, rate[layout], rate["fixed"], "samples/s")
        room = {side: 1024 / found["peak_mb"] for side, found in sides.items()}
        yield Measure(f"sft-memory{of_shape}", 1.0, room["shared"], room["peer"], "processes/GiB")
    yield from sft_scaling.run()


def _side(shape: str, side: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.sft_side", shape, side]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _described(name: str, found: dict[str, float]) -> str:
    seconds = found["seconds"]
    done, reachable = found["flops"] / seconds / 1e9, found["peak_gflops"]
    return (
        f"      {name}: {found['samples'] / seconds:.2f} samples/s, {found['sample_tokens'] / seconds:.0f} tokens/s, "
        f"{done:.0f} GFLOP/s, MFU {done / reachable:.0%} of {reachable:.0f}, peak {found['peak_mb']:.0f} MiB, "
        f"{seconds:.0f} s, {found['wall']:.0f} s of clock"
    )
