"""Two real processes (gloo, CPU) are one; stopped and killed ones lose nothing; any number goes on from any other."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from model import plm
from model.checkpoint import checkpoints, read_position, restore_weights
from model.config import ConfigError, Run, override
from model.distributed import World, world
from model.plm import CheckpointError
from model.recipes import resolve
from model.stopping import STOPPED
from model.train import train
from tests.model.forked import begun, described, on_ranks
from tests.model.release_factory import write_manifest
from tests.servers import free_port

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.xdist_group("trained"),
    pytest.mark.flaky(reruns=1),  # as everything that starts other programs (tests/conftest.py)
]

STEPS = {
    "steps": 6,
    "checkpoint_every": 2,
    "keep_checkpoints": 5,
    "validate_every": 3,
    "validation_samples": 5,
    "optimizer.warmup_steps": 2,
    "batch_samples": 5,
    "data.batch_tokens": 600,
}


def metrics(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def on_two_nodes(run: Run, log: Path) -> None:
    """Run this training by the documented command for two machines of one device."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1", "--rdzv-id=test"]
    command += ["--rdzv-backend=c10d", f"--rdzv-endpoint=localhost:{free_port()}", "--local-addr=localhost"]
    command += ["-m", "model.train", described(run)]
    with log.open("wb") as written:
        nodes = [subprocess.Popen(command, stdout=written, stderr=written) for _ in range(2)]
        try:
            codes = [node.wait(timeout=600) for node in nodes]
        finally:
            for node in nodes:
                node.kill()
    assert codes == [0, 0], log.read_text()[-3000:]


def only(out: Path, step: int, target: Path) -> Path:
    """A copy of a run's folder as if it had been stopped after `step`."""
    shutil.copytree(out, target)
    for path in checkpoints(target / "checkpoints"):
        if path.name != f"step-{step}":
            shutil.rmtree(path)
    return target


@pytest.mark.timeout(900)  # a start of two nodes takes a minute and more on a busy machine
def test_two_ranks_are_one_and_go_on_from_each_other(release: Path, tmp_path: Path) -> None:
    """Weights spread by FSDP2 or copied, odd batches, other numbers of ranks before and after: the same numbers."""
    one, changes = tmp_path / "one", {**STEPS, "benchmarks": {"every": 6, "names": ["rtloc"], "limit": 2}}
    train(Run(release=release, recipe="smoke_cpu", out=one, overrides=changes))
    two = Run(release=release, recipe="smoke_cpu", out=only(one, 2, tmp_path / "two"), overrides=changes)
    copies = two.model_copy(update={"out": only(one, 4, tmp_path / "copies"), "overrides": {**changes, "shard": 1}})
    on_two_nodes(two, tmp_path / "two.log")
    on_ranks(copies, tmp_path / "copies.log")
    assert read_position(two.out / "checkpoints/step-4").ranks == 2
    parts = load_file(next((two.out / "checkpoints/step-4").glob("shard-00002*.safetensors")))
    whole = load_file(next((one / "checkpoints/step-4").glob("*.safetensors")))
    name = "weight:model.language_model.layers.0.mlp.up_proj.weight"
    assert 2 * parts[name].numel() == whole[name].numel(), "each rank writes its half"
    lost = Path(shutil.copytree(two.out / "checkpoints/step-4", tmp_path / "lost"))
    next(lost.glob("shard-00001*.safetensors")).unlink()  # as a copy that was broken off
    with pytest.raises(CheckpointError, match="lost: is not whole, it has 1 of the files of its 2 ranks"):
        restore_weights(lost, plm.load(one / "export"))

    again = Run(release=release, recipe="smoke_cpu", out=only(two.out, 4, tmp_path / "again"), overrides=changes)
    assert train(again).state == "done"
    for out in (two.out, copies.out, again.out):
        assert [line["step"] for line in metrics(out)] == list(range(1, 7))
        for told, expected in zip(metrics(out), metrics(one), strict=True):
            assert told.keys() == expected.keys()
            for key in expected.keys() - {"tokens_per_s", "wait_share"}:
                assert told[key] == pytest.approx(expected[key], rel=2e-4), (out.name, expected["step"], key)
        found, wanted = (load_file(folder / "export/model.safetensors") for folder in (out, one))
        assert found.keys() == wanted.keys()
        for key, value in wanted.items():
            np.testing.assert_allclose(found[key], value, atol=2e-4, err_msg=key)


def test_an_adapter_in_half_precision_is_trained_by_two_ranks_as_by_one(release: Path, tmp_path: Path) -> None:
    """Frozen weights of two bytes and trained ones of four, spread together: how the real sizes run on two devices."""
    changes = {"steps": 2, "precision": "bf16", "validation_samples": 0, "batch_samples": 8, "checkpoint_every": 1}
    one, two = (
        Run(release=release, recipe="smoke_lora_cpu", out=tmp_path / name, overrides=changes) for name in ("one", "two")
    )
    train(one)
    on_ranks(two, tmp_path / "two.log")
    for told, expected in zip(metrics(two.out), metrics(one.out), strict=True):
        assert told["labels"] == expected["labels"]
        assert told["loss"] == pytest.approx(expected["loss"], rel=0.01)
        assert told["grad_norm"] == pytest.approx(expected["grad_norm"], rel=0.05)
    files = [load_file(run.out / "adapter/adapter_model.safetensors") for run in (one, two)]
    assert files[0].keys() == files[1].keys() and {value.dtype for value in files[1].values()} == {torch.float32}


def test_what_any_rank_cannot_decode_counts_for_all_of_them(own_release: Path, tmp_path: Path) -> None:
    """Clips that open and end too early; each rank has half of them, and neither alone more than the cap allows."""
    for clip in (own_release / "videos/grid").glob("vid00[0-3].mp4"):
        clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])
    write_manifest(own_release, json.loads((own_release / "manifest.json").read_text())["splits"])
    changes = {"steps": 1, "batch_samples": 28, "validation_samples": 0, "data.decode_all_first": False}
    run = Run(
        release=own_release,
        recipe="smoke_cpu",
        out=tmp_path / "run",
        overrides={**changes, "data.max_reject_share": 0.8},
    )
    on_ranks(run, tmp_path / "log")
    assert json.loads((run.out / "rejects.json").read_text())["counts"] == {"broken_clip": 20}
    [told] = metrics(run.out)
    assert {key for key in told if key.startswith("loss/")} == {"loss/fgqa"}
    capped = {**changes, "data.max_reject_share": 0.6}
    with pytest.raises(AssertionError, match=r"17 of 28 rows cannot be used, 60% are allowed: broken_clip × 17"):
        on_ranks(run.model_copy(update={"out": tmp_path / "capped", "overrides": capped}), tmp_path / "capped.log")


def ended_while_writing(run: Run, after: int, by: signal.Signals, log: Path) -> int | None:
    """The exit code of a training that got a signal while a checkpoint behind step `after` was being written."""
    folder = run.out / "checkpoints"
    process = begun(run, log)
    try:
        until = time.monotonic() + 200
        while not any((folder / f".step-{step}.partial").exists() for step in range(after + 1, after + 4)):
            assert process.is_alive() and time.monotonic() < until, log.read_text()[-2000:]
            time.sleep(0.0005)
        assert process.pid is not None
        os.kill(process.pid, by)
        process.join(200)
        return process.exitcode
    finally:
        process.kill()


@pytest.mark.timeout(900)  # a busy machine
def test_a_run_that_was_stopped_and_killed_goes_on_bit_for_bit(release: Path, tmp_path: Path) -> None:
    """SIGTERM, then kill -9, each while a checkpoint is being written and the next step is computed."""
    changes = {**STEPS, "steps": 10, "checkpoint_every": 1, "validation_samples": 0}
    run = Run(release=release, recipe="smoke_cpu", out=tmp_path / "killed", overrides=changes)
    folder = run.out / "checkpoints"
    assert ended_while_writing(run, 1, signal.SIGTERM, tmp_path / "log") == STOPPED
    stopped = read_position(checkpoints(folder)[-1]).step
    assert 2 <= stopped < 10 and not list(folder.glob(".*")), "what was begun is whole"
    assert json.loads((run.out / "status.json").read_text())["state"] == "stopped"
    assert ended_while_writing(run, stopped, signal.SIGKILL, tmp_path / "log") == -signal.SIGKILL
    assert stopped <= read_position(checkpoints(folder)[-1]).step < 10
    assert train(run).state == "done"
    whole = run.model_copy(update={"out": tmp_path / "whole"})
    train(whole)
    assert [line["loss"] for line in metrics(run.out)] == [line["loss"] for line in metrics(whole.out)]
    file = "export/model.safetensors"
    assert (run.out / file).read_bytes() == (whole.out / file).read_bytes()
    assert not list(folder.glob(".*")), "what was half written is gone"


def test_what_each_rank_reads_is_all_of_it_and_nothing_twice() -> None:
    for size in (1, 2, 3, 7):
        parts = [World(rank, size, torch.device("cpu")).share(range(20)) for rank in range(size)]
        assert [index for part in parts for index in part] == list(range(20))
        assert max(map(len, parts)) - min(map(len, parts)) <= 1
        ranks = [World(0, 99, torch.device("cpu"), local_rank=rank, local_size=size) for rank in range(size)]
        assert sorted(file for each in ranks for file in each.local_share(range(20))) == list(range(20))


def test_a_shard_that_does_not_divide_the_ranks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    with (
        pytest.raises(ConfigError, match="shard: 3 does not divide the 4 ranks"),
        world(override(resolve("smoke_cpu"), {"shard": 3})),
    ):
        pass
