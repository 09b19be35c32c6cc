"""Trainings in processes forked from one that has the libraries loaded, because loading takes most of a start.

What people start is `python -m model.train` and torchrun (`test_distributed.on_two_nodes`); these run the same `main`.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from model.config import Run
from tests.servers import free_port

_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["tests.model.forked_libraries"])


def described(run: Run) -> str:
    """The path of its run.json."""
    run.out.mkdir(parents=True, exist_ok=True)
    path = run.out / "run.json"
    path.write_text(run.model_dump_json())
    return str(path)


def begun(run: Run, log: Path, **environment: str) -> ForkServerProcess:
    """A training that has been started. Its exit code is that of the command."""
    process = _FORKED.Process(target=_train, args=(described(run), str(log), environment))
    process.start()
    return process


def on_ranks(run: Run, log: Path, count: int = 2) -> None:
    """Run this training on so many ranks of one machine, as torchrun sets them up."""
    shared = {"MASTER_ADDR": "localhost", "MASTER_PORT": str(free_port()), "GLOO_SOCKET_IFNAME": "lo"}
    shared |= {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
    ranks = [begun(run, log, RANK=str(rank), LOCAL_RANK=str(rank), **shared) for rank in range(count)]
    until = time.monotonic() + 600
    try:
        while any(process.is_alive() for process in ranks) and time.monotonic() < until:
            time.sleep(0.05)
            if any(process.exitcode for process in ranks):
                break  # the others would wait for it
    finally:
        for process in ranks:
            process.kill()
    assert [process.exitcode for process in ranks] == [0] * count, log.read_text()[-3000:]


def _train(description: str, log: str, environment: dict[str, str]) -> None:
    os.environ |= environment
    with open(log, "ab", buffering=0) as written:  # noqa: PTH123 - a descriptor is all that is wanted
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(written.fileno(), stream.fileno())
    import torch

    from model.train import main

    torch.set_num_threads(1)  # as in the tests' own process: sums have one order
    sys.exit(main([description]))
