"""Click-to-mask while another session propagates on the same network: turns by the picture against one lock.

The peer is how the public SAM 2 demo does it: one lock, held for a whole propagation (here of 24 frames; the demo's
go up to 240). The network is of size tiny at 256 pixels with random weights, on one thread of a CPU. A person who
clicks waits for the step that is under way and for their own click: at most two frame steps, which is printed beside
the ratio.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

import cv2

from annotator.propagate.protocol import PropagatorOptions
from annotator.propagate.sam2 import Sam2Propagator
from annotator.records import Point, PromptRecord
from tests.bench.measure import Measure
from tests.bench.sam2_network import scene, write_checkpoint

GOAL = 2.0
OPTIONS = PropagatorOptions(size="tiny", image_size=256, device="cpu")
FRAMES = 24
CLICKS, PEER_CLICKS = 24, 6


def run() -> Iterator[Measure]:
    """Ours, then the peer's, with the frame step measured in between and alone."""
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    random.seed(0)
    with TemporaryDirectory() as folder:
        path = write_checkpoint(Path(folder), OPTIONS)
        propagator = Sam2Propagator(replace(OPTIONS, checkpoint=str(path)))
    shown = scene(FRAMES)
    tracked, clicked = (propagator.open(shown, *shown.size, shown.count) for _ in range(2))
    tracked.set_keyframe("subject", 0, shown.truth[0])

    def track() -> Iterator[Any]:
        return iter(tracked.track("subject", 0, FRAMES - 1, "forward"))

    def click() -> None:
        picture = random.randrange(FRAMES)
        clicked.propose(picture, PromptRecord(picture=picture, points=[Point(x=130 + 3 * picture, y=180)]))

    step = _step_seconds(track())
    ours = _clicks(CLICKS, track, click, whole=False, step=step)
    peer = _clicks(PEER_CLICKS, track, click, whole=True, step=step)
    steps = sorted(seconds / step for seconds in ours)
    print(
        f"      a frame step alone: {step * 1000:.0f} ms; clicks in frame steps: median {median(steps):.2f}, "
        f"longest {steps[-1]:.2f} of {len(steps)}; with one lock: median {median(peer) / step:.1f}",
        file=sys.stderr,
    )
    yield Measure("click-during-propagation", GOAL, 1 / median(ours), 1 / median(peer), "clicks/s")


def _step_seconds(track: Iterator[Any]) -> float:
    taken: list[float] = []
    next(track)
    for _ in range(FRAMES - 1):
        began = perf_counter()
        next(track)
        taken.append(perf_counter() - began)
    return median(taken)


def _clicks(
    wanted: int, track: Callable[[], Iterator[Any]], click: Callable[[], None], *, whole: bool, step: float
) -> list[float]:
    """Seconds of each click, begun at random moments of a propagation that never ends."""
    lock, over = threading.Lock(), threading.Event()

    def propagate() -> None:
        while not over.is_set():
            if whole:
                with lock:
                    for _ in track():
                        pass
                sleep(0.01)  # a plain lock is not fair: its holder would take it again at once
            else:
                for _ in track():
                    if over.is_set():
                        return

    worker = threading.Thread(target=propagate)
    worker.start()
    taken: list[float] = []
    try:
        for _ in range(wanted):
            sleep(step * random.uniform(1.0, FRAMES if whole else 3.0))
            began = perf_counter()
            if whole:
                with lock:
                    click()
            else:
                click()
            taken.append(perf_counter() - began)
    finally:
        over.set()
        worker.join()
    return taken
