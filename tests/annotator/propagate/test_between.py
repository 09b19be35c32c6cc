"""Clicks go before propagation also where another process of the machine propagates; killed processes hold nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from annotator.propagate.between import Between, between
from annotator.propagate.turns import Turns, Urgency

ROOT = Path(__file__).resolve().parents[3]
STEPS = """
import sys, time
from pathlib import Path
from annotator.propagate.between import Between
from annotator.propagate.turns import Turns, Urgency
turns = Turns(Between(Path(sys.argv[1]), "cuda-0", alone=sys.argv[3] == "alone"))
with open(sys.argv[2], "w", buffering=1) as told:
    while True:
        with turns.take(Urgency.PROPAGATION):
            begun = time.monotonic()
            time.sleep(0.02)
            told.write(f"{begun} {time.monotonic()}\\n")
"""


class Track:
    """Another process that takes one step of propagation after the other."""

    def __init__(self, folder: Path, name: str, way: str) -> None:
        self.told = folder / f"{name}.txt"
        command = [sys.executable, "-c", STEPS, str(folder / "turns"), str(self.told), way]
        self.process = subprocess.Popen(command, cwd=ROOT)

    def steps(self) -> list[tuple[float, float]]:
        """Beginning and end of each step, in seconds of the machine's clock."""
        lines = self.told.read_text().split("\n")[:-1] if self.told.exists() else []
        return [(float(a), float(b)) for a, b in map(str.split, lines)]

    def wait(self, more: int) -> None:
        """Until it has made so many steps more."""
        target, deadline = len(self.steps()) + more, time.monotonic() + 60
        while len(self.steps()) < target:
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)


@contextmanager
def tracking(folder: Path, names: str, way: str = "alone") -> Iterator[list[Track]]:
    tracks = [Track(folder, name, way) for name in names]
    try:
        for track in tracks:
            track.wait(1)
        yield tracks
    finally:
        for track in tracks:
            track.process.kill()
            track.process.wait()


@pytest.mark.parametrize("names", ["a", "ab"])
def test_a_click_waits_for_the_step_under_way_and_no_other(tmp_path: Path, names: str) -> None:
    with tracking(tmp_path, names) as tracks:
        turns = Turns(Between(tmp_path / "turns", "cuda-0", alone=True))
        for _ in range(20):
            asked = time.monotonic()
            with turns.take(Urgency.CLICK):
                got = time.monotonic()
                time.sleep(0.01)
                done = time.monotonic()
            tracks[0].wait(1)
            steps = [step for track in tracks for step in track.steps()]
            assert sum(asked < end <= got for _, end in steps) <= 1, "a step was begun while a click waited"
            assert not any(begun < done and end > got for begun, end in steps), "a step ran beside the click"


def test_propagation_waits_while_any_click_does_and_then_all_go_on(tmp_path: Path) -> None:
    with tracking(tmp_path, "abc") as tracks:
        others = Between(tmp_path / "turns", "cuda-0", alone=True)
        waiting = others.ask()
        others.enter_click()  # the steps under way are over
        others.leave()
        before = [len(track.steps()) for track in tracks]
        time.sleep(0.3)
        assert [len(track.steps()) for track in tracks] == before, "a step was begun while a click waited"
        others.asked(waiting)
        for track in tracks:
            track.wait(5)  # none of the three is starved by the two others
        steps = sorted(step for track in tracks for step in track.steps())
        assert all(end <= begun for (_, end), (begun, _) in pairwise(steps)), "two at once"


@pytest.mark.parametrize("name", ["turn", "clicks"])
def test_a_killed_process_holds_nothing(tmp_path: Path, name: str) -> None:
    held = f"""
import fcntl, os, sys, time
from pathlib import Path
from annotator.propagate.between import Between
others = Between(Path({str(tmp_path / "turns")!r}), "cuda-0", alone=True)
kept = others.enter() if {name!r} == "turn" else others.ask()
print("held", flush=True)
time.sleep(600)
"""
    turns = Turns(Between(tmp_path / "turns", "cuda-0", alone=True))
    process = subprocess.Popen([sys.executable, "-c", held], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    seen = Between(tmp_path / "turns", "cuda-0", alone=True)
    if name == "clicks":
        assert not seen.enter(), "the click of the other process is not seen"
    process.kill()
    process.communicate()
    with turns.take(Urgency.PROPAGATION), pytest.raises(BlockingIOError):
        import fcntl

        fcntl.flock(seen._turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with turns.take(Urgency.CLICK):
        pass


def test_on_a_cpu_a_click_waits_for_nobody_and_steps_wait_for_it(tmp_path: Path) -> None:
    with tracking(tmp_path, "ab", "beside") as tracks:
        turns = Turns(Between(tmp_path / "turns", "cuda-0", alone=False))
        with turns.take(Urgency.CLICK):
            got = time.monotonic()
            time.sleep(0.3)
            done = time.monotonic()
        for track in tracks:
            track.wait(2)
            begun = [begin for begin, _ in track.steps() if got < begin < done]
            assert len(begun) <= 1, "more than the step that it had decided upon before the click came"


def test_a_step_that_fails_frees_the_device(tmp_path: Path) -> None:
    one, two = (Turns(Between(tmp_path, "cuda-0", alone=True)) for _ in range(2))
    for urgency in Urgency:
        with pytest.raises(RuntimeError, match="step"), one.take(urgency):
            raise RuntimeError("the step failed")
        with two.take(urgency):
            assert one.waiting == 0


def test_a_folder_that_is_not_ours_is_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path)
    for folder in (open_to_all, tmp_path / "link", Path("/proc/nowhere")):
        caplog.clear()
        assert between(folder, "cuda-0", alone=True) is None
        assert "do not go first" in caplog.text
    assert between(None, "cuda-0", alone=True) is None
