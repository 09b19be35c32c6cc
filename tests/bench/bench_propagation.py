"""Frames a second of SAM 2: our session over a proxy against the package's predictor over a folder of JPEGs.

Same weights (random, of a published size), same image size, same threads, both to masks of the video's size on the
host. Frames are taken in turns, one of ours and one of the package's, and medians compared; the package's loading,
which it does before the first frame and ours does on the way, is counted to each of its frames in equal parts. On a
CPU: one subject, size tiny at 256 pixels. Where there is a CUDA device also: size small at 1024 with 1, 3 and 10
subjects, eager and compiled.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from annotator.propagate.protocol import PropagatorOptions
from annotator.propagate.sam2 import Sam2Propagator
from annotator.video.reader import PictureReader
from tests.annotator.propagate.proxies import write_proxy
from tests.bench.measure import Measure
from tests.bench.sam2_network import package, package_track, scene, write_checkpoint, write_jpegs

GOAL = 1.0
CPU = PropagatorOptions(size="tiny", image_size=256, device="cpu")
CUDA = PropagatorOptions(size="small", image_size=1024, device="cuda")
WARM_UP = 2
"""Frames before the clock runs; compiled networks are compiled there."""


def run() -> Iterator[Measure]:
    """The CPU's measure; then those of the GPU, if there is one."""
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    yield _compare("propagation", CPU, subjects=1, frames=32)
    if not torch.cuda.is_available():
        print("      no CUDA device: 1024 pixels with 1, 3 and 10 subjects not measured", file=sys.stderr)
        return
    for compiled in (False, True):
        for subjects in (1, 3, 10):
            name = f"propagation-cuda-{subjects}-{'compiled' if compiled else 'eager'}"
            yield _compare(name, replace(CUDA, compiled=compiled), subjects=subjects, frames=160)


def _compare(name: str, options: PropagatorOptions, *, subjects: int, frames: int) -> Measure:
    with TemporaryDirectory() as made:
        folder = Path(made)
        shown = scene(frames)
        truth = shown.truth[0]
        assert truth is not None
        masks = {f"s{n}": np.roll(truth, 9 * n, axis=0) for n in range(subjects)}
        checkpoint = write_checkpoint(folder, replace(options, compiled=False))
        options = replace(options, checkpoint=str(checkpoint))
        proxy, table = write_proxy(folder, shown.frames)
        peer = package_track(package(checkpoint, options), write_jpegs(folder / "jpegs", shown.frames), masks)
        began = perf_counter()
        next(peer)
        loading = (perf_counter() - began) / frames
        with PictureReader(proxy, table) as reader:
            session = Sam2Propagator(options).open(reader, table.width, table.height, frames)
            for subject, mask in masks.items():
                session.set_keyframe(subject, 0, mask)
            tracks = [session.track(subject, 0, frames - 1, "forward") for subject in masks]
            next(peer), [next(track) for track in tracks]
            ours, theirs = _in_turns(tracks, peer)
        return Measure(name, GOAL, 1 / median(ours), 1 / (median(theirs) + loading), "frames/s")


def _in_turns(tracks: list[Any], peer: Any) -> tuple[list[float], list[float]]:
    """Seconds of each frame, ours and the package's."""
    ours: list[float] = []
    theirs: list[float] = []
    while True:
        began = perf_counter()
        found = [next(track, None) for track in tracks]
        if found[0] is None:
            return ours[WARM_UP:], theirs[WARM_UP:]
        between = perf_counter()
        next(peer)
        ours.append(between - began)
        theirs.append(perf_counter() - between)
