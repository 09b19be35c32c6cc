"""How many wrong pictures lie in flagged spans, and how many flagged ones are fine: `python -m tests.bench.flagged`.

The clips and clicks of `bench_flow`, and all but the fox once more with a third of the pictures, so that everything is
three times as fast and more goes wrong. A picture is wrong where J < 0.5; pictures with a click, and those before the
first one, are left out. A line for each clip on which something is wrong or flagged; see docs/masklets.md.
"""

from __future__ import annotations

import cv2
import numpy as np

from annotator.masklet import geometry, rle
from annotator.masklet.flags import facts_of, flags
from annotator.masklet.packed import PackedMasklet, pack
from annotator.propagate.flow import FlowPropagator
from annotator.propagate.protocol import PropagatorOptions
from annotator.propagate.run import run_track
from tests.annotator.propagate import scenes
from tests.bench.bench_flow import click, fox, places

WRONG = 0.5


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    clips = {(name, speed): scenes.case(name, 72 // speed) for speed in (1, 3) for name in scenes.CASES}
    total = {clicks: np.zeros(5, np.int64) for clicks in (1, 2)}
    print("| clip | clicks | pictures | wrong | of these flagged | flagged | of these fine |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for (name, speed), scene in (clips | {("fox (demo)", 1): fox()}).items():
        for clicks in (1, 2):
            found = measure(scene, clicks)
            if name != "fox (demo)":
                total[clicks] += found
            if found[1] or found[3]:
                row(name if speed == 1 else f"{name}, three times as fast", clicks, found)
    for clicks, sums in total.items():
        row("all but the fox", clicks, sums)


def row(name: str, clicks: int, found: np.ndarray) -> None:
    """One line of the table."""
    print(f"| {name} | {clicks} | " + " | ".join(str(int(number)) for number in found) + " |", flush=True)


def measure(scene: scenes.Scene, clicks: int) -> np.ndarray:
    """Pictures, wrong ones, wrong and flagged, flagged, flagged and right."""
    prompts = [click(scene, picture) for picture in places(scene, clicks)]
    session = FlowPropagator(PropagatorOptions()).open(scene, *scene.size, scene.count)
    frames = {f.picture: f for f in run_track(session, "subject", prompts, [], scene.count) if f.final}
    agreement = {p: f.agreement for p, f in frames.items() if f.agreement is not None}
    stored = [(p, None if f.mask is None else rle.encode(f.mask).counts, f.score) for p, f in frames.items()]
    masks = PackedMasklet(pack(scene.size[1], scene.size[0], stored, scene.count))
    said = np.zeros(scene.count, dtype=np.bool_)
    said[[prompt.picture for prompt in prompts]] = True
    flagged = np.zeros(scene.count, dtype=np.bool_)
    for flag in flags(facts_of(masks, agreement, said)):
        flagged[flag.picture_start : flag.picture_end + 1] = True
    nothing = np.zeros(scene.size[::-1], dtype=np.bool_)
    wrong = np.zeros(scene.count, dtype=np.bool_)
    for picture, truth in enumerate(scene.truth):
        mask = frames[picture].mask
        wrong[picture] = geometry.iou(nothing if mask is None else mask, nothing if truth is None else truth) < WRONG
    counted = ~said
    counted[: prompts[0].picture] = False
    return np.array([(marks & counted).sum() for marks in (counted, wrong, wrong & flagged, flagged, flagged & ~wrong)])


if __name__ == "__main__":
    main()
