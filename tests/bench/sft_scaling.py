"""Samples a second of one training on 1, 2 and 4 processes (gloo on a CPU, weights spread by FSDP2).

What people run is measured: `torchrun -m model.train` on a release of rendered clips, by what it writes about its
steps. Each process has one thread. The peer is one process times the processes, or the cores where there are fewer:
nothing that is said between processes costs anything there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from model.config import Run
from tests.bench.measure import Measure
from tests.model.release_factory import write_release

PROCESSES = (1, 2, 4)
GOAL = 0.7
SAMPLES, STEPS, COUNTED = 56, 9, 6
"""Samples of a step: eight clips of a masklet and eight of a segment with all their questions. The last steps count."""


def run() -> Iterator[Measure]:
    """One measure for each number of processes beyond one."""
    cores = len(os.sched_getaffinity(0))
    with TemporaryDirectory() as folder:
        release = write_release(Path(folder, "release"), train=8, test=0)
        rates = {count: _rate(release, Path(folder, f"processes-{count}"), count) for count in PROCESSES}
    for count in PROCESSES[1:]:
        alone = rates[1] * min(count, cores)
        yield Measure(f"sft-scaling-{count}", GOAL, rates[count], alone, "samples/s")


def _rate(release: Path, out: Path, processes: int) -> float:
    """Samples a second of the clock on so many processes."""
    overrides = {
        "steps": STEPS,
        "batch_samples": SAMPLES,
        "checkpoint_every": STEPS,
        "validation_samples": 0,
        "data.batch_tokens": 1024,
    }
    described = out / "run.json"
    out.mkdir()
    described.write_text(Run(release=release, recipe="smoke_cpu", out=out, overrides=overrides).model_dump_json())
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    log = out / "log"
    with log.open("wb") as written:
        command += ["-m", "model.train", str(described)]
        done = subprocess.run(command, stdout=written, stderr=written, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{processes} processes: {log.read_text()[-2000:]}")
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    seconds = sum(line["tokens"] / line["tokens_per_s"] for line in lines[-COUNTED:])
    found = SAMPLES * COUNTED / seconds
    print(f"      {processes} processes: {found:.1f} samples/s", file=sys.stderr, flush=True)
    return found
