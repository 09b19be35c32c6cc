"""Checkpoints: what trains, its optimizer's state, random states and the position of the run, written by all ranks.

A folder step-N is complete or absent. It holds safetensors files of torch's distributed checkpoints, each rank's part
of every tensor with its place, so that any number of ranks reads what any other number wrote; no pickle is written or
read. What does not train is not in it: it comes from the weights that the run began with.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.checkpoint.staging import DefaultStager, StagingOptions
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import async_save

from model.distributed import World
from model.plm import CheckpointError, Plm
from model.progress import write_atomically

POSITION: Final = "trainer.json"
_WEIGHT: Final = "weight:"
_MOMENTS: Final = ("exp_avg", "exp_avg_sq")
_UNREADABLE: Final = (OSError, SafetensorError, CheckpointException, RuntimeError, ValueError, AssertionError)
"""What torch and safetensors raise for files that are not what they seem; the assertion is torch's own."""


@dataclass(frozen=True)
class Position:
    """Where a run stands: `step` optimizer steps are done; `run` identifies configuration and release."""

    step: int
    run: str
    ranks: int = 1
    val_loss: float | None = None
    """Loss on the held-out split after this step, where it was computed."""


class Checkpoints:
    """The checkpoints of one run. They are written in the background; at most one at a time."""

    def __init__(self, folder: Path, ranks: World, *, keep: int) -> None:
        self._folder = folder
        self._ranks = ranks
        self._keep = keep
        self._pending: tuple[Future[Any], Position] | None = None
        self._stager = DefaultStager(StagingOptions(False, False, False, False))

    def save(self, plm: Plm, optimizer: torch.optim.Optimizer, position: Position) -> None:
        """Copy the state aside and begin to write it; the training goes on meanwhile.

        CheckpointError when the one before could not be written; those before that stay.
        """
        self.finish()
        target, partial = self._paths(position.step)
        if self._ranks.leads:
            try:
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir(parents=True)
            except OSError as error:
                raise CheckpointError(f"{target}: cannot be written ({error})") from error
        self._ranks.wait_for_all()
        tensors = _tensors(plm, optimizer) | random_states(self._ranks)
        writer = HuggingFaceStorageWriter(str(partial), save_distributed=True)
        future = async_save(
            tensors,
            storage_writer=writer,
            process_group=self._ranks.checkpoint_group,
            async_stager=self._stager,
            no_dist=self._ranks.alone,
        )
        assert isinstance(future, Future)
        self._pending = (future, position)

    def finish(self) -> None:
        """Wait until what was begun is on disk, under its name, and drop what need not be kept. CheckpointError."""
        if self._pending is None:
            return
        future, position = self._pending
        self._pending = None
        target, partial = self._paths(position.step)
        problem: BaseException | None = None
        try:
            future.result()
            if self._ranks.leads:
                write_atomically(partial / POSITION, json.dumps(asdict(position)) + "\n")
                shutil.rmtree(target, ignore_errors=True)
                partial.replace(target)
                _sync_folder(self._folder)
        except (OSError, SafetensorError, CheckpointException, RuntimeError) as error:
            problem = error
        if self._ranks.any(problem is not None):
            if self._ranks.leads:
                shutil.rmtree(partial, ignore_errors=True)
            raise CheckpointError(f"{target}: cannot be written ({_reason(problem)})") from problem
        if self._ranks.leads:
            prune(self._folder, self._keep)

    def finish_when_written(self) -> None:
        """As `finish`, if all ranks have written what they had to; otherwise nothing. Every rank must ask."""
        if self._pending is not None and not self._ranks.any(not self._pending[0].done()):
            self.finish()

    def _paths(self, step: int) -> tuple[Path, Path]:
        return self._folder / f"step-{step}", self._folder / f".step-{step}.partial"


def prune(folder: Path, keep: int) -> None:
    """Remove all but the newest `keep` checkpoints and the one with the lowest validation loss."""
    found = checkpoints(folder)
    best = best_checkpoint(folder)
    for old in found[:-keep]:
        if old != best:
            shutil.rmtree(old)


def best_checkpoint(folder: Path) -> Path | None:
    """The checkpoint with the lowest validation loss; None when none was validated."""
    rated = [(loss, path) for path in checkpoints(folder) if (loss := read_position(path).val_loss) is not None]
    return min(rated, key=lambda pair: pair[0])[1] if rated else None


def checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints in `folder`, oldest first."""
    found = [path for path in folder.glob("step-*") if (path / POSITION).is_file()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step-")))


def read_position(checkpoint: Path) -> Position:
    """Where the run stood when `checkpoint` was written. CheckpointError when that cannot be understood."""
    try:
        return Position(**json.loads((checkpoint / POSITION).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"{checkpoint / POSITION}: cannot be read ({error})") from error


def restore(checkpoint: Path, plm: Plm, optimizer: torch.optim.Optimizer, ranks: World) -> Position:
    """Give weights, optimizer and random generators the state they had, whatever number of ranks wrote it.

    With another number of ranks, or on another kind of device, each begins with random numbers of its own that follow
    from the step. CheckpointError names the first tensor that is missing or of another size.
    """
    position = read_position(checkpoint)
    for parameter in trained(plm).values():
        optimizer.state[parameter] = _fresh_state(optimizer, parameter)
    wanted = _tensors(plm, optimizer)
    if position.ranks != ranks.size and hasattr(optimizer, "_new_buffer"):
        raise CheckpointError(
            f"{checkpoint}: was written by {position.ranks} ranks; with optimizer.kind=adamw_8bit only as many go on"
        )
    stored = _stored(checkpoint)
    generators = random_states(ranks)
    if position.ranks != ranks.size or not generators.keys() <= stored.keys():
        generators = {}
    _read(checkpoint, stored, wanted | generators, ranks)
    if generators:
        set_random_states(generators, ranks)
    else:
        torch.manual_seed(position.step * 1_000_003 + ranks.rank)
    return position


def restore_weights(checkpoint: Path, plm: Plm) -> None:
    """Only the trained weights of `checkpoint`, in one process; CheckpointError as `restore`."""
    wanted = {_WEIGHT + name: parameter.detach() for name, parameter in trained(plm).items()}
    _read(checkpoint, _stored(checkpoint), wanted, World(0, 1, torch.device("cpu")))


def trained(plm: Plm) -> dict[str, torch.nn.Parameter]:
    """What trains, by name."""
    return {name: parameter for name, parameter in plm.network.named_parameters() if parameter.requires_grad}


def _stored(checkpoint: Path) -> Mapping[str, Any]:
    """What is stored of each tensor, by the headers of all ranks' files. CheckpointError when one cannot be read.

    And when one is not there: torch would leave that part of each tensor as it is, and say nothing.
    """
    ranks, files = read_position(checkpoint).ranks, len(list(checkpoint.glob("*.safetensors")))
    if files != ranks:
        raise CheckpointError(f"{checkpoint}: is not whole, it has {files} of the files of its {ranks} ranks")
    try:
        found: Mapping[str, Any] = HuggingFaceStorageReader(str(checkpoint)).read_metadata().state_dict_metadata
    except _UNREADABLE as error:
        raise CheckpointError(f"{checkpoint}: cannot be read ({_reason(error)})") from error
    return found


def _read(checkpoint: Path, stored: Mapping[str, Any], wanted: Mapping[str, torch.Tensor], ranks: World) -> None:
    for name, tensor in wanted.items():
        if name not in stored:
            raise CheckpointError(f"{checkpoint}: has no {name}; it belongs to another network or recipe")
        if (size := stored[name].size) != tensor.shape:
            raise CheckpointError(
                f"{checkpoint}: {name} has another size: it is {tuple(size)}, this network needs {tuple(tensor.shape)}"
            )
    try:
        load(
            dict(wanted),
            storage_reader=HuggingFaceStorageReader(str(checkpoint)),
            process_group=ranks.checkpoint_group,
            no_dist=ranks.alone,
        )
    except _UNREADABLE as error:
        raise CheckpointError(f"{checkpoint}: cannot be read ({_reason(error)})") from error


def _tensors(plm: Plm, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Weights and the optimizer's state by name. The tensors are the living ones: loading writes into them."""
    found: dict[str, torch.Tensor] = {}
    for name, parameter in trained(plm).items():
        found[_WEIGHT + name] = parameter.detach()
        for key, value in optimizer.state.get(parameter, {}).items():
            if key == "step":
                found[f"step:{name}"] = value.view(1)  # safetensors' slices want a dimension
            else:
                found |= _flat(f"{key}:{name}", value)
    return found


def _flat(name: str, value: torch.Tensor) -> dict[str, torch.Tensor]:
    """A tensor under its name; one of an 8-bit optimizer as the plain tensors it is made of.

    Those of a rank are its own and are not put together again, so they only go on with the same number of ranks.
    """
    from torch.distributed.tensor import DTensor

    local = value.to_local() if isinstance(value, DTensor) else value
    if type(local) is torch.Tensor:
        return {name: value}
    names, _ = local.__tensor_flatten__()  # type: ignore[attr-defined]  # what every tensor subclass of torch offers
    place = f"@{value.device_mesh.get_rank()}" if isinstance(value, DTensor) else ""
    return {f"{name}.{inner}{place}": getattr(local, inner) for inner in names}


def _fresh_state(optimizer: torch.optim.Optimizer, parameter: torch.nn.Parameter) -> dict[str, Any]:
    """The state that the optimizer would begin with, for a checkpoint to be read into."""
    make = getattr(optimizer, "_new_buffer", None)  # torchao's optimizers: moments in a byte each
    fused = optimizer.defaults.get("fused")
    state: dict[str, Any] = {"step": torch.zeros((), device=parameter.device if fused else None)}
    for key in _MOMENTS:
        state[key] = torch.zeros_like(parameter) if make is None else make(parameter, key == "exp_avg")
    return state


def random_states(ranks: World) -> dict[str, torch.Tensor]:
    """The states of this rank's random generators, by names of its own."""
    found = {f"random.cpu@{ranks.rank}": torch.get_rng_state()}
    if ranks.device.type == "cuda":
        found[f"random.cuda@{ranks.rank}"] = torch.cuda.get_rng_state(ranks.device)
    return found


def set_random_states(states: Mapping[str, torch.Tensor], ranks: World) -> None:
    """Go on with random numbers from where `random_states` was asked."""
    torch.set_rng_state(states[f"random.cpu@{ranks.rank}"])
    if ranks.device.type == "cuda":
        torch.cuda.set_rng_state(states[f"random.cuda@{ranks.rank}"], ranks.device)


def _sync_folder(folder: Path) -> None:
    """Make the new name of a checkpoint last through a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _reason(error: BaseException | None) -> str:
    """The innermost cause that a person can read; torch wraps what happened on each rank."""
    if isinstance(error, CheckpointException):
        failures = error.failures
        first = failures[min(failures)][0] if failures else error
        return _reason(first) if first is not error else str(error)
    return "on another rank" if error is None else (str(error) or type(error).__name__)
