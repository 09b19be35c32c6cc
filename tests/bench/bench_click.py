"""Click-to-mask while another session propagates on the same network: turns by the picture against one lock.

`click-during-propagation` has both in one process, `click-between-processes` the propagation in another one, as workers
have it: there the order is by file locks (`annotator/propagate/between.py`), and so is the one lock of the peer.

The peer is how the public SAM 2 demo does it: one lock, held for a whole propagation (here of 24 frames; the demo's
go up to 240). The network is of size tiny at 256 pixels with random weights, on one thread of a CPU. A person who
clicks waits for the step that is under way and for their own click: at most two frame steps, which is printed beside
the ratio.
"""

from __future__ import annotations

import fcntl
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
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
        step, measure = _in_one_process(propagator)
        yield measure
        yield _between_processes(path, step)


def _in_one_process(propagator: Sam2Propagator) -> tuple[float, Measure]:
    """The seconds of a frame step alone, and the measure."""
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
    return step, _measure("click-during-propagation", step, ours, peer)


def _measure(name: str, step: float, ours: list[float], peer: list[float]) -> Measure:
    steps = sorted(seconds / step for seconds in ours)
    print(
        f"      a frame step alone: {step * 1000:.0f} ms; clicks in frame steps: median {median(steps):.2f}, "
        f"longest {steps[-1]:.2f} of {len(steps)}; with one lock: median {median(peer) / step:.1f}",
        file=sys.stderr,
    )
    return Measure(name, GOAL, 1 / median(ours), 1 / median(peer), "clicks/s")


def _between_processes(path: Path, step: float) -> Measure:
    """Clicks here while another process propagates with a network of its own from the same checkpoint."""
    shown = scene(FRAMES)
    turns, lock = path.parent / "turns", path.parent / "lock"
    propagator = Sam2Propagator(replace(OPTIONS, checkpoint=str(path), turns_folder=str(turns)))
    clicked = propagator.open(shown, *shown.size, shown.count)

    def clicks(wanted: int, *, whole: bool) -> list[float]:
        taken = []
        with _other_process(path, turns, lock, whole=whole):
            for _ in range(wanted):
                sleep(step * random.uniform(1.0, FRAMES if whole else 3.0))
                picture = random.randrange(FRAMES)
                prompt = PromptRecord(picture=picture, points=[Point(x=130 + 3 * picture, y=180)])
                began = perf_counter()
                if whole:
                    with _locked(lock):
                        clicked.propose(picture, prompt)
                else:
                    clicked.propose(picture, prompt)
                taken.append(perf_counter() - began)
        return taken

    return _measure("click-between-processes", step, clicks(CLICKS, whole=False), clicks(PEER_CLICKS, whole=True))


@contextmanager
def _other_process(path: Path, turns: Path, lock: Path, *, whole: bool) -> Iterator[None]:
    """A process that propagates until the end of the block."""
    command = [sys.executable, "-m", "tests.bench.bench_click", str(path), str(turns), str(lock) if whole else ""]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        if other.stdout.readline() != "propagates\n":
            raise RuntimeError("the other process did not begin")
        try:
            yield
        finally:
            other.stdin.close()


def _propagate(path: str, turns: str, lock: str) -> None:
    """The other process: the same 24 pictures again and again, until its standard input ends."""
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    propagator = Sam2Propagator(replace(OPTIONS, checkpoint=path, turns_folder=turns))
    shown = scene(FRAMES)
    session = propagator.open(shown, *shown.size, shown.count)
    session.set_keyframe("subject", 0, shown.truth[0])
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    print("propagates", flush=True)
    while not over.is_set():
        with _locked(Path(lock)) if lock else nullcontext():
            for _ in session.track("subject", 0, FRAMES - 1, "forward"):
                if over.is_set():
                    return
        if lock:
            sleep(0.01)  # its holder would take it again at once


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


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


if __name__ == "__main__":
    _propagate(*sys.argv[1:])
