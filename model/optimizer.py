"""The optimizer and its learning rate."""

from __future__ import annotations

import math
from typing import Any

import torch

from model.config import ConfigError, OptimizerConfig
from model.plm import Plm, import_torchao_quietly


def learning_rate(config: OptimizerConfig, step: int, steps: int) -> float:
    """The rate of optimizer step `step` (from 0) of `steps`.

    A linear warm-up, then a cosine to `min_lr_ratio`, or (WSD) a plateau and a linear fall over the last `decay_share`.
    """
    if step < config.warmup_steps:
        return config.lr * (step + 1) / config.warmup_steps
    low = config.lr * config.min_lr_ratio
    if config.schedule == "cosine":
        share = (step - config.warmup_steps) / max(1, steps - config.warmup_steps)
        return low + (config.lr - low) * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
    left = (steps - step) / max(1.0, config.decay_share * steps)
    return low + (config.lr - low) * min(1.0, left)


def make_optimizer(plm: Plm, config: OptimizerConfig) -> torch.optim.Optimizer:
    """AdamW over what trains, its moments in fp32 or in a byte each. ConfigError without torchao for the latter."""
    trained = [parameter for parameter in plm.network.parameters() if parameter.requires_grad]
    facts: dict[str, Any] = {
        "lr": config.lr,
        "betas": (config.beta1, config.beta2),
        "eps": config.eps,
        "weight_decay": config.weight_decay,
    }
    if config.kind == "adamw_8bit":
        import_torchao_quietly()
        try:
            from torchao.optim import AdamW8bit  # type: ignore[import-untyped]  # the package carries no types
        except ImportError as error:
            raise ConfigError(f"optimizer.kind: adamw_8bit needs torchao, which cannot be loaded ({error})") from error
        return AdamW8bit(trained, **facts)  # type: ignore[no-any-return]  # torchao carries no types
    return torch.optim.AdamW(trained, fused=all(parameter.is_cuda for parameter in trained), **facts)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of the next step."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
