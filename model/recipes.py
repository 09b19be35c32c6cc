"""The recipes: each is a function that returns the whole configuration of a training.

The published ones are the three stages of PLM (arXiv 2504.13180) in three sizes; the others are for small machines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from model.config import (
    AdapterConfig,
    BenchmarkConfig,
    ConfigError,
    DataConfig,
    DpoConfig,
    ModelConfig,
    OptimizerConfig,
    TinyShape,
    TrainConfig,
)

Size = Literal["1b", "3b", "8b"]

WEIGHTS: Final[Mapping[Size, str]] = {size: f"facebook/Perception-LM-{size.upper()}" for size in ("1b", "3b", "8b")}


def smoke_cpu() -> TrainConfig:
    """A tiny random PerceptionLM on a CPU: proves the way from release to checkpoint in under a minute.

    `vidgrain train --release R --recipe smoke_cpu`. Expect the loss to fall from about 6 to under 2; the answers
    take the right form and are seldom right.
    """
    return TrainConfig(
        recipe="smoke_cpu",
        model=ModelConfig(tiny=TinyShape()),
        data=DataConfig(
            max_reject_share=0.1, decode_all_first=True, cache_mb=256, decode_processes=0, batch_tokens=2048
        ),
        optimizer=OptimizerConfig(lr=3e-3, warmup_steps=4, min_lr_ratio=0.1),
        steps=60,
        batch_samples=4,
        precision="fp32",
        recompute=(),
        device="cpu",
        checkpoint_every=30,
        keep_checkpoints=2,
        validate_every=20,
        validation_samples=8,
    )


def overfit_cpu() -> TrainConfig:
    """The tiny network of `smoke_cpu` until it knows a small release by heart, validated and scored on the way.

    `vidgrain train --release R --recipe overfit_cpu`. Expect a loss near zero and right answers to what was taught: the
    proof that what is read, learnt, stored and answered fits together.
    """
    return smoke_cpu().model_copy(
        update={
            "recipe": "overfit_cpu",
            "steps": 240,
            "batch_samples": 8,
            "checkpoint_every": 120,
            "validate_every": 120,
            "benchmarks": BenchmarkConfig(every=240, limit=16),
        }
    )


def smoke_lora_cpu() -> TrainConfig:
    """As `smoke_cpu`, by LoRA: what trains is a few small matrices; expect a slower fall of the loss."""
    return smoke_cpu().model_copy(
        update={"recipe": "smoke_lora_cpu", "adapter": AdapterConfig(rank=8, alpha=16, projector_in_full=True)}
    )


def smoke_dpo_cpu() -> TrainConfig:
    """As `smoke_lora_cpu`, on pairs (draft, what a person made of it): expect `reward_accuracy` to rise to 1."""
    return smoke_cpu().model_copy(
        update={
            "recipe": "smoke_dpo_cpu",
            "adapter": AdapterConfig(rank=8, alpha=16),
            "dpo": DpoConfig(),
            "validation_samples": 0,
        }
    )


# The published stages


def plm_1b_warmup() -> TrainConfig:
    """PLM-1B, stage 1 of 3: the projector learns to speak to the language model, 1,024 tokens a picture."""
    return _warmup("1b")


def plm_3b_warmup() -> TrainConfig:
    """PLM-3B, stage 1 of 3: as 1B."""
    return _warmup("3b")


def plm_8b_warmup() -> TrainConfig:
    """PLM-8B, stage 1 of 3: as 1B with more weight decay."""
    return _warmup("8b")


def plm_1b_midtraining() -> TrainConfig:
    """PLM-1B, stage 2 of 3: everything trains, 16 frames or 16 tiles, 2,048 samples a step."""
    return _midtraining("1b")


def plm_3b_midtraining() -> TrainConfig:
    """PLM-3B, stage 2 of 3: as 1B."""
    return _midtraining("3b")


def plm_8b_midtraining() -> TrainConfig:
    """PLM-8B, stage 2 of 3: as 1B with more weight decay."""
    return _midtraining("8b")


def plm_1b_sft() -> TrainConfig:
    """PLM-1B, stage 3 of 3: everything trains, 32 frames or 36 tiles, 1,024 samples a step."""
    return _sft("1b")


def plm_3b_sft() -> TrainConfig:
    """PLM-3B, stage 3 of 3: as 1B."""
    return _sft("3b")


def plm_8b_sft() -> TrainConfig:
    """PLM-8B, stage 3 of 3: a quarter of the learning rate, more weight decay."""
    return _sft("8b")


# For one device


def plm_1b_lora() -> TrainConfig:
    """PLM-1B by LoRA on one device: 64 samples a step, ten times the rate of a full fine-tune."""
    return _lora("1b")


def plm_3b_lora() -> TrainConfig:
    """PLM-3B by LoRA on one device: as 1B."""
    return _lora("3b")


def plm_8b_lora() -> TrainConfig:
    """PLM-8B by LoRA on one device: as 1B; the frozen weights are held in bf16, so that 40 GB are enough."""
    return _lora("8b")


def plm_3b_dpo() -> TrainConfig:
    """PLM-3B on pairs (draft, what a person made of it), from a network that was fine-tuned before.

    `--set model.checkpoint=runs/sft/export`. Expect `reward_accuracy` to pass 0.8 and `reward_margin` to grow; stop
    when the validation loss of the answers themselves begins to rise.
    """
    return _lora("3b").model_copy(
        update={
            "recipe": "plm_3b_dpo",
            "dpo": DpoConfig(),
            "optimizer": OptimizerConfig(lr=5e-6, warmup_steps=20, weight_decay=0.0),
        }
    )


def _warmup(size: Size) -> TrainConfig:
    return TrainConfig(
        recipe=f"plm_{size}_warmup",
        model=ModelConfig(checkpoint=WEIGHTS[size], pooling=1),
        data=DataConfig(frames=8, max_tokens=1280, max_tiles=1, vision_input="plain", text_format="answer_only"),
        optimizer=OptimizerConfig(lr=1e-4, warmup_steps=20, weight_decay=_weight_decay(size)),
        trains=("projector",),
        batch_samples=512,
    )


def _midtraining(size: Size) -> TrainConfig:
    return TrainConfig(
        recipe=f"plm_{size}_midtraining",
        model=ModelConfig(checkpoint=WEIGHTS[size], pooling=2, drop_path=0.1),
        data=DataConfig(frames=16, max_tokens=6144, max_tiles=16),
        optimizer=OptimizerConfig(lr=4e-5, weight_decay=_weight_decay(size)),
        batch_samples=2048,
    )


def _sft(size: Size) -> TrainConfig:
    return TrainConfig(
        recipe=f"plm_{size}_sft",
        model=ModelConfig(checkpoint=WEIGHTS[size], pooling=2, drop_path=0.1),
        optimizer=OptimizerConfig(lr=1e-5 if size == "8b" else 4e-5, weight_decay=_weight_decay(size)),
        batch_samples=1024,
    )


def _lora(size: Size) -> TrainConfig:
    return TrainConfig(
        recipe=f"plm_{size}_lora",
        model=ModelConfig(checkpoint=WEIGHTS[size], pooling=2),
        data=DataConfig(batch_tokens=8704 if size == "8b" else 12_288),
        optimizer=OptimizerConfig(lr=1e-4 if size == "8b" else 2e-4, warmup_steps=20, weight_decay=0.0),
        adapter=AdapterConfig(projector_in_full=True),
        batch_samples=64,
    )


def _weight_decay(size: Size) -> float:
    return 0.05 if size == "8b" else 0.01


RECIPES: Final[Mapping[str, Callable[[], TrainConfig]]] = {
    recipe.__name__: recipe
    for recipe in (
        smoke_cpu,
        overfit_cpu,
        smoke_lora_cpu,
        smoke_dpo_cpu,
        plm_1b_warmup,
        plm_3b_warmup,
        plm_8b_warmup,
        plm_1b_midtraining,
        plm_3b_midtraining,
        plm_8b_midtraining,
        plm_1b_sft,
        plm_3b_sft,
        plm_8b_sft,
        plm_1b_lora,
        plm_3b_lora,
        plm_8b_lora,
        plm_3b_dpo,
    )
}


def resolve(name: str) -> TrainConfig:
    """The configuration of the recipe `name`; ConfigError names an unknown one and lists the known ones."""
    if name not in RECIPES:
        raise ConfigError(f"recipe {name!r} does not exist; known recipes: {', '.join(sorted(RECIPES))}")
    return RECIPES[name]()
