"""From a recipe to a network that is ready to train: loaded or made, frozen where it does not train, wrapped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from model import plm
from model.adapters import attach
from model.config import ModelConfig, TrainConfig
from model.plm import Plm


def base_network(config: ModelConfig, texts: Iterable[str], seed: int) -> Plm:
    """The network that a training begins with: its weights, and how many tokens it makes of a picture."""
    found = plm.build(config, texts, seed)
    return found if config.pooling is None else with_pooling(found, config.pooling)


def with_pooling(found: Plm, pooling: int) -> Plm:
    """The same network with `pooling` × `pooling` patches of a picture in a token. No weight depends on it."""
    from transformers.models.perception_lm.modeling_perception_lm import PerceptionLMAdaptiveAvgPooling

    network = found.network
    if network.config.projector_pooling_ratio == pooling:
        return found
    network.config.projector_pooling_ratio = pooling
    pool = PerceptionLMAdaptiveAvgPooling(pooling) if pooling > 1 else torch.nn.Identity()
    network.model.multi_modal_projector.pooling = pool
    rows, columns = (int(side) // pooling for side in network.model.vision_tower.timm_model.patch_embed.grid_size)
    return replace(found, tokens_per_frame=rows * columns)


def prepare(found: Plm, config: TrainConfig) -> None:
    """Decide what of the network trains and how, in place: in full or by an adapter, frozen parts in low precision.

    The matrices of an adapter begin with random numbers that follow from the recipe's seed alone.
    """
    network = found.network
    if config.adapter is None:
        plm.freeze_except(found, config.trains)
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            attach(network, config.adapter, config.trains, config.model.checkpoint)
    if config.precision == "bf16":
        for parameter in network.parameters():
            if not parameter.requires_grad:
                parameter.data = parameter.data.to(torch.bfloat16)
    if config.model.drop_path and "vision" in config.trains:
        _drop_paths(network, config.model.drop_path)


def _drop_paths(network: Any, share: float) -> None:
    from timm.layers import DropPath

    for block in vision_blocks(network):
        block.drop_path1, block.drop_path2 = DropPath(share), DropPath(share)


def vision_blocks(network: Any) -> list[torch.nn.Module]:
    """The vision encoder's blocks, first to last."""
    return list(network.model.vision_tower.timm_model.blocks)


def text_layers(network: Any) -> list[torch.nn.Module]:
    """The language model's layers, first to last."""
    return list(network.model.language_model.layers)


def blocks(network: Any) -> list[torch.nn.Module]:
    """What is gathered, recomputed and compiled one at a time."""
    return [*vision_blocks(network), *text_layers(network)]


def recompute_and_compile(network: Any, config: TrainConfig) -> None:
    """Wrap the blocks of `network` in place, as the recipe says. Names and weights stay as they are."""
    for part, modules in (("vision", vision_blocks(network)), ("text", text_layers(network))):
        for block in modules:
            # Inside the module's call, so that weights spread over ranks are gathered before it, and once.
            if config.compile:
                block.forward = torch.compile(block.forward)
            if part in config.recompute:
                block.forward = partial(checkpoint, block.forward, use_reentrant=False)
