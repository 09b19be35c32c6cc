"""Checkpoints: transformers folders that also hold the optimizer, the random state and the position of the run."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from model import plm as networks
from model.plm import CheckpointError, Plm
from model.progress import write_atomically

_STATE = "trainer.safetensors"
_POSITION = "trainer.json"
_CPU_RANDOM = "random.cpu"


@dataclass(frozen=True)
class Position:
    """Where a run stands: `step` optimizer steps are done; `run` identifies configuration and release."""

    step: int
    run: str


def save_checkpoint(folder: Path, plm: Plm, optimizer: torch.optim.Optimizer, position: Position, keep: int) -> Path:
    """Write `folder`/step-N completely or not at all, then drop all but the newest `keep` checkpoints.

    CheckpointError when the disk does not take it; the checkpoints before stay.
    """
    target = folder / f"step-{position.step}"
    partial = folder / f".step-{position.step}.partial"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        networks.save(plm, partial)
        save_file(_optimizer_tensors(plm, optimizer) | {_CPU_RANDOM: torch.get_rng_state()}, partial / _STATE)
        write_atomically(partial / _POSITION, json.dumps({"step": position.step, "run": position.run}) + "\n")
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise CheckpointError(f"{target}: cannot be written ({error})") from error
    for old in checkpoints(folder)[:-keep]:
        shutil.rmtree(old)
    return target


def checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints in `folder`, oldest first."""
    found = [path for path in folder.glob("step-*") if (path / _POSITION).is_file()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step-")))


def read_position(checkpoint: Path) -> Position:
    """Where the run stood when `checkpoint` was written."""
    content = json.loads((checkpoint / _POSITION).read_text(encoding="utf-8"))
    return Position(step=int(content["step"]), run=str(content["run"]))


def restore_optimizer(checkpoint: Path, plm: Plm, optimizer: torch.optim.Optimizer) -> None:
    """Give the optimizer and the random generator the state they had; the weights are loaded with the network."""
    tensors = load_file(checkpoint / _STATE)
    torch.set_rng_state(tensors[_CPU_RANDOM])
    for name, parameter in _trained(plm):
        names = {key: f"{key}:{name}" for key in ("step", "exp_avg", "exp_avg_sq")}
        if missing := [stored for stored in names.values() if stored not in tensors]:
            raise CheckpointError(f"{checkpoint}: has no {missing[0]}; it belongs to another network or recipe")
        state: dict[str, Any] = {key: tensors[stored] for key, stored in names.items()}
        if state["exp_avg"].shape != parameter.shape:
            raise CheckpointError(f"{checkpoint}: {name} has another size")
        optimizer.state[parameter] = {
            key: value if key == "step" else value.to(parameter.device) for key, value in state.items()
        }


def _optimizer_tensors(plm: Plm, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    return {
        f"{key}:{name}": value.contiguous()
        for name, parameter in _trained(plm)
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def _trained(plm: Plm) -> list[tuple[str, torch.nn.Parameter]]:
    return [(name, parameter) for name, parameter in plm.network.named_parameters() if parameter.requires_grad]
