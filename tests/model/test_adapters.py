"""LoRA and DoRA: nothing changes before a step, only the matrices train, and both exports answer alike."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from model import plm
from model.adapters import without_adapter
from model.build import base_network, prepare
from model.checkpoint import checkpoints
from model.checkpoint import trained as what_trains
from model.config import ConfigError, Run, TrainConfig, override
from model.opening import open_network
from model.recipes import resolve
from model.train import train
from tests.model.conftest import Trained

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.xdist_group("trained")]


def config(base: Path, **changes: object) -> TrainConfig:
    found = override(resolve("smoke_lora_cpu"), {"model.checkpoint": str(base)})
    return override(found, {f"adapter.{name}": value for name, value in changes.items()})


def logits(network: plm.Plm) -> torch.Tensor:
    """Of one fixed clip and text."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.tensor([[network.video_token_id] * 8 + list(range(20, 40))])
    frames = torch.randint(0, 256, (2, 56, 56, 3), dtype=torch.uint8, generator=generator)
    network.network.eval()
    with torch.no_grad():
        found: torch.Tensor = network.network(
            input_ids=ids, pixel_values_videos=plm.normalise(frames).unsqueeze(0)
        ).logits
    return found


@pytest.mark.parametrize("kind", ["lora", "dora"])
def test_a_fresh_adapter_changes_nothing_and_only_it_trains(trained: Trained, kind: str) -> None:
    chosen = config(trained.out / "export", kind=kind)
    network = base_network(chosen.model, (), 0)
    before = logits(network)
    prepare(network, chosen)
    torch.testing.assert_close(logits(network), before, rtol=1e-4, atol=1e-4)
    names = what_trains(network)
    parts = {name.split(".")[1] for name in names}
    assert parts == {"vision_tower", "multi_modal_projector", "language_model"}
    assert all("lora_" in name or ".modules_to_save." in name for name in names)
    assert any("magnitude" in name for name in names) is (kind == "dora")
    with torch.no_grad():
        for name, parameter in names.items():
            if "lora_B" in name:
                parameter.fill_(0.05)
    assert not torch.allclose(logits(network), before, atol=1e-2)
    with without_adapter(network.network):
        torch.testing.assert_close(logits(network), before, rtol=1e-4, atol=1e-4)


def test_a_run_by_lora_goes_on_and_exports_an_adapter_and_a_merged_network(
    trained: Trained, release: Path, tmp_path: Path
) -> None:
    base = (trained.out / "export").resolve()
    changes = {
        "model.checkpoint": os.path.relpath(base),
        "adapter.kind": "dora",
        "steps": 4,
        "checkpoint_every": 2,
        "validation_samples": 0,
        "optimizer.lr": 1e-2,
    }
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(Run(release=release, recipe="smoke_lora_cpu", out=whole, overrides=changes))
    run = Run(release=release, recipe="smoke_lora_cpu", out=parts, overrides=changes)
    assert train(run, should_stop=(parts / "metrics.jsonl").exists).step == 1
    stored = load_file(next(checkpoints(parts / "checkpoints")[-1].glob("*.safetensors")))
    assert all("lora_" in name or "modules_to_save" in name for name in stored if not name.startswith("random"))
    assert train(run).state == "done"
    for file in ("adapter/adapter_model.safetensors", "export/model.safetensors"):
        assert (parts / file).read_bytes() == (whole / file).read_bytes(), file

    told = json.loads((whole / "adapter/adapter_config.json").read_text())
    assert told["use_dora"] is True and told["base_model_name_or_path"] == str(base)
    merged = logits(plm.load(whole / "export"))
    assert not torch.allclose(merged, logits(plm.load(base)), atol=1e-2)
    from peft import PeftModel

    beside = plm.load(base)
    PeftModel.from_pretrained(beside.network, str(whole / "adapter"))
    for network in (beside, open_network(whole / "adapter"), open_network(whole / "checkpoints/step-4")):
        torch.testing.assert_close(logits(network), merged, rtol=1e-3, atol=1e-3)


def test_frozen_weights_are_held_in_half_precision(trained: Trained) -> None:
    chosen = override(config(trained.out / "export"), {"precision": "bf16"})
    network = base_network(chosen.model, (), 0)
    prepare(network, chosen)
    kinds = {parameter.dtype for parameter in network.network.parameters() if not parameter.requires_grad}
    assert kinds == {torch.bfloat16}
    assert {parameter.dtype for parameter in what_trains(network).values()} == {torch.float32}


def test_what_does_not_go_together_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="`dpo` needs an `adapter`"):
        override(resolve("smoke_dpo_cpu"), {"adapter": None})
    with pytest.raises(ConfigError, match="give either `checkpoint` or `tiny`"):
        override(resolve("smoke_cpu"), {"model.checkpoint": "folder", "model.tiny.text_depth": 3})
    with pytest.raises(ConfigError, match=r"`model\.drop_path` must be 0 with `dpo`"):
        override(resolve("smoke_dpo_cpu"), {"model.drop_path": 0.1})
    with pytest.raises(ConfigError, match=r"model\.tiny\.text_width: .*1024"):
        override(resolve("smoke_cpu"), {"model.tiny.text_width": 10**9})
    with pytest.raises(ConfigError, match="`trains` names no part"):
        override(resolve("smoke_lora_cpu"), {"trains": []})
    chosen = override(resolve("smoke_lora_cpu"), {"trains": ["projector"]})
    with pytest.raises(ConfigError, match=r"adapter\.projector_in_full"):
        prepare(base_network(chosen.model, ["text"], 0), chosen)
