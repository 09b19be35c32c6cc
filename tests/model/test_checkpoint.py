"""Checkpoints as files: which are kept, what another network, device or configuration makes of one, what is damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from model import plm
from model.checkpoint import Checkpoints, Position, best_checkpoint, checkpoints, restore
from model.config import identity, override
from model.distributed import World
from model.optimizer import make_optimizer
from model.recipes import resolve
from tests.model.conftest import Trained

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.xdist_group("trained")]


def test_the_newest_and_the_best_checkpoint_are_kept(trained: Trained, tmp_path: Path) -> None:
    network, ranks = plm.load(trained.out / "export"), World(0, 1, torch.device("cpu"))
    optimizer = make_optimizer(network, resolve("smoke_cpu").optimizer)
    kept = Checkpoints(tmp_path, ranks, keep=2)
    for step, loss in ((1, 0.9), (2, 0.3), (3, None), (9, 0.5), (10, 0.6)):
        kept.save(network, optimizer, Position(step, "run", val_loss=loss))
    kept.finish()
    assert [path.name for path in checkpoints(tmp_path)] == ["step-2", "step-9", "step-10"]
    assert best_checkpoint(tmp_path) == tmp_path / "step-2"
    suffixes = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert suffixes == {".safetensors", ".json"}, "nothing that would have to be unpickled"


def test_a_checkpoint_of_another_network_is_refused_by_the_first_tensor(trained: Trained, tmp_path: Path) -> None:
    ranks, shape = World(0, 1, torch.device("cpu")), resolve("smoke_cpu").model.tiny
    assert shape is not None
    tokenizer, config = plm.load(trained.out / "export").tokenizer, resolve("smoke_cpu").optimizer
    wider = plm.build_tiny(shape.model_copy(update={"text_width": 64}), tokenizer, seed=0)
    with pytest.raises(plm.CheckpointError, match=r"step-60: .*another size: it is \(.*, this network needs \("):
        restore(trained.out / "checkpoints/step-60", wider, make_optimizer(wider, config), ranks)
    deeper = plm.build_tiny(shape.model_copy(update={"text_depth": 3}), tokenizer, seed=0)
    with pytest.raises(plm.CheckpointError, match=r"step-60: has no weight:model\.language_model\.layers\.2"):
        restore(trained.out / "checkpoints/step-60", deeper, make_optimizer(deeper, config), ranks)
    damaged = Path(shutil.copytree(trained.out / "checkpoints/step-60", tmp_path / "step-60"))
    (file,) = damaged.glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(plm.CheckpointError, match="step-60: cannot be read"):
        restore(damaged, deeper, make_optimizer(deeper, config), ranks)
    file.unlink()
    with pytest.raises(plm.CheckpointError, match="step-60: is not whole, it has 0 of the files of its 1 ranks"):
        restore(damaged, deeper, make_optimizer(deeper, config), ranks)


def test_a_checkpoint_of_another_kind_of_device_goes_on_with_random_numbers_of_its_own(
    trained: Trained, tmp_path: Path
) -> None:
    """As one that a CPU wrote is read on CUDA: this device's generator is not in it."""
    place = Path(shutil.copytree(trained.out / "checkpoints/step-60", tmp_path / "step-60"))
    (file,) = place.glob("*.safetensors")
    tensors = load_file(file)
    del tensors["random.cpu@0"]
    with safe_open(file, "pt") as stored:
        metadata = stored.metadata()
    save_file(tensors, file, metadata)
    network, ranks = plm.load(trained.out / "export"), World(0, 1, torch.device("cpu"))
    before = network.network.lm_head.weight.detach().clone()
    network.network.lm_head.weight.data.zero_()
    assert restore(place, network, make_optimizer(network, resolve("smoke_cpu").optimizer), ranks).step == 60
    assert torch.initial_seed() == 60 * 1_000_003 and torch.equal(network.network.lm_head.weight, before)


def test_a_run_may_go_on_computed_and_watched_in_other_ways() -> None:
    config = resolve("plm_3b_sft")
    told = identity(config, "r")
    others = {
        "device": "cpu", "shard": 4, "checkpoint_every": 7, "validate_every": 3, "benchmarks.every": 5,
        "data.max_reject_share": 0.5, "data.batch_tokens": 9000, "keep_checkpoints": 1,
    }  # fmt: skip
    assert identity(override(config, others), "r") == told
    changed = ({"optimizer.lr": 1.0}, {"seed": 1}, {"data.frames": 8}, {"batch_samples": 2}, {"precision": "fp32"})
    assert len({told, identity(config, "s"), *(identity(override(config, one), "r") for one in changed)}) == 7
