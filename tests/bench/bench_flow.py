"""Mean J&F of the propagator without weights against dense optical flow that warps the prompted mask along.

Rendered clips with known masks (480 × 270, 72 pictures; and the demo's fox, 640 × 360). One click in the middle of the
subject on the first picture says what it is; both sides begin from the mask that the click gives, and go forward over
the whole clip. The peer is the plain thing without weights: OpenCV's DIS flow (medium preset, full size) from picture
to picture, the soft mask remapped. `flow-keyframes` is with a second click on the picture in the middle (the nearest
one that shows most of the subject: nobody clicks a sliver): ours follows from both and blends, the peer starts again
there. Pictures with a click are not counted; where nothing is to be seen, no mask counts 1 and any mask 0. A line for
each case goes to stderr.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from statistics import mean, median
from time import process_time

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.masklet.geometry import j_and_f
from annotator.propagate.flow import FlowPropagator
from annotator.propagate.protocol import BoolMask, PropagatorOptions
from annotator.propagate.run import run_track
from annotator.records import Point, PromptRecord
from annotator.video.samples.fox import FoxScene
from tests.annotator.propagate import scenes
from tests.bench.measure import Measure

GOAL = 1.2
Masks = dict[int, BoolMask | None]


def run() -> Iterator[Measure]:
    """Both ways of prompting over all cases."""
    cv2.setNumThreads(1)
    shown = {name: scenes.case(name) for name in scenes.CASES} | {"fox (demo)": fox()}
    for name, keyframes in (("flow", 1), ("flow-keyframes", 2)):
        found = {case: measure(scene, keyframes) for case, scene in shown.items()}
        for case, (ours, peer, rate) in found.items():
            print(f"      {name}: {case:18s} {ours:5.1f} peer {peer:5.1f} ({rate:.0f} pictures/s)", file=sys.stderr)
        ours, peer = (mean(row[side] for row in found.values()) for side in (0, 1))
        yield Measure(name, GOAL, ours, peer, " J&F")


def measure(scene: scenes.Scene, keyframes: int) -> tuple[float, float, float]:
    """J&F in percent, ours and the peer's, and the pictures a second of processor time that ours took."""
    prompts = [click(scene, picture) for picture in places(scene, keyframes)]
    session = FlowPropagator(PropagatorOptions()).open(scene, *scene.size, scene.count)
    chosen = {p.picture: session.propose(p.picture, p)[0].mask for p in prompts}
    began = process_time()
    ours = {f.picture: f.mask for f in run_track(session, "subject", prompts, [], scene.count) if f.final}
    rate = scene.count / (process_time() - began)
    return score(scene, ours, list(chosen)), score(scene, warped(scene, chosen), list(chosen)), rate


def places(scene: scenes.Scene, keyframes: int) -> list[int]:
    """The pictures that are clicked."""
    areas = {picture: int(mask.sum()) for picture, mask in enumerate(scene.truth) if mask is not None}
    usual = median(areas.values())
    whole = [picture for picture in areas if areas[picture] > 0.6 * usual and picture > 0]
    return [min(areas), min(whole, key=lambda picture: abs(picture - scene.count // 2))][:keyframes]


def click(scene: scenes.Scene, picture: int) -> PromptRecord:
    """One click in the middle of the subject."""
    x, y = scene.centre(picture)
    return PromptRecord(picture=picture, points=[Point(x=x, y=y)])


def score(scene: scenes.Scene, found: Masks, prompted: Sequence[int]) -> float:
    """Mean J&F in percent after the first prompted picture, without the prompted ones."""
    nothing = np.zeros(scene.size[::-1], dtype=np.bool_)
    pictures = [p for p in range(min(prompted), scene.count) if p not in prompted]

    def filled(mask: BoolMask | None) -> BoolMask:
        return nothing if mask is None else mask

    return 100 * mean(j_and_f(filled(found[p]), filled(scene.truth[p])) for p in pictures)


def warped(scene: scenes.Scene, chosen: dict[int, BoolMask]) -> Masks:
    """The peer: a mask carried along by dense flow alone."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    height, width = scene.size[::-1]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    soft: NDArray[np.float32] = np.zeros((height, width), dtype=np.float32)
    found: Masks = {}
    before: NDArray[np.uint8] | None = None
    for picture, pixels in enumerate(scene.frames):
        grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        if picture in chosen:
            soft = chosen[picture].astype(np.float32)
        elif before is not None:
            back = flow.calc(grey, before, None)  # from each pixel of this picture to where it was
            soft = np.asarray(cv2.remap(soft, x + back[..., 0], y + back[..., 1], cv2.INTER_LINEAR), dtype=np.float32)
        before, found[picture] = grey, soft > 0.5
    return found


def fox() -> scenes.Scene:
    """The demo's fox: walks in, turns around, is hidden by a bush, leaves, comes back. Every second picture of 24 a
    second, from where it is whole."""
    drawn = FoxScene()
    frames, truth = [], []
    for picture in range(48, 288, 2):
        pixels, masks = drawn.draw(picture / 24)
        mask = masks["fox"].astype(np.bool_)
        frames.append(pixels)
        truth.append(mask if mask.sum() >= 24 else None)
    return scenes.Scene(frames, truth)
