"""Memory that a propagation takes, by its length: ours stays flat, the package's grows with every frame.

Each length is run in a process of its own with the tiny network of the tests at 64 pixels (at 1024 pixels the package
keeps 12 MiB a frame, and 0.75 MiB a frame and subject). What is counted is the highest resident size after the first
32 frames over that before the video was opened. Rates are frames for each MiB, at 3,000 frames;
`VIDGRAIN_BENCH_LONG=1` also runs 30,000 of ours.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from annotator.propagate.sam2 import Sam2Propagator
from tests.annotator.propagate import tiny_sam2
from tests.bench.measure import Measure
from tests.bench.sam2_network import package, package_track, write_jpegs

GOAL = 3.0
LONG = (30_000,) if os.environ.get("VIDGRAIN_BENCH_LONG") else ()
"""Minutes on a CPU: run when asked for."""
LENGTHS = {"ours": (300, 3_000, *LONG), "package": (300, 3_000)}
WIDTH, HEIGHT = 96, 64
_LEAST = 1.0
"""MiB below which a growth counts as this much: allocators round."""


class Noise:
    """A video without a file: each picture is made when it is asked for."""

    def picture(self, picture: int, /) -> np.ndarray:
        """uint8[HEIGHT, WIDTH, 3], the same for the same number."""
        return np.random.default_rng(picture).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)


def run() -> Iterator[Measure]:
    """Every length of both sides; the measure is that of 3,000 frames."""
    grown: dict[tuple[str, int], float] = {}
    with TemporaryDirectory() as folder:
        for side, lengths in LENGTHS.items():
            for frames in lengths:
                command = [sys.executable, "-m", "tests.bench.bench_memory", side, str(frames), folder]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                grown[side, frames] = float(done.stdout.split()[-1])
                print(f"      {side}: {frames} frames, {grown[side, frames]:.1f} MiB", file=sys.stderr, flush=True)
    ours, peer = (3_000 / max(_LEAST, grown[side, 3_000]) for side in ("ours", "package"))
    yield Measure("memory-3000", GOAL, ours, peer, "frames/MiB")


def _main(side: str, frames: int, folder: Path) -> float:
    """Runs one propagation and gives the MiB that it took at most."""
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options = replace(tiny_sam2.options(tiny_sam2.write_checkpoint(folder / "tiny.pt")))
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[20:40, 30:60] = True
    if side == "ours":
        propagator = Sam2Propagator(options)
        _ours(propagator, 32, mask)  # whatever is made once
        before = _resident()
        _ours(propagator, frames, mask)
    else:
        model = package(Path(str(options.checkpoint)), options)
        few = write_jpegs(folder / "32", [Noise().picture(n) for n in range(32)])
        jpegs = write_jpegs(folder / str(frames), [Noise().picture(n) for n in range(frames)])
        for _ in package_track(model, few, {"subject": mask}):
            pass
        before = _resident()
        for _ in package_track(model, jpegs, {"subject": mask}):
            pass
    return _resident() - before


def _ours(propagator: Sam2Propagator, frames: int, mask: np.ndarray) -> None:
    session = propagator.open(Noise(), WIDTH, HEIGHT, frames)
    session.set_keyframe("subject", 0, mask)
    for _ in session.track("subject", 0, frames - 1, "forward"):
        pass


def _resident() -> float:
    """The highest resident size of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(_main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
