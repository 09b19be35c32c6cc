"""Several processes, one training: who I am, what all of us add up to, and weights spread over us (torchrun, FSDP2)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, TypeVar

import torch
import torch.distributed as dist

from model.config import ConfigError, TrainConfig

Item = TypeVar("Item")

_COLLECTIVE_TIMEOUT: Final = timedelta(minutes=30)
"""How long ranks wait for each other: as long as the slowest decodes, validates or exports."""
_LOCAL: Final = (("LOCAL_RANK", "0"), ("LOCAL_WORLD_SIZE", "1"))
"""What torchrun says of this machine's ranks."""


@dataclass(frozen=True)
class World:
    """This process among `size`. Without torchrun there is one."""

    rank: int
    size: int
    device: torch.device
    checkpoint_group: Any = None
    """A process group of its own for checkpoints, which are written while the steps go on."""
    local_rank: int = 0
    local_size: int = 1
    """This process among those of this machine."""

    @property
    def leads(self) -> bool:
        """Whether this rank is the one that tells the outside."""
        return self.rank == 0

    @property
    def alone(self) -> bool:
        """Whether there is no other rank."""
        return self.size == 1

    def gather(self, values: Sequence[float]) -> list[list[float]]:
        """The numbers of every rank, in the order of the ranks; all give equally many."""
        if self.alone:
            return [list(values)]
        mine = torch.tensor(values, dtype=torch.float64)
        found = [torch.empty_like(mine) for _ in range(self.size)]
        dist.all_gather(found, mine)
        return [row.tolist() for row in found]

    def sum(self, values: Sequence[float]) -> list[float]:
        """The sums over the ranks, added in the same order on each of them."""
        return [sum(column) for column in zip(*self.gather(values), strict=True)]

    def exchange(self, text: str) -> list[str]:
        """The texts of every rank, in the order of the ranks."""
        if self.alone:
            return [text]
        mine = torch.tensor(list(text.encode()), dtype=torch.uint8)
        lengths = [int(row[0]) for row in self.gather([len(mine)])]
        padded = torch.nn.functional.pad(mine, (0, max(lengths) - len(mine)))
        found = [torch.empty_like(padded) for _ in range(self.size)]
        dist.all_gather(found, padded)
        return [bytes(row[:length].tolist()).decode() for row, length in zip(found, lengths, strict=True)]

    def any(self, told: bool) -> bool:
        """Whether any rank says so."""
        return any(row[0] for row in self.gather([float(told)]))

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """This rank's part of what all ranks know: neighbours stay together, no two parts differ by more than one."""
        return items[len(items) * self.rank // self.size : len(items) * (self.rank + 1) // self.size]

    def local_share(self, items: Sequence[Item]) -> Sequence[Item]:
        """This rank's part of what all ranks of this machine know; neighbours go to different ones."""
        return items[self.local_rank :: self.local_size]

    def wait_for_all(self) -> None:
        """Returns when every rank has come here."""
        self.gather([0.0])


def leads() -> bool:
    """Whether torchrun started this process as the first one, or nobody did."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def world(config: TrainConfig) -> Iterator[World]:
    """The ranks that torchrun started (its environment says so), or this process alone. ConfigError for a bad size."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    shard = config.shard or size
    if size % shard:
        raise ConfigError(f"shard: {shard} does not divide the {size} ranks that were started")
    if size == 1:
        yield World(0, 1, device_of(config.device))
        return
    local_rank, local_size = (int(os.environ.get(name, given)) for name, given in _LOCAL)
    device = device_of(config.device, local_rank)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=_COLLECTIVE_TIMEOUT)
    try:
        group = dist.new_group(backend="gloo", timeout=_COLLECTIVE_TIMEOUT)
        yield World(dist.get_rank(), size, device, group, local_rank, local_size)
    finally:
        dist.destroy_process_group()


def device_of(asked: Literal["auto", "cpu", "cuda"], number: int = 0) -> torch.device:
    """The device that is asked for, of this machine's `number`-th rank. ConfigError where there is none."""
    if asked == "cpu" or (asked == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ConfigError("device: cuda was asked for, and torch finds none on this machine")
    if number >= (there := torch.cuda.device_count()):
        raise ConfigError(f"device: rank {number} of this machine has none; start --nproc-per-node {there}")
    return torch.device("cuda", number)


def spread(module: torch.nn.Module, blocks: Sequence[torch.nn.Module], config: TrainConfig, ranks: World) -> None:
    """Spread the weights of `module` over the ranks, in place: each of `blocks` is gathered when it is computed.

    With `config.shard` fewer ranks hold a copy between them and the copies are kept equal (HSDP; 1: plain data
    parallelism). Gradients are summed in fp32 and not averaged: the loss is divided by the labels of all ranks already.
    """
    if ranks.alone:
        return
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard

    shard = config.shard or ranks.size
    if shard == ranks.size:
        mesh = init_device_mesh(ranks.device.type, (shard,), mesh_dim_names=("shard",))
    else:
        shape = (ranks.size // shard, shard)
        mesh = init_device_mesh(ranks.device.type, shape, mesh_dim_names=("copies", "shard"))
    # Autocast decides about the inputs, as it does on one device: norms and the loss stay in fp32.
    policy = MixedPrecisionPolicy(
        param_dtype=torch.bfloat16 if config.precision == "bf16" else None,
        reduce_dtype=torch.float32,
        cast_forward_inputs=False,
    )
    for part in [*blocks, module]:
        fully_shard(part, mesh=mesh, mp_policy=policy)
    for part in module.modules():
        if isinstance(part, FSDPModule):
            part.set_gradient_divide_factor(1.0)
            part.set_force_sum_reduction_for_comms(True)


@contextmanager
def gathered(module: torch.nn.Module) -> Iterator[None]:
    """The weights outside of all blocks whole on every rank, for what does not go through `module`'s own forward."""
    from torch.distributed.fsdp import FSDPModule

    if not isinstance(module, FSDPModule):
        yield
        return
    module.unshard()
    try:
        yield
    finally:
        module.reshard()


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor that may be spread over the ranks, whole, on the CPU; every rank must ask."""
    from torch.distributed.tensor import DTensor

    found: torch.Tensor = tensor.detach()
    if isinstance(found, DTensor):
        found = found.full_tensor()
    return found.cpu()
