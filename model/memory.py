"""What a run will need of each device's memory, estimated before the device is touched, and refused if it does not fit.

Counted from the network's shapes: weights, gradients, optimizer, kept activations, the largest layer's own ones, the
head's logits, pictures. It is an estimate: kernels' work spaces and fragmentation are a share on top.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch

from model.build import blocks, text_layers, vision_blocks
from model.config import ConfigError, TrainConfig
from model.distributed import World
from model.loss import HEAD_LABELS
from model.plm import Plm

GIB: Final = 1 << 30
_OVERHEAD: Final = 1 * GIB
"""The CUDA context, libraries and collectives' buffers of a process."""
_FRAGMENTED: Final = 0.08


@dataclass(frozen=True)
class Estimate:
    """Bytes of one device, by what they are for."""

    parts: dict[str, float]

    @property
    def total(self) -> float:
        """All of them, with what is lost between allocations."""
        return sum(self.parts.values()) * (1 + _FRAGMENTED) + _OVERHEAD

    def lines(self) -> Iterator[str]:
        """A table for people."""
        for name, size in self.parts.items():
            yield f"{name:<28}{size / GIB:8.2f} GiB"
        yield f"{'with overhead, in all':<28}{self.total / GIB:8.2f} GiB"


def estimate(plm: Plm, config: TrainConfig, ranks: World) -> Estimate:
    """What each rank needs at the peak of a step, for a network that is prepared to train and not yet spread."""
    network = plm.network
    shard = (config.shard or ranks.size) if ranks.size > 1 else 1
    low = 2 if config.precision == "bf16" else 4
    everything = {id(p): p for p in network.parameters()}.values()
    trained = [p for p in everything if p.requires_grad]
    weights = sum(p.numel() * p.element_size() for p in everything)
    numbers = sum(p.numel() for p in trained)
    moments = 2 if config.optimizer.kind == "adamw_8bit" else 8
    parts = {
        "weights": weights / shard,
        "gradients": 4 * numbers / shard,
        "optimizer": moments * numbers / shard,
    }
    if shard > 1:
        largest = max(_numbers(block) for block in blocks(network))
        outside = sum(p.numel() for p in everything) - sum(_numbers(block) for block in blocks(network))
        parts["gathered weights"] = low * (2 * largest + outside) + 4 * (largest + outside)
    elif low == 2:
        parts["weights in bf16"] = 2 * sum(p.numel() for p in trained)
    tokens = config.data.batch_tokens
    pictures = -(-tokens // plm.tokens_per_frame)
    parts |= _activations(plm, config, tokens, pictures, low)
    return Estimate(parts)


def check(found: Estimate, config: TrainConfig, ranks: World) -> None:
    """ConfigError, with what to set, when a device has less than the run will need."""
    there = config.memory_gb * GIB if config.memory_gb is not None else _memory(ranks)
    if found.total <= there:
        return
    ways = ["data.batch_tokens and data.frames lower"]
    if config.adapter is None:
        ways.append('adapter={"kind": "lora"}')
        if config.optimizer.kind == "adamw":
            ways.append('optimizer.kind="adamw_8bit"')
    if set(config.recompute) != {"vision", "text"}:
        ways.append('recompute=["vision", "text"]')
    if config.precision == "fp32":
        ways.append('precision="bf16"')
    ways.append("more ranks (torchrun --nproc-per-node)" if config.shard is None else "shard higher")
    table = "; ".join(" ".join(line.split()) for line in found.lines())
    raise ConfigError(
        f"memory: this run needs about {found.total / GIB:.1f} GiB of a {ranks.device.type} device, which has "
        f"{there / GIB:.1f} GiB ({table}). Set {', or '.join(ways)}; memory_gb changes what is taken for the limit"
    )


def _activations(plm: Plm, config: TrainConfig, tokens: int, pictures: int, low: int) -> dict[str, float]:
    """Kept for the gradient; a block's own ones are as many as a transformer's usual sums (arXiv 2205.05198)."""
    network = plm.network
    text, vision = network.config.text_config, network.model.vision_tower.timm_model
    seen = pictures * (vision.patch_embed.num_patches + vision.num_prefix_tokens)
    of_text = _block_bytes(tokens, text.hidden_size, text.intermediate_size * 3, low)
    of_vision = _block_bytes(seen, vision.embed_dim, 2 * vision.blocks[0].mlp.fc1.out_features, low)
    kept: dict[str, float] = {}
    for part, block, width, count, places in (
        ("vision", of_vision, vision.embed_dim, len(vision_blocks(network)), seen),
        ("text", of_text, text.hidden_size, len(text_layers(network)), tokens),
    ):
        # Frozen below everything that trains: nothing is kept.
        reached = part in config.trains or (part == "text")
        if not reached:
            kept[f"activations, {part}"] = block
        elif part in config.recompute:
            kept[f"activations, {part}"] = count * places * width * low + block
        else:
            kept[f"activations, {part}"] = count * block
    side = plm.image_size
    return kept | {
        "logits": float(HEAD_LABELS * text.vocab_size * (low + 8)),
        "pictures": float(pictures * 3 * side * side * (1 + 4 + low)),
    }


def _block_bytes(places: int, width: int, inner: int, low: int) -> float:
    return float(places * (8 * width + inner) * low + 2 * places * width * 4)


def _numbers(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _memory(ranks: World) -> float:
    """Bytes of this rank's device; of the machine, divided by its ranks, where that is the processor."""
    if ranks.device.type == "cuda":
        return float(torch.cuda.get_device_properties(ranks.device).total_memory)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / ranks.local_size
