"""The estimate before a run: real sizes fit where they should; what does not fit is refused with what to set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from model import plm
from model.build import prepare
from model.checkpoint import Checkpoints, Position, restore
from model.config import ConfigError, Run, TrainConfig, override
from model.data.packing import Tree
from model.distributed import World
from model.flops import Arithmetic
from model.memory import GIB, check, estimate
from model.optimizer import make_optimizer
from model.plm import CheckpointError
from model.recipes import RECIPES, resolve
from model.tokenizer import build_tokenizer
from model.train import train
from tests.model.published import real_network

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.xdist_group("trained")]

STAGES = {"warmup": (512, 1280, 1, 8, 1), "midtraining": (2048, 6144, 16, 16, 2), "sft": (1024, 11_520, 36, 32, 2)}
"""Samples a step, tokens a sample, tiles, frames, pooling: the published table."""


def needed(network: plm.Plm, config: TrainConfig, ranks: int = 1) -> float:
    return estimate(network, config, World(0, ranks, torch.device("cpu"))).total / GIB


def refused_with_what_to_set(eight: plm.Plm) -> None:
    """A size in full on a device for its adapter."""
    full = override(resolve("plm_8b_sft"), {"memory_gb": 80})
    prepare(eight, full)
    alone, spread = (World(0, ranks, torch.device("cpu")) for ranks in (1, 8))
    with pytest.raises(
        ConfigError, match=r"needs about 1\d\d\.\d GiB .*has 80\.0 GiB .*adapter=.*adamw_8bit.*more ranks"
    ):
        check(estimate(eight, full, alone), full, alone)
    check(estimate(eight, full, spread), full, spread)


def test_the_published_sizes_need_what_they_should() -> None:
    """In memory, and in arithmetic: of one clip of 32 frames behind a short question, 8,252 tokens."""
    one, three, eight = (real_network(size) for size in ("1b", "3b", "8b"))
    for network, tera, share in ((one, 129, 0.51), (three, 244, 0.27), (eight, 774, 0.48)):
        found = Arithmetic.of(network.network)
        shown, read = 32 * found.picture(), found.text([Tree(0, 8252)], labels=60)
        assert 3 * (shown + read) / 1e12 == pytest.approx(tera, rel=0.02)
        assert shown / (shown + read) == pytest.approx(share, abs=0.02)
    full = resolve("plm_1b_sft")
    prepare(one, full)
    assert 30 < needed(one, full) < 40, "1B in full on 40 GB"
    small = override(full, {"optimizer.kind": "adamw_8bit"})
    assert needed(one, full) - needed(one, small) == pytest.approx(6 * 1.55e9 * 1.08 / GIB, rel=0.05)
    assert needed(one, full, ranks=8) < 0.5 * needed(one, full)
    refused_with_what_to_set(eight)
    lora = resolve("plm_8b_lora")
    with torch.device("meta"):
        prepare(eight, lora)
    assert 30 < needed(eight, lora) < 40, "8B by LoRA at 32 frames on 40 GB"
    assert needed(eight, override(lora, {"recompute": []})) > 80


def test_a_device_that_is_too_small_is_told_before_the_run(release: Path, tmp_path: Path) -> None:
    run = Run(release=release, recipe="smoke_cpu", out=tmp_path, overrides={"memory_gb": 0.5})
    with pytest.raises(
        ConfigError,
        match=r"memory: this run needs about 1\.\d GiB of a cpu device, which has 0\.5 GiB \(weights .*adapter=",
    ):
        train(run)
    assert "in all" in (tmp_path / "memory.txt").read_text() and not (tmp_path / "checkpoints").exists()


def test_moments_in_a_byte_each_are_stored_and_go_on_as_they_were(tmp_path: Path) -> None:
    shape = resolve("smoke_cpu").model.tiny
    assert shape is not None
    config = override(resolve("smoke_cpu"), {"optimizer.kind": "adamw_8bit"}).optimizer
    tokenizer = build_tokenizer(["one text"], 400)

    def begun() -> tuple[plm.Plm, torch.optim.Optimizer]:
        network = plm.build_tiny(shape, tokenizer, seed=0)
        return network, make_optimizer(network, config)

    def learn(network: plm.Plm, optimizer: torch.optim.Optimizer, seed: int) -> None:
        torch.manual_seed(seed)
        for parameter in network.network.parameters():
            parameter.grad = torch.randn_like(parameter)
        with torch.compiler.set_stance("force_eager"):  # torchao compiles its step, which takes minutes here
            optimizer.step()

    ranks = World(0, 1, torch.device("cpu"))
    network, optimizer = begun()
    learn(network, optimizer, 1)
    kept = Checkpoints(tmp_path, ranks, keep=1)
    kept.save(network, optimizer, Position(1, "run"))
    kept.finish()
    learn(network, optimizer, 2)
    again, other = begun()
    assert restore(tmp_path / "step-1", again, other, ranks).step == 1
    learn(again, other, 2)
    with pytest.raises(CheckpointError, match=r"was written by 1 ranks; with optimizer\.kind=adamw_8bit"):
        restore(tmp_path / "step-1", *begun(), World(0, 2, torch.device("cpu")))
    for (name, left), right in zip(network.network.named_parameters(), again.network.parameters(), strict=True):
        assert torch.equal(left, right), name


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_recipe_is_whole(name: str) -> None:
    config: Any = resolve(name)
    assert config.recipe == name and TrainConfig.model_validate(config.model_dump(mode="json")) == config
    size, stage = name.split("_")[1], name.rpartition("_")[2]
    if stage in STAGES:
        data = config.data
        found = (config.batch_samples, data.max_tokens, data.max_tiles, data.frames, config.model.pooling)
        assert found == STAGES[stage]
        assert config.trains == (("projector",) if stage == "warmup" else ("vision", "projector", "text"))
        rate = {"warmup": 1e-4, "midtraining": 4e-5, "sft": 1e-5 if size == "8b" else 4e-5}[stage]
        assert (config.optimizer.lr, config.optimizer.warmup_steps) == (rate, 20 if stage == "warmup" else 120)
        assert config.optimizer.weight_decay == (0.05 if size == "8b" else 0.01)
