"""The recipes: each is a function that returns the whole configuration of a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from model.config import ConfigError, DataConfig, ModelConfig, OptimizerConfig, TinyShape, TrainConfig


def smoke_cpu() -> TrainConfig:
    """A tiny random PerceptionLM on a CPU: proves the way from release to checkpoint in under a minute.

    `vidgrain train --release R --recipe smoke_cpu`. Expect the loss to fall from about 6 to under 2; the answers
    take the right form and are seldom right.
    """
    return TrainConfig(
        recipe="smoke_cpu",
        model=ModelConfig(tiny=TinyShape()),
        data=DataConfig(max_reject_share=0.1, decode_all_first=True, cache_mb=256, decode_threads=1),
        optimizer=OptimizerConfig(lr=3e-3, warmup_steps=4, min_lr_ratio=0.1),
        steps=60,
        batch_samples=4,
        micro_samples=4,
        precision="fp32",
        gradient_checkpointing=False,
        device="cpu",
        checkpoint_every=30,
        keep_checkpoints=2,
        validate_every=20,
        validation_samples=8,
    )


def plm_1b_sft() -> TrainConfig:
    """PLM-1B, stage 3 of the paper: everything trains, 32 frames, 1,024 samples a step."""
    return _sft("plm_1b_sft", "facebook/Perception-LM-1B", lr=4e-5, weight_decay=0.01)


def plm_3b_sft() -> TrainConfig:
    """PLM-3B, stage 3 of the paper: as 1B."""
    return _sft("plm_3b_sft", "facebook/Perception-LM-3B", lr=4e-5, weight_decay=0.01)


def plm_8b_sft() -> TrainConfig:
    """PLM-8B, stage 3 of the paper: a quarter of the learning rate, more weight decay."""
    return _sft("plm_8b_sft", "facebook/Perception-LM-8B", lr=1e-5, weight_decay=0.05)


def _sft(name: str, checkpoint: str, *, lr: float, weight_decay: float) -> TrainConfig:
    return TrainConfig(
        recipe=name,
        model=ModelConfig(checkpoint=checkpoint),
        optimizer=OptimizerConfig(lr=lr, weight_decay=weight_decay),
        batch_samples=1024,
    )


RECIPES: Final[Mapping[str, Callable[[], TrainConfig]]] = {
    recipe.__name__: recipe for recipe in (smoke_cpu, plm_1b_sft, plm_3b_sft, plm_8b_sft)
}


def resolve(name: str) -> TrainConfig:
    """The configuration of the recipe `name`; ConfigError names an unknown one and lists the known ones."""
    if name not in RECIPES:
        raise ConfigError(f"recipe {name!r} does not exist; known recipes: {', '.join(sorted(RECIPES))}")
    return RECIPES[name]()
